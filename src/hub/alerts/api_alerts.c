/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/handlers.h"

enum { ALERTS_MAX = 500 };

sedge_status hub_get_alerts(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    store_rows *rows = NULL;
    json_t *items = json_array();
    c->out = json_pack("{s:o}", "items", items);
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT id, kind, model, release, device, feature, value, threshold, state,"
                                  " opened_ms, closed_ms, text FROM alerts WHERE project = $1"
                                  " ORDER BY opened_ms DESC, id DESC LIMIT $2",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(ALERTS_MAX)));
    while (!st && store_next(rows)) {
        json_t *item = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:f, s:f, s:s, s:I, s:o, s:s}", "id",
                                 store_text(rows, 0), "kind", store_text(rows, 1), "model", store_text(rows, 2),
                                 "release", (json_int_t)store_int(rows, 3), "device", store_text(rows, 4), "feature",
                                 store_text(rows, 5), "value", store_real(rows, 6), "threshold", store_real(rows, 7),
                                 "state", store_text(rows, 8), "opened_ms", (json_int_t)store_int(rows, 9), "closed_ms",
                                 hub_json_int_or_null(rows, 10), "text", store_text(rows, 11));
        if (json_array_append_new(items, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the alerts");
    }
    return store_end(rows, st, err);
}
