/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/handlers.h"

enum { JOBS_MAX = 200 };

#define COLUMNS                                                                                                        \
    "SELECT id, kind, model, deployment, release, alert, state, new_release, rollout, reason, rows_wanted,"            \
    " (SELECT count(*) FROM samples s WHERE s.job = j.id),"                                                            \
    " (SELECT count(*) FROM samples s WHERE s.job = j.id AND s.received_ms IS NOT NULL), created_ms, updated_ms,"      \
    " finished_ms FROM jobs j"

static json_t *job_json(store_rows *rows) {
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:s, s:s, s:{s:I, s:I, s:I}, s:I, s:I, s:o}", "id",
                     store_text(rows, 0), "kind", store_text(rows, 1), "model", store_text(rows, 2), "deployment",
                     store_text(rows, 3), "release", (json_int_t)store_int(rows, 4), "alert", store_text(rows, 5),
                     "state", store_text(rows, 6), "new_release", (json_int_t)store_int(rows, 7), "rollout",
                     store_text(rows, 8), "reason", store_text(rows, 9), "samples", "rows",
                     (json_int_t)store_int(rows, 10), "asked", (json_int_t)store_int(rows, 11), "answered",
                     (json_int_t)store_int(rows, 12), "created_ms", (json_int_t)store_int(rows, 13), "updated_ms",
                     (json_int_t)store_int(rows, 14), "finished_ms", hub_json_int_or_null(rows, 15));
}

sedge_status hub_get_jobs(store_tx *tx, void *ctx, sedge_error *err) {
    return hub_answer_rows(tx, ctx, job_json, err,
                           COLUMNS " WHERE project = $1 ORDER BY created_ms DESC, id DESC LIMIT $2",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(JOBS_MAX)));
}

static sedge_status steps_json(store_tx *tx, const char *job, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT name, state, exit_code, started_ms, ended_ms, log FROM job_steps WHERE job ="
                                  " $1 ORDER BY n",
                                  STORE_ARGS(STORE_TEXT(job)));
    while (!st && store_next(rows)) {
        json_t *item =
            json_pack("{s:s, s:s, s:I, s:I, s:o, s:s}", "name", store_text(rows, 0), "state", store_text(rows, 1),
                      "exit_code", (json_int_t)store_int(rows, 2), "started_ms", (json_int_t)store_int(rows, 3),
                      "ended_ms", hub_json_int_or_null(rows, 4), "log", store_text(rows, 5));
        if (json_array_append_new(list, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the steps");
    }
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

sedge_status hub_get_job(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    store_rows *rows = NULL;
    json_t *steps = NULL;
    sedge_status st = store_query(tx, &rows, err, COLUMNS " WHERE project = $1 AND id = $2",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(hub_path_arg(c, 0))));
    if (!st && store_next(rows))
        c->out = job_json(rows);
    st = store_end(rows, st, err);
    if (!st && !c->out)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no job '%s'", hub_path_arg(c, 0));
    if (!st)
        st = steps_json(tx, hub_path_arg(c, 0), &steps, err);
    if (!st && json_object_set_new(c->out, "steps", steps) != 0)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for a job");
    return st;
}
