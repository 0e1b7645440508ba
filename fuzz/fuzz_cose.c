/* SPDX-License-Identifier: Apache-2.0 */
/** The parts of an envelope that parses lie inside it and name a device. */
#include <stdlib.h>

#include "proto/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(sedge_bytes part, const uint8_t *data, size_t size) {
    return part.n == 0 || (part.p >= data && part.p + part.n <= data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sedge_cose c;
    if (sedge_cose_parse(sedge_bytes_of(data, size), &c, NULL))
        return 0;
    if (!inside(c.payload, data, size) || !inside(c.signature, data, size) || !inside(c.protected_header, data, size) ||
        !sedge_is_device_id(c.device))
        abort();
    return 0;
}
