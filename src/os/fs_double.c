/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fs_double.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static sedge_fs_double *double_of(const sedge_fs *fs) {
    return (sedge_fs_double *)(uintptr_t)fs; /* fs is its first member */
}

/* Counts a call; 0, or the negated errno that it fails with. */
static int count(sedge_fs_double *d) {
    size_t call = d->calls++;
    if (call == d->fail_at) {
        d->failed = true;
        return -d->error;
    }
    return d->stop && call > d->fail_at ? -EIO : 0;
}

static char *copy_text(const char *text) {
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort(); /* a test without memory */
    return copy;
}

static void keep(sedge_fs_double *d, sedge_fs_op_kind kind, const char *path, const char *path2, int64_t offset,
                 const void *data, size_t n) {
    if (!d->record)
        return;
    sedge_fs_op *ops = (sedge_fs_op *)realloc(d->ops, (d->ops_n + 1) * sizeof *ops);
    uint8_t *copy = (uint8_t *)malloc(n ? n : 1);
    if (!ops || !copy)
        abort();
    if (n)
        memcpy(copy, data, n);
    d->ops = ops;
    ops[d->ops_n++] = (sedge_fs_op){ kind, copy_text(path), copy_text(path2), offset, copy, n };
}

static bool is_known(int fd) {
    return fd >= 0 && fd < SEDGE_FS_DOUBLE_FDS;
}

static const char *path_of(const sedge_fs_double *d, int fd) {
    return is_known(fd) ? d->paths[fd] : NULL;
}

static int double_open(const sedge_fs *fs, const char *path, int flags, mode_t mode) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (e)
        return e;
    int fd = d->below->open(d->below, path, flags, mode);
    if (fd < 0)
        return fd;
    if (is_known(fd)) {
        free(d->paths[fd]);
        d->paths[fd] = copy_text(path);
        d->at[fd] = flags & O_APPEND ? -1 : 0;
    }
    if (flags & (O_CREAT | O_TRUNC))
        keep(d, SEDGE_FS_OP_CREATE, path, NULL, flags, NULL, 0);
    return fd;
}

static int double_close(const sedge_fs *fs, int fd) {
    sedge_fs_double *d = double_of(fs);
    if (is_known(fd)) {
        free(d->paths[fd]);
        d->paths[fd] = NULL;
    }
    return d->below->close(d->below, fd);
}

static int64_t double_read(const sedge_fs *fs, int fd, void *p, size_t n) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    return e ? e : d->below->read(d->below, fd, p, n);
}

static int64_t double_pread(const sedge_fs *fs, int fd, void *p, size_t n, int64_t offset) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    return e ? e : d->below->pread(d->below, fd, p, n, offset);
}

static int64_t double_write(const sedge_fs *fs, int fd, const void *p, size_t n) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (e)
        return e;
    int64_t put = d->below->write(d->below, fd, p, d->short_writes && n > 1 ? n / 2 : n);
    if (put < 0 || !is_known(fd))
        return put;
    keep(d, SEDGE_FS_OP_WRITE, path_of(d, fd), NULL, d->at[fd], p, (size_t)put);
    d->at[fd] += d->at[fd] < 0 ? 0 : put;
    return put;
}

static int64_t double_pwrite(const sedge_fs *fs, int fd, const void *p, size_t n, int64_t offset) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (e)
        return e;
    int64_t put = d->below->pwrite(d->below, fd, p, d->short_writes && n > 1 ? n / 2 : n, offset);
    if (put >= 0)
        keep(d, SEDGE_FS_OP_WRITE, path_of(d, fd), NULL, offset, p, (size_t)put);
    return put;
}

static int double_truncate(const sedge_fs *fs, int fd, int64_t size_bytes) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->truncate(d->below, fd, size_bytes)) >= 0)
        keep(d, SEDGE_FS_OP_TRUNCATE, path_of(d, fd), NULL, size_bytes, NULL, 0);
    return e;
}

static int double_fsync(const sedge_fs *fs, int fd) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->fsync(d->below, fd)) >= 0)
        keep(d, SEDGE_FS_OP_FSYNC, path_of(d, fd), NULL, 0, NULL, 0);
    return e;
}

static int double_fsync_dir(const sedge_fs *fs, const char *path) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->fsync_dir(d->below, path)) >= 0)
        keep(d, SEDGE_FS_OP_FSYNC_DIR, path, NULL, 0, NULL, 0);
    return e;
}

static int double_rename(const sedge_fs *fs, const char *from, const char *to) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->rename(d->below, from, to)) >= 0)
        keep(d, SEDGE_FS_OP_RENAME, from, to, 0, NULL, 0);
    return e;
}

static int double_link(const sedge_fs *fs, const char *from, const char *to) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->link(d->below, from, to)) >= 0)
        keep(d, SEDGE_FS_OP_LINK, from, to, 0, NULL, 0);
    return e;
}

static int double_symlink(const sedge_fs *fs, const char *target, const char *path) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->symlink(d->below, target, path)) >= 0)
        keep(d, SEDGE_FS_OP_SYMLINK, path, target, 0, NULL, 0);
    return e;
}

static int double_unlink(const sedge_fs *fs, const char *path) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->unlink(d->below, path)) >= 0)
        keep(d, SEDGE_FS_OP_UNLINK, path, NULL, 0, NULL, 0);
    return e;
}

static int double_mkdir(const sedge_fs *fs, const char *path, mode_t mode) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->mkdir(d->below, path, mode)) >= 0)
        keep(d, SEDGE_FS_OP_MKDIR, path, NULL, mode, NULL, 0);
    return e;
}

static int double_rmdir(const sedge_fs *fs, const char *path) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->rmdir(d->below, path)) >= 0)
        keep(d, SEDGE_FS_OP_RMDIR, path, NULL, 0, NULL, 0);
    return e;
}

static int double_chmod(const sedge_fs *fs, const char *path, mode_t mode) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    if (!e && (e = d->below->chmod(d->below, path, mode)) >= 0)
        keep(d, SEDGE_FS_OP_CHMOD, path, NULL, mode, NULL, 0);
    return e;
}

static int double_readlink(const sedge_fs *fs, const char *path, char *out, size_t size) {
    const sedge_fs *below = double_of(fs)->below;
    return below->readlink(below, path, out, size);
}

static int double_stat(const sedge_fs *fs, const char *path, bool follow, sedge_fs_stat *ret) {
    const sedge_fs *below = double_of(fs)->below;
    return below->stat(below, path, follow, ret);
}

static int double_list(const sedge_fs *fs, const char *path, sedge_fs_name_fn fn, void *ctx) {
    sedge_fs_double *d = double_of(fs);
    int e = count(d);
    return e ? e : d->below->list(d->below, path, fn, ctx);
}

void sedge_fs_double_init(sedge_fs_double *d, const sedge_fs *below) {
    *d = (sedge_fs_double){
        .fs = {
            .open = double_open,
            .close = double_close,
            .read = double_read,
            .pread = double_pread,
            .write = double_write,
            .pwrite = double_pwrite,
            .truncate = double_truncate,
            .fsync = double_fsync,
            .fsync_dir = double_fsync_dir,
            .rename = double_rename,
            .link = double_link,
            .symlink = double_symlink,
            .unlink = double_unlink,
            .mkdir = double_mkdir,
            .rmdir = double_rmdir,
            .chmod = double_chmod,
            .readlink = double_readlink,
            .stat = double_stat,
            .list = double_list,
        },
        .below = below,
        .fail_at = SIZE_MAX,
        .error = EIO,
    };
}

void sedge_fs_double_done(sedge_fs_double *d) {
    for (size_t i = 0; i < d->ops_n; i++) {
        free(d->ops[i].path);
        free(d->ops[i].path2);
        free(d->ops[i].data);
    }
    free(d->ops);
    for (size_t i = 0; i < SEDGE_FS_DOUBLE_FDS; i++)
        free(d->paths[i]);
    *d = (sedge_fs_double){ .fail_at = SIZE_MAX };
}
