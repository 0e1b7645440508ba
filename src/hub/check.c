/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "conf/json.h"
#include "hub/hub.h"

typedef struct checker {
    blobs *b;
    int64_t n;
} checker;

static sedge_status check_blob(checker *c, const char *what, const char *name, const char *digest_text,
                               sedge_error *err) {
    sedge_digest digest;
    if (!sedge_digest_from_text(digest_text, &digest))
        return sedge_fail(err, SEDGE_EIO, "%s %s: '%s' is no digest", what, name, digest_text);
    sedge_status st = blobs_verify(c->b, &digest, err);
    c->n++;
    return st ? sedge_wrap(err, st, "%s %s", what, name) : SEDGE_OK;
}

/** The chunks that a data set's manifest names. */
static sedge_status check_chunks(checker *c, const char *name, const char *manifest, sedge_error *err) {
    sedge_digest digest;
    uint8_t *text = NULL;
    size_t n = 0;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    if (!sedge_digest_from_text(manifest, &digest))
        return SEDGE_OK;
    sedge_status st = blobs_read(c->b, &digest, SEDGE_JSON_LIMITS.bytes, &text, &n, err);
    if (!st)
        st = sedge_json_load(sedge_bytes_of(text, n), &SEDGE_JSON_LIMITS, manifest, &doc, err);
    free(text);
    const json_t *file, *chunk;
    const char *schema = json_string_value(json_object_get(doc, "schema"));
    size_t i = 0, j = 0;
    if (!st && schema && schema[0])
        st = check_blob(c, "schema of data set", name, schema, err);
    json_array_foreach(json_object_get(doc, "files"), i, file) {
        json_array_foreach(json_object_get(file, "chunks"), j, chunk) {
            if (!st && json_is_string(chunk))
                st = check_blob(c, "chunk of data set", name, json_string_value(chunk), err);
        }
    }
    return st;
}

static sedge_status check_all(store_tx *tx, void *ctx, sedge_error *err) {
    static const struct {
        const char *what, *sql;
        bool manifest;
    } owners[] = {
        { "artifact", "SELECT path, digest FROM artifacts ORDER BY path", false },
        { "bundle of model", "SELECT model, bundle FROM model_versions WHERE bundle IS NOT NULL ORDER BY model",
          false },
        { "data set", "SELECT name, manifest FROM datasets ORDER BY name, version", true },
    };
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < SEDGE_COUNT(owners); i++) {
        store_rows *rows = NULL;
        st = store_query(tx, &rows, err, owners[i].sql, STORE_NONE);
        while (!st && store_next(rows)) {
            st = check_blob(ctx, owners[i].what, store_text(rows, 0), store_text(rows, 1), err);
            if (!st && owners[i].manifest)
                st = check_chunks(ctx, store_text(rows, 0), store_text(rows, 1), err);
        }
        st = store_end(rows, st, err);
    }
    return st;
}

sedge_status hub_check(const char *data, int64_t *ret_blobs, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_auto(blobs) b = NULL;
    store *s = NULL;
    sedge_status st = sedge_path_format(path, err, "%s/hub.db", data);
    if (!st && !sedge_file_exists(NULL, path))
        st = sedge_fail(err, SEDGE_ENOTFOUND, "%s: there is no hub here", data);
    if (!st)
        st = sedge_path_format(path, err, "%s/blobs", data);
    if (!st)
        st = blobs_open(NULL, path, &b, err);
    if (!st)
        st = store_open(data, NULL, NULL, &s, err);
    checker c = { .b = b };
    if (!st)
        st = store_check(s, err);
    if (!st)
        st = store_read(s, check_all, &c, err);
    store_close(s);
    *ret_blobs = c.n;
    return st;
}
