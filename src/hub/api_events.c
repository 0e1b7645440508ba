/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "hub/handlers.h"

enum { EVENTS_MAX = 500, WAIT_MAX_S = 60 };

typedef struct page {
    int64_t after, limit, last;
    json_t *items;
} page;

static sedge_status read_events(store_tx *tx, void *ctx, sedge_error *err) {
    page *p = ctx;
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT seq, time_ms, kind, device, model, release, rollout, job, text FROM events"
                                  " WHERE project = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(p->after), STORE_INT(p->limit)));
    while (!st && store_next(rows)) {
        p->last = store_int(rows, 0);
        json_t *item =
            json_pack("{s:I, s:I, s:s, s:s, s:s, s:I, s:s, s:s, s:s}", "seq", (json_int_t)p->last, "time_ms",
                      (json_int_t)store_int(rows, 1), "kind", store_text(rows, 2), "device", store_text(rows, 3),
                      "model", store_text(rows, 4), "release", (json_int_t)store_int(rows, 5), "rollout",
                      store_text(rows, 6), "job", store_text(rows, 7), "text", store_text(rows, 8));
        if (json_array_append_new(p->items, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the events");
    }
    return store_end(rows, st, err);
}

sedge_status hub_get_events(hub_request *rq, sedge_error *err) {
    int64_t wait_s = 0;
    page p = { 0 };
    sedge_status st = hub_query_int(rq, "after", 0, INT64_MAX, 0, &p.after, err);
    if (!st)
        st = hub_query_int(rq, "limit", 1, EVENTS_MAX, EVENTS_MAX, &p.limit, err);
    if (!st)
        st = hub_query_int(rq, "wait_s", 0, WAIT_MAX_S, 0, &wait_s, err);
    if (st)
        return st;
    p.last = p.after;
    p.items = json_array();
    st = store_read(rq->hub->store, read_events, &p, err);
    int64_t deadline_ms = rq->started_ms + 1000 * wait_s;
    if (!st && json_array_size(p.items) == 0 && sedge_monotonic_ms(rq->hub->clock) < deadline_ms &&
        !atomic_load(&rq->hub->stopping)) {
        rq->wait_until_ms = deadline_ms;
        json_decref(p.items);
        return SEDGE_OK;
    }
    if (st) {
        json_decref(p.items);
        return st;
    }
    char next[24];
    snprintf(next, sizeof next, "%lld", (long long)p.last);
    return hub_answer_items(rq, p.items, next, err);
}
