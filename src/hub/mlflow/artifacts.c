/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Artifacts are names in the database and blobs on disk: no path of a client ever becomes a path of the machine.
 */
#include <stdlib.h>
#include <string.h>

#include "hub/mlflow/mlflow.h"

#define SCHEME "mlflow-artifacts:/"

enum { ARTIFACT_PATH_MAX = 1024 };

/** Relative, no empty, "." or ".." part, no backslash, '#', control character or percent code left. */
static sedge_status check_path(const char *path, bool empty_is_fine, sedge_error *err) {
    if (!*path && empty_is_fine)
        return SEDGE_OK;
    bool ok = *path && strlen(path) <= ARTIFACT_PATH_MAX && !strpbrk(path, "\\#%");
    for (const char *at = path; ok; at++) {
        size_t n = strcspn(at, "/");
        ok = n > 0 && !(n == 1 && at[0] == '.') && !(n == 2 && at[0] == '.' && at[1] == '.');
        for (size_t i = 0; ok && i < n; i++)
            ok = (unsigned char)at[i] >= 0x20;
        at += n;
        if (!*at)
            break;
    }
    return ok ? SEDGE_OK : sedge_fail(err, SEDGE_EINVALID, "Invalid path '%.80s'", path);
}

typedef struct artifact {
    hub_request *rq;
    char digest[SEDGE_DIGEST_TEXT_MAX];
    int64_t size;
} artifact;

static sedge_status put_row(store_tx *tx, void *ctx, sedge_error *err) {
    artifact *a = ctx;
    return store_exec(tx, NULL, err,
                      "INSERT INTO artifacts (project, path, digest, size, updated_ms) VALUES ($1, $2, $3, $4, $5)"
                      " ON CONFLICT (project, path) DO UPDATE SET digest = excluded.digest, size = excluded.size,"
                      " updated_ms = excluded.updated_ms",
                      STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(a->rq->params.value[0]), STORE_TEXT(a->digest),
                                 STORE_INT(a->size), STORE_INT(hub_now_ms(a->rq->hub))));
}

sedge_status mlflow_artifact_put(hub_request *rq, sedge_error *err) {
    artifact a = { .rq = rq };
    sedge_digest digest;
    sedge_status st = check_path(rq->params.value[0], false, err);
    if (!st)
        st = blob_upload_finish(rq->upload, NULL, &digest, &a.size, err);
    if (st)
        return st;
    sedge_digest_text(&digest, a.digest);
    st = store_write(rq->hub->store, put_row, &a, err);
    return st ? st : hub_answer_json(rq, 200, json_object(), err);
}

static sedge_status get_row(store_tx *tx, void *ctx, sedge_error *err) {
    artifact *a = ctx;
    const char *path = a->rq->params.value[0];
    SEDGE_AUTO_MEM char *text = NULL;
    sedge_status st = store_get_text(tx, &text, err, "SELECT digest FROM artifacts WHERE project = $1 AND path = $2",
                                     STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(path)));
    if (st == SEDGE_ENOTFOUND)
        return sedge_fail(err, st, "There is no artifact '%.200s'", path);
    if (!st)
        strncpy(a->digest, text, sizeof a->digest - 1);
    return st;
}

sedge_status mlflow_artifact_get(hub_request *rq, sedge_error *err) {
    artifact a = { .rq = rq };
    sedge_digest digest;
    sedge_status st = check_path(rq->params.value[0], false, err);
    if (!st)
        st = store_read(rq->hub->store, get_row, &a, err);
    if (!st && !sedge_digest_from_text(a.digest, &digest))
        st = sedge_fail(err, SEDGE_EIO, "artifact '%.200s' has a damaged row", rq->params.value[0]);
    if (st)
        return st;
    hub_answer_header(rq, "Content-Disposition", "attachment");
    return hub_answer_blob(rq, "application/octet-stream", &digest, err);
}

sedge_status mlflow_artifact_delete(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *path = hub_path_arg(c, 0);
    sedge_status st = check_path(path, false, err);
    if (st)
        return st;
    return store_exec(tx, NULL, err,
                      "DELETE FROM artifacts WHERE project = $1 AND (path = $2 OR substr(path, 1, length($2) + 1) ="
                      " $2 || '/')",
                      STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(path)));
}

/** What the list says of one entry of a folder. */
static sedge_status add_entry(json_t *files, const char *shown, const char *name, size_t name_n, bool is_dir,
                              int64_t size, sedge_error *err) {
    json_t *item = shown[0] ? json_pack("{s:s++%, s:b}", "path", shown, "/", name, name_n, "is_dir", is_dir)
                            : json_pack("{s:s%, s:b}", "path", name, name_n, "is_dir", is_dir);
    if (item && !is_dir && size > 0 && json_object_set_new(item, "file_size", json_integer(size)) != 0)
        item = (json_decref(item), NULL);
    if (json_array_append_new(files, item) != 0)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the artifacts");
    return SEDGE_OK;
}

/**
 * Files and folders directly in folder ("" is the top). shown stands before the names; all entries come from one
 * ordered walk, in which those of a sub-folder are neighbours.
 */
static sedge_status list_folder(store_tx *tx, const char *folder, const char *shown, json_t *files, sedge_error *err) {
    store_rows *rows = NULL;
    size_t skip = folder[0] ? strlen(folder) + 1 : 0;
    SEDGE_AUTO_BUF last = sedge_buf_init(ARTIFACT_PATH_MAX + 1);
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT path, size FROM artifacts WHERE project = $1 AND ($2 = '' OR"
                                  " substr(path, 1, length($2) + 1) = $2 || '/') ORDER BY path",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_TEXT(folder)));
    while (!st && store_next(rows)) {
        const char *name = store_text(rows, 0) + skip;
        size_t n = strcspn(name, "/");
        bool is_dir = name[n] == '/';
        if (is_dir && last.n == n && memcmp(sedge_buf_cstr(&last), name, n) == 0)
            continue;
        sedge_buf_clear(&last);
        if (is_dir)
            sedge_buf_put(&last, name, n);
        st = add_entry(files, shown, name, n, is_dir, store_int(rows, 1), err);
    }
    return store_end(rows, st, err);
}

sedge_status mlflow_artifacts_list(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *path = hub_query(c->rq, "path");
    path = path ? path : "";
    sedge_status st = check_path(path, true, err);
    json_t *files = json_array();
    c->out = json_pack("{s:o}", "files", files);
    return st ? st : list_folder(tx, path, "", files, err);
}

sedge_status mlflow_artifacts_of_run(store_tx *tx, void *ctx, sedge_error *err) {
    hub_call *c = ctx;
    const char *run = NULL, *path = hub_query(c->rq, "path");
    SEDGE_AUTO_MEM char *root = NULL;
    SEDGE_AUTO_BUF folder = sedge_buf_init(2 * ARTIFACT_PATH_MAX);
    path = path ? path : "";
    sedge_status st = mlflow_run_arg(c, &run, err);
    if (!st)
        st = check_path(path, true, err);
    if (!st) {
        st = store_get_text(tx, &root, err, "SELECT artifact_uri FROM runs WHERE id = $1", STORE_ARGS(STORE_TEXT(run)));
        if (st == SEDGE_ENOTFOUND)
            st = sedge_fail(err, st, "Run with id=%s not found", run);
    }
    if (st)
        return st;
    json_t *files = json_array();
    c->out = json_pack("{s:s, s:o}", "root_uri", root, "files", files);
    if (strncmp(root, SCHEME, strlen(SCHEME)) != 0)
        return SEDGE_OK; /* kept elsewhere: clients list that place themselves */
    sedge_buf_printf(&folder, "%s%s%s", root + strlen(SCHEME), *path ? "/" : "", path);
    return list_folder(tx, sedge_buf_cstr(&folder), path, files, err);
}
