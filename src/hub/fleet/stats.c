/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/fleet/stats.h"

#include <stdlib.h>

#include "base/own.h"
#include "hub/hub.h"

void fleet_counts_done(fleet_counts *c) {
    free(c->memory);
    *c = (fleet_counts){ 0 };
}

sedge_status fleet_counts_add(fleet_counts *c, sedge_bytes packed, sedge_error *err) {
    if (packed.n == 0)
        return SEDGE_OK;
    if (!c->counts) {
        uint32_t features = 0;
        sedge_status st = sedge_monitor_packed_features(packed.p, packed.n, &features, err);
        if (st)
            return st;
        size_t size = sedge_monitor_counts_bytes(features);
        c->memory = malloc(size);
        if (!c->memory)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for feature counts");
        st = sedge_monitor_counts_init(features, c->memory, size, &c->counts, err);
        if (st) {
            fleet_counts_done(c);
            return st;
        }
    }
    return sedge_monitor_unpack(c->counts, packed.p, packed.n, err);
}

/** The counts stored in the window plus the report's, packed; empty when there are none. */
static sedge_status merged_features(sedge_bytes stored, sedge_bytes added, sedge_buf *out, sedge_error *err) {
    fleet_counts c = { 0 };
    size_t n = 0;
    sedge_status st = fleet_counts_add(&c, stored, err);
    if (!st)
        st = fleet_counts_add(&c, added, err);
    if (!st && c.counts) {
        size_t max = sedge_monitor_pack_max(sedge_monitor_counts_features(c.counts));
        uint8_t *room = sedge_buf_add(out, max);
        st = room ? sedge_monitor_pack(c.counts, room, max, &n, err)
                  : sedge_fail(err, SEDGE_ENOMEM, "no memory for feature counts");
        out->n = n;
    }
    fleet_counts_done(&c);
    return st;
}

static sedge_status merged_latency(sedge_bytes stored, sedge_bytes added, sedge_buf *out, sedge_error *err) {
    sedge_latency sum = { 0 };
    uint8_t room[SEDGE_LATENCY_PACK_MAX];
    size_t n = 0;
    if (stored.n == 0 && added.n == 0)
        return SEDGE_OK;
    sedge_status st = stored.n ? sedge_latency_unpack(&sum, stored.p, stored.n, err) : SEDGE_OK;
    if (!st && added.n)
        st = sedge_latency_unpack(&sum, added.p, added.n, err);
    if (!st)
        st = sedge_latency_pack(&sum, room, sizeof room, &n, err);
    sedge_buf_put(out, room, n);
    return st;
}

typedef struct window_key {
    const char *model, *device;
    int64_t release, start_ms;
} window_key;

/** Histograms of the window with the report's added. */
static sedge_status merge(store_tx *tx, const window_key *k, const sedge_window *w, sedge_buf *features,
                          sedge_buf *latency, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_bytes none = { 0 };
    sedge_status st =
        store_query(tx, &rows, err,
                    "SELECT features, latency FROM stats WHERE project = $1 AND model = $2 AND release = $3 AND"
                    " window_ms = $4 AND device = $5",
                    STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(k->model), STORE_INT(k->release),
                               STORE_INT(k->start_ms), STORE_TEXT(k->device)));
    bool found = !st && store_next(rows);
    if (!st)
        st = merged_features(found ? store_blob(rows, 0) : none, w->features, features, err);
    if (!st)
        st = merged_latency(found ? store_blob(rows, 1) : none, w->latency, latency, err);
    return store_end(rows, st, err);
}

sedge_status fleet_stats_add(store_tx *tx, int64_t window_ms, int64_t now_ms, const char *device,
                             const sedge_report_model *m, sedge_error *err) {
    const sedge_window *w = &m->window;
    window_key k = {
        .model = m->name, .device = device, .release = (int64_t)m->release, .start_ms = now_ms - now_ms % window_ms
    };
    SEDGE_AUTO_BUF features = sedge_buf_init(SEDGE_REPORT_HISTOGRAM_MAX * 2);
    SEDGE_AUTO_BUF latency = sedge_buf_init(SEDGE_REPORT_LATENCY_MAX);
    if (w->rows == 0 && w->inferences == 0 && w->failures == 0)
        return SEDGE_OK;
    sedge_status st = merge(tx, &k, w, &features, &latency, err);
    if (st)
        return sedge_wrap(err, st, "statistics of model %s", m->name);
    return store_exec(
        tx, NULL, err,
        "INSERT INTO stats (project, model, release, window_ms, device, rows_seen, inferences, failures, anomalies,"
        " cpu_us_sum, cpu_us_max, score_sum, latency, features) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
        " $12, $13, $14) ON CONFLICT (project, model, release, window_ms, device) DO UPDATE SET"
        " rows_seen = stats.rows_seen + excluded.rows_seen, inferences = stats.inferences + excluded.inferences,"
        " failures = stats.failures + excluded.failures, anomalies = stats.anomalies + excluded.anomalies,"
        " cpu_us_sum = stats.cpu_us_sum + excluded.cpu_us_sum,"
        " cpu_us_max = CASE WHEN excluded.cpu_us_max > stats.cpu_us_max THEN excluded.cpu_us_max ELSE"
        " stats.cpu_us_max END, score_sum = stats.score_sum + excluded.score_sum, latency = excluded.latency,"
        " features = excluded.features",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(k.model), STORE_INT(k.release), STORE_INT(k.start_ms),
                   STORE_TEXT(k.device), STORE_INT((int64_t)w->rows), STORE_INT((int64_t)w->inferences),
                   STORE_INT((int64_t)w->failures), STORE_INT((int64_t)w->anomalies), STORE_INT((int64_t)w->cpu_us_sum),
                   STORE_INT((int64_t)w->cpu_us_max), STORE_REAL(w->score_sum), STORE_BLOB(sedge_buf_bytes(&latency)),
                   STORE_BLOB(sedge_buf_bytes(&features))));
}

sedge_status fleet_stats_expire(store_tx *tx, int64_t until_ms, sedge_error *err) {
    return store_exec(tx, NULL, err, "DELETE FROM stats WHERE window_ms < $1", STORE_ARGS(STORE_INT(until_ms)));
}
