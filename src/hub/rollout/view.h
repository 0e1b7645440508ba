/* SPDX-License-Identifier: Apache-2.0 */
/** Reading what the engine decides on. */
#ifndef SEDGE_HUB_ROLLOUT_VIEW_H
#define SEDGE_HUB_ROLLOUT_VIEW_H

#include "crypto/rand.h"
#include "hub/fleet/fleet.h"
#include "hub/rollout/engine.h"

/** A row of rollouts with its spec. */
typedef struct rollout_row {
    char id[SEDGE_UUID_MAX];
    char deployment[SEDGE_NAME_MAX];
    char model[SEDGE_NAME_MAX];
    int64_t release, previous;
    rollout_spec spec;
    char state[16];
    char *counts; /**< JSON, owned */
    char reason[ROLLOUT_REASON_MAX];
    rollout_view view;       /**< devices are owned */
    rollout_device *devices; /**< the same */
} rollout_row;

typedef struct rollout_list {
    rollout_row *items;
    size_t n;
} rollout_list;

void rollout_list_done(rollout_list *list);
/** Every active roll-out with its view of now; state is the fleet's picture. */
SEDGE_NODISCARD sedge_status rollout_list_read(hub *h, const fleet_state *state, rollout_list *ret, sedge_error *err);

#endif
