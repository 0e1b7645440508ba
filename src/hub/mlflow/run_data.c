/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hub/mlflow/mlflow.h"

typedef struct point {
    const char *key;
    double value; /**< clamped to finite; 0 for NaN */
    bool is_nan;
    int64_t time_ms, step;
} point;

/** A number, or its text: "NaN", "Infinity", "-Infinity", "1.5". */
static sedge_status read_value(const sedge_json *at, double *ret, sedge_error *err) {
    sedge_json v = sedge_json_member(at, "value");
    if (json_is_number(v.value)) {
        *ret = json_number_value(v.value);
        return SEDGE_OK;
    }
    const char *text = json_string_value(v.value);
    char *end = NULL;
    double value = text && *text ? strtod(text, &end) : 0;
    if (!text || !*text || *end)
        return sedge_fail(err, SEDGE_EINVALID, "Invalid value for parameter 'value' supplied: a number is needed");
    *ret = value;
    return SEDGE_OK;
}

static sedge_status read_point(const sedge_json *at, int64_t now_ms, point *ret, sedge_error *err) {
    point p = { 0 };
    double value = 0;
    sedge_status st = sedge_json_string(at, "key", &p.key, err);
    if (!st)
        st = mlflow_check_key("metric", p.key, err);
    if (!st)
        st = read_value(at, &value, err);
    if (!st)
        st = hub_json_int(at, "timestamp", 0, INT64_MAX, now_ms, &p.time_ms, err);
    if (!st)
        st = hub_json_int(at, "step", INT64_MIN, INT64_MAX, 0, &p.step, err);
    if (st)
        return st;
    p.is_nan = isnan(value);
    p.value = p.is_nan ? 0 : value > DBL_MAX ? DBL_MAX : value < -DBL_MAX ? -DBL_MAX : value;
    *ret = p;
    return SEDGE_OK;
}

/** The point joins the set; the value that the run shows follows. */
static sedge_status add_point(store_tx *tx, const char *run, const point *p, sedge_error *err) {
    sedge_status st =
        store_exec(tx, NULL, err,
                   "INSERT INTO run_metrics (run, name, time_ms, step, value, is_nan) VALUES ($1, $2, $3, $4, $5, $6)"
                   " ON CONFLICT DO NOTHING",
                   STORE_ARGS(STORE_TEXT(run), STORE_TEXT(p->key), STORE_INT(p->time_ms), STORE_INT(p->step),
                              STORE_REAL(p->value), STORE_INT(p->is_nan)));
    if (st)
        return st;
    return store_exec(tx, NULL, err,
                      "INSERT INTO run_latest_metrics (run, name, time_ms, step, value, is_nan)"
                      " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (run, name) DO UPDATE SET"
                      " time_ms = excluded.time_ms, step = excluded.step, value = excluded.value,"
                      " is_nan = excluded.is_nan WHERE (excluded.step, excluded.time_ms, excluded.value) >="
                      " (run_latest_metrics.step, run_latest_metrics.time_ms, run_latest_metrics.value)",
                      STORE_ARGS(STORE_TEXT(run), STORE_TEXT(p->key), STORE_INT(p->time_ms), STORE_INT(p->step),
                                 STORE_REAL(p->value), STORE_INT(p->is_nan)));
}

/** The active run of the request. */
static sedge_status run_of(store_tx *tx, const hub_call *c, const char **ret, sedge_error *err) {
    sedge_status st = mlflow_run_arg(c, ret, err);
    return st ? st : mlflow_run_check(tx, *ret, err);
}

sedge_status mlflow_log_metric(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *run = NULL;
    point p;
    sedge_status st = run_of(tx, c, &run, err);
    if (!st)
        st = read_point(&c->in, c->now_ms, &p, err);
    return st ? st : add_point(tx, run, &p, err);
}

/** Parameters are written once; the same value again is fine. */
static sedge_status add_param(store_tx *tx, const char *run, const char *key, const char *value, sedge_error *err) {
    SEDGE_AUTO_MEM char *old = NULL;
    sedge_status st = mlflow_check_key("parameter", key, err);
    if (!st && strlen(value) > MLFLOW_PARAM_MAX)
        st = sedge_fail(err, SEDGE_EINVALID, "Param value of '%.60s' exceeds the maximum length of %d", key,
                        MLFLOW_PARAM_MAX);
    if (st)
        return st;
    st = store_get_text(tx, &old, err, "SELECT value FROM run_params WHERE run = $1 AND name = $2",
                        STORE_ARGS(STORE_TEXT(run), STORE_TEXT(key)));
    if (st == SEDGE_ENOTFOUND)
        return store_exec(tx, NULL, err, "INSERT INTO run_params (run, name, value) VALUES ($1, $2, $3)",
                          STORE_ARGS(STORE_TEXT(run), STORE_TEXT(key), STORE_TEXT(value)));
    if (!st && strcmp(old, value) != 0)
        st = sedge_fail(err, SEDGE_EINVALID,
                        "Changing param values is not allowed. Param with key='%.60s' was already logged with value"
                        "='%.60s' for run ID='%s'. Attempted logging new value '%.60s'.",
                        key, old, run, value);
    return st;
}

sedge_status mlflow_log_parameter(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *run = NULL, *key = NULL, *value = NULL;
    sedge_status st = run_of(tx, c, &run, err);
    if (!st)
        st = hub_arg(c, "key", &key, err);
    if (!st)
        st = hub_arg_or(c, "value", "", &value, err);
    return st ? st : add_param(tx, run, key, value, err);
}

typedef union run_owner {
    const char *in;
    void *out;
} run_owner;

sedge_status mlflow_set_tag(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    run_owner run = { 0 };
    const char *key = NULL, *value = NULL;
    sedge_status st = run_of(tx, c, &run.in, err);
    if (!st)
        st = hub_arg(c, "key", &key, err);
    if (!st)
        st = hub_arg_or(c, "value", "", &value, err);
    return st ? st : mlflow_run_tag(tx, run.out, key, value, err);
}

sedge_status mlflow_delete_tag(store_tx *tx, void *ctx, sedge_error *err) {
    const char *run = NULL, *key = NULL;
    int64_t changed = 0;
    sedge_status st = run_of(tx, ctx, &run, err);
    if (!st)
        st = hub_arg(ctx, "key", &key, err);
    if (!st)
        st = store_exec(tx, &changed, err, "DELETE FROM run_tags WHERE run = $1 AND name = $2",
                        STORE_ARGS(STORE_TEXT(run), STORE_TEXT(key)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "No tag with name: %s in run with id %s", key, run);
    return st;
}

/** The array at name, or an empty one. */
static sedge_status batch_list(const hub_call *c, const char *name, size_t max, sedge_json *ret, sedge_error *err) {
    if (!sedge_json_has(&c->in, name)) {
        *ret = sedge_json_member(&c->in, name);
        return SEDGE_OK;
    }
    sedge_status st = sedge_json_array(&c->in, name, ret, err);
    if (!st && sedge_json_count(ret) > max)
        st = sedge_fail(err, SEDGE_EINVALID, "A batch logging request can contain at most %zu %s. Got %zu %s.", max,
                        name, sedge_json_count(ret), name);
    return st;
}

static bool key_is_double(const json_t *params, size_t upto, const char *key) {
    for (size_t i = 0; i < upto; i++) {
        const char *other = json_string_value(json_object_get(json_array_get(params, i), "key"));
        if (other && strcmp(other, key) == 0)
            return true;
    }
    return false;
}

static sedge_status log_params(store_tx *tx, const hub_call *c, const char *run, sedge_error *err) {
    sedge_json list;
    sedge_status st = batch_list(c, "params", 100, &list, err);
    for (size_t i = 0; !st && i < sedge_json_count(&list); i++) {
        sedge_json item = sedge_json_item(&list, i);
        const char *key = NULL, *value = NULL;
        st = sedge_json_string(&item, "key", &key, err);
        if (!st)
            st = sedge_json_string_or(&item, "value", "", &value, err);
        if (!st && key_is_double(list.value, i, key))
            st = sedge_fail(err, SEDGE_EINVALID, "Duplicate parameter keys have been submitted: %.60s", key);
        if (!st)
            st = add_param(tx, run, key, value, err);
    }
    return st;
}

static sedge_status log_metrics(store_tx *tx, const hub_call *c, const char *run, sedge_error *err) {
    sedge_json list;
    sedge_status st = batch_list(c, "metrics", MLFLOW_BATCH_MAX, &list, err);
    for (size_t i = 0; !st && i < sedge_json_count(&list); i++) {
        sedge_json item = sedge_json_item(&list, i);
        point p;
        st = read_point(&item, c->now_ms, &p, err);
        if (!st)
            st = add_point(tx, run, &p, err);
    }
    return st;
}

sedge_status mlflow_log_batch(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    run_owner run = { 0 };
    sedge_status st = run_of(tx, c, &run.in, err);
    if (!st)
        st = log_params(tx, c, run.in, err);
    if (!st)
        st = log_metrics(tx, c, run.in, err);
    if (!st)
        st = mlflow_each_pair(tx, &c->in, "tags", 100, mlflow_run_tag, run.out, err);
    return st;
}

sedge_status mlflow_metric_history(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *run = NULL, *key = NULL;
    int64_t offset = 0, limit = 0, n = 0;
    store_rows *rows = NULL;
    sedge_status st = mlflow_run_arg(c, &run, err);
    if (!st)
        st = hub_arg(c, "metric_key", &key, err);
    if (!st)
        st = mlflow_page(c, INT64_MAX / 2, INT64_MAX / 2, &offset, &limit, err);
    if (st)
        return st;
    json_t *list = json_array();
    c->out = json_pack("{s:o}", "metrics", list);
    st = store_query(tx, &rows, err,
                     "SELECT value, is_nan, time_ms, step FROM run_metrics WHERE run = $1 AND name = $2"
                     " ORDER BY time_ms, step, value LIMIT $3 OFFSET $4",
                     STORE_ARGS(STORE_TEXT(run), STORE_TEXT(key), STORE_INT(limit), STORE_INT(offset)));
    while (!st && store_next(rows)) {
        json_t *item = json_pack("{s:s, s:o, s:I, s:I}", "key", key, "value",
                                 mlflow_number(store_real(rows, 0), store_int(rows, 1) != 0), "timestamp",
                                 (json_int_t)store_int(rows, 2), "step", (json_int_t)store_int(rows, 3));
        n++;
        if (json_array_append_new(list, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the history");
    }
    st = store_end(rows, st, err);
    return st ? st : mlflow_next_page(c->out, offset, limit, n, err);
}
