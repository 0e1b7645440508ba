/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/mlflow/mlflow.h"

static const char *const stages[] = { "None", "Staging", "Production", "Archived" };

typedef struct version_key {
    const char *model;
    int64_t version;
} version_key;

static sedge_status not_found(const char *model, int64_t version, sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOTFOUND, "Model Version (name=%s, version=%lld) not found", model,
                      (long long)version);
}

static sedge_status version_tags(store_tx *tx, const char *model, int64_t version, json_t **ret, sedge_error *err) {
    return mlflow_pairs(tx, ret, err,
                        "SELECT name, value FROM version_tags WHERE project = $1 AND model = $2 AND version = $3"
                        " ORDER BY name",
                        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(version)));
}

static sedge_status version_aliases(store_tx *tx, const char *model, int64_t version, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *list = json_array();
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT alias FROM model_aliases WHERE project = $1 AND model = $2 AND version = $3"
                                  " ORDER BY alias",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(version)));
    while (!st && store_next(rows))
        if (json_array_append_new(list, json_string(store_text(rows, 0))) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the aliases");
    st = store_end(rows, st, err);
    if (!st)
        *ret = SEDGE_STEAL(list);
    return st;
}

sedge_status mlflow_version_json(store_tx *tx, const char *model, int64_t version, json_t **ret, sedge_error *err) {
    store_rows *rows = NULL;
    SEDGE_AUTO_JSON json_t *tags = NULL, *aliases = NULL, *doc = NULL;
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)version);
    sedge_status st = version_tags(tx, model, version, &tags, err);
    if (!st)
        st = version_aliases(tx, model, version, &aliases, err);
    if (!st)
        st = store_query(tx, &rows, err,
                         "SELECT created_ms, updated_ms, stage, description, source, run, run_link FROM model_versions"
                         " WHERE project = $1 AND model = $2 AND version = $3",
                         STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(model), STORE_INT(version)));
    if (!st && store_next(rows))
        doc = json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:O}", "name", model, "version",
                        number, "creation_timestamp", (json_int_t)store_int(rows, 0), "last_updated_timestamp",
                        (json_int_t)store_int(rows, 1), "current_stage", store_text(rows, 2), "description",
                        store_text(rows, 3), "source", store_text(rows, 4), "run_id", store_text(rows, 5), "run_link",
                        store_text(rows, 6), "status", "READY", "tags", tags, "aliases", aliases);
    st = store_end(rows, st, err);
    if (!st && !doc)
        st = not_found(model, version, err);
    if (!st)
        *ret = SEDGE_STEAL(doc);
    return st;
}

static sedge_status answer_version(store_tx *tx, hub_call *c, const version_key *key, sedge_error *err) {
    json_t *doc = NULL;
    sedge_status st = mlflow_version_json(tx, key->model, key->version, &doc, err);
    if (!st)
        c->out = json_pack("{s:o}", "model_version", doc);
    return st;
}

static sedge_status set_tag(store_tx *tx, void *owner, const char *key, const char *value, sedge_error *err) {
    const version_key *v = owner;
    sedge_status st = mlflow_check_key("tag", key, err);
    if (st)
        return st;
    return store_exec(tx, NULL, err,
                      "INSERT INTO version_tags (project, model, version, name, value) VALUES ($1, $2, $3, $4, $5)"
                      " ON CONFLICT (project, model, version, name) DO UPDATE SET value = excluded.value",
                      STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(v->model), STORE_INT(v->version), STORE_TEXT(key),
                                 STORE_TEXT(value)));
}

/** Name and version of the request; the version must exist. */
static sedge_status key_arg(store_tx *tx, const hub_call *c, version_key *ret, sedge_error *err) {
    int64_t n = 0;
    sedge_status st = hub_arg(c, "name", &ret->model, err);
    if (!st)
        st = hub_arg_int(c, "version", 1, INT64_MAX, 0, &ret->version, err);
    if (!st)
        st = store_get_int(tx, &n, err,
                           "SELECT count(*) FROM model_versions WHERE project = $1 AND model = $2 AND version = $3",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(ret->model), STORE_INT(ret->version)));
    if (!st && !n)
        st = not_found(ret->model, ret->version, err);
    return st;
}

/** A source may not climb out of its place. */
static sedge_status check_source(const char *source, sedge_error *err) {
    if (strstr(source, "..") || strstr(source, "%2e") || strstr(source, "%2E"))
        return sedge_fail(err, SEDGE_EINVALID, "Invalid model version source: '%.120s'", source);
    return SEDGE_OK;
}

sedge_status mlflow_version_create(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    version_key key = { 0 };
    const char *source = NULL, *run = NULL, *link = NULL, *description = NULL;
    sedge_status st = hub_arg(c, "name", &key.model, err);
    if (!st)
        st = mlflow_model_check(tx, key.model, err);
    if (!st)
        st = hub_arg(c, "source", &source, err);
    if (!st)
        st = check_source(source, err);
    if (!st)
        st = hub_arg_or(c, "run_id", "", &run, err);
    if (!st)
        st = hub_arg_or(c, "run_link", "", &link, err);
    if (!st)
        st = hub_arg_or(c, "description", "", &description, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE models SET last_version = last_version + 1, updated_ms = $1 WHERE project = $2 AND"
                        " name = $3",
                        STORE_ARGS(STORE_INT(c->now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(key.model)));
    if (!st)
        st = store_get_int(tx, &key.version, err, "SELECT last_version FROM models WHERE project = $1 AND name = $2",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(key.model)));
    if (!st)
        st = store_exec(tx, NULL, err,
                        "INSERT INTO model_versions (project, model, version, description, source, run, run_link,"
                        " created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
                        STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(key.model), STORE_INT(key.version),
                                   STORE_TEXT(description), STORE_TEXT(source), STORE_TEXT(run), STORE_TEXT(link),
                                   STORE_INT(c->now_ms)));
    if (!st)
        st = mlflow_each_pair(tx, &c->in, "tags", MLFLOW_BATCH_MAX, set_tag, &key, err);
    return st ? st : answer_version(tx, c, &key, err);
}

sedge_status mlflow_version_get(store_tx *tx, void *ctx, sedge_error *err) {
    version_key key = { 0 };
    sedge_status st = key_arg(tx, ctx, &key, err);
    return st ? st : answer_version(tx, ctx, &key, err);
}

sedge_status mlflow_version_update(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    version_key key = { 0 };
    const char *description = NULL;
    sedge_status st = key_arg(tx, c, &key, err);
    if (!st)
        st = hub_arg_or(c, "description", "", &description, err);
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE model_versions SET description = $1, updated_ms = $2 WHERE project = $3 AND model = $4"
                        " AND version = $5",
                        STORE_ARGS(STORE_TEXT(description), STORE_INT(c->now_ms), STORE_TEXT(HUB_PROJECT),
                                   STORE_TEXT(key.model), STORE_INT(key.version)));
    return st ? st : answer_version(tx, c, &key, err);
}

/** "name='pump'" with either quote, the one filter of today; "" selects all. False on anything else. */
static bool name_filter(const char *filter, char *out, size_t size) {
    out[0] = 0;
    if (!filter[0])
        return true;
    const char *at = filter + strspn(filter, " ");
    if (strncmp(at, "name", 4) != 0)
        return false;
    at += 4;
    at += strspn(at, " ");
    if (*at++ != '=')
        return false;
    at += strspn(at, " ");
    char quote = *at;
    const char *end = (quote == '\'' || quote == '"') ? strchr(at + 1, quote) : NULL;
    size_t n = end ? (size_t)(end - at) - 1 : 0;
    if (!end || n == 0 || n >= size || end[1 + strspn(end + 1, " ")])
        return false;
    memcpy(out, at + 1, n);
    out[n] = 0;
    return true;
}

sedge_status mlflow_versions_search(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *filter = NULL;
    char name[256];
    int64_t offset = 0, limit = 0, n = 0;
    store_rows *rows = NULL;
    sedge_status st = hub_arg_or(c, "filter", "", &filter, err);
    if (!st && !name_filter(filter, name, sizeof name))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "this hub filters versions by name='...' only: '%.80s'", filter);
    if (!st)
        st = mlflow_page(c, 200000, 10000, &offset, &limit, err);
    if (st)
        return st;
    json_t *list = json_array();
    c->out = json_pack("{s:o}", "model_versions", list);
    st = store_query(tx, &rows, err,
                     "SELECT model, version FROM model_versions WHERE project = $1 AND ($2 = '' OR model = $2)"
                     " ORDER BY model, version DESC LIMIT $3 OFFSET $4",
                     STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_INT(limit), STORE_INT(offset)));
    while (!st && store_next(rows)) {
        json_t *doc = NULL;
        st = mlflow_version_json(tx, store_text(rows, 0), store_int(rows, 1), &doc, err);
        n++;
        if (!st && json_array_append_new(list, doc) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the versions");
    }
    st = store_end(rows, st, err);
    return st ? st : mlflow_next_page(c->out, offset, limit, n, err);
}

static sedge_status stage_arg(const hub_call *c, const char **ret, sedge_error *err) {
    const char *text = NULL;
    sedge_status st = hub_arg(c, "stage", &text, err);
    for (size_t i = 0; !st && i < SEDGE_COUNT(stages); i++)
        if (strcasecmp(stages[i], text) == 0) {
            *ret = stages[i];
            return SEDGE_OK;
        }
    return st ? st
              : sedge_fail(err, SEDGE_EINVALID,
                           "Invalid Model Version stage: %.40s. Value must be one of None, Staging, Production,"
                           " Archived.",
                           text);
}

sedge_status mlflow_version_transition(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    version_key key = { 0 };
    const char *stage = NULL;
    bool archive = false;
    sedge_status st = key_arg(tx, c, &key, err);
    if (!st)
        st = stage_arg(c, &stage, err);
    if (!st)
        st = sedge_json_bool_or(&c->in, "archive_existing_versions", false, &archive, err);
    if (!st && archive && strcmp(stage, "Staging") != 0 && strcmp(stage, "Production") != 0)
        st = sedge_fail(err, SEDGE_EINVALID, "archive_existing_versions is for the stages Staging and Production");
    if (!st && archive)
        st = store_exec(
            tx, NULL, err,
            "UPDATE model_versions SET stage = 'Archived', updated_ms = $1 WHERE project = $2 AND model = $3"
            " AND stage = $4",
            STORE_ARGS(STORE_INT(c->now_ms), STORE_TEXT(HUB_PROJECT), STORE_TEXT(key.model), STORE_TEXT(stage)));
    if (!st)
        st = store_exec(tx, NULL, err,
                        "UPDATE model_versions SET stage = $1, updated_ms = $2 WHERE project = $3 AND model = $4 AND"
                        " version = $5",
                        STORE_ARGS(STORE_TEXT(stage), STORE_INT(c->now_ms), STORE_TEXT(HUB_PROJECT),
                                   STORE_TEXT(key.model), STORE_INT(key.version)));
    if (!st)
        st = mlflow_model_touch(tx, key.model, c->now_ms, err);
    return st ? st : answer_version(tx, c, &key, err);
}

sedge_status mlflow_version_download_uri(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    version_key key = { 0 };
    SEDGE_AUTO_MEM char *source = NULL;
    sedge_status st = key_arg(tx, c, &key, err);
    if (!st)
        st = store_get_text(tx, &source, err,
                            "SELECT source FROM model_versions WHERE project = $1 AND model = $2 AND version = $3",
                            STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(key.model), STORE_INT(key.version)));
    if (!st)
        c->out = json_pack("{s:s}", "artifact_uri", source);
    return st;
}

sedge_status mlflow_version_set_tag(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    version_key key = { 0 };
    const char *name = NULL, *value = NULL;
    sedge_status st = key_arg(tx, c, &key, err);
    if (!st)
        st = hub_arg(c, "key", &name, err);
    if (!st)
        st = hub_arg_or(c, "value", "", &value, err);
    return st ? st : set_tag(tx, &key, name, value, err);
}

sedge_status mlflow_version_delete_tag(store_tx *tx, void *ctx, sedge_error *err) {
    version_key key = { 0 };
    const char *name = NULL;
    sedge_status st = key_arg(tx, ctx, &key, err);
    if (!st)
        st = hub_arg(ctx, "key", &name, err);
    if (!st)
        st = store_exec(
            tx, NULL, err, "DELETE FROM version_tags WHERE project = $1 AND model = $2 AND version = $3 AND name = $4",
            STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(key.model), STORE_INT(key.version), STORE_TEXT(name)));
    return st;
}
