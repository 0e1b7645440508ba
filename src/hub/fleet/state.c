/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/fleet/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/hub.h"
#include "hub/rollout/rank.h"
#include "hub/rollout/rollouts.h"

void fleet_state_unref(fleet_state *s) {
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    free(s->devices);
    free(s->deployments);
    free(s->requests);
    free(s);
}
SEDGE_DEFINE_AUTO(fleet_state, fleet_state_unref)

static void copy_text(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from);
}

/** Room for one more element of size bytes in a growing array; NULL without memory. */
static void *grow(void **array, size_t *n, size_t size) {
    if ((*n & (*n - 1)) == 0) { /* powers of two */
        void *more = realloc(*array, (*n ? 2 * *n : 1) * size);
        if (!more)
            return NULL;
        *array = more;
    }
    char *at = (char *)*array + *n * size;
    memset(at, 0, size);
    (*n)++;
    return at;
}

static sedge_status no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory for the picture of the fleet");
}

static sedge_status add_deployment(fleet_state *s, store_rows *rows, sedge_error *err) {
    fleet_deployment *d = grow((void **)&s->deployments, &s->deployments_n, sizeof *d);
    rollout_spec spec;
    if (!d)
        return no_memory(err);
    sedge_status st = rollout_spec_parse(store_text(rows, 1), &spec, err);
    if (!st)
        st = sedge_labels_from_text(spec.selector, &d->selector, err);
    if (st)
        return st;
    copy_text(d->name, sizeof d->name, store_text(rows, 0));
    copy_text(d->model, sizeof d->model, spec.model);
    d->probation_s = spec.probation_s;
    d->release = store_int(rows, 2);
    copy_text(d->finished, sizeof d->finished, store_text(rows, 3));
    copy_text(d->active, sizeof d->active, store_text(rows, 4));
    d->next_release = store_int(rows, 5);
    d->started = rollout_rank_parse(store_text(rows, 6), &d->threshold);
    return SEDGE_OK;
}

static sedge_status read_deployments(store_tx *tx, fleet_state *s, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT d.name, d.spec, d.release, d.rollout, r.id, r.release, r.threshold"
                                  " FROM deployments d LEFT JOIN rollouts r ON r.project = d.project AND"
                                  " r.deployment = d.name AND r.state IN " ROLLOUT_ACTIVE_STATES
                                  " WHERE d.project = $1 ORDER BY d.name",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
    while (!st && store_next(rows))
        st = add_deployment(s, rows, err);
    return store_end(rows, st, err);
}

static sedge_status read_requests(store_tx *tx, fleet_state *s, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st =
        store_query(tx, &rows, err,
                    "SELECT id, model, rows_wanted FROM jobs WHERE project = $1 AND state = 'collecting' ORDER BY id",
                    STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
    while (!st && store_next(rows)) {
        fleet_request *r = grow((void **)&s->requests, &s->requests_n, sizeof *r);
        if (!r) {
            st = no_memory(err);
            break;
        }
        copy_text(r->job, sizeof r->job, store_text(rows, 0));
        copy_text(r->model, sizeof r->model, store_text(rows, 1));
        r->rows = store_int(rows, 2);
    }
    return store_end(rows, st, err);
}

static bool has_model(const fleet_state *s, const fleet_device *d, const char *model) {
    for (size_t i = 0; i < d->deployments_n; i++)
        if (strcmp(s->deployments[d->deployments[i]].model, model) == 0)
            return true;
    return false;
}

static sedge_status select_deployments(const fleet_state *s, const char *labels_text, fleet_device *d,
                                       sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_labels labels;
    sedge_status st = sedge_json_load(sedge_bytes_text(labels_text), &SEDGE_JSON_LIMITS, "labels", &doc, err);
    if (st)
        return st;
    sedge_json root = sedge_json_root("labels", doc);
    st = sedge_labels_from_json(&root, &labels, err);
    for (size_t i = 0; !st && i < s->deployments_n && d->deployments_n < SEDGE_DESIRED_MODELS_MAX; i++)
        if (sedge_labels_match(&labels, &s->deployments[i].selector) && !has_model(s, d, s->deployments[i].model))
            d->deployments[d->deployments_n++] = (uint32_t)i;
    return st;
}

static sedge_status read_devices(store_tx *tx, fleet_state *s, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT id, labels, revoked_ms IS NOT NULL, last_seen_ms FROM devices"
                                  " WHERE project = $1 ORDER BY id",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
    while (!st && store_next(rows)) {
        fleet_device *d = grow((void **)&s->devices, &s->devices_n, sizeof *d);
        if (!d) {
            st = no_memory(err);
            break;
        }
        copy_text(d->id, sizeof d->id, store_text(rows, 0));
        d->revoked = store_int(rows, 2) != 0;
        d->last_seen_ms = store_int(rows, 3);
        d->request = UINT32_MAX;
        st = select_deployments(s, store_text(rows, 1), d, err);
    }
    return store_end(rows, st, err);
}

static int compare_device(const void *key, const void *item) {
    return strcmp(key, ((const fleet_device *)item)->id);
}

static fleet_device *find(const fleet_state *s, const char *id) {
    return s->devices_n ? bsearch(id, s->devices, s->devices_n, sizeof *s->devices, compare_device) : NULL;
}

const fleet_device *fleet_state_device(const fleet_state *s, const char *id) {
    return find(s, id);
}

/** Devices that a collecting job asks and that have not answered. */
static sedge_status read_asked(store_tx *tx, fleet_state *s, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT s.device, s.job FROM samples s JOIN jobs j ON j.id = s.job"
                                  " WHERE j.state = 'collecting' AND s.received_ms IS NULL ORDER BY s.job DESC",
                                  STORE_NONE);
    while (!st && store_next(rows)) {
        fleet_device *d = find(s, store_text(rows, 0));
        for (uint32_t i = 0; d && i < s->requests_n; i++)
            if (strcmp(s->requests[i].job, store_text(rows, 1)) == 0)
                d->request = i;
    }
    return store_end(rows, st, err);
}

sedge_status fleet_state_read(store_tx *tx, void *ret, sedge_error *err) {
    sedge_auto(fleet_state) s = calloc(1, sizeof *s);
    if (!s)
        return no_memory(err);
    s->refs = 1;
    sedge_status st = read_deployments(tx, s, err);
    if (!st)
        st = read_requests(tx, s, err);
    if (!st)
        st = read_devices(tx, s, err);
    if (!st)
        st = read_asked(tx, s, err);
    if (!st)
        *(fleet_state **)ret = SEDGE_STEAL(s);
    return st;
}

/* ---- desired state ---------------------------------------------------------------------------------------------- */

/** The release that the deployment wants on this device, and the roll-out that it came with. */
static sedge_status choose(const fleet_deployment *d, const char *device, int64_t *ret_release,
                           const char **ret_rollout, sedge_error *err) {
    uint64_t rank = 0;
    *ret_release = d->release;
    *ret_rollout = d->finished;
    if (!d->next_release || !d->started)
        return SEDGE_OK;
    sedge_status st = rollout_rank(d->active, device, &rank, err);
    if (!st && rank <= d->threshold) {
        *ret_release = d->next_release;
        *ret_rollout = d->active;
    }
    return st;
}

static sedge_status add_model(const fleet_deployment *d, const char *device, sedge_desired *out, sedge_error *err) {
    int64_t release = 0;
    const char *rollout = "";
    sedge_status st = choose(d, device, &release, &rollout, err);
    if (st || release == 0)
        return st;
    sedge_desired_model *m = &out->models[out->n_models++];
    *m = (sedge_desired_model){ .release = (uint64_t)release, .probation_s = d->probation_s };
    copy_text(m->name, sizeof m->name, d->model);
    copy_text(m->rollout, sizeof m->rollout, rollout);
    snprintf(m->target, sizeof m->target, "%s/%lld.bundle", d->model, (long long)release);
    return SEDGE_OK;
}

sedge_status fleet_desired(const fleet_state *s, const fleet_device *d, double poll_s, double report_s,
                           sedge_desired *ret, sedge_error *err) {
    *ret = (sedge_desired){ .poll_s = poll_s, .report_s = report_s };
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < d->deployments_n; i++)
        st = add_model(&s->deployments[d->deployments[i]], d->id, ret, err);
    if (!st && d->request != UINT32_MAX) {
        const fleet_request *r = &s->requests[d->request];
        ret->has_samples = true;
        ret->samples.rows = (uint32_t)r->rows;
        copy_text(ret->samples.request, sizeof ret->samples.request, r->job);
        copy_text(ret->samples.model, sizeof ret->samples.model, r->model);
    }
    return st;
}
