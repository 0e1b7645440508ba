/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/dataset.h"
#include "os/errno.h"

static const sedge_fs *fs_of(const sedge_store *store) {
    return store->fs ? store->fs : sedge_fs_os();
}

static sedge_status write_chunks(const sedge_store *store, const sedge_dataset_file *file, const char *path, int fd,
                                 sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; i < file->n_chunks && !st; i++) {
        SEDGE_AUTO_MEM uint8_t *data = NULL;
        size_t n = 0;
        st = sedge_store_get(store, &file->chunks[i], &data, &n, err);
        if (!st)
            st = sedge_file_write_fd(store->fs, fd, path, sedge_bytes_of(data, n), err);
    }
    return st;
}

static sedge_status write_file(const sedge_store *store, const sedge_dataset_file *file, const char *path,
                               sedge_error *err) {
    const sedge_fs *fs = fs_of(store);
    char folder[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_parent(folder, path, err);
    if (st || (st = sedge_dir_make(store->fs, folder, 0755, err)))
        return st;
    int fd = fs->open(fs, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return sedge_fail_errno(err, -fd, "%s: cannot be written", path);
    st = write_chunks(store, file, path, fd, err);
    int closed = fs->close(fs, fd);
    if (!st && closed < 0)
        st = sedge_fail_errno(err, -closed, "%s: cannot be written", path);
    sedge_digest found;
    int64_t size;
    if (!st)
        st = sedge_digest_file(store->fs, path, &found, &size, err);
    if (!st && (size != file->size_bytes || !sedge_digest_equal(&found, &file->digest)))
        st = sedge_fail(err, SEDGE_EINVALID, "%s: its chunks do not make the file that the manifest names", file->path);
    return st;
}

static sedge_status write_schema(const sedge_store *store, const sedge_dataset *d, const char *dir, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    if (!d->has_schema)
        return SEDGE_OK;
    sedge_status st = sedge_store_get(store, &d->schema, &data, &n, err);
    if (!st)
        st = sedge_path_format(path, err, "%s/schema.yaml", dir);
    return st ? st : sedge_file_write_atomic(store->fs, path, sedge_bytes_of(data, n), 0644, err);
}

static sedge_status write_all(const sedge_store *store, const sedge_dataset *d, const char *dir, sedge_error *err) {
    sedge_status st = sedge_dir_remove_tree(store->fs, dir, err);
    if (!st)
        st = sedge_dir_make(store->fs, dir, 0755, err);
    for (size_t i = 0; i < d->n_files && !st; i++) {
        char path[SEDGE_PATH_MAX];
        st = sedge_path_format(path, err, "%s/data/%s", dir, d->files[i].path);
        if (!st)
            st = write_file(store, &d->files[i], path, err);
    }
    return st ? st : write_schema(store, d, dir, err);
}

/** Makes the folder of a version whole: written beside and renamed. */
static sedge_status make_folder(const sedge_store *store, const sedge_dataset *d, const char *dir, sedge_error *err) {
    const sedge_fs *fs = fs_of(store);
    char beside[SEDGE_PATH_MAX];
    if (sedge_file_exists(store->fs, dir))
        return SEDGE_OK;
    sedge_status st = sedge_path_format(beside, err, "%s.%ld", dir, (long)getpid());
    if (!st)
        st = write_all(store, d, beside, err);
    if (!st) {
        int renamed = fs->rename(fs, beside, dir);
        bool raced = renamed == -EEXIST || renamed == -ENOTEMPTY; /* another process has made it */
        if (renamed < 0 && !raced)
            st = sedge_fail_errno(err, -renamed, "%s: cannot be made", dir);
    }
    if (st || !sedge_file_exists(store->fs, dir) || sedge_file_exists(store->fs, beside))
        (void)!sedge_dir_remove_tree(store->fs, beside, NULL);
    return st;
}

static sedge_status list_paths(const sedge_dataset *d, const char *dir, sedge_names *ret, sedge_error *err) {
    sedge_names names = { .items = calloc(d->n_files, sizeof(char *)) };
    sedge_status st = names.items ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu files", d->n_files);
    for (size_t i = 0; i < d->n_files && !st; i++) {
        char path[SEDGE_PATH_MAX];
        st = sedge_path_format(path, err, "%s/data/%s", dir, d->files[i].path);
        if (!st && !(names.items[names.n++] = strdup(path)))
            st = sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu files", d->n_files);
    }
    if (st)
        sedge_names_done(&names);
    else
        *ret = names;
    return st;
}

sedge_status sedge_dataset_checkout(const sedge_store *store, const sedge_digest *version, sedge_names *ret_paths,
                                    char ret_schema[SEDGE_PATH_MAX], sedge_error *err) {
    char hex[SEDGE_DIGEST_HEX_MAX], dir[SEDGE_PATH_MAX], schema[SEDGE_PATH_MAX] = "";
    sedge_auto(sedge_dataset) d = NULL;
    sedge_digest_hex(version, hex);
    sedge_status st;
    if ((st = sedge_dataset_load(store, version, &d, err)) ||
        (st = sedge_path_format(dir, err, "%s/files/%s", store->dir, hex)) || (st = make_folder(store, d, dir, err)) ||
        (d->has_schema && (st = sedge_path_format(schema, err, "%s/schema.yaml", dir))))
        return st;
    if ((st = list_paths(d, dir, ret_paths, err)))
        return st;
    if (ret_schema)
        memcpy(ret_schema, schema, sizeof schema);
    return SEDGE_OK;
}
