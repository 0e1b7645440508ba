/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/alerts/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "hub/alerts/monitors.h"
#include "hub/events.h"
#include "hub/fleet/stats.h"
#include "hub/jobs/jobs.h"
#include "hub/rollout/rollouts.h"
#include "hub/rollout/spec.h"
#include "monitor/psi.h"

enum {
    ROWS_DEFAULT = 512, /**< of an evaluation when the baseline promises nothing */
    SILENT_REPORTS = 3
};

/* ---- adding ----------------------------------------------------------------------------------------------------- */

static sedge_status pack(const fleet_counts *c, sedge_buf *out, sedge_error *err) {
    size_t max = sedge_monitor_pack_max(sedge_monitor_counts_features(c->counts)), n = 0;
    uint8_t *room = sedge_buf_add(out, max);
    if (!room)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for feature counts");
    sedge_status st = sedge_monitor_pack(c->counts, room, max, &n, err);
    out->n = n;
    return st;
}

static sedge_status add_to(store_tx *tx, int64_t now_ms, const char *model, int64_t release, const char *device,
                           sedge_bytes packed, sedge_error *err) {
    store_rows *rows = NULL;
    fleet_counts sum = { 0 };
    SEDGE_AUTO_BUF out = sedge_buf_init(SEDGE_REPORT_HISTOGRAM_MAX * 2);
    sedge_status st = store_query(
        tx, &rows, err, "SELECT counts FROM drift WHERE project = $1 AND model = $2 AND release = $3 AND device = $4",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(release), STORE_TEXT(device)));
    if (!st && store_next(rows))
        st = fleet_counts_add(&sum, store_blob(rows, 0), err);
    st = store_end(rows, st, err);
    if (!st)
        st = fleet_counts_add(&sum, packed, err);
    if (!st)
        st = pack(&sum, &out, err);
    int64_t total = !st ? sedge_monitor_counts_total(sum.counts) : 0;
    fleet_counts_done(&sum);
    if (st)
        return st;
    return store_exec(tx, NULL, err,
                      "INSERT INTO drift (project, model, release, device, counts, total, in_fleet, updated_ms)"
                      " VALUES ($1, $2, $3, $4, $5, $6, 1, $7) ON CONFLICT (project, model, release, device) DO UPDATE"
                      " SET counts = excluded.counts, total = excluded.total, in_fleet = 1,"
                      " updated_ms = excluded.updated_ms",
                      STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(release), STORE_TEXT(device),
                                 STORE_BLOB(sedge_buf_bytes(&out)), STORE_INT(total), STORE_INT(now_ms)));
}

sedge_status drift_add(store_tx *tx, int64_t now_ms, const char *model, int64_t release, const char *device,
                       sedge_bytes packed, sedge_error *err) {
    if (packed.n == 0)
        return SEDGE_OK;
    sedge_status st = add_to(tx, now_ms, model, release, device, packed, err);
    return st ? st : add_to(tx, now_ms, model, release, "", packed, err);
}

/* ---- evaluating ------------------------------------------------------------------------------------------------- */

/** A release that deployments have, with the strictest of their wishes. */
typedef struct watched {
    char model[SEDGE_NAME_MAX];
    char deployment[SEDGE_NAME_MAX];
    int64_t release;
    rollout_retrain wish;
} watched;

typedef struct watch_list {
    watched *items;
    size_t n;
} watch_list;

static sedge_status add_watched(watch_list *list, store_rows *rows, sedge_error *err) {
    watched *items = realloc(list->items, (list->n + 1) * sizeof *items);
    rollout_spec spec;
    if (!items)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the releases");
    list->items = items;
    sedge_status st = rollout_spec_parse(store_text(rows, 2), &spec, err);
    if (st)
        return st;
    watched *w = &items[list->n++];
    *w = (watched){ .release = store_int(rows, 1), .wish = spec.retrain };
    snprintf(w->deployment, sizeof w->deployment, "%s", store_text(rows, 0));
    snprintf(w->model, sizeof w->model, "%s", spec.model);
    return SEDGE_OK;
}

static sedge_status read_watched(store_tx *tx, void *ctx, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT name, release, spec FROM deployments WHERE project = $1 AND release > 0"
                                  " ORDER BY name",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
    while (!st && store_next(rows))
        st = add_watched(ctx, rows, err);
    return store_end(rows, st, err);
}

/** One release's evaluation, in one transaction. */
typedef struct evaluation {
    hub *h;
    const watched *w;
    const baseline *base;
    int64_t now_ms, report_rows;
} evaluation;

typedef struct verdict {
    char device[SEDGE_DEVICE_ID_MAX];
    int64_t above; /**< in a row, this one included, each counted by its weight */
    bool alarm;
    bool accepted; /**< these counts become the reference */
    uint32_t feature;
    double psi, threshold;
} verdict;

enum { REFERENCE_FACTOR = 2 };

/** The deployment's own limit for every feature, where it names one. */
static void judge_by_number(const evaluation *e, const sedge_monitor_counts *counts, verdict *v) {
    v->threshold = e->w->wish.psi;
    for (uint32_t f = 0; f < sedge_monitor_features(e->base->monitor); f++) {
        double psi = sedge_monitor_psi(e->base->monitor, counts, f);
        if (psi > v->psi) {
            v->psi = psi;
            v->feature = f;
        }
    }
    v->alarm = v->psi > v->threshold;
}

static void judge(const evaluation *e, const sedge_monitor_counts *counts, verdict *v) {
    if (!e->w->wish.calibrated) {
        judge_by_number(e, counts, v);
        return;
    }
    sedge_monitor_verdict m = sedge_monitor_evaluate(e->base->monitor, counts);
    v->alarm = m.alarm;
    v->feature = m.worst;
    v->psi = m.psi;
    v->threshold = m.threshold;
}

/** The feature that is farthest above its limit against the reference, if any is. */
static void judge_by_reference(const evaluation *e, const sedge_monitor_counts *counts,
                               const sedge_monitor_counts *reference, verdict *v) {
    double most = 1;
    v->alarm = false;
    for (uint32_t f = 0; f < sedge_monitor_features(e->base->monitor); f++) {
        double limit = e->w->wish.calibrated ? sedge_monitor_threshold(e->base->monitor, f) : e->w->wish.psi;
        double psi = sedge_psi(sedge_monitor_counts_bins(counts, f), sedge_monitor_counts_bins(reference, f));
        if (limit <= 0 || psi / (REFERENCE_FACTOR * limit) <= most)
            continue;
        most = psi / (REFERENCE_FACTOR * limit);
        *v = (verdict){ .alarm = true, .feature = f, .psi = psi, .threshold = REFERENCE_FACTOR * limit };
    }
}

static bool fits(const evaluation *e, const fleet_counts *c) {
    return c->counts && sedge_monitor_counts_features(c->counts) == sedge_monitor_features(e->base->monitor);
}

/** @param reference  packed; empty when there is none */
static sedge_status judge_packed(const evaluation *e, sedge_bytes packed, sedge_bytes reference, verdict *v,
                                 sedge_error *err) {
    fleet_counts c = { 0 }, r = { 0 };
    sedge_status st = fleet_counts_add(&c, packed, err);
    if (!st)
        st = fleet_counts_add(&r, reference, err);
    if (!st && fits(e, &c))
        judge(e, c.counts, v);
    if (!st && v->alarm && fits(e, &r))
        judge_by_reference(e, c.counts, r.counts, v);
    fleet_counts_done(&c);
    fleet_counts_done(&r);
    return st;
}

static sedge_status note_verdict(store_tx *tx, const evaluation *e, const verdict *v, sedge_error *err) {
    sedge_status st = store_exec(
        tx, NULL, err,
        "UPDATE drift SET reference = CASE WHEN $1 = 1 THEN counts ELSE reference END, counts = NULL, total = 0,"
        " evaluations = evaluations + 1, above = $2, feature = $3, psi = $4, threshold = $5"
        " WHERE project = $6 AND model = $7 AND release = $8 AND device = $9",
        STORE_ARGS(STORE_INT(v->accepted), STORE_INT(v->above), STORE_INT(v->feature), STORE_REAL(v->psi),
                   STORE_REAL(v->threshold), STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model), STORE_INT(e->w->release),
                   STORE_TEXT(v->device)));
    if (st || v->device[0])
        return st;
    return store_exec(tx, NULL, err, "UPDATE drift SET in_fleet = 0 WHERE project = $1 AND model = $2 AND release = $3",
                      STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model), STORE_INT(e->w->release)));
}

static sedge_status raise_alert(store_tx *tx, const evaluation *e, const verdict *v, sedge_error *err) {
    char id[SEDGE_UUID_MAX], feature[SEDGE_FEATURES_LABEL_MAX], text[384];
    int64_t changed = 0, open = 0;
    baseline_label(e->base, v->feature, feature);
    sedge_format(text, sizeof text, "%s%s: feature %s of model %s has drifted: PSI %.3g, the limit is %.3g",
                 v->device[0] ? "device " : "the fleet", v->device, feature, e->w->model, v->psi, v->threshold);
    sedge_status st = store_get_int(
        tx, &open, err,
        "SELECT count(*) FROM alerts WHERE project = $1 AND kind = 'drift' AND model = $2"
        " AND release = $3 AND device = $4 AND state = 'open'",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model), STORE_INT(e->w->release), STORE_TEXT(v->device)));
    if (st || open)
        return st;
    st = sedge_uuid7(e->now_ms, id, err);
    if (!st)
        st = store_exec(tx, &changed, err,
                        "INSERT INTO alerts (id, project, kind, model, release, device, feature, value, threshold,"
                        " state, opened_ms, text) VALUES ($1, $2, 'drift', $3, $4, $5, $6, $7, $8, 'open', $9, $10)"
                        " ON CONFLICT DO NOTHING",
                        STORE_ARGS(STORE_TEXT(id), STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model),
                                   STORE_INT(e->w->release), STORE_TEXT(v->device), STORE_TEXT(feature),
                                   STORE_REAL(v->psi), STORE_REAL(v->threshold), STORE_INT(e->now_ms),
                                   STORE_TEXT(text)));
    if (!st && changed)
        st = hub_event_add(tx, e->now_ms,
                           &(hub_event){ .kind = "alert.raised",
                                         .device = v->device,
                                         .model = e->w->model,
                                         .release = e->w->release,
                                         .text = text },
                           err);
    return st;
}

static sedge_status clear_alert(store_tx *tx, const evaluation *e, const verdict *v, sedge_error *err) {
    int64_t changed = 0;
    sedge_status st = store_exec(tx, &changed, err,
                                 "UPDATE alerts SET state = 'closed', closed_ms = $1 WHERE project = $2 AND kind ="
                                 " 'drift' AND model = $3 AND release = $4 AND device = $5 AND state = 'open'",
                                 STORE_ARGS(STORE_INT(e->now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model),
                                            STORE_INT(e->w->release), STORE_TEXT(v->device)));
    if (!st && changed)
        st = hub_event_add(
            tx, e->now_ms,
            &(hub_event){
                .kind = "alert.cleared", .device = v->device, .model = e->w->model, .release = e->w->release },
            err);
    return st;
}

static sedge_status settle(store_tx *tx, const evaluation *e, const verdict *v, sedge_error *err) {
    sedge_status st = note_verdict(tx, e, v, err);
    if (!st && v->above >= e->w->wish.consecutive)
        st = raise_alert(tx, e, v, err);
    else if (!st && v->above == 0)
        st = clear_alert(tx, e, v, err);
    return st;
}

/**
 * Rows with enough vectors. The fleet's row also waits until every device that reports has added to it, so that its sum
 * is of all of them.
 */
static const char due_sql[] =
    "SELECT device, counts, above, reference, evaluations FROM drift d WHERE project = $1 AND model = $2 AND release = "
    "$3 AND total >= $4 AND"
    " (device <> '' OR NOT EXISTS (SELECT 1 FROM drift o WHERE o.project = d.project AND o.model = d.model AND"
    " o.release = d.release AND o.device <> '' AND o.in_fleet = 0 AND o.updated_ms > $5)) ORDER BY device";

/** Devices that were silent for longer are not waited for. */
static int64_t silent_ms(const evaluation *e) {
    return e->now_ms - SILENT_REPORTS * e->h->options->report_ms;
}

static sedge_status any_due(store_tx *tx, void *ctx, sedge_error *err) {
    evaluation *e = ctx;
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err, due_sql,
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model), STORE_INT(e->w->release),
                                             STORE_INT(e->report_rows), STORE_INT(silent_ms(e))));
    bool any = !st && store_next(rows);
    st = store_end(rows, st, err);
    return st || any ? st : SEDGE_ENOTFOUND;
}

/** An evaluation far above the threshold is as good as several just above it. */
static int64_t weight(const verdict *v, int64_t most) {
    double times = v->threshold > 0 ? v->psi / v->threshold : (double)most;
    return times >= (double)most ? most : times > 1 ? (int64_t)times : 1;
}

static sedge_status is_retrained(store_tx *tx, const evaluation *e, int64_t *ret, sedge_error *err) {
    return store_get_int(
        tx, ret, err,
        "SELECT count(*) FROM jobs WHERE project = $1 AND kind = 'retrain' AND model = $2 AND new_release = $3",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model), STORE_INT(e->w->release)));
}

static sedge_status evaluate(store_tx *tx, void *ctx, sedge_error *err) {
    const evaluation *e = ctx;
    store_rows *rows = NULL;
    verdict *list = NULL;
    size_t n = 0;
    int64_t retrained = 0;
    sedge_status st = is_retrained(tx, e, &retrained, err);
    if (!st)
        st = store_query(tx, &rows, err, due_sql,
                         STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(e->w->model), STORE_INT(e->w->release),
                                    STORE_INT(e->report_rows), STORE_INT(silent_ms(e))));
    while (!st && store_next(rows)) {
        verdict *more = realloc(list, (n + 1) * sizeof *list);
        if (!more) {
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for an evaluation");
            break;
        }
        list = more;
        verdict *v = &list[n++];
        *v = (verdict){ 0 };
        int64_t above = store_int(rows, 2);
        st = judge_packed(e, store_blob(rows, 1), store_blob(rows, 3), v, err);
        snprintf(v->device, sizeof v->device, "%s", store_text(rows, 0));
        v->accepted = v->alarm && retrained && store_int(rows, 4) == 0;
        v->alarm = v->alarm && !v->accepted;
        v->above = v->alarm ? above + weight(v, e->w->wish.consecutive) : 0;
    }
    st = store_end(rows, st, err);
    for (size_t i = 0; !st && i < n; i++)
        st = settle(tx, e, &list[i], err);
    free(list);
    return st;
}

static sedge_status evaluate_release(hub *h, const watched *w, sedge_error *err) {
    evaluation e = { .h = h, .w = w, .now_ms = hub_now_ms(h) };
    sedge_status st = monitors_get(h->monitors, w->model, w->release, &e.base, err);
    if (st || !e.base->monitor)
        return st;
    sedge_monitor_promise promise = sedge_monitor_get_promise(e.base->monitor);
    if (w->wish.calibrated && promise.false_alarm_rate <= 0)
        return SEDGE_OK;
    e.report_rows = promise.report_rows ? promise.report_rows : ROWS_DEFAULT;
    st = store_read(h->store, any_due, &e, err);
    if (st)
        return st == SEDGE_ENOTFOUND ? SEDGE_OK : st;
    return store_write(h->store, evaluate, &e, err);
}

sedge_status drift_tick(hub *h, sedge_error *err) {
    watch_list list = { 0 };
    sedge_status st = store_read(h->store, read_watched, &list, err);
    for (size_t i = 0; !st && i < list.n; i++) {
        st = evaluate_release(h, &list.items[i], err);
        if (!st && list.items[i].wish.enabled)
            st = jobs_open_retraining(h, list.items[i].deployment, err);
    }
    free(list.items);
    return st;
}
