/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "hub/handlers.h"

enum { DATASET_NAME_MAX = 128 };

static sedge_status check_manifest(const hub_call *c, const char *text, sedge_error *err) {
    sedge_digest digest;
    int64_t size = 0;
    if (!sedge_digest_from_text(text, &digest))
        return sedge_fail(err, SEDGE_EINVALID, "manifest: '%.80s' is no digest", text);
    sedge_status st = blobs_size(c->rq->hub->blobs, &digest, &size, err);
    return st ? sedge_wrap(err, SEDGE_EINVALID, "upload the manifest first") : SEDGE_OK;
}

sedge_status hub_post_dataset(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *name = NULL, *manifest = NULL;
    int64_t version = 0;
    sedge_status st = sedge_json_string(&c->in, "name", &name, err);
    if (!st && (!sedge_path_is_name(name) || strlen(name) >= DATASET_NAME_MAX))
        st = sedge_fail(err, SEDGE_EINVALID, "name: '%.40s' is no name for a data set", name);
    if (!st)
        st = sedge_json_string(&c->in, "manifest", &manifest, err);
    if (!st)
        st = check_manifest(c, manifest, err);
    /* the same manifest again is the same version: it becomes the newest again only when it is a new row */
    if (!st)
        st = store_exec(
            tx, NULL, err,
            "INSERT INTO datasets (project, name, version, manifest, created_ms) SELECT $1, $2,"
            " coalesce((SELECT max(version) FROM datasets WHERE project = $1 AND name = $2), 0) + 1, $3, $4"
            " WHERE NOT EXISTS (SELECT 1 FROM datasets WHERE project = $1 AND name = $2 AND manifest = $3)",
            STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_TEXT(manifest), STORE_INT(c->now_ms)));
    if (!st)
        st = store_get_int(tx, &version, err,
                           "SELECT version FROM datasets WHERE project = $1 AND name = $2 AND manifest = $3",
                           STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name), STORE_TEXT(manifest)));
    if (st)
        return st;
    c->out = json_pack("{s:s, s:I, s:s}", "name", name, "version", (json_int_t)version, "manifest", manifest);
    c->status = 201;
    return SEDGE_OK;
}

static sedge_status list(store_tx *tx, hub_call *c, sedge_error *err, const char *sql, const char *name) {
    store_rows *rows = NULL;
    json_t *items = json_array();
    sedge_status st = store_query(tx, &rows, err, sql, STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(name)));
    while (!st && store_next(rows)) {
        json_t *item =
            json_pack("{s:s, s:I, s:s, s:I}", "name", store_text(rows, 0), "version", (json_int_t)store_int(rows, 1),
                      "manifest", store_text(rows, 2), "created_ms", (json_int_t)store_int(rows, 3));
        if (json_array_append_new(items, item) != 0)
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the data sets");
    }
    st = store_end(rows, st, err);
    if (!st && name[0] && json_array_size(items) == 0)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "there is no data set '%s'", name);
    c->out = json_pack("{s:o}", "items", items);
    return st;
}

sedge_status hub_get_datasets(store_tx *tx, void *ctx, sedge_error *err) {
    return list(
        tx, ctx, err,
        "SELECT name, version, manifest, created_ms FROM datasets d WHERE project = $1 AND $2 = '' AND version ="
        " (SELECT max(version) FROM datasets WHERE project = d.project AND name = d.name) ORDER BY name",
        "");
}

sedge_status hub_get_dataset(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    sedge_status st = list(tx, c, err,
                           "SELECT name, version, manifest, created_ms FROM datasets WHERE project = $1 AND name = $2"
                           " ORDER BY version DESC",
                           hub_path_arg(c, 0));
    /* the newest version stands at the top, all of them under items */
    if (!st && json_object_update(c->out, json_array_get(json_object_get(c->out, "items"), 0)) != 0)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the data set");
    return st;
}
