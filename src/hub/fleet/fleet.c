/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/fleet/fleet.h"

#include <stdlib.h>

struct fleet {
    hub *h;
};

sedge_status fleet_new(hub *h, fleet **ret, sedge_error *err) {
    fleet *f = calloc(1, sizeof *f);
    if (!f)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the fleet");
    f->h = h;
    *ret = f;
    return SEDGE_OK;
}

void fleet_free(fleet *f) {
    free(f);
}

sedge_status fleet_check_device(fleet *f, const char *device, sedge_error *err) {
    (void)f;
    return sedge_fail(err, SEDGE_EREFUSED, "device '%s' is not enrolled here", device);
}
