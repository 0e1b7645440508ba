/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/events.h"

#include "hub/hub.h"

static store_arg text_or_empty(const char *text) {
    return STORE_TEXT(text ? text : "");
}

sedge_status hub_event_add(store_tx *tx, int64_t now_ms, const hub_event *e, sedge_error *err) {
    store_touch(tx, STORE_TOPIC_EVENTS);
    return store_exec(tx, NULL, err,
                      "INSERT INTO events (project, time_ms, kind, device, model, release, rollout, job, text)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                      STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(now_ms), STORE_TEXT(e->kind),
                                 text_or_empty(e->device), text_or_empty(e->model), STORE_INT(e->release),
                                 text_or_empty(e->rollout), text_or_empty(e->job), text_or_empty(e->text)));
}
