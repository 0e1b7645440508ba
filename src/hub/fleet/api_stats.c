/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "hub/handlers.h"

static sedge_status sums(store_tx *tx, const char *model, int64_t release, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(
        tx, &rows, err,
        "SELECT count(DISTINCT device), coalesce(sum(rows_seen), 0), coalesce(sum(inferences), 0),"
        " coalesce(sum(failures), 0), coalesce(sum(anomalies), 0), coalesce(sum(cpu_us_sum), 0),"
        " coalesce(max(cpu_us_max), 0), coalesce(sum(score_sum), 0) FROM stats WHERE project = $1 AND model = $2"
        " AND ($3 = 0 OR release = $3)",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(release)));
    if (!st && store_next(rows)) {
        double n = (double)store_int(rows, 2);
        *ret = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:f}", "model", model, "release",
                         (json_int_t)release, "devices", (json_int_t)store_int(rows, 0), "rows",
                         (json_int_t)store_int(rows, 1), "inferences", (json_int_t)store_int(rows, 2), "failures",
                         (json_int_t)store_int(rows, 3), "anomalies", (json_int_t)store_int(rows, 4), "cpu_us_mean",
                         n > 0 ? (double)store_int(rows, 5) / n : 0, "cpu_us_max", (json_int_t)store_int(rows, 6),
                         "score_mean", n > 0 ? store_real(rows, 7) / n : 0);
        if (!*ret)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for statistics");
    }
    return store_end(rows, st, err);
}

/** Bytes are counted per device, not per model: those of all devices that have reported the model. */
static sedge_status add_bytes(store_tx *tx, const char *model, json_t *doc, sedge_error *err) {
    static const char *const names[] = { "bytes_sent", "bytes_received", "bytes_raw" };
    store_rows *rows = NULL;
    sedge_status st =
        store_query(tx, &rows, err,
                    "SELECT coalesce(sum(bytes_sent), 0), coalesce(sum(bytes_received), 0), coalesce(sum(bytes_raw), 0)"
                    " FROM device_boots WHERE device IN (SELECT device FROM device_models WHERE model = $1)",
                    STORE_ARGS(STORE_TEXT(model)));
    if (!st && store_next(rows))
        for (int i = 0; i < 3; i++)
            if (json_object_set_new(doc, names[i], json_integer(store_int(rows, i))) != 0)
                st = sedge_fail(err, SEDGE_ENOMEM, "no memory for statistics");
    return store_end(rows, st, err);
}

/** The fewest evaluations that a device's counts have had, and the last ones of the fleet and of the worst device. */
static sedge_status add_drift(store_tx *tx, const char *model, int64_t release, json_t *doc, sedge_error *err) {
    store_rows *rows = NULL;
    json_t *drift = NULL;
    sedge_status st =
        store_query(tx, &rows, err,
                    "SELECT coalesce(min(evaluations), 0), coalesce(max(psi), 0), coalesce(sum(CASE WHEN above > 0 "
                    "THEN 1 ELSE 0 END), 0),"
                    " (SELECT psi FROM drift f WHERE f.project = $1 AND f.model = $2 AND f.device = '' AND ($3 = 0 OR"
                    " f.release = $3) ORDER BY release DESC LIMIT 1) FROM drift WHERE project = $1 AND model = $2 AND"
                    " ($3 = 0 OR release = $3) AND device <> ''",
                    STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(release)));
    if (!st && store_next(rows)) {
        drift = json_pack("{s:I, s:f, s:I, s:f}", "evaluations", (json_int_t)store_int(rows, 0), "worst_psi",
                          store_real(rows, 1), "devices_above", (json_int_t)store_int(rows, 2), "fleet_psi",
                          store_real(rows, 3));
        if (json_object_set_new(doc, "drift", drift) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for statistics");
    }
    return store_end(rows, st, err);
}

sedge_status hub_get_stats(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *model = NULL;
    int64_t release = 0;
    sedge_status st = hub_arg(c, "model", &model, err);
    if (!st)
        st = hub_arg_int(c, "release", 0, INT64_MAX, 0, &release, err);
    if (!st)
        st = sums(tx, model, release, &c->out, err);
    if (!st)
        st = add_drift(tx, model, release, c->out, err);
    return st ? st : add_bytes(tx, model, c->out, err);
}
