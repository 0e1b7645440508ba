/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "hub/blobs/blobs.h"
#include "os/errno.h"

struct blobs {
    const sedge_fs *fs;
    char dir[SEDGE_PATH_MAX];
    atomic_ullong next_upload;
};

struct blob_upload {
    blobs *b;
    int fd; /**< -1 once closed */
    char path[SEDGE_PATH_MAX];
    sedge_hasher *hasher;
    int64_t size, limit;
};

void blobs_free(blobs *b) {
    free(b);
}

sedge_status blobs_open(const sedge_fs *fs, const char *dir, blobs **ret, sedge_error *err) {
    sedge_auto(blobs) b = calloc(1, sizeof *b);
    char uploads[SEDGE_PATH_MAX];
    if (!b)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the blob folder");
    b->fs = fs ? fs : sedge_fs_os();
    sedge_status st = sedge_path_format(b->dir, err, "%s", dir);
    if (!st)
        st = sedge_path_format(uploads, err, "%s/upload", dir);
    if (!st)
        st = sedge_dir_remove_tree(b->fs, uploads, err);
    if (!st)
        st = sedge_dir_make(b->fs, uploads, 0700, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(b);
    return SEDGE_OK;
}

sedge_status blobs_path(blobs *b, const sedge_digest *digest, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    char hex[SEDGE_DIGEST_HEX_MAX];
    sedge_digest_hex(digest, hex);
    return sedge_path_format(ret, err, "%s/%.2s/%s", b->dir, hex, hex);
}

void blob_upload_free(blob_upload *u) {
    if (!u)
        return;
    if (u->fd >= 0) {
        u->b->fs->close(u->b->fs, u->fd);
        u->b->fs->unlink(u->b->fs, u->path);
    }
    sedge_hasher_free(u->hasher);
    free(u);
}

sedge_status blob_upload_new(blobs *b, int64_t limit_bytes, blob_upload **ret, sedge_error *err) {
    sedge_auto(blob_upload) u = calloc(1, sizeof *u);
    if (!u)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an upload");
    *u = (blob_upload){ .b = b, .fd = -1, .limit = limit_bytes, .hasher = sedge_hasher_new() };
    if (!u->hasher)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an upload");
    sedge_status st = sedge_path_format(u->path, err, "%s/upload/%llu", b->dir, atomic_fetch_add(&b->next_upload, 1));
    if (st)
        return st;
    u->fd = b->fs->open(b->fs, u->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (u->fd < 0)
        return sedge_fail_errno(err, u->fd, "%s", u->path);
    *ret = SEDGE_STEAL(u);
    return SEDGE_OK;
}

sedge_status blob_upload_add(blob_upload *u, sedge_bytes data, sedge_error *err) {
    if (u->limit - u->size < (int64_t)data.n)
        return sedge_fail(err, SEDGE_ELIMIT, "the upload is longer than the limit of %lld bytes", (long long)u->limit);
    u->size += (int64_t)data.n;
    sedge_hasher_add(u->hasher, data);
    return sedge_file_write_fd(u->b->fs, u->fd, u->path, data, err);
}

/** fsync, close, rename into place, fsync the folder. */
static sedge_status settle(blob_upload *u, const sedge_digest *digest, sedge_error *err) {
    const sedge_fs *fs = u->b->fs;
    char path[SEDGE_PATH_MAX], folder[SEDGE_PATH_MAX];
    sedge_status st = blobs_path(u->b, digest, path, err);
    if (!st)
        st = sedge_path_parent(folder, path, err);
    if (!st)
        st = sedge_dir_make(fs, folder, 0700, err);
    if (!st)
        st = sedge_file_sync_parent(fs, folder, err);
    if (st)
        return st;
    int code = fs->fsync(fs, u->fd);
    if (code < 0)
        return sedge_fail_errno(err, code, "%s", u->path);
    code = fs->rename(fs, u->path, path);
    if (code < 0)
        return sedge_fail_errno(err, code, "%s", path);
    fs->close(fs, u->fd);
    u->fd = -1;
    return sedge_file_sync_parent(fs, path, err);
}

sedge_status blob_upload_finish(blob_upload *u, const sedge_digest *want, sedge_digest *ret, int64_t *ret_size,
                                sedge_error *err) {
    sedge_digest digest;
    sedge_status st = sedge_hasher_finish(u->hasher, &digest, err);
    if (st)
        return st;
    if (want && !sedge_digest_equal(want, &digest)) {
        char text[SEDGE_DIGEST_TEXT_MAX], wanted[SEDGE_DIGEST_TEXT_MAX];
        sedge_digest_text(&digest, text);
        sedge_digest_text(want, wanted);
        return sedge_fail(err, SEDGE_EINVALID, "the bytes are %s, not %s", text, wanted);
    }
    st = settle(u, &digest, err);
    if (st)
        return st;
    *ret = digest;
    if (ret_size)
        *ret_size = u->size;
    return SEDGE_OK;
}

sedge_status blobs_put(blobs *b, sedge_bytes data, sedge_digest *ret, sedge_error *err) {
    sedge_auto(blob_upload) u = NULL;
    sedge_status st = blob_upload_new(b, INT64_MAX, &u, err);
    if (!st)
        st = blob_upload_add(u, data, err);
    if (!st)
        st = blob_upload_finish(u, NULL, ret, NULL, err);
    return st;
}

static sedge_status missing(const sedge_digest *digest, sedge_error *err) {
    char text[SEDGE_DIGEST_TEXT_MAX];
    sedge_digest_text(digest, text);
    return sedge_fail(err, SEDGE_ENOTFOUND, "there is no blob %s", text);
}

sedge_status blobs_size(blobs *b, const sedge_digest *digest, int64_t *ret, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_fs_stat info;
    sedge_status st = blobs_path(b, digest, path, err);
    if (st)
        return st;
    int code = b->fs->stat(b->fs, path, true, &info);
    if (code == -ENOENT)
        return missing(digest, err);
    if (code < 0)
        return sedge_fail_errno(err, code, "%s", path);
    *ret = info.size_bytes;
    return SEDGE_OK;
}

sedge_status blobs_open_read(blobs *b, const sedge_digest *digest, int *ret_fd, int64_t *ret_size, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    int64_t size = 0;
    sedge_status st = blobs_size(b, digest, &size, err);
    if (!st)
        st = blobs_path(b, digest, path, err);
    if (st)
        return st;
    int fd = b->fs->open(b->fs, path, O_RDONLY, 0);
    if (fd < 0)
        return sedge_fail_errno(err, fd, "%s", path);
    *ret_fd = fd;
    *ret_size = size;
    return SEDGE_OK;
}

sedge_status blobs_read(blobs *b, const sedge_digest *digest, size_t limit_bytes, uint8_t **ret_data, size_t *ret_n,
                        sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    int64_t size = 0;
    sedge_status st = blobs_size(b, digest, &size, err);
    if (!st)
        st = blobs_path(b, digest, path, err);
    if (!st)
        st = sedge_file_read(b->fs, path, limit_bytes, ret_data, ret_n, err);
    return st;
}

sedge_status blobs_verify(blobs *b, const sedge_digest *digest, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_digest found;
    int64_t size = 0;
    sedge_status st = blobs_size(b, digest, &size, err);
    if (!st)
        st = blobs_path(b, digest, path, err);
    if (!st)
        st = sedge_digest_file(b->fs, path, &found, NULL, err);
    if (!st && !sedge_digest_equal(digest, &found))
        st = sedge_fail(err, SEDGE_EIO, "%s: the file does not have the digest of its name", path);
    return st;
}
