/* SPDX-License-Identifier: Apache-2.0 */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "conf/json.h"
#include "crypto/canonical_json.h"

#define TYPE "sedge-dataset"
enum { VERSION = 1, PATH_MAX_BYTES = 1024 };

static void free_file(sedge_dataset_file *file) {
    free(file->path);
    free(file->chunks);
    *file = (sedge_dataset_file){ 0 };
}

void sedge_dataset_free(sedge_dataset *dataset) {
    if (!dataset)
        return;
    for (size_t i = 0; i < dataset->n_files; i++)
        free_file(&dataset->files[i]);
    free(dataset->files);
    free(dataset->name);
    free(dataset->source);
    free(dataset);
}

/* writing */

static json_t *digest_json(bool there, const sedge_digest *digest) {
    char text[SEDGE_DIGEST_TEXT_MAX] = "";
    if (there)
        sedge_digest_text(digest, text);
    return json_string(text);
}

static json_t *file_json(const sedge_dataset_file *file) {
    char hex[SEDGE_DIGEST_HEX_MAX];
    json_t *chunks = json_array();
    for (size_t i = 0; i < file->n_chunks; i++)
        if (json_array_append_new(chunks, digest_json(true, &file->chunks[i])))
            return json_decref(chunks), NULL;
    sedge_digest_hex(&file->digest, hex);
    return json_pack("{ss sI sI ss so}", "path", file->path, "size", (json_int_t)file->size_bytes, "rows",
                     (json_int_t)file->rows, "sha256", hex, "chunks", chunks);
}

json_t *sedge_dataset_json(const sedge_dataset *d) {
    json_t *files = json_array();
    for (size_t i = 0; i < d->n_files; i++)
        if (json_array_append_new(files, file_json(&d->files[i])))
            return json_decref(files), NULL;
    return json_pack("{ss si ss so so ss so s{sI}}", "type", TYPE, "version", VERSION, "name", d->name, "parent",
                     digest_json(d->has_parent, &d->parent), "schema", digest_json(d->has_schema, &d->schema), "source",
                     d->source, "files", files, "lineage", "generation", (json_int_t)d->generation);
}

/* reading */

static bool is_inside(const char *path) {
    char name[PATH_MAX_BYTES];
    if (strlen(path) >= sizeof name || !sedge_utf8_is_label(sedge_bytes_text(path)))
        return false;
    for (const char *end; path; path = end ? end + 1 : NULL) {
        end = strchr(path, '/');
        size_t n = end ? (size_t)(end - path) : strlen(path);
        memcpy(name, path, n);
        name[n] = '\0';
        if (!sedge_path_is_name(name))
            return false;
    }
    return true;
}

static sedge_status read_digest(const sedge_json *at, const char *key, bool *ret_there, sedge_digest *ret,
                                sedge_error *err) {
    const char *text;
    sedge_status st = sedge_json_string(at, key, &text, err);
    if (st)
        return st;
    if (ret_there)
        *ret_there = *text;
    if (ret_there && !*text)
        return SEDGE_OK;
    sedge_json member = key ? sedge_json_member(at, key) : *at;
    return sedge_digest_from_text(text, ret)
               ? SEDGE_OK
               : sedge_json_fail(&member, SEDGE_EINVALID, err, "'%.80s' is no digest", text);
}

static sedge_status read_text(const sedge_json *at, const char *key, char **ret, sedge_error *err) {
    const char *text;
    sedge_status st = sedge_json_string(at, key, &text, err);
    if (st)
        return st;
    *ret = strdup(text);
    return *ret ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest");
}

static sedge_status read_chunks(const sedge_json *at, sedge_dataset_file *file, sedge_error *err) {
    sedge_json chunks;
    sedge_status st = sedge_json_array(at, "chunks", &chunks, err);
    if (st)
        return st;
    file->n_chunks = sedge_json_count(&chunks);
    if ((int64_t)file->n_chunks != (file->size_bytes + SEDGE_DATASET_CHUNK - 1) / SEDGE_DATASET_CHUNK)
        return sedge_json_fail(&chunks, SEDGE_EINVALID, err, "%zu chunks for %lld bytes", file->n_chunks,
                               (long long)file->size_bytes);
    file->chunks = calloc(file->n_chunks + 1, sizeof *file->chunks);
    if (!file->chunks)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest");
    for (size_t i = 0; i < file->n_chunks && !st; i++) {
        sedge_json item = sedge_json_item(&chunks, i);
        st = read_digest(&item, NULL, NULL, &file->chunks[i], err);
    }
    return st;
}

static sedge_status read_file(const sedge_json *at, sedge_dataset_file *file, sedge_error *err) {
    const char *hex;
    sedge_status st;
    if ((st = read_text(at, "path", &file->path, err)) ||
        (st = sedge_json_int(at, "size", 0, INT64_MAX / 2, &file->size_bytes, err)) ||
        (st = sedge_json_int(at, "rows", 0, INT64_MAX / 2, &file->rows, err)) ||
        (st = sedge_json_string(at, "sha256", &hex, err)))
        return st;
    if (!is_inside(file->path))
        return sedge_json_fail(at, SEDGE_EINVALID, err, "'%.80s' is no path inside the data set", file->path);
    if (!sedge_digest_from_hex(hex, &file->digest))
        return sedge_json_fail(at, SEDGE_EINVALID, err, "'%.80s' is no digest", hex);
    return read_chunks(at, file, err);
}

static sedge_status read_files(const sedge_json *root, sedge_dataset *d, sedge_error *err) {
    sedge_json files;
    sedge_status st = sedge_json_array(root, "files", &files, err);
    if (st)
        return st;
    size_t n = sedge_json_count(&files);
    if (!n || n > SEDGE_DATASET_FILES_MAX)
        return sedge_json_fail(&files, n ? SEDGE_ELIMIT : SEDGE_EINVALID, err, "%zu files, allowed are 1 to %d", n,
                               SEDGE_DATASET_FILES_MAX);
    d->files = calloc(n, sizeof *d->files);
    if (!d->files)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest");
    for (size_t i = 0; i < n; i++) {
        sedge_json item = sedge_json_item(&files, i);
        d->n_files++;
        if ((st = read_file(&item, &d->files[i], err)))
            return st;
        if (i && strcmp(d->files[i - 1].path, d->files[i].path) >= 0)
            return sedge_json_fail(&item, SEDGE_EINVALID, err, "'%.80s' is not sorted, or there twice",
                                   d->files[i].path);
    }
    return SEDGE_OK;
}

static sedge_status read_manifest(const sedge_json *root, sedge_dataset *d, sedge_error *err) {
    const char *type;
    int64_t version;
    sedge_json lineage;
    sedge_status st;
    if ((st = sedge_json_string(root, "type", &type, err)))
        return st;
    if (strcmp(type, TYPE))
        return sedge_json_fail(root, SEDGE_EINVALID, err, "type '%.40s' is not " TYPE, type);
    if ((st = sedge_json_int(root, "version", 1, VERSION, &version, err)) ||
        (st = read_text(root, "name", &d->name, err)) || (st = read_text(root, "source", &d->source, err)) ||
        (st = read_digest(root, "parent", &d->has_parent, &d->parent, err)) ||
        (st = read_digest(root, "schema", &d->has_schema, &d->schema, err)) ||
        (st = sedge_json_object(root, "lineage", &lineage, err)) ||
        (st = sedge_json_int(&lineage, "generation", 0, INT32_MAX, &d->generation, err)) ||
        (st = sedge_store_check_name(d->name, err)))
        return st;
    return read_files(root, d, err);
}

sedge_status sedge_dataset_parse(sedge_bytes manifest, sedge_dataset **ret, sedge_error *err) {
    static const sedge_json_limits limits = { SEDGE_DATASET_MANIFEST_MAX, 8, 1000000 };
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_json_load(manifest, &limits, "manifest", &doc, err);
    if (st)
        return st;
    sedge_auto(sedge_dataset) d = calloc(1, sizeof *d);
    if (!d)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest");
    sedge_json root = sedge_json_root("manifest", doc);
    if ((st = sedge_json_want_object(&root, err)) || (st = read_manifest(&root, d, err)))
        return st == SEDGE_EUSAGE ? sedge_fail(err, SEDGE_EINVALID, "manifest: the name is none") : st;
    *ret = SEDGE_STEAL(d);
    return SEDGE_OK;
}

sedge_status sedge_dataset_load(const sedge_store *store, const sedge_digest *version, sedge_dataset **ret,
                                sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    char text[SEDGE_DIGEST_TEXT_MAX];
    sedge_digest_text(version, text);
    sedge_status st = sedge_store_get(store, version, &data, &n, err);
    if (!st)
        st = sedge_dataset_parse(sedge_bytes_of(data, n), ret, err);
    return st ? sedge_wrap(err, st, "version %s", text) : SEDGE_OK;
}

static int compare_digests(const void *a, const void *b) {
    return memcmp(a, b, sizeof(sedge_digest));
}

sedge_status sedge_dataset_objects(const sedge_dataset *d, sedge_digest **ret, size_t *ret_n, sedge_error *err) {
    size_t n = d->has_schema, kept = 0;
    for (size_t i = 0; i < d->n_files; i++)
        n += d->files[i].n_chunks;
    sedge_digest *all = calloc(n + 1, sizeof *all);
    if (!all)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu objects", n);
    n = 0;
    if (d->has_schema)
        all[n++] = d->schema;
    for (size_t i = 0; i < d->n_files; i++)
        for (size_t k = 0; k < d->files[i].n_chunks; k++)
            all[n++] = d->files[i].chunks[k];
    qsort(all, n, sizeof *all, compare_digests);
    for (size_t i = 0; i < n; i++)
        if (!i || compare_digests(&all[i], &all[kept - 1]))
            all[kept++] = all[i];
    *ret = all;
    *ret_n = kept;
    return SEDGE_OK;
}
