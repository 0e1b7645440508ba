/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/handlers.h"

enum { ALERTS_MAX = 500 };

static json_t *alert_json(store_rows *rows) {
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:f, s:f, s:s, s:I, s:o, s:s}", "id", store_text(rows, 0), "kind",
                     store_text(rows, 1), "model", store_text(rows, 2), "release", (json_int_t)store_int(rows, 3),
                     "device", store_text(rows, 4), "feature", store_text(rows, 5), "value", store_real(rows, 6),
                     "threshold", store_real(rows, 7), "state", store_text(rows, 8), "opened_ms",
                     (json_int_t)store_int(rows, 9), "closed_ms", hub_json_int_or_null(rows, 10), "text",
                     store_text(rows, 11));
}

sedge_status hub_get_alerts(store_tx *tx, void *ctx, sedge_error *err) {
    return hub_answer_rows(tx, ctx, alert_json, err,
                           "SELECT id, kind, model, release, device, feature, value, threshold, state,"
                           " opened_ms, closed_ms, text FROM alerts WHERE project = $1"
                           " ORDER BY opened_ms DESC, id DESC LIMIT $2",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(ALERTS_MAX)));
}
