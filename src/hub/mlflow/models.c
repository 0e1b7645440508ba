/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/mlflow/mlflow.h"

sedge_status mlflow_model_check(store_tx *tx, const char *name, sedge_error *err) {
    int64_t n = 0;
    sedge_status st = store_get_int(tx, &n, err, "SELECT count(*) FROM models WHERE project = $1 AND name = $2",
                                    STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    if (!st && n == 0)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "Registered Model with name=%s not found", name);
    return st;
}

sedge_status mlflow_model_touch(store_tx *tx, const char *name, int64_t now_ms, sedge_error *err) {
    return store_exec(tx, NULL, err, "UPDATE models SET updated_ms = $1 WHERE project = $2 AND name = $3",
                      STORE_ARGS(STORE_INT(now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
}

/** The model's name in the request, which must exist. */
static sedge_status model_arg(store_tx *tx, const hub_call *c, const char **ret, sedge_error *err) {
    sedge_status st = hub_arg(c, "name", ret, err);
    return st ? st : mlflow_model_check(tx, *ret, err);
}

static sedge_status set_tag(store_tx *tx, void *owner, const char *key, const char *value, sedge_error *err) {
    const char *model = owner;
    sedge_status st = mlflow_check_key("tag", key, err);
    if (st)
        return st;
    return store_exec(tx, NULL, err,
                      "INSERT INTO model_tags (project, model, name, value) VALUES ($1, $2, $3, $4)"
                      " ON CONFLICT (project, model, name) DO UPDATE SET value = excluded.value",
                      STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_TEXT(key), STORE_TEXT(value)));
}

static sedge_status aliases_json(store_tx *tx, const char *model, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT alias, version FROM model_aliases WHERE project = $1 AND model = $2"
                                  " ORDER BY alias",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model)));
    while (!st && store_next(rows))
        if (json_array_append_new(
                list, json_pack("{s:s, s:s}", "alias", store_text(rows, 0), "version", store_text(rows, 1))) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the aliases");
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

/** The newest version of each stage. */
static sedge_status latest_json(store_tx *tx, const char *model, const char *stage, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT max(version) FROM model_versions WHERE project = $1 AND model = $2"
                                  " AND ($3 = '' OR lower(stage) = lower($3)) GROUP BY stage ORDER BY 1",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_TEXT(stage)));
    while (!st && store_next(rows)) {
        json_t *version = NULL;
        st = mlflow_version_json(tx, model, store_int(rows, 0), &version, err);
        if (!st && json_array_append_new(list, version) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the versions");
    }
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

static sedge_status model_json(store_tx *tx, const char *name, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *tags = NULL, *aliases = NULL, *latest = NULL, *doc = NULL;
    sedge_status st = mlflow_pairs(tx, &tags, err,
                                   "SELECT name, value FROM model_tags WHERE project = $1 AND model = $2 ORDER BY name",
                                   STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    if (!st)
        st = aliases_json(tx, name, &aliases, err);
    if (!st)
        st = latest_json(tx, name, "", &latest, err);
    if (!st)
        st = store_query(tx, &rows, err,
                         "SELECT description, created_ms, updated_ms FROM models WHERE project = $1 AND name = $2",
                         STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    if (!st && store_next(rows))
        doc = json_pack("{s:s, s:s, s:I, s:I, s:O, s:O, s:O}", "name", name, "description", store_text(rows, 0),
                        "creation_timestamp", (json_int_t)store_int(rows, 1), "last_updated_timestamp",
                        (json_int_t)store_int(rows, 2), "tags", tags, "aliases", aliases, "latest_versions", latest);
    st = store_end(rows, st, err);
    if (!st && !doc)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "Registered Model with name=%s not found", name);
    if (!st)
        *ret = SEDGE_STEAL(doc);
    return st;
}

static sedge_status answer_model(store_tx *tx, hub_call *c, const char *name, sedge_error *err) {
    json_t *doc = NULL;
    sedge_status st = model_json(tx, name, &doc, err);
    if (!st)
        c->out = json_pack("{s:o}", "registered_model", doc);
    return st;
}

typedef union name_owner {
    const char *in;
    void *out;
} name_owner;

sedge_status mlflow_model_create(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    name_owner name = { 0 };
    const char *description = NULL;
    int64_t changed = 0;
    sedge_status st = hub_arg(c, "name", &name.in, err);
    if (!st)
        st = mlflow_check_model_name(name.in, err);
    if (!st)
        st = hub_arg_or(c, "description", "", &description, err);
    if (!st)
        st = store_exec(
            tx, &changed, err,
            "INSERT INTO models (project, name, description, created_ms, updated_ms)"
            " VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING",
            STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name.in), STORE_TEXT(description), STORE_INT(c->now_ms)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ECONFLICT, "Registered Model (name=%s) already exists.", name.in);
    if (!st)
        st = mlflow_each_pair(tx, &c->in, "tags", MLFLOW_BATCH_MAX, set_tag, name.out, err);
    return st ? st : answer_model(tx, c, name.in, err);
}

sedge_status mlflow_model_get(store_tx *tx, void *ctx, sedge_error *err) {
    const char *name = NULL;
    sedge_status st = hub_arg(ctx, "name", &name, err);
    return st ? st : answer_model(tx, ctx, name, err);
}

sedge_status mlflow_models_search(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    int64_t offset = 0, limit = 0, n = 0;
    store_rows *rows = NULL;
    sedge_status st = mlflow_no_filter(c, err);
    if (!st)
        st = mlflow_page(c, 1000, 100, &offset, &limit, err);
    if (st)
        return st;
    json_t *list = json_array();
    c->out = json_pack("{s:o}", "registered_models", list);
    st = store_query(tx, &rows, err, "SELECT name FROM models WHERE project = $1 ORDER BY name LIMIT $2 OFFSET $3",
                     STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(limit), STORE_INT(offset)));
    while (!st && store_next(rows)) {
        json_t *doc = NULL;
        st = model_json(tx, store_text(rows, 0), &doc, err);
        n++;
        if (!st && json_array_append_new(list, doc) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the models");
    }
    st = store_end(rows, st, err);
    return st ? st : mlflow_next_page(c->out, offset, limit, n, err);
}

sedge_status mlflow_model_update(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *name = NULL, *description = NULL;
    sedge_status st = model_arg(tx, c, &name, err);
    if (!st)
        st = hub_arg_or(c, "description", "", &description, err);
    if (!st)
        st = store_exec(
            tx, NULL, err, "UPDATE models SET description = $1, updated_ms = $2 WHERE project = $3 AND name = $4",
            STORE_ARGS(STORE_TEXT(description), STORE_INT(c->now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    return st ? st : answer_model(tx, c, name, err);
}

sedge_status mlflow_model_set_tag(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    name_owner name = { 0 };
    const char *key = NULL, *value = NULL;
    sedge_status st = model_arg(tx, c, &name.in, err);
    if (!st)
        st = hub_arg(c, "key", &key, err);
    if (!st)
        st = hub_arg_or(c, "value", "", &value, err);
    return st ? st : set_tag(tx, name.out, key, value, err);
}

sedge_status mlflow_model_delete_tag(store_tx *tx, void *ctx, sedge_error *err) {
    const char *name = NULL, *key = NULL;
    sedge_status st = model_arg(tx, ctx, &name, err);
    if (!st)
        st = hub_arg(ctx, "key", &key, err);
    if (!st)
        st = store_exec(tx, NULL, err, "DELETE FROM model_tags WHERE project = $1 AND model = $2 AND name = $3",
                        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_TEXT(key)));
    return st;
}

/* ---- aliases ---------------------------------------------------------------------------------------------------- */

static sedge_status check_alias(const char *alias, sedge_error *err) {
    size_t letters = strspn(alias, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    bool version_like = (alias[0] == 'v' || alias[0] == 'V') && alias[1] && !alias[1 + strspn(alias + 1, "0123456789")];
    if (alias[letters] || strlen(alias) > 255 || strcasecmp(alias, "latest") == 0 || version_like)
        return sedge_fail(err, SEDGE_EINVALID,
                          "Invalid alias name '%.60s': write letters, digits, '-', '_'; 'latest' and v<number> are"
                          " reserved",
                          alias);
    return SEDGE_OK;
}

sedge_status mlflow_alias_set(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *name = NULL, *alias = NULL;
    int64_t version = 0, changed = 0;
    sedge_status st = model_arg(tx, c, &name, err);
    if (!st)
        st = hub_arg(c, "alias", &alias, err);
    if (!st)
        st = check_alias(alias, err);
    if (!st)
        st = hub_arg_int(c, "version", 1, INT64_MAX, 0, &version, err);
    if (!st)
        st = store_exec(tx, &changed, err,
                        "INSERT INTO model_aliases (project, model, alias, version) SELECT project, model, $1, version"
                        " FROM model_versions WHERE project = $2 AND model = $3 AND version = $4"
                        " ON CONFLICT (project, model, alias) DO UPDATE SET version = excluded.version",
                        STORE_ARGS(STORE_TEXT(alias), STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_INT(version)));
    if (!st && !changed)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "Model Version (name=%s, version=%lld) not found", name,
                        (long long)version);
    return st ? st : mlflow_model_touch(tx, name, c->now_ms, err);
}

sedge_status mlflow_alias_delete(store_tx *tx, void *ctx, sedge_error *err) {
    const char *name = NULL, *alias = NULL;
    sedge_status st = model_arg(tx, ctx, &name, err);
    if (!st)
        st = hub_arg(ctx, "alias", &alias, err);
    if (!st)
        st = store_exec(tx, NULL, err, "DELETE FROM model_aliases WHERE project = $1 AND model = $2 AND alias = $3",
                        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_TEXT(alias)));
    return st;
}

sedge_status mlflow_alias_get(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *name = NULL, *alias = NULL;
    int64_t version = 0;
    json_t *doc = NULL;
    sedge_status st = model_arg(tx, c, &name, err);
    if (!st)
        st = hub_arg(c, "alias", &alias, err);
    if (!st) {
        st = store_get_int(tx, &version, err,
                           "SELECT version FROM model_aliases WHERE project = $1 AND model = $2 AND alias = $3",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_TEXT(alias)));
        if (st == SEDGE_ENOTFOUND) /* the reference says 400 here, and clients know it */
            st = sedge_fail(err, SEDGE_EINVALID, "Registered model alias %s not found.", alias);
    }
    if (!st)
        st = mlflow_version_json(tx, name, version, &doc, err);
    if (!st)
        c->out = json_pack("{s:o}", "model_version", doc);
    return st;
}

/** The first of "stages", or "" when the list is absent or empty (then: of every stage). */
static const char *nth_stage(const hub_call *c, size_t i) {
    return json_string_value(json_array_get(json_object_get(c->in.value, "stages"), i));
}

sedge_status mlflow_latest_versions(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *name = NULL, *stage = NULL;
    sedge_status st = model_arg(tx, c, &name, err);
    if (st)
        return st;
    json_t *all = json_array();
    c->out = json_pack("{s:o}", "model_versions", all);
    stage = nth_stage(c, 0);
    for (size_t i = 0; !st && (i == 0 || stage); stage = nth_stage(c, ++i)) {
        json_t *part = NULL;
        st = latest_json(tx, name, stage ? stage : "", &part, err);
        if (!st && json_array_extend(all, part) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the versions");
        json_decref(part);
    }
    return st;
}
