/* SPDX-License-Identifier: Apache-2.0 */
/** What happened, in order: rows that people and scripts read through GET /api/v1/events. */
#ifndef SEDGE_HUB_EVENTS_H
#define SEDGE_HUB_EVENTS_H

#include "hub/store/store.h"

/** Texts may be NULL. */
typedef struct hub_event {
    const char *kind; /**< "device.enrolled", "rollout.phase", "alert.raised", ... */
    const char *device, *model, *rollout, *job;
    int64_t release;
    const char *text; /**< a sentence for people */
} hub_event;

/** Adds a row in this transaction. */
SEDGE_NODISCARD sedge_status hub_event_add(store_tx *tx, int64_t now_ms, const hub_event *e, sedge_error *err);

#endif
