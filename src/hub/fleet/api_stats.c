/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "hub/alerts/monitors.h"
#include "hub/fleet/stats.h"
#include "hub/handlers.h"

enum { LAST_S = 3600 /**< of the histograms, unless the query says otherwise */ };

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

typedef struct question {
    const char *model;
    int64_t release;
    int64_t since_ms; /**< windows that began later make the histograms */
    int64_t newest;   /**< release with statistics that the histograms are of; 0: none */
    json_t *doc;
    fleet_counts counts;
} question;

/** Histograms of one release: the one that was asked for, else the newest that has any. */
static sedge_status sum_counts(store_tx *tx, question *q, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_get_int(
        tx, &q->newest, err,
        "SELECT coalesce(max(release), 0) FROM stats WHERE project = $1 AND model = $2 AND"
        " ($3 = 0 OR release = $3) AND window_ms >= $4",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(q->model), STORE_INT(q->release), STORE_INT(q->since_ms)));
    if (!st)
        st = store_query(
            tx, &rows, err,
            "SELECT features FROM stats WHERE project = $1 AND model = $2 AND release = $3 AND window_ms"
            " >= $4",
            STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(q->model), STORE_INT(q->newest), STORE_INT(q->since_ms)));
    while (!st && store_next(rows))
        st = fleet_counts_add(&q->counts, store_blob(rows, 0), err);
    return store_end(rows, st, err);
}

static sedge_status answer_question(store_tx *tx, void *ctx, sedge_error *err) {
    question *q = ctx;
    sedge_status st = sums(tx, q->model, q->release, &q->doc, err);
    if (!st)
        st = add_bytes(tx, q->model, q->doc, err);
    if (!st)
        st = add_drift(tx, q->model, q->release, q->doc, err);
    return st ? st : sum_counts(tx, q, err);
}

/** [{"feature", "psi", "ks", "threshold", "bins"}] against the release's baseline. */
static json_t *features_json(const baseline *b, const sedge_monitor_counts *counts) {
    json_t *list = json_array();
    for (uint32_t f = 0; f < sedge_monitor_features(b->monitor); f++) {
        char label[SEDGE_FEATURES_LABEL_MAX];
        json_t *bins = json_array();
        baseline_label(b, f, label);
        for (int i = 0; i < SEDGE_MONITOR_BINS; i++)
            (void)json_array_append_new(bins, json_integer(sedge_monitor_counts_bins(counts, f)[i]));
        (void)json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:f, s:o}", "feature", label, "psi",
                                                    sedge_monitor_psi(b->monitor, counts, f), "ks",
                                                    sedge_monitor_ks(b->monitor, counts, f), "threshold",
                                                    sedge_monitor_threshold(b->monitor, f), "bins", bins));
    }
    return list;
}

static sedge_status add_features(hub_request *rq, question *q, sedge_error *err) {
    const baseline *b = NULL;
    sedge_status st = SEDGE_OK;
    if (q->counts.counts)
        st = monitors_get(rq->hub->monitors, q->model, q->newest, &b, err);
    if (st == SEDGE_ENOTFOUND) /* devices run what was never registered here */
        return SEDGE_OK;
    bool fits =
        !st && b && b->monitor && sedge_monitor_features(b->monitor) == sedge_monitor_counts_features(q->counts.counts);
    if (fits && json_object_set_new(q->doc, "features", features_json(b, q->counts.counts)) != 0)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for statistics");
    if (fits && json_object_set_new(q->doc, "features_release", json_integer(q->newest)) != 0)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for statistics");
    return st;
}

sedge_status hub_get_stats(hub_request *rq, sedge_error *err) {
    question q = { .model = hub_query(rq, "model") };
    int64_t last_s = 0;
    if (!q.model)
        return sedge_fail(err, SEDGE_EINVALID, "query parameter 'model' is missing");
    sedge_status st = hub_query_int(rq, "release", 0, INT64_MAX, 0, &q.release, err);
    if (!st)
        st = hub_query_int(rq, "last_s", 1, 365 * 86400, LAST_S, &last_s, err);
    q.since_ms = hub_now_ms(rq->hub) - 1000 * last_s - rq->hub->options->window_ms;
    if (!st)
        st = store_read(rq->hub->store, answer_question, &q, err);
    if (!st)
        st = add_features(rq, &q, err);
    fleet_counts_done(&q.counts);
    if (st) {
        json_decref(q.doc);
        return st;
    }
    return hub_answer_json(rq, 200, q.doc, err);
}
