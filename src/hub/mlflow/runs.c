/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/mlflow/mlflow.h"

static const char *const statuses[] = { "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED" };

sedge_status mlflow_run_arg(const hub_call *c, const char **ret, sedge_error *err) {
    const char *run = NULL;
    sedge_status st = hub_arg_or(c, "run_id", "", &run, err);
    if (!st && !run[0])
        st = hub_arg_or(c, "run_uuid", "", &run, err);
    if (!st && !run[0])
        return hub_arg(c, "run_id", ret, err);
    if (!st)
        *ret = run;
    return st;
}

sedge_status mlflow_run_check(store_tx *tx, const char *run, sedge_error *err) {
    SEDGE_AUTO_MEM char *stage = NULL;
    sedge_status st =
        store_get_text(tx, &stage, err, "SELECT stage FROM runs WHERE id = $1", STORE_ARGS(STORE_TEXT(run)));
    if (st == SEDGE_ENOTFOUND)
        return sedge_fail(err, st, "Run with id=%s not found", run);
    if (!st && strcmp(stage, "active") != 0)
        st = sedge_fail(err, SEDGE_EINVALID, "The run %s must be in the 'active' state. Current state is %s.", run,
                        stage);
    return st;
}

/** Metrics of a run: [{key, value, timestamp, step}]. */
static sedge_status latest_metrics(store_tx *tx, const char *run, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT name, value, is_nan, time_ms, step FROM run_latest_metrics WHERE run = $1"
                                  " ORDER BY name",
                                  STORE_ARGS(STORE_TEXT(run)));
    while (!st && store_next(rows)) {
        json_t *item = json_pack("{s:s, s:o, s:I, s:I}", "key", store_text(rows, 0), "value",
                                 mlflow_number(store_real(rows, 1), store_int(rows, 2) != 0), "timestamp",
                                 (json_int_t)store_int(rows, 3), "step", (json_int_t)store_int(rows, 4));
        if (json_array_append_new(list, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the metrics");
    }
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

static sedge_status run_info(store_tx *tx, const char *run, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    char experiment[24];
    json_t *info = NULL;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT experiment, name, user_id, status, start_ms, end_ms, artifact_uri, stage"
                                  " FROM runs WHERE id = $1",
                                  STORE_ARGS(STORE_TEXT(run)));
    if (!st && store_next(rows)) {
        snprintf(experiment, sizeof experiment, "%lld", (long long)store_int(rows, 0));
        info = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:s, s:s}", "run_id", run, "run_uuid", run,
                         "experiment_id", experiment, "run_name", store_text(rows, 1), "user_id", store_text(rows, 2),
                         "status", store_text(rows, 3), "start_time", (json_int_t)store_int(rows, 4), "end_time",
                         hub_json_int_or_null(rows, 5), "artifact_uri", store_text(rows, 6), "lifecycle_stage",
                         store_text(rows, 7));
    }
    st = store_end(rows, st, err);
    if (!st && !info)
        return sedge_fail(err, SEDGE_ENOTFOUND, "Run with id=%s not found", run);
    if (!st)
        *ret = info;
    return st;
}

sedge_status mlflow_run_json(store_tx *tx, const char *run, json_t **ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *info = NULL, *metrics = NULL, *params = NULL, *tags = NULL;
    sedge_status st = run_info(tx, run, &info, err);
    if (!st)
        st = latest_metrics(tx, run, &metrics, err);
    if (!st)
        st = mlflow_pairs(tx, &params, err, "SELECT name, value FROM run_params WHERE run = $1 ORDER BY name",
                          STORE_ARGS(STORE_TEXT(run)));
    if (!st)
        st = mlflow_pairs(tx, &tags, err, "SELECT name, value FROM run_tags WHERE run = $1 ORDER BY name",
                          STORE_ARGS(STORE_TEXT(run)));
    if (st)
        return st;
    *ret = json_pack("{s:O, s:{s:O, s:O, s:O}, s:{s:[]}}", "info", info, "data", "metrics", metrics, "params", params,
                     "tags", tags, "inputs", "dataset_inputs");
    return *ret ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for a run");
}

/** A pleasant name for a run that was given none: two words and a number out of its id. */
static void make_name(const char *id, char ret[64]) {
    static const char *const first[] = { "quiet", "brisk", "amber", "steady", "mossy", "bright", "salty", "windy" };
    static const char *const second[] = { "reed", "heron", "marsh", "otter", "willow", "plover", "dune", "tern" };
    unsigned x = 0;
    for (const char *p = id + 20; *p; p++)
        x = x * 33 + (unsigned char)*p;
    snprintf(ret, 64, "%s-%s-%u", first[x % 8], second[x / 8 % 8], x / 64 % 1000);
}

typedef struct new_run {
    char id[SEDGE_UUID_MAX], made_name[64];
    const char *experiment, *name, *user;
    int64_t start_ms;
} new_run;

/** The value of the tag mlflow.runName in the body, or "". */
static const char *name_tag(const hub_call *c) {
    const json_t *tags = json_object_get(c->in.value, "tags"), *tag;
    size_t i = 0;
    json_array_foreach(tags, i, tag) {
        const char *key = json_string_value(json_object_get(tag, "key"));
        const char *value = json_string_value(json_object_get(tag, "value"));
        if (key && value && strcmp(key, "mlflow.runName") == 0)
            return value;
    }
    return "";
}

static sedge_status read_new_run(const hub_call *c, new_run *r, sedge_error *err) {
    sedge_status st = hub_arg_or(c, "experiment_id", "0", &r->experiment, err);
    if (!st)
        st = hub_arg_or(c, "run_name", "", &r->name, err);
    if (!st)
        st = hub_arg_or(c, "user_id", "", &r->user, err);
    if (!st)
        st = hub_arg_int(c, "start_time", 0, INT64_MAX, c->now_ms, &r->start_ms, err);
    if (!st)
        st = sedge_uuid7(c->now_ms, r->id, err);
    if (st)
        return st;
    const char *tag = name_tag(c);
    if (r->name[0] && tag[0] && strcmp(r->name, tag) != 0)
        return sedge_fail(err, SEDGE_EINVALID,
                          "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values");
    make_name(r->id, r->made_name);
    if (!r->name[0])
        r->name = tag[0] ? tag : r->made_name;
    return SEDGE_OK;
}

sedge_status mlflow_run_tag(store_tx *tx, void *owner, const char *key, const char *value, sedge_error *err) {
    const char *run = owner;
    sedge_status st = mlflow_check_key("tag", key, err);
    if (!st && strlen(value) > MLFLOW_TAG_MAX)
        st = sedge_fail(err, SEDGE_EINVALID, "Tag value of '%.60s' exceeds the maximum length of %d", key,
                        MLFLOW_TAG_MAX);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "INSERT INTO run_tags (run, name, value) VALUES ($1, $2, $3)"
                        " ON CONFLICT (run, name) DO UPDATE SET value = excluded.value",
                        STORE_ARGS(STORE_TEXT(run), STORE_TEXT(key), STORE_TEXT(value)));
    if (!st && strcmp(key, "mlflow.runName") == 0)
        st = store_exec(tx, NULL, err, "UPDATE runs SET name = $1 WHERE id = $2",
                        STORE_ARGS(STORE_TEXT(value), STORE_TEXT(run)));
    return st;
}

sedge_status mlflow_run_create(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    new_run r = { 0 };
    int64_t changed = 0;
    sedge_status st = read_new_run(c, &r, err);
    if (!st)
        st = store_exec(tx, &changed, err,
                        "INSERT INTO runs (id, project, experiment, name, user_id, start_ms, artifact_uri)"
                        " SELECT $1, project, id, $2, $3, $4, artifact_location || '/' || $1 || '/artifacts'"
                        " FROM experiments WHERE CAST(id AS TEXT) = $5 AND project = $6 AND stage = 'active'",
                        STORE_ARGS(STORE_TEXT(r.id), STORE_TEXT(r.name), STORE_TEXT(r.user), STORE_INT(r.start_ms),
                                   STORE_TEXT(r.experiment), STORE_TEXT(HUB_PROJECT)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "No active experiment with id=%s exists", r.experiment);
    if (!st)
        st = mlflow_each_pair(tx, &c->in, "tags", MLFLOW_BATCH_MAX, mlflow_run_tag, r.id, err);
    if (!st)
        st = mlflow_run_tag(tx, r.id, "mlflow.runName", r.name, err);
    json_t *run = NULL;
    if (!st)
        st = mlflow_run_json(tx, r.id, &run, err);
    if (!st)
        c->out = json_pack("{s:o}", "run", run);
    return st;
}

sedge_status mlflow_run_get(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *id = NULL;
    json_t *run = NULL;
    sedge_status st = mlflow_run_arg(c, &id, err);
    if (!st)
        st = mlflow_run_json(tx, id, &run, err);
    if (!st)
        c->out = json_pack("{s:o}", "run", run);
    return st;
}

/** The status as name or number; NULL when it is not in the request. */
static sedge_status status_arg(const hub_call *c, const char **ret, sedge_error *err) {
    const json_t *value = json_object_get(c->in.value, "status");
    *ret = NULL;
    if (!value || json_is_null(value))
        return SEDGE_OK;
    if (json_is_integer(value) && json_integer_value(value) >= 1 && json_integer_value(value) <= 5) {
        *ret = statuses[json_integer_value(value) - 1];
        return SEDGE_OK;
    }
    for (size_t i = 0; json_is_string(value) && i < SEDGE_COUNT(statuses); i++)
        if (strcmp(statuses[i], json_string_value(value)) == 0)
            *ret = statuses[i];
    return *ret ? SEDGE_OK : sedge_fail(err, SEDGE_EINVALID, "Invalid value for parameter 'status' supplied");
}

sedge_status mlflow_run_update(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *id = NULL, *status = NULL, *name = NULL;
    int64_t end_ms = 0;
    char run[SEDGE_UUID_MAX * 8];
    sedge_status st = mlflow_run_arg(c, &id, err);
    if (!st)
        st = mlflow_run_check(tx, id, err);
    if (!st)
        st = status_arg(c, &status, err);
    if (!st)
        st = hub_arg_int(c, "end_time", 0, INT64_MAX, 0, &end_ms, err);
    if (!st)
        st = hub_arg_or(c, "run_name", "", &name, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE runs SET status = coalesce($1, status), end_ms = coalesce($2, end_ms) WHERE id = $3",
                        STORE_ARGS(STORE_TEXT(status), end_ms ? STORE_INT(end_ms) : STORE_NULL, STORE_TEXT(id)));
    snprintf(run, sizeof run, "%s", id ? id : "");
    if (!st && name[0])
        st = mlflow_run_tag(tx, run, "mlflow.runName", name, err);
    json_t *info = NULL;
    if (!st)
        st = run_info(tx, id, &info, err);
    if (!st)
        c->out = json_pack("{s:o}", "run_info", info);
    return st;
}

static sedge_status set_stage(store_tx *tx, hub_call *c, const char *stage, sedge_error *err) {
    const char *id = NULL;
    int64_t changed = 0;
    sedge_status st = mlflow_run_arg(c, &id, err);
    if (!st)
        st = store_exec(tx, &changed, err, "UPDATE runs SET stage = $1 WHERE id = $2",
                        STORE_ARGS(STORE_TEXT(stage), STORE_TEXT(id)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "Run with id=%s not found", id);
    return st;
}

sedge_status mlflow_run_delete(store_tx *tx, void *ctx, sedge_error *err) {
    return set_stage(tx, ctx, "deleted", err);
}

sedge_status mlflow_run_restore(store_tx *tx, void *ctx, sedge_error *err) {
    return set_stage(tx, ctx, "active", err);
}

static sedge_status append_run(store_tx *tx, json_t *list, const char *id, sedge_error *err) {
    json_t *run = NULL;
    sedge_status st = mlflow_run_json(tx, id, &run, err);
    if (!st && json_array_append_new(list, run) != 0)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the runs");
    return st;
}

enum { EXPERIMENTS_MAX = 100 };

/** SQL with one parameter for each of n experiments, behind limit and offset. */
static void put_search(sedge_buf *sql, size_t n) {
    sedge_buf_text(sql, "SELECT id FROM runs WHERE stage = 'active' AND CAST(experiment AS TEXT) IN (''");
    for (size_t i = 0; i < n; i++)
        sedge_buf_printf(sql, ", $%u", (unsigned)i + 3);
    sedge_buf_text(sql, ") ORDER BY start_ms DESC, id LIMIT $1 OFFSET $2");
}

/** The ids of experiments in the request behind limit and offset. */
static sedge_status search_args(const hub_call *c, store_arg args[EXPERIMENTS_MAX + 2], size_t *ret_n,
                                sedge_error *err) {
    sedge_json list;
    sedge_status st = sedge_json_array(&c->in, "experiment_ids", &list, err);
    if (!st && sedge_json_count(&list) > EXPERIMENTS_MAX)
        st = sedge_fail(err, SEDGE_EINVALID, "at most %d experiment_ids can be searched at once", EXPERIMENTS_MAX);
    for (size_t i = 0; !st && i < sedge_json_count(&list); i++) {
        sedge_json item = sedge_json_item(&list, i);
        const char *id = NULL;
        st = sedge_json_string(&item, NULL, &id, err);
        args[i + 2] = STORE_TEXT(id);
    }
    *ret_n = sedge_json_count(&list) + 2;
    return st;
}

sedge_status mlflow_runs_search(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    int64_t offset = 0, limit = 0, n = 0;
    store_arg args[EXPERIMENTS_MAX + 2];
    size_t args_n = 0;
    store_rows *rows = NULL;
    SEDGE_AUTO_BUF sql = sedge_buf_init(1 << 12);
    sedge_status st = mlflow_no_filter(c, err);
    if (!st)
        st = mlflow_page(c, 50000, 1000, &offset, &limit, err);
    if (!st)
        st = search_args(c, args, &args_n, err);
    if (st)
        return st;
    args[0] = STORE_INT(limit);
    args[1] = STORE_INT(offset);
    put_search(&sql, args_n - 2);
    json_t *list = json_array();
    c->out = json_pack("{s:o}", "runs", list);
    st = store_query(tx, &rows, err, sedge_buf_cstr(&sql), args, args_n);
    while (!st && store_next(rows)) {
        st = append_run(tx, list, store_text(rows, 0), err);
        n++;
    }
    st = store_end(rows, st, err);
    return st ? st : mlflow_next_page(c->out, offset, limit, n, err);
}
