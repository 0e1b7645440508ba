/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/rollout/rank.h"
#include "hub/rollout/rollouts.h"

void rollout_list_done(rollout_list *list) {
    for (size_t i = 0; i < list->n; i++) {
        free(list->items[i].counts);
        free(list->items[i].devices);
    }
    free(list->items);
    *list = (rollout_list){ 0 };
}

typedef struct reading {
    hub *h;
    const fleet_state *state;
    rollout_list *list;
} reading;

static void copy_text(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from);
}

static sedge_status add_row(rollout_list *list, store_rows *rows, int64_t now_ms, sedge_error *err) {
    rollout_row *items = realloc(list->items, (list->n + 1) * sizeof *items);
    if (!items)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the roll-outs");
    list->items = items;
    rollout_row *r = &items[list->n++];
    *r = (rollout_row){ .release = store_int(rows, 3), .previous = store_int(rows, 4) };
    copy_text(r->id, sizeof r->id, store_text(rows, 0));
    copy_text(r->deployment, sizeof r->deployment, store_text(rows, 1));
    copy_text(r->model, sizeof r->model, store_text(rows, 2));
    copy_text(r->state, sizeof r->state, store_text(rows, 6));
    copy_text(r->reason, sizeof r->reason, store_text(rows, 12));
    r->counts = strdup(store_text(rows, 11));
    r->view = (rollout_view){
        .now_ms = now_ms,
        .paused = strcmp(r->state, "paused") == 0,
        .soaking = strcmp(r->state, "soaking") == 0,
        .phase = (size_t)store_int(rows, 7),
        .phase_ms = store_int(rows, 9),
        .soak_ms = store_int(rows, 10),
    };
    r->view.started = rollout_rank_parse(store_text(rows, 8), &r->view.threshold);
    if (!r->counts)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the roll-outs");
    sedge_status st = rollout_spec_parse(store_text(rows, 5), &r->spec, err);
    if (!st && r->view.phase >= r->spec.phases_n)
        st = sedge_fail(err, SEDGE_EIO, "roll-out %s has a damaged row", r->id);
    return st;
}

static sedge_status read_rows(store_tx *tx, reading *in, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT id, deployment, model, release, previous, spec, state, phase, threshold,"
                                  " phase_ms, soak_ms, counts, reason FROM rollouts WHERE project = $1 AND state IN"
                                  " " ROLLOUT_ACTIVE_STATES " ORDER BY id",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT)));
    while (!st && store_next(rows))
        st = add_row(in->list, rows, hub_now_ms(in->h), err);
    return store_end(rows, st, err);
}

/** The devices that the roll-out's deployment selects, by the same choice as desired state. */
static bool is_selected(const fleet_state *s, const fleet_device *d, const char *deployment) {
    for (size_t i = 0; !d->revoked && i < d->deployments_n; i++)
        if (strcmp(s->deployments[d->deployments[i]].name, deployment) == 0)
            return true;
    return false;
}

static sedge_status select_devices(const reading *in, rollout_row *r, const char **ids, sedge_error *err) {
    size_t n = 0;
    int64_t offline_ms = fleet_offline_after_ms(in->h);
    for (size_t i = 0; i < in->state->devices_n; i++) {
        const fleet_device *d = &in->state->devices[i];
        if (!is_selected(in->state, d, r->deployment))
            continue;
        sedge_status st = rollout_rank(r->id, d->id, &r->devices[n].rank, err);
        if (st)
            return st;
        r->devices[n].online = r->view.now_ms - fleet_last_seen_ms(in->h->fleet, d) <= offline_ms;
        ids[n++] = d->id;
    }
    r->view.devices = r->devices;
    r->view.devices_n = n;
    return SEDGE_OK;
}

static int compare_id(const void *key, const void *item) {
    return strcmp(key, *(const char *const *)item);
}

/** Place of a device in ids, which are sorted as the picture is. */
static rollout_device *find(rollout_row *r, const char **ids, const char *id) {
    const char **at = r->view.devices_n ? bsearch(id, ids, r->view.devices_n, sizeof *ids, compare_id) : NULL;
    return at ? &r->devices[at - ids] : NULL;
}

static rollout_device_state state_of(const rollout_row *r, store_rows *rows) {
    const char *state = store_text(rows, 1);
    bool bad = strcmp(state, "failed") == 0 || strcmp(state, "rolled_back") == 0;
    bool of_this = strcmp(store_text(rows, 4), r->id) == 0;
    if (store_int(rows, 2) == r->release && strcmp(state, "committed") == 0)
        return ROLLOUT_DEVICE_INSTALLED;
    return bad && of_this && store_int(rows, 3) == r->release ? ROLLOUT_DEVICE_FAILED : ROLLOUT_DEVICE_WAITING;
}

static sedge_status read_reported(store_tx *tx, rollout_row *r, const char **ids, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st =
        store_query(tx, &rows, err,
                    "SELECT device, state, release, target, rollout, error_text FROM device_models WHERE model = $1",
                    STORE_ARGS(STORE_TEXT(r->model)));
    while (!st && store_next(rows)) {
        rollout_device *d = find(r, ids, store_text(rows, 0));
        if (d)
            d->state = state_of(r, rows);
        if (d && d->state == ROLLOUT_DEVICE_FAILED && !r->view.failure[0])
            copy_text(r->view.failure, sizeof r->view.failure, store_text(rows, 5));
    }
    return store_end(rows, st, err);
}

/** Since the roll-out began, by devices in the phase. */
static sedge_status read_sums(store_tx *tx, rollout_row *r, const char **ids, int64_t window_ms, sedge_error *err) {
    store_rows *rows = NULL;
    sedge_status st =
        store_query(tx, &rows, err,
                    "SELECT s.device, sum(s.inferences), sum(s.failures), sum(s.anomalies), sum(s.cpu_us_sum)"
                    " FROM stats s JOIN rollouts r ON r.id = $1 WHERE s.project = $2 AND s.model = r.model AND"
                    " s.release = r.release AND s.window_ms + $3 > r.created_ms GROUP BY s.device",
                    STORE_ARGS(STORE_TEXT(r->id), STORE_TEXT(HUB_PROJECT), STORE_INT(window_ms)));
    while (!st && store_next(rows)) {
        const rollout_device *d = find(r, ids, store_text(rows, 0));
        if (!d || d->rank > r->view.threshold)
            continue;
        r->view.sums.inferences += store_int(rows, 1);
        r->view.sums.failures += store_int(rows, 2);
        r->view.sums.anomalies += store_int(rows, 3);
        r->view.sums.cpu_us += store_int(rows, 4);
    }
    return store_end(rows, st, err);
}

static sedge_status fill(store_tx *tx, const reading *in, rollout_row *r, sedge_error *err) {
    const char **ids = calloc(in->state->devices_n + 1, sizeof *ids);
    r->devices = calloc(in->state->devices_n + 1, sizeof *r->devices);
    sedge_status st =
        ids && r->devices ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for the devices of a roll-out");
    if (!st)
        st = select_devices(in, r, ids, err);
    if (!st)
        st = read_reported(tx, r, ids, err);
    if (!st)
        st = read_sums(tx, r, ids, in->h->options->window_ms, err);
    free(ids);
    return st;
}

static sedge_status read_all(store_tx *tx, void *ctx, sedge_error *err) {
    reading *in = ctx;
    sedge_status st = read_rows(tx, in, err);
    for (size_t i = 0; !st && i < in->list->n; i++) {
        rollout_row *r = &in->list->items[i];
        st = fill(tx, in, r, err);
        r->view.spec = &r->spec;
    }
    return st;
}

sedge_status rollout_list_read(hub *h, const fleet_state *state, rollout_list *ret, sedge_error *err) {
    reading in = { .h = h, .state = state, .list = ret };
    *ret = (rollout_list){ 0 };
    sedge_status st = store_read(h->store, read_all, &in, err);
    if (st)
        rollout_list_done(ret);
    return st;
}
