/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/mlflow/mlflow.h"

#define EXPERIMENT_COLUMNS "SELECT id, name, artifact_location, stage, created_ms, updated_ms FROM experiments"

static sedge_status set_tag(store_tx *tx, void *owner, const char *key, const char *value, sedge_error *err) {
    const int64_t *experiment = owner;
    sedge_status st = mlflow_check_key("tag", key, err);
    if (st)
        return st;
    return store_exec(tx, NULL, err,
                      "INSERT INTO experiment_tags (experiment, name, value) VALUES ($1, $2, $3)"
                      " ON CONFLICT (experiment, name) DO UPDATE SET value = excluded.value",
                      STORE_ARGS(STORE_INT(*experiment), STORE_TEXT(key), STORE_TEXT(value)));
}

static sedge_status experiment_json(store_tx *tx, store_rows *rows, json_t **ret, sedge_error *err) {
    char id[24];
    json_t *tags = NULL;
    snprintf(id, sizeof id, "%lld", (long long)store_int(rows, 0));
    sedge_status st =
        mlflow_pairs(tx, &tags, err, "SELECT name, value FROM experiment_tags WHERE experiment = $1 ORDER BY name",
                     STORE_ARGS(STORE_INT(store_int(rows, 0))));
    if (st)
        return st;
    *ret = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "experiment_id", id, "name", store_text(rows, 1),
                     "artifact_location", store_text(rows, 2), "lifecycle_stage", store_text(rows, 3), "creation_time",
                     (json_int_t)store_int(rows, 4), "last_update_time", (json_int_t)store_int(rows, 5), "tags", tags);
    return *ret ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for an experiment");
}

sedge_status mlflow_experiment_create(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *name = NULL, *location = NULL;
    int64_t id = 0, taken = 0;
    char text[64];
    sedge_status st = hub_arg(c, "name", &name, err);
    if (!st && strlen(name) > MLFLOW_NAME_MAX)
        st = sedge_fail(err, SEDGE_EINVALID, "Experiment name exceeds the maximum length of %d", MLFLOW_NAME_MAX);
    if (!st)
        st = hub_arg_or(c, "artifact_location", "", &location, err);
    if (!st)
        st = store_get_int(tx, &taken, err, "SELECT count(*) FROM experiments WHERE project = $1 AND name = $2",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    if (!st && taken)
        st = sedge_fail(err, SEDGE_ECONFLICT, "Experiment(name=%s) already exists.", name);
    if (!st)
        st = store_get_int(tx, &id, err, "SELECT max(id) + 1 FROM experiments", STORE_NONE);
    if (st)
        return st;
    snprintf(text, sizeof text, "mlflow-artifacts:/%lld", (long long)id);
    st = store_exec(tx, NULL, err,
                    "INSERT INTO experiments (id, project, name, artifact_location, created_ms, updated_ms)"
                    " VALUES ($1, $2, $3, $4, $5, $5)",
                    STORE_ARGS(STORE_INT(id), STORE_TEXT(HUB_PROJECT), STORE_TEXT(name),
                               STORE_TEXT(location[0] ? location : text), STORE_INT(c->now_ms)));
    if (!st)
        st = mlflow_each_pair(tx, &c->in, "tags", MLFLOW_BATCH_MAX, set_tag, &id, err);
    snprintf(text, sizeof text, "%lld", (long long)id);
    c->out = json_pack("{s:s}", "experiment_id", text);
    return st;
}

static sedge_status answer_one(store_tx *tx, hub_call *c, sedge_error *err, const char *sql, const char *key) {
    store_rows *rows = NULL;
    json_t *doc = NULL;
    sedge_status st = store_query(tx, &rows, err, sql, STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(key)));
    if (!st && store_next(rows))
        st = experiment_json(tx, rows, &doc, err);
    st = store_end(rows, st, err);
    if (!st && !doc)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "Could not find experiment with name or ID '%s'", key);
    if (!st)
        c->out = json_pack("{s:o}", "experiment", doc);
    return st;
}

sedge_status mlflow_experiment_get(store_tx *tx, void *ctx, sedge_error *err) {
    const char *id = NULL;
    sedge_status st = hub_arg(ctx, "experiment_id", &id, err);
    return st ? st : answer_one(tx, ctx, err, EXPERIMENT_COLUMNS " WHERE project = $1 AND CAST(id AS TEXT) = $2", id);
}

sedge_status mlflow_experiment_get_by_name(store_tx *tx, void *ctx, sedge_error *err) {
    const char *name = NULL;
    sedge_status st = hub_arg(ctx, "experiment_name", &name, err);
    return st ? st : answer_one(tx, ctx, err, EXPERIMENT_COLUMNS " WHERE project = $1 AND name = $2", name);
}

static const char *const views[] = { "ACTIVE_ONLY", "DELETED_ONLY", "ALL" };

/** "active", "deleted" or "%" for LIKE. */
static sedge_status view_pattern(const hub_call *c, const char *name, const char **ret, sedge_error *err) {
    static const char *const patterns[] = { "active", "deleted", "%" };
    const char *view = NULL;
    sedge_status st = hub_arg_or(c, name, "ACTIVE_ONLY", &view, err);
    for (size_t i = 0; !st && i < SEDGE_COUNT(views); i++)
        if (strcmp(views[i], view) == 0) {
            *ret = patterns[i];
            return SEDGE_OK;
        }
    return st ? st : sedge_fail(err, SEDGE_EINVALID, "Invalid value '%.40s' for parameter '%s' supplied", view, name);
}

sedge_status mlflow_experiments_search(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *stage = NULL;
    int64_t offset = 0, limit = 0, n = 0;
    store_rows *rows = NULL;
    sedge_status st = view_pattern(c, "view_type", &stage, err);
    if (!st)
        st = mlflow_no_filter(c, err);
    if (!st)
        st = mlflow_page(c, 50000, 1000, &offset, &limit, err);
    if (st)
        return st;
    json_t *list = json_array();
    c->out = json_pack("{s:o}", "experiments", list);
    st = store_query(tx, &rows, err,
                     EXPERIMENT_COLUMNS " WHERE project = $1 AND stage LIKE $2 ORDER BY created_ms DESC, id"
                                        " LIMIT $3 OFFSET $4",
                     STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(stage), STORE_INT(limit), STORE_INT(offset)));
    while (!st && store_next(rows)) {
        json_t *doc = NULL;
        st = experiment_json(tx, rows, &doc, err);
        n++;
        if (!st && json_array_append_new(list, doc) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the experiments");
    }
    st = store_end(rows, st, err);
    return st ? st : mlflow_next_page(c->out, offset, limit, n, err);
}

/** Runs an UPDATE whose $1 is the new value, $2 the time and $3 the experiment's id. */
static sedge_status change(store_tx *tx, hub_call *c, sedge_error *err, const char *sql, const char *value) {
    const char *id = NULL;
    int64_t changed = 0;
    sedge_status st = hub_arg(c, "experiment_id", &id, err);
    if (!st)
        st = store_exec(tx, &changed, err, sql, STORE_ARGS(STORE_TEXT(value), STORE_INT(c->now_ms), STORE_TEXT(id)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "Could not find experiment with ID '%s'", id);
    return st;
}

sedge_status mlflow_experiment_update(store_tx *tx, void *ctx, sedge_error *err) {
    const char *name = NULL;
    sedge_status st = hub_arg(ctx, "new_name", &name, err);
    if (!st && strlen(name) > MLFLOW_NAME_MAX)
        st = sedge_fail(err, SEDGE_EINVALID, "Experiment name exceeds the maximum length of %d", MLFLOW_NAME_MAX);
    return st ? st
              : change(tx, ctx, err, "UPDATE experiments SET name = $1, updated_ms = $2 WHERE CAST(id AS TEXT) = $3",
                       name);
}

/** An experiment and its runs change their stage together. */
static sedge_status set_stage(store_tx *tx, hub_call *c, const char *stage, sedge_error *err) {
    sedge_status st =
        change(tx, c, err, "UPDATE experiments SET stage = $1, updated_ms = $2 WHERE CAST(id AS TEXT) = $3", stage);
    const char *id = NULL;
    if (!st)
        st = hub_arg(c, "experiment_id", &id, err);
    if (!st)
        st = store_exec(tx, NULL, err, "UPDATE runs SET stage = $1 WHERE CAST(experiment AS TEXT) = $2",
                        STORE_ARGS(STORE_TEXT(stage), STORE_TEXT(id)));
    return st;
}

sedge_status mlflow_experiment_delete(store_tx *tx, void *ctx, sedge_error *err) {
    return set_stage(tx, ctx, "deleted", err);
}

sedge_status mlflow_experiment_restore(store_tx *tx, void *ctx, sedge_error *err) {
    return set_stage(tx, ctx, "active", err);
}

sedge_status mlflow_experiment_set_tag(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *id_text = NULL, *key = NULL, *value = NULL;
    int64_t id = 0;
    sedge_status st = hub_arg(c, "experiment_id", &id_text, err);
    if (!st)
        st = hub_arg(c, "key", &key, err);
    if (!st)
        st = hub_arg_or(c, "value", "", &value, err);
    if (!st) {
        st = store_get_int(tx, &id, err, "SELECT id FROM experiments WHERE CAST(id AS TEXT) = $1",
                           STORE_ARGS(STORE_TEXT(id_text)));
        if (st == SEDGE_ENOTFOUND)
            st = sedge_fail(err, st, "Could not find experiment with ID '%s'", id_text);
    }
    return st ? st : set_tag(tx, &id, key, value, err);
}
