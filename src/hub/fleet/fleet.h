/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The devices as the hub knows them in memory: who is enrolled or revoked, and when each was last seen. Asking for
 * desired state writes nothing; times of last sight go to the database in batches.
 */
#ifndef SEDGE_HUB_FLEET_H
#define SEDGE_HUB_FLEET_H

#include "hub/hub.h"

SEDGE_NODISCARD sedge_status fleet_new(hub *h, fleet **ret, sedge_error *err);
void fleet_free(fleet *f);

/** SEDGE_EREFUSED for a device that is unknown or revoked. Notes that it was seen. */
SEDGE_NODISCARD sedge_status fleet_check_device(fleet *f, const char *device, sedge_error *err);

#endif
