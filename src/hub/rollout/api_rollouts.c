/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "hub/events.h"
#include "hub/handlers.h"
#include "hub/rollout/rollouts.h"
#include "hub/rollout/spec.h"

enum { ROLLOUTS_MAX = 200 };

#define COLUMNS                                                                                                        \
    "SELECT id, deployment, model, release, previous, spec, job, state, phase, phase_ms, soak_ms, reason, counts,"     \
    " created_ms, finished_ms FROM rollouts"

/** The spec's phases with what is known of each. */
static json_t *phases_json(const json_t *spec, const char *counts_text) {
    SEDGE_AUTO_JSON json_t *counts = json_loads(counts_text, 0, NULL);
    SEDGE_AUTO_JSON json_t *none =
        json_pack("{s:i, s:i, s:i, s:i, s:i}", "selected", 0, "installed", 0, "failed", 0, "waiting", 0, "offline", 0);
    json_t *list = json_array(), *phase;
    size_t i = 0;
    json_array_foreach(json_object_get(spec, "phases"), i, phase) {
        json_t *item = json_copy(phase), *known = json_array_get(counts, i);
        if (json_object_update(item, known ? known : none) != 0 || json_array_append_new(list, item) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *rollout_json(store_rows *rows) {
    SEDGE_AUTO_JSON json_t *spec = hub_json_column(store_text(rows, 5));
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:I, s:o, s:o, s:o, s:s, s:I, s:o}", "id",
                     store_text(rows, 0), "deployment", store_text(rows, 1), "model", store_text(rows, 2), "release",
                     (json_int_t)store_int(rows, 3), "previous", (json_int_t)store_int(rows, 4), "job",
                     store_text(rows, 6), "state", store_text(rows, 7), "phase", (json_int_t)store_int(rows, 8),
                     "phases", phases_json(spec, store_text(rows, 12)), "phase_ms", hub_json_int_or_null(rows, 9),
                     "soak_ms", hub_json_int_or_null(rows, 10), "reason", store_text(rows, 11), "created_ms",
                     (json_int_t)store_int(rows, 13), "finished_ms", hub_json_int_or_null(rows, 14));
}

sedge_status hub_get_rollout(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err, COLUMNS " WHERE project = $1 AND id = $2",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(hub_path_arg(c, 0))));
    if (!st && store_next(rows))
        c->out = rollout_json(rows);
    st = store_end(rows, st, err);
    return st || c->out ? st : sedge_fail(err, SEDGE_ENOTFOUND, "there is no roll-out '%s'", hub_path_arg(c, 0));
}

sedge_status hub_get_rollouts(store_tx *tx, void *ctx, sedge_error *err) {
    return hub_answer_rows(tx, ctx, rollout_json, err,
                           COLUMNS " WHERE project = $1 ORDER BY created_ms DESC, id DESC LIMIT $2",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(ROLLOUTS_MAX)));
}

sedge_status hub_post_rollout(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *deployment = NULL;
    int64_t release = 0;
    char id[SEDGE_UUID_MAX];
    sedge_status st = sedge_json_string(&c->in, "deployment", &deployment, err);
    if (!st)
        st = sedge_json_int(&c->in, "release", 1, INT64_MAX, &release, err);
    if (!st)
        st = rollout_start(tx, c->now_ms, deployment, release, "", id, err);
    if (st)
        return st;
    c->out = json_pack("{s:s}", "id", id);
    c->status = 201;
    return SEDGE_OK;
}

/** Moves a roll-out from one of the states `from` (a list for SQL) to another. */
static sedge_status move(store_tx *tx, hub_call *c, const char *sql, const char *kind, const char *wanted,
                         sedge_error *err) {
    int64_t changed = 0, exists = 0;
    const char *id = hub_path_arg(c, 0);
    sedge_status st = store_exec(tx, &changed, err, sql, STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(id)));
    if (!st && !changed)
        st = store_get_int(tx, &exists, err, "SELECT count(*) FROM rollouts WHERE project = $1 AND id = $2",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(id)));
    if (!st && !changed)
        st = exists ? sedge_fail(err, SEDGE_ECONFLICT, "roll-out %s is not %s", id, wanted)
                    : sedge_fail(err, SEDGE_ENOTFOUND, "there is no roll-out '%s'", id);
    return st ? st : hub_event_add(tx, c->now_ms, &(hub_event){ .kind = kind, .rollout = id }, err);
}

sedge_status hub_pause_rollout(store_tx *tx, void *ctx, sedge_error *err) {
    return move(tx, ctx,
                "UPDATE rollouts SET state = 'paused' WHERE project = $1 AND id = $2 AND state IN ('running',"
                " 'soaking')",
                "rollout.paused", "under way", err);
}

/** The soak, if there was one, starts again. */
sedge_status hub_resume_rollout(store_tx *tx, void *ctx, sedge_error *err) {
    return move(tx, ctx,
                "UPDATE rollouts SET state = 'running', soak_ms = NULL WHERE project = $1 AND id = $2 AND state ="
                " 'paused'",
                "rollout.resumed", "paused", err);
}

sedge_status hub_abort_rollout(hub_request *rq, sedge_error *err) {
    sedge_status st = rollout_abort(rq->hub, rq->params.value[0], "aborted by hand", err);
    return st ? st : hub_answer_json(rq, 200, json_object(), err);
}
