/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/rollouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/events.h"
#include "hub/fleet/fleet.h"
#include "hub/rollout/rank.h"
#include "hub/rollout/view.h"
#include "hub/tuf.h"

/* ---- start ------------------------------------------------------------------------------------------------------ */

typedef struct start {
    int64_t now_ms, release, deployed;
    const char *deployment, *job;
    char model[SEDGE_NAME_MAX];
    char *spec;
} start;

static sedge_status read_deployment(store_tx *tx, start *s, sedge_error *err) {
    store_rows *rows = NULL;
    bool found = false;
    sedge_status st =
        store_query(tx, &rows, err, "SELECT model, release, spec FROM deployments WHERE project = $1 AND name = $2",
                    STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(s->deployment)));
    if (!st && store_next(rows)) {
        found = true;
        snprintf(s->model, sizeof s->model, "%s", store_text(rows, 0));
        s->deployed = store_int(rows, 1);
        s->spec = strdup(store_text(rows, 2));
        if (!s->spec)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for a deployment");
    }
    st = store_end(rows, st, err);
    if (!st && !found)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no deployment '%s'", s->deployment);
    return st;
}

static sedge_status check_release(store_tx *tx, const start *s, sedge_error *err) {
    store_rows *rows = NULL;
    bool found = false, bundle = false, withdrawn = false;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT bundle IS NOT NULL, withdrawn_ms IS NOT NULL FROM model_versions"
                                  " WHERE project = $1 AND model = $2 AND version = $3",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(s->model), STORE_INT(s->release)));
    if (!st && store_next(rows)) {
        found = true;
        bundle = store_int(rows, 0) != 0;
        withdrawn = store_int(rows, 1) != 0;
    }
    st = store_end(rows, st, err);
    if (st)
        return st;
    if (!found || !bundle)
        return sedge_fail(err, SEDGE_ENOTFOUND, "model %s has no %s %lld; push one first", s->model,
                          found ? "bundle for release" : "version", (long long)s->release);
    if (withdrawn)
        return sedge_fail(err, SEDGE_ECONFLICT, "release %lld of model %s was taken back; push a new version",
                          (long long)s->release, s->model);
    if (s->release == s->deployed)
        return sedge_fail(err, SEDGE_ECONFLICT, "release %lld is what deployment '%s' has", (long long)s->release,
                          s->deployment);
    return SEDGE_OK;
}

/** Lets devices come back to release from every release up to this one. */
static sedge_status supersede(store_tx *tx, const char *model, int64_t release, int64_t from, sedge_error *err) {
    store_touch(tx, STORE_TOPIC_TARGETS);
    return store_exec(tx, NULL, err,
                      "UPDATE model_versions SET supersedes = $1 WHERE project = $2 AND model = $3 AND version = $4 AND"
                      " supersedes < $1",
                      STORE_ARGS(STORE_INT(from), STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(release)));
}

static sedge_status insert(store_tx *tx, const start *s, const char *id, sedge_error *err) {
    int64_t changed = 0;
    sedge_status st =
        store_exec(tx, &changed, err,
                   "INSERT INTO rollouts (id, project, deployment, model, release, previous, spec, job, state,"
                   " created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9) ON CONFLICT DO NOTHING",
                   STORE_ARGS(STORE_TEXT(id), STORE_TEXT(HUB_PROJECT), STORE_TEXT(s->deployment), STORE_TEXT(s->model),
                              STORE_INT(s->release), STORE_INT(s->deployed), STORE_TEXT(s->spec), STORE_TEXT(s->job),
                              STORE_INT(s->now_ms)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ECONFLICT, "a roll-out of deployment '%s' is under way; wait for it or abort it",
                        s->deployment);
    return st;
}

/** The roll-out that this job has started already. SEDGE_ENOTFOUND: none. */
static sedge_status started_by(store_tx *tx, const char *job, char ret_id[SEDGE_UUID_MAX], sedge_error *err) {
    char *id = NULL;
    if (!job[0])
        return SEDGE_ENOTFOUND;
    sedge_status st =
        store_get_text(tx, &id, err, "SELECT id FROM rollouts WHERE job = $1", STORE_ARGS(STORE_TEXT(job)));
    if (!st)
        snprintf(ret_id, SEDGE_UUID_MAX, "%s", id);
    free(id);
    return st;
}

sedge_status rollout_start(store_tx *tx, int64_t now_ms, const char *deployment, int64_t release, const char *job,
                           char ret_id[SEDGE_UUID_MAX], sedge_error *err) {
    start s = { .now_ms = now_ms, .release = release, .deployment = deployment, .job = job };
    sedge_status st = started_by(tx, job, ret_id, err);
    if (st != SEDGE_ENOTFOUND)
        return st;
    st = read_deployment(tx, &s, err);
    if (!st)
        st = check_release(tx, &s, err);
    if (!st)
        st = sedge_uuid7(now_ms, ret_id, err);
    if (!st)
        st = insert(tx, &s, ret_id, err);
    if (!st && release < s.deployed)
        st = supersede(tx, s.model, release, s.deployed, err);
    if (!st)
        st = hub_event_add(tx, now_ms,
                           &(hub_event){ .kind = "rollout.started",
                                         .model = s.model,
                                         .release = release,
                                         .rollout = ret_id,
                                         .job = job,
                                         .text = deployment },
                           err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    free(s.spec);
    return st;
}

/* ---- steps ------------------------------------------------------------------------------------------------------ */

/** A decision on its way into the database. */
typedef struct applying {
    hub *h;
    const rollout_row *row;
    const rollout_step *step;
    char *counts; /**< JSON of all phases */
} applying;

/** Runs the update only while the roll-out is where the decision saw it; SEDGE_EBUSY when it has moved. */
static sedge_status guard(store_tx *tx, const rollout_row *r, sedge_error *err) {
    int64_t n = 0;
    sedge_status st =
        store_get_int(tx, &n, err, "SELECT count(*) FROM rollouts WHERE id = $1 AND state = $2 AND phase = $3",
                      STORE_ARGS(STORE_TEXT(r->id), STORE_TEXT(r->state), STORE_INT((int64_t)r->view.phase)));
    return st ? st : n ? SEDGE_OK : sedge_fail(err, SEDGE_EBUSY, "roll-out %s has moved", r->id);
}

static sedge_status add_event(store_tx *tx, const applying *a, const char *kind, const char *text, sedge_error *err) {
    return hub_event_add(
        tx, a->row->view.now_ms,
        &(hub_event){
            .kind = kind, .model = a->row->model, .release = a->row->release, .rollout = a->row->id, .text = text },
        err);
}

static sedge_status start_phase(store_tx *tx, void *ctx, sedge_error *err) {
    const applying *a = ctx;
    char threshold[ROLLOUT_RANK_TEXT_MAX], text[64];
    rollout_rank_text(a->step->threshold, threshold);
    snprintf(text, sizeof text, "phase %zu of %zu: %g %%", a->step->phase + 1, a->row->spec.phases_n,
             a->row->spec.phases[a->step->phase].share);
    sedge_status st = guard(tx, a->row, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE rollouts SET state = 'running', phase = $1, threshold = $2, phase_ms = $3, soak_ms ="
                        " NULL, reason = '', counts = $4 WHERE id = $5",
                        STORE_ARGS(STORE_INT((int64_t)a->step->phase), STORE_TEXT(threshold),
                                   STORE_INT(a->row->view.now_ms), STORE_TEXT(a->counts), STORE_TEXT(a->row->id)));
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st ? st : add_event(tx, a, "rollout.phase", text, err);
}

static sedge_status soak(store_tx *tx, void *ctx, sedge_error *err) {
    const applying *a = ctx;
    sedge_status st = guard(tx, a->row, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE rollouts SET state = 'soaking', soak_ms = $1, reason = '', counts = $2 WHERE id = $3",
                        STORE_ARGS(STORE_INT(a->row->view.now_ms), STORE_TEXT(a->counts), STORE_TEXT(a->row->id)));
    return st ? st : add_event(tx, a, "rollout.soaking", "", err);
}

/** Alarms about releases that the deployment has left are over. */
static sedge_status close_alerts(store_tx *tx, const rollout_row *r, sedge_error *err) {
    return store_exec(
        tx, NULL, err,
        "UPDATE alerts SET state = 'closed', closed_ms = $1 WHERE project = $2 AND model = $3 AND"
        " release = $4 AND state = 'open'",
        STORE_ARGS(STORE_INT(r->view.now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(r->model), STORE_INT(r->previous)));
}

static sedge_status finish(store_tx *tx, void *ctx, sedge_error *err) {
    const applying *a = ctx;
    const rollout_row *r = a->row;
    sedge_status st = guard(tx, r, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE rollouts SET state = 'done', finished_ms = $1, reason = '', counts = $2 WHERE id = $3",
                        STORE_ARGS(STORE_INT(r->view.now_ms), STORE_TEXT(a->counts), STORE_TEXT(r->id)));
    if (!st)
        st = store_exec(
            tx, NULL, err, "UPDATE deployments SET release = $1, rollout = $2 WHERE project = $3 AND name = $4",
            STORE_ARGS(STORE_INT(r->release), STORE_TEXT(r->id), STORE_TEXT(HUB_PROJECT), STORE_TEXT(r->deployment)));
    if (!st)
        st = close_alerts(tx, r, err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st ? st : add_event(tx, a, "rollout.done", "", err);
}

/** Only what people see has changed. */
static sedge_status note_counts(store_tx *tx, void *ctx, sedge_error *err) {
    const applying *a = ctx;
    return store_exec(tx, NULL, err, "UPDATE rollouts SET counts = $1, reason = $2 WHERE id = $3 AND state = $4",
                      STORE_ARGS(STORE_TEXT(a->counts), STORE_TEXT(a->step->reason), STORE_TEXT(a->row->id),
                                 STORE_TEXT(a->row->state)));
}

/* ---- abort ------------------------------------------------------------------------------------------------------ */

typedef struct aborting {
    hub *h;
    const char *id, *reason;
    char model[SEDGE_NAME_MAX];
    int64_t release, previous;
} aborting;

static sedge_status read_for_abort(store_tx *tx, aborting *a, sedge_error *err) {
    store_rows *rows = NULL;
    bool found = false, active = false;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT model, release, previous, state IN " ROLLOUT_ACTIVE_STATES " FROM rollouts"
                                  " WHERE project = $1 AND id = $2",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(a->id)));
    if (!st && store_next(rows)) {
        found = true;
        snprintf(a->model, sizeof a->model, "%s", store_text(rows, 0));
        a->release = store_int(rows, 1);
        a->previous = store_int(rows, 2);
        active = store_int(rows, 3) != 0;
    }
    st = store_end(rows, st, err);
    if (st)
        return st;
    if (!found)
        return sedge_fail(err, SEDGE_ENOTFOUND, "there is no roll-out '%s'", a->id);
    return active ? SEDGE_OK : sedge_fail(err, SEDGE_ECONFLICT, "roll-out %s is over", a->id);
}

/** First half: the metadata is to change, desired state not yet. */
static sedge_status begin_abort(store_tx *tx, void *ctx, sedge_error *err) {
    aborting *a = ctx;
    sedge_status st = read_for_abort(tx, a, err);
    if (!st)
        st = store_exec(tx, NULL, err, "UPDATE rollouts SET state = 'aborting', reason = $1 WHERE id = $2",
                        STORE_ARGS(STORE_TEXT(a->reason), STORE_TEXT(a->id)));
    /* another deployment may run the release well */
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE model_versions SET withdrawn_ms = $1 WHERE project = $2 AND model = $3 AND version = $4"
                        " AND NOT EXISTS (SELECT 1 FROM deployments WHERE project = $2 AND model = $3 AND release = $4)"
                        " AND NOT EXISTS (SELECT 1 FROM rollouts WHERE project = $2 AND model = $3 AND release = $4 AND"
                        " id <> $5 AND state IN " ROLLOUT_ACTIVE_STATES ")",
                        STORE_ARGS(STORE_INT(hub_now_ms(a->h)), STORE_TEXT(HUB_PROJECT), STORE_TEXT(a->model),
                                   STORE_INT(a->release), STORE_TEXT(a->id)));
    if (!st && a->previous && a->previous < a->release)
        st = supersede(tx, a->model, a->previous, a->release, err);
    store_touch(tx, STORE_TOPIC_TARGETS);
    return st;
}

/** Second half, once devices can verify the way back. */
static sedge_status end_abort(store_tx *tx, void *ctx, sedge_error *err) {
    aborting *a = ctx;
    int64_t now_ms = hub_now_ms(a->h);
    sedge_status st = store_exec(tx, NULL, err, "UPDATE rollouts SET state = 'aborted', finished_ms = $1 WHERE id = $2",
                                 STORE_ARGS(STORE_INT(now_ms), STORE_TEXT(a->id)));
    if (!st)
        st = hub_event_add(tx, now_ms,
                           &(hub_event){ .kind = "rollout.aborted",
                                         .model = a->model,
                                         .release = a->release,
                                         .rollout = a->id,
                                         .text = a->reason },
                           err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st;
}

sedge_status rollout_abort(hub *h, const char *id, const char *reason, sedge_error *err) {
    aborting a = { .h = h, .id = id, .reason = reason };
    sedge_status st = store_write(h->store, begin_abort, &a, err);
    if (!st)
        st = hub_tuf_sync(h->tuf, err);
    if (!st)
        st = store_write(h->store, end_abort, &a, err);
    if (!st)
        sedge_log_warn(&h->log, "rollout.aborted id=%s model=%s release=%lld reason=%s", id, a.model,
                       (long long)a.release, reason);
    return st;
}

/* ---- tick ------------------------------------------------------------------------------------------------------- */

/** The phases' counts so far with the ones of the decision's phase replaced. */
static sedge_status counts_text(const rollout_row *r, const rollout_counts *c, char **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *all = json_loads(r->counts, 0, NULL);
    SEDGE_AUTO_JSON json_t *list = json_is_array(all) ? json_incref(all) : json_array();
    json_t *now = json_pack("{s:I, s:I, s:I, s:I, s:I}", "selected", (json_int_t)c->selected, "installed",
                            (json_int_t)c->installed, "failed", (json_int_t)c->failed, "waiting",
                            (json_int_t)c->waiting, "offline", (json_int_t)c->offline);
    int failed = r->view.phase < json_array_size(list) ? json_array_set_new(list, r->view.phase, now)
                                                       : json_array_append_new(list, now);
    *ret = failed ? NULL : json_dumps(list, JSON_COMPACT);
    return *ret ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for the counts of a roll-out");
}

static sedge_status apply(applying *a, sedge_error *err) {
    hub *h = a->h;
    const rollout_row *r = a->row;
    sedge_status st;
    switch (a->step->action) {
    case ROLLOUT_START_PHASE:
        st = hub_tuf_tick(h->tuf, err); /* what the release supersedes is signed before anyone wants it */
        return st ? st : store_write(h->store, start_phase, a, err);
    case ROLLOUT_SOAK:
        return store_write(h->store, soak, a, err);
    case ROLLOUT_DONE:
        return store_write(h->store, finish, a, err);
    case ROLLOUT_ABORT:
        st = store_write(h->store, note_counts, a, err);
        return st ? st : rollout_abort(h, r->id, a->step->reason, err);
    case ROLLOUT_WAIT:
        break;
    }
    if (strcmp(a->counts, r->counts) == 0 && strcmp(a->step->reason, r->reason) == 0)
        return SEDGE_OK;
    return store_write(h->store, note_counts, a, err);
}

static sedge_status look_at(hub *h, const rollout_row *r, sedge_error *err) {
    if (strcmp(r->state, "aborting") == 0) /* the hub ended in between */
        return rollout_abort(h, r->id, r->reason, err);
    uint64_t *ranks = calloc(r->view.devices_n + 1, sizeof *ranks);
    if (!ranks)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for ranks");
    rollout_step step = rollout_decide(&r->view, ranks);
    free(ranks);
    applying a = { .h = h, .row = r, .step = &step };
    sedge_status st = counts_text(r, &step.counts, &a.counts, err);
    if (!st)
        st = apply(&a, err);
    free(a.counts);
    return st == SEDGE_EBUSY ? SEDGE_OK : st; /* it has moved meanwhile: the next round sees it as it is */
}

sedge_status rollout_tick(hub *h, sedge_error *err) {
    fleet_state *state = NULL;
    rollout_list list = { 0 };
    sedge_status st = fleet_get_state(h->fleet, &state, err);
    if (st)
        return st;
    st = rollout_list_read(h, state, &list, err);
    fleet_state_unref(state);
    for (size_t i = 0; i < list.n; i++) {
        /* one that fails does not hold up the others; the first fault is told */
        sedge_status one = look_at(h, &list.items[i], st ? NULL : err);
        st = st ? st : one;
    }
    rollout_list_done(&list);
    return st;
}
