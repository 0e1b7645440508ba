/* SPDX-License-Identifier: Apache-2.0 */
/** Opening a job and waiting for rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/events.h"
#include "hub/fleet/fleet.h"
#include "hub/jobs/jobs.h"
#include "hub/jobs/work.h"
#include "hub/rollout/rollouts.h"
#include "hub/rollout/spec.h"

enum {
    RETRY_MS = 10 * 60 * 1000,        /**< after a failed job the next may come */
    COLLECT_MAX_MS = 24 * 3600 * 1000 /**< without enough answers a job fails then */
};

typedef struct opening {
    hub *h;
    const char *deployment;
    const fleet_state *state;
    int64_t now_ms, release;
    rollout_spec spec;
    char alert[SEDGE_UUID_MAX];
    char job[SEDGE_UUID_MAX];
    int64_t asked;
} opening;

static sedge_status read_wish(store_tx *tx, opening *o, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st =
        store_query(tx, &rows, err, "SELECT release, spec FROM deployments WHERE project = $1 AND name = $2",
                    STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(o->deployment)));
    if (!st && store_next(rows)) {
        o->release = store_int(rows, 0);
        st = rollout_spec_parse(store_text(rows, 1), &o->spec, err);
    }
    return store_end(rows, st, err);
}

/** The oldest open alert of the release. SEDGE_ENOTFOUND: nothing to do. */
static sedge_status read_alert(store_tx *tx, opening *o, sedge_error *err) {
    char *id = NULL;
    sedge_status st =
        store_get_text(tx, &id, err,
                       "SELECT id FROM alerts WHERE project = $1 AND model = $2 AND release = $3 AND"
                       " state = 'open' ORDER BY opened_ms, id LIMIT 1",
                       STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(o->spec.model), STORE_INT(o->release)));
    if (!st)
        snprintf(o->alert, sizeof o->alert, "%s", id);
    free(id);
    return st;
}

/** Something under way, or done for this release, or failed a moment ago. */
static sedge_status count_hindrances(store_tx *tx, const opening *o, int64_t *ret, sedge_error *err) {
    return store_get_int(tx, ret, err,
                         "SELECT (SELECT count(*) FROM jobs WHERE project = $1 AND model = $2 AND (state IN"
                         " ('collecting', 'running') OR (release = $3 AND state = 'done') OR (state = 'failed' AND"
                         " finished_ms > $4))) + (SELECT count(*) FROM rollouts WHERE project = $1 AND model = $2 AND"
                         " state IN " ROLLOUT_ACTIVE_STATES ")",
                         STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(o->spec.model), STORE_INT(o->release),
                                    STORE_INT(o->now_ms - RETRY_MS)));
}

static bool is_selected(const fleet_state *s, const fleet_device *d, const char *deployment) {
    for (size_t i = 0; !d->revoked && i < d->deployments_n; i++)
        if (strcmp(s->deployments[d->deployments[i]].name, deployment) == 0)
            return true;
    return false;
}

/** Does the device have an open alert of its own, or did its last evaluation see drift? */
static sedge_status is_drifted(store_tx *tx, const opening *o, const char *device, bool *ret, sedge_error *err) {
    int64_t n = 0;
    sedge_status st = store_get_int(
        tx, &n, err,
        "SELECT (SELECT count(*) FROM alerts WHERE project = $1 AND model = $2 AND release = $3 AND device = $4 AND"
        " state = 'open') + (SELECT count(*) FROM drift WHERE project = $1 AND model = $2 AND release = $3 AND device ="
        " $4 AND above > 0)",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(o->spec.model), STORE_INT(o->release), STORE_TEXT(device)));
    *ret = n > 0;
    return st;
}

/**
 * Asks drifted devices first, others to fill up: the new model shall know both worlds. At most half are drifted ones
 * unless there are too few others.
 */
static sedge_status ask_devices(store_tx *tx, opening *o, bool drifted, int64_t most, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < o->state->devices_n && o->asked < most; i++) {
        const fleet_device *d = &o->state->devices[i];
        bool has_drifted = false;
        int64_t changed = 0;
        if (!is_selected(o->state, d, o->deployment))
            continue;
        st = is_drifted(tx, o, d->id, &has_drifted, err);
        if (st || has_drifted != drifted)
            continue;
        st = store_exec(tx, &changed, err,
                        "INSERT INTO samples (job, device, drifted) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                        STORE_ARGS(STORE_TEXT(o->job), STORE_TEXT(d->id), STORE_INT(drifted)));
        o->asked += changed;
    }
    return st;
}

static sedge_status insert_job(store_tx *tx, opening *o, sedge_error *err) {
    const rollout_retrain *r = &o->spec.retrain;
    sedge_status st = sedge_uuid7(o->now_ms, o->job, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "INSERT INTO jobs (id, project, kind, model, deployment, release, alert, rows_wanted, state,"
                        " created_ms, updated_ms) VALUES ($1, $2, 'retrain', $3, $4, $5, $6, $7, 'collecting', $8, $8)",
                        STORE_ARGS(STORE_TEXT(o->job), STORE_TEXT(HUB_PROJECT), STORE_TEXT(o->spec.model),
                                   STORE_TEXT(o->deployment), STORE_INT(o->release), STORE_TEXT(o->alert),
                                   STORE_INT(r->rows), STORE_INT(o->now_ms)));
    if (!st)
        st = ask_devices(tx, o, true, (r->max_devices + 1) / 2, err);
    if (!st)
        st = ask_devices(tx, o, false, r->max_devices, err);
    if (!st)
        st = ask_devices(tx, o, true, r->max_devices, err);
    return st;
}

static sedge_status open_job(store_tx *tx, void *ctx, sedge_error *err) {
    opening *o = ctx;
    int64_t hindrances = 0;
    char text[96];
    sedge_status st = read_wish(tx, o, err);
    if (!st && (!o->spec.retrain.enabled || !o->release))
        return SEDGE_OK;
    if (!st)
        st = read_alert(tx, o, err);
    if (!st)
        st = count_hindrances(tx, o, &hindrances, err);
    if (st || hindrances)
        return st == SEDGE_ENOTFOUND ? SEDGE_OK : st;
    st = insert_job(tx, o, err);
    snprintf(text, sizeof text, "%lld devices are asked for %lld rows each", (long long)o->asked,
             (long long)o->spec.retrain.rows);
    if (!st)
        st = hub_event_add(
            tx, o->now_ms,
            &(hub_event){
                .kind = "job.started", .model = o->spec.model, .release = o->release, .job = o->job, .text = text },
            err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st;
}

/** Cheap look before a write: is there anything that may need a job? */
static sedge_status may_need_job(store_tx *tx, void *ctx, sedge_error *err) {
    opening *o = ctx;
    int64_t hindrances = 0;
    sedge_status st = read_wish(tx, o, err);
    if (!st)
        st = read_alert(tx, o, err);
    if (!st)
        st = count_hindrances(tx, o, &hindrances, err);
    return st || !hindrances ? st : SEDGE_ENOTFOUND;
}

sedge_status jobs_open_retraining(hub *h, const char *deployment, sedge_error *err) {
    opening o = { .h = h, .deployment = deployment, .now_ms = hub_now_ms(h) };
    fleet_state *state = NULL;
    sedge_status st = store_read(h->store, may_need_job, &o, err);
    if (st)
        return st == SEDGE_ENOTFOUND ? SEDGE_OK : st;
    st = fleet_get_state(h->fleet, &state, err);
    if (st)
        return st;
    o.state = state;
    st = store_write(h->store, open_job, &o, err);
    fleet_state_unref(state);
    return st;
}

/* ---- collecting -------------------------------------------------------------------------------------------------- */

typedef struct collecting {
    char id[SEDGE_UUID_MAX];
    int64_t asked, answered, min_devices;
    double age_s, wait_s;
} collecting;

typedef struct collect_list {
    hub *h;
    collecting items[64];
    size_t n;
} collect_list;

static sedge_status read_collecting(store_tx *tx, void *ctx, sedge_error *err) {
    collect_list *list = ctx;
    store_rows *rows = NULL;
    int64_t now_ms = hub_now_ms(list->h);
    sedge_status st = store_query(
        tx, &rows, err,
        "SELECT j.id, j.created_ms, d.spec, (SELECT count(*) FROM samples s WHERE s.job = j.id),"
        " (SELECT count(*) FROM samples s WHERE s.job = j.id AND s.received_ms IS NOT NULL) FROM jobs j JOIN "
        "deployments"
        " d ON d.project = j.project AND d.name = j.deployment WHERE j.project = $1 AND j.state = 'collecting'"
        " ORDER BY j.id",
        STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
    while (!st && store_next(rows) && list->n < SEDGE_COUNT(list->items)) {
        rollout_spec spec;
        st = rollout_spec_parse(store_text(rows, 2), &spec, err);
        collecting *c = &list->items[list->n++];
        *c = (collecting){ .asked = store_int(rows, 3),
                           .answered = store_int(rows, 4),
                           .min_devices = spec.retrain.min_devices,
                           .wait_s = spec.retrain.wait_s,
                           .age_s = (double)(now_ms - store_int(rows, 1)) / 1000 };
        snprintf(c->id, sizeof c->id, "%s", store_text(rows, 0));
    }
    return store_end(rows, st, err);
}

static bool is_ready(const collecting *c) {
    if (c->answered == 0 || c->answered < c->min_devices)
        return false;
    return c->answered == c->asked || c->age_s >= c->wait_s;
}

static sedge_status start_running(store_tx *tx, void *ctx, sedge_error *err) {
    const char *id = ctx;
    store_touch(tx, STORE_TOPIC_DESIRED);
    return store_exec(tx, NULL, err, "UPDATE jobs SET state = 'running' WHERE id = $1 AND state = 'collecting'",
                      STORE_ARGS(STORE_TEXT(id)));
}

sedge_status jobs_tick(hub *h, sedge_error *err) {
    collect_list list = { .h = h };
    sedge_status st = store_read(h->store, read_collecting, &list, err);
    for (size_t i = 0; !st && i < list.n; i++) {
        collecting *c = &list.items[i];
        if (is_ready(c)) {
            st = store_write(h->store, start_running, c->id, err);
            jobs_wake(h->jobs);
        } else if (c->age_s * 1000 > COLLECT_MAX_MS) {
            st = job_fail(h, c->id, "not enough devices sent rows", err);
        }
    }
    return st;
}
