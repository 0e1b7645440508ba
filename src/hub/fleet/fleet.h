/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The devices as the hub knows them in memory: the newest fleet_state, and when each device was last seen. Asking for
 * desired state writes nothing; times of last sight go to the database in batches.
 */
#ifndef SEDGE_HUB_FLEET_H
#define SEDGE_HUB_FLEET_H

#include "hub/fleet/state.h"
#include "hub/hub.h"

SEDGE_NODISCARD sedge_status fleet_new(hub *h, fleet **ret, sedge_error *err);
void fleet_free(fleet *f);

/** The picture of now, made anew when a commit has touched it; fleet_state_unref() it. */
SEDGE_NODISCARD sedge_status fleet_get_state(fleet *f, fleet_state **ret, sedge_error *err);

/** SEDGE_EREFUSED for a device that is unknown or revoked. Notes that it was seen. */
SEDGE_NODISCARD sedge_status fleet_check_device(fleet *f, const char *device, sedge_error *err);
/** When it was last seen, by memory or by the picture; 0: never. */
int64_t fleet_last_seen_ms(fleet *f, const fleet_device *d);
/** Writes new times of last sight to the database. */
SEDGE_NODISCARD sedge_status fleet_flush(fleet *f, sedge_error *err);

/** A device counts as offline when it was not seen for three polls, and never after less than 5 s. */
int64_t fleet_offline_after_ms(const hub *h);

#endif
