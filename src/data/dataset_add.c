/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "conf/yaml.h"
#include "crypto/canonical_json.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "data/validate.h"
#include "os/errno.h"

typedef struct adding {
    const sedge_store *store;
    const sedge_dataset_add_options *options;
    sedge_schema *schema; /**< NULL: none is checked */
    uint8_t *schema_text;
    size_t schema_n;
    sedge_dataset *parent;
    sedge_dataset *out;
} adding;

/** Length of the folder that all paths have in common, with its '/'. */
static size_t common_folder(const char *const *paths, size_t n) {
    const char *slash = strrchr(paths[0], '/');
    size_t common = slash ? (size_t)(slash - paths[0]) + 1 : 0;
    for (size_t i = 1; i < n; i++) {
        size_t same = 0, folder = 0;
        for (; same < common && paths[i][same] == paths[0][same]; same++)
            if (paths[0][same] == '/')
                folder = same + 1;
        common = folder;
    }
    return common;
}

/** The path of a file within the data set: without what all have in common and without what leads elsewhere. */
static const char *inner_path(const char *path, size_t common) {
    path += common;
    while (*path == '/' || !strncmp(path, "./", 2) || !strncmp(path, "../", 3))
        path += strcspn(path, "/") + 1;
    return path;
}

typedef struct first_violation {
    uint64_t n;
    sedge_error error;
} first_violation;

static void keep_first(void *ctx, const sedge_violation *v) {
    first_violation *first = ctx;
    if (first->n++ == 0)
        (void)sedge_violation_fail(v, &first->error);
}

static sedge_status count_rows(const sedge_fs *fs, const char *path, int64_t *ret_rows, sedge_error *err) {
    sedge_auto(sedge_csv) csv = NULL;
    bool more = true;
    sedge_status st = sedge_csv_open(fs, path, '\0', &csv, err);
    while (!st && more)
        st = sedge_csv_next(csv, &more, err);
    if (!st)
        *ret_rows = (int64_t)sedge_csv_row(csv);
    return st;
}

/** Reads a file as CSV, by the schema when there is one. */
static sedge_status check_file(const adding *a, const char *path, int64_t *ret_rows, sedge_error *err) {
    if (!a->schema)
        return count_rows(a->store->fs, path, ret_rows, err);
    first_violation first = { 0 };
    uint64_t rows, n;
    sedge_status st = sedge_validate_file(a->store->fs, path, a->schema, keep_first, &first, &rows, &n, err);
    if (st)
        return st;
    if (n)
        return sedge_fail(err, SEDGE_EGATE, "%s (violations in this file: %llu; sedge data validate lists them)",
                          first.error.text, (unsigned long long)n);
    *ret_rows = (int64_t)rows;
    return SEDGE_OK;
}

static sedge_status add_chunk(const sedge_store *store, sedge_dataset_file *file, sedge_bytes data, sedge_error *err) {
    sedge_digest *chunks = realloc(file->chunks, (file->n_chunks + 1) * sizeof *chunks);
    if (!chunks)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", file->path);
    file->chunks = chunks;
    sedge_status st = sedge_store_put(store, data, &chunks[file->n_chunks], err);
    file->n_chunks += !st;
    file->size_bytes += (int64_t)data.n;
    return st;
}

/** Fills the block as far as the file goes. */
static sedge_status read_block(const sedge_fs *fs, int fd, const char *path, uint8_t *block, size_t *ret_n,
                               sedge_error *err) {
    size_t n = 0;
    while (n < SEDGE_DATASET_CHUNK) {
        int64_t got = fs->read(fs, fd, block + n, SEDGE_DATASET_CHUNK - n);
        if (got < 0)
            return sedge_fail_errno(err, (int)-got, "%s: reading failed", path);
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *ret_n = n;
    return SEDGE_OK;
}

static sedge_status store_blocks(const adding *a, const sedge_fs *fs, int fd, const char *path,
                                 sedge_dataset_file *file, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *block = malloc(SEDGE_DATASET_CHUNK);
    sedge_auto(sedge_hasher) hasher = sedge_hasher_new();
    if (!block || !hasher)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", path);
    size_t n = SEDGE_DATASET_CHUNK;
    sedge_status st = SEDGE_OK;
    while (!st && n == SEDGE_DATASET_CHUNK) {
        st = read_block(fs, fd, path, block, &n, err);
        if (!st && n) {
            sedge_hasher_add(hasher, sedge_bytes_of(block, n));
            st = add_chunk(a->store, file, sedge_bytes_of(block, n), err);
        }
    }
    return st ? st : sedge_hasher_finish(hasher, &file->digest, err);
}

static sedge_status store_file(const adding *a, const char *path, sedge_dataset_file *file, sedge_error *err) {
    const sedge_fs *fs = a->store->fs ? a->store->fs : sedge_fs_os();
    int fd = fs->open(fs, path, O_RDONLY, 0);
    if (fd < 0)
        return sedge_fail_errno(err, -fd, "%s: cannot be opened", path);
    sedge_status st = store_blocks(a, fs, fd, path, file, err);
    (void)fs->close(fs, fd);
    return st;
}

static sedge_dataset_file *find_file(sedge_dataset *d, const char *path) {
    for (size_t i = 0; i < d->n_files; i++)
        if (!strcmp(d->files[i].path, path))
            return &d->files[i];
    return NULL;
}

/** Names and checks every file before anything is written. */
static sedge_status check_files(adding *a, sedge_error *err) {
    const sedge_dataset_add_options *o = a->options;
    size_t common = common_folder(o->paths, o->n_paths);
    for (size_t i = 0; i < o->n_paths; i++) {
        const char *inner = inner_path(o->paths[i], common);
        int64_t rows = 0;
        if (!*inner || !sedge_utf8_is_label(sedge_bytes_text(inner)))
            return sedge_fail(err, SEDGE_EUSAGE, "'%.200s' has no name to keep it under", o->paths[i]);
        if (find_file(a->out, inner))
            return sedge_fail(err, SEDGE_EUSAGE, "two files would be called '%.200s' in the data set", inner);
        sedge_status st = check_file(a, o->paths[i], &rows, err);
        if (st)
            return st;
        sedge_dataset_file *file = &a->out->files[a->out->n_files++];
        file->path = strdup(inner);
        file->rows = rows;
        if (!file->path)
            return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", inner);
    }
    return SEDGE_OK;
}

static sedge_status store_files(adding *a, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    if (a->schema)
        st = sedge_store_put(a->store, sedge_bytes_of(a->schema_text, a->schema_n), &a->out->schema, err);
    for (size_t i = 0; i < a->options->n_paths && !st; i++)
        st = store_file(a, a->options->paths[i], &a->out->files[i], err);
    return st;
}

static int compare_files(const void *a, const void *b) {
    const sedge_dataset_file *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/** The parent's files that no new one replaces are taken over, then all are sorted. */
static void take_parent_files(adding *a) {
    for (size_t i = 0; a->parent && i < a->parent->n_files; i++) {
        sedge_dataset_file *file = &a->parent->files[i];
        if (find_file(a->out, file->path))
            continue;
        a->out->files[a->out->n_files++] = *file;
        *file = (sedge_dataset_file){ 0 };
    }
    qsort(a->out->files, a->out->n_files, sizeof *a->out->files, compare_files);
}

static sedge_status find_schema(adding *a, sedge_error *err) {
    if (!a->options->schema) {
        a->out->has_schema = a->parent && a->parent->has_schema;
        if (a->out->has_schema)
            a->out->schema = a->parent->schema;
        return SEDGE_OK;
    }
    a->out->has_schema = true;
    sedge_status st =
        sedge_file_read(a->store->fs, a->options->schema, SEDGE_YAML_BYTES_MAX, &a->schema_text, &a->schema_n, err);
    if (st)
        return st;
    return sedge_schema_parse(sedge_bytes_of(a->schema_text, a->schema_n), a->options->schema, &a->schema, err);
}

static sedge_status begin(adding *a, sedge_error *err) {
    const sedge_dataset_add_options *o = a->options;
    sedge_dataset *d = a->out = calloc(1, sizeof *d);
    size_t most = o->n_paths;
    sedge_status st;
    if (!d)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a data set");
    if (o->parent) {
        d->has_parent = true;
        d->parent = *o->parent;
        if ((st = sedge_dataset_load(a->store, o->parent, &a->parent, err)))
            return sedge_wrap(err, st, "parent");
        d->generation = a->parent->generation + 1;
        most += a->parent->n_files;
    }
    if (most > SEDGE_DATASET_FILES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu files, the limit is %d", most, SEDGE_DATASET_FILES_MAX);
    d->name = strdup(o->name);
    d->source = strdup(o->source ? o->source : "");
    d->files = calloc(most, sizeof *d->files);
    if (!d->name || !d->source || !d->files)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a data set of %zu files", most);
    return SEDGE_OK;
}

static sedge_status store_manifest(const adding *a, sedge_digest *ret, sedge_error *err) {
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_DATASET_MANIFEST_MAX);
    json_t *doc = sedge_dataset_json(a->out);
    if (!doc)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a manifest");
    sedge_status st = sedge_canonical_json(doc, &text, err);
    json_decref(doc);
    return st ? st : sedge_store_put(a->store, sedge_buf_bytes(&text), ret, err);
}

/** The version is the parent itself when nothing is new, so that adding the same again changes nothing. */
static bool is_unchanged(const adding *a) {
    if (!a->parent || strcmp(a->parent->name, a->out->name) || a->options->source)
        return false;
    bool same = a->parent->n_files >= a->out->n_files && a->parent->has_schema == a->out->has_schema &&
                (!a->out->has_schema || sedge_digest_equal(&a->parent->schema, &a->out->schema));
    for (size_t i = 0; i < a->out->n_files && same; i++) {
        const sedge_dataset_file *old = find_file(a->parent, a->out->files[i].path);
        same = old && sedge_digest_equal(&old->digest, &a->out->files[i].digest);
    }
    return same;
}

static sedge_status add(adding *a, sedge_digest *ret, sedge_error *err) {
    sedge_status st;
    if ((st = begin(a, err)) || (st = find_schema(a, err)) || (st = check_files(a, err)) || (st = store_files(a, err)))
        return st;
    if (is_unchanged(a)) {
        *ret = *a->options->parent;
        return SEDGE_OK;
    }
    take_parent_files(a);
    if ((st = store_manifest(a, ret, err)))
        return st;
    return sedge_store_add_version(a->store, a->options->name, ret, a->options->now_ms, err);
}

sedge_status sedge_dataset_add(const sedge_store *store, const sedge_dataset_add_options *options, sedge_digest *ret,
                               sedge_error *err) {
    const char *source = options->source ? options->source : "";
    sedge_status st = sedge_store_check_name(options->name, err);
    if (st)
        return st;
    if (!options->n_paths)
        return sedge_fail(err, SEDGE_EUSAGE, "a data set version needs at least one file");
    if (strlen(source) > SEDGE_DATASET_SOURCE_MAX || !sedge_utf8_is_label(sedge_bytes_text(source)))
        return sedge_fail(err, SEDGE_EUSAGE, "the source must be one line of at most %d bytes of UTF-8",
                          SEDGE_DATASET_SOURCE_MAX);
    adding a = { .store = store, .options = options };
    sedge_digest version;
    st = add(&a, &version, err);
    sedge_schema_free(a.schema);
    free(a.schema_text);
    sedge_dataset_free(a.parent);
    sedge_dataset_free(a.out);
    if (!st)
        *ret = version;
    return st;
}
