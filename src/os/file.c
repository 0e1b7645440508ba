/* SPDX-License-Identifier: Apache-2.0 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/format.h"
#include "base/own.h"
#include "os/errno.h"

enum { COPY_BLOCK = 256 * 1024 };

static const sedge_fs *or_os(const sedge_fs *fs) {
    return fs ? fs : sedge_fs_os();
}

static sedge_status open_file(const sedge_fs *fs, const char *path, int flags, mode_t mode, int *ret_fd,
                              sedge_error *err) {
    int fd = fs->open(fs, path, flags, mode);
    if (fd < 0)
        return sedge_fail_errno(err, fd, "cannot %s '%s'", (flags & O_ACCMODE) == O_RDONLY ? "read" : "write", path);
    *ret_fd = fd;
    return SEDGE_OK;
}

static sedge_status read_to_end(const sedge_fs *fs, int fd, const char *path, sedge_buf *out, sedge_error *err) {
    size_t limit = out->max;
    size_t want = 64 * 1024;
    sedge_fs_stat info;
    if (fs->stat(fs, path, true, &info) == 0 && info.size_bytes > 0 && (uint64_t)info.size_bytes < limit)
        want = (size_t)info.size_bytes + 1; /* one more byte, to see the end in the same call */
    SEDGE_AUTO_MEM uint8_t *block = malloc(want);
    if (!block)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to read '%s'", path);
    for (;;) {
        int64_t got = fs->read(fs, fd, block, want);
        if (got < 0)
            return sedge_fail_errno(err, (int)got, "cannot read '%s'", path);
        if (got == 0)
            return SEDGE_OK;
        if ((uint64_t)got > limit - out->n)
            return sedge_fail(err, SEDGE_ELIMIT, "'%s' holds more than %zu bytes, the limit here", path, limit);
        sedge_buf_put(out, block, (size_t)got);
        if (out->failed)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory to read '%s'", path);
    }
}

sedge_status sedge_file_read(const sedge_fs *fs, const char *path, size_t limit_bytes, uint8_t **ret_data,
                             size_t *ret_n, sedge_error *err) {
    fs = or_os(fs);
    int fd = -1;
    sedge_status st = open_file(fs, path, O_RDONLY, 0, &fd, err);
    if (st)
        return st;
    SEDGE_AUTO_BUF buf = sedge_buf_init(limit_bytes);
    st = read_to_end(fs, fd, path, &buf, err);
    fs->close(fs, fd);
    if (st)
        return st;
    if (buf.n == 0) {
        *ret_n = 0;
        *ret_data = calloc(1, 1);
        return *ret_data ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory to read '%s'", path);
    }
    *ret_data = sedge_buf_steal(&buf, ret_n);
    return SEDGE_OK;
}

sedge_status sedge_file_write_fd(const sedge_fs *fs, int fd, const char *path, sedge_bytes data, sedge_error *err) {
    fs = or_os(fs);
    while (data.n) {
        int64_t put = fs->write(fs, fd, data.p, data.n);
        if (put < 0)
            return sedge_fail_errno(err, (int)put, "cannot write '%s'", path);
        if (put == 0)
            return sedge_fail(err, SEDGE_EIO, "cannot write '%s': the system took no bytes", path);
        data.p += put;
        data.n -= (size_t)put;
    }
    return SEDGE_OK;
}

static sedge_status sync_and_close(const sedge_fs *fs, int fd, const char *path, sedge_status st, sedge_error *err) {
    if (!st) {
        int e = fs->fsync(fs, fd);
        if (e < 0)
            st = sedge_fail_errno(err, e, "cannot make '%s' durable", path);
    }
    int e = fs->close(fs, fd);
    if (!st && e < 0)
        st = sedge_fail_errno(err, e, "cannot close '%s'", path);
    return st;
}

/* A free name beside path: ".<name>.<k>.tmp". O_EXCL makes it ours also among processes. */
static sedge_status create_beside(const sedge_fs *fs, const char *path, mode_t mode, char ret_tmp[SEDGE_PATH_MAX],
                                  int *ret_fd, sedge_error *err) {
    sedge_fs_stat there;
    if (fs->stat(fs, path, true, &there) >= 0 && there.kind == SEDGE_FS_OTHER)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is a device or a pipe and is not replaced; name a file", path);
    const char *slash = strrchr(path, '/');
    int dir_length = slash ? (int)(slash - path + 1) : 0;
    for (unsigned k = 0; k < 10000; k++) {
        sedge_status st = sedge_path_format(ret_tmp, err, "%.*s.%s.%u.tmp", dir_length, path, path + dir_length, k);
        if (st)
            return st;
        int fd = fs->open(fs, ret_tmp, O_WRONLY | O_CREAT | O_EXCL, mode);
        if (fd >= 0) {
            *ret_fd = fd;
            return SEDGE_OK;
        }
        if (fd != -EEXIST)
            return sedge_fail_errno(err, fd, "cannot create '%s'", ret_tmp);
    }
    return sedge_fail(err, SEDGE_ECONFLICT, "too many leftovers '%s'; remove them", ret_tmp);
}

static sedge_status rename_durably(const sedge_fs *fs, const char *tmp, const char *path, sedge_error *err) {
    int e = fs->rename(fs, tmp, path);
    if (e < 0)
        return sedge_fail_errno(err, e, "cannot rename '%s' to '%s'", tmp, path);
    return sedge_file_sync_parent(fs, path, err);
}

sedge_status sedge_file_write_atomic(const sedge_fs *fs, const char *path, sedge_bytes data, mode_t mode,
                                     sedge_error *err) {
    fs = or_os(fs);
    char tmp[SEDGE_PATH_MAX];
    int fd;
    sedge_status st = create_beside(fs, path, mode, tmp, &fd, err);
    if (st)
        return st;
    st = sedge_file_write_fd(fs, fd, path, data, err);
    st = sync_and_close(fs, fd, path, st, err);
    if (!st)
        st = rename_durably(fs, tmp, path, err);
    if (st)
        fs->unlink(fs, tmp);
    return st;
}

sedge_status sedge_file_symlink_atomic(const sedge_fs *fs, const char *target, const char *path, sedge_error *err) {
    fs = or_os(fs);
    char tmp[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(tmp, err, "%s.tmp", path);
    if (st)
        return st;
    int e = fs->unlink(fs, tmp);
    if (e < 0 && e != -ENOENT)
        return sedge_fail_errno(err, e, "cannot remove '%s'", tmp);
    e = fs->symlink(fs, target, tmp);
    if (e < 0)
        return sedge_fail_errno(err, e, "cannot make the link '%s'", tmp);
    st = rename_durably(fs, tmp, path, err);
    if (st)
        fs->unlink(fs, tmp);
    return st;
}

static sedge_status copy_bytes(const sedge_fs *fs, int in, int out, const char *from, const char *to,
                               int64_t limit_bytes, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *block = malloc(COPY_BLOCK);
    if (!block)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to copy '%s'", from);
    for (int64_t total = 0;;) {
        int64_t got = fs->read(fs, in, block, COPY_BLOCK);
        if (got < 0)
            return sedge_fail_errno(err, (int)got, "cannot read '%s'", from);
        if (got == 0)
            return SEDGE_OK;
        if (got > limit_bytes - total)
            return sedge_fail(err, SEDGE_ELIMIT, "'%s' holds more than %lld bytes, the limit here", from,
                              (long long)limit_bytes);
        total += got;
        sedge_status st = sedge_file_write_fd(fs, out, to, sedge_bytes_of(block, (size_t)got), err);
        if (st)
            return st;
    }
}

sedge_status sedge_file_copy(const sedge_fs *fs, const char *from, const char *to, int64_t limit_bytes,
                             sedge_error *err) {
    fs = or_os(fs);
    sedge_fs_stat info;
    int e = fs->stat(fs, from, true, &info);
    if (e < 0)
        return sedge_fail_errno(err, e, "cannot read '%s'", from);
    int in = -1;
    sedge_status st = open_file(fs, from, O_RDONLY, 0, &in, err);
    if (st)
        return st;
    char tmp[SEDGE_PATH_MAX];
    int out;
    st = create_beside(fs, to, info.mode, tmp, &out, err);
    if (!st) {
        st = copy_bytes(fs, in, out, from, to, limit_bytes, err);
        st = sync_and_close(fs, out, to, st, err);
        if (!st)
            st = rename_durably(fs, tmp, to, err);
        if (st)
            fs->unlink(fs, tmp);
    }
    fs->close(fs, in);
    return st;
}

sedge_status sedge_file_size(const sedge_fs *fs, const char *path, int64_t *ret_bytes, sedge_error *err) {
    fs = or_os(fs);
    sedge_fs_stat info;
    int e = fs->stat(fs, path, true, &info);
    if (e < 0)
        return sedge_fail_errno(err, e, "cannot read '%s'", path);
    *ret_bytes = info.size_bytes;
    return SEDGE_OK;
}

bool sedge_file_exists(const sedge_fs *fs, const char *path) {
    fs = or_os(fs);
    sedge_fs_stat info;
    return fs->stat(fs, path, true, &info) == 0;
}

sedge_status sedge_file_sync_parent(const sedge_fs *fs, const char *path, sedge_error *err) {
    fs = or_os(fs);
    char dir[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_parent(dir, path, err);
    if (st)
        return st;
    int e = fs->fsync_dir(fs, dir);
    return e < 0 ? sedge_fail_errno(err, e, "cannot make the folder '%s' durable", dir) : SEDGE_OK;
}

sedge_status sedge_file_remove(const sedge_fs *fs, const char *path, sedge_error *err) {
    fs = or_os(fs);
    int e = fs->unlink(fs, path);
    return e < 0 && e != -ENOENT ? sedge_fail_errno(err, e, "cannot remove '%s'", path) : SEDGE_OK;
}

static bool is_dir(const sedge_fs *fs, const char *path) {
    sedge_fs_stat info;
    return fs->stat(fs, path, true, &info) == 0 && info.kind == SEDGE_FS_DIR;
}

static sedge_status make_one_dir(const sedge_fs *fs, const char *path, mode_t mode, sedge_error *err) {
    int e = fs->mkdir(fs, path, mode);
    if (e >= 0 || (e == -EEXIST && is_dir(fs, path)))
        return SEDGE_OK;
    return sedge_fail_errno(err, e == -EEXIST ? ENOTDIR : e, "cannot make the folder '%s'", path);
}

sedge_status sedge_dir_make(const sedge_fs *fs, const char *path, mode_t mode, sedge_error *err) {
    fs = or_os(fs);
    char part[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(part, err, "%s", path);
    if (st || is_dir(fs, path))
        return st;
    for (char *at = part + 1; (at = strchr(at, '/')); *at++ = '/') {
        *at = '\0';
        if (at[-1] != '/' && (st = make_one_dir(fs, part, mode, err)))
            return st;
    }
    return make_one_dir(fs, part, mode, err);
}

static sedge_status remove_tree(const sedge_fs *fs, const char *path, int depth, sedge_error *err) {
    sedge_fs_stat info;
    int e = fs->stat(fs, path, false, &info);
    if (e == -ENOENT)
        return SEDGE_OK;
    if (e < 0)
        return sedge_fail_errno(err, e, "cannot remove '%s'", path);
    if (info.kind != SEDGE_FS_DIR)
        return sedge_file_remove(fs, path, err);
    if (depth == 0)
        return sedge_fail(err, SEDGE_ELIMIT, "'%s' is nested deeper than %d folders", path, SEDGE_DIR_DEPTH_MAX);
    sedge_names names;
    sedge_status st = sedge_dir_list(fs, path, &names, err);
    if (st)
        return st;
    SEDGE_AUTO_MEM char *child = malloc(SEDGE_PATH_MAX);
    if (!child)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory to remove '%s'", path);
    for (size_t i = 0; !st && i < names.n; i++) {
        st = sedge_path_format(child, err, "%s/%s", path, names.items[i]);
        if (!st)
            st = remove_tree(fs, child, depth - 1, err);
    }
    sedge_names_done(&names);
    if (!st && (e = fs->rmdir(fs, path)) < 0 && e != -ENOENT)
        st = sedge_fail_errno(err, e, "cannot remove the folder '%s'", path);
    return st;
}

sedge_status sedge_dir_remove_tree(const sedge_fs *fs, const char *path, sedge_error *err) {
    return remove_tree(or_os(fs), path, SEDGE_DIR_DEPTH_MAX, err);
}

struct listing {
    sedge_names names;
    size_t capacity;
    sedge_status status;
};

static bool add_name(void *ctx, const char *name) {
    struct listing *l = (struct listing *)ctx;
    if (l->names.n == SEDGE_DIR_NAMES_MAX) {
        l->status = SEDGE_ELIMIT;
        return false;
    }
    if (l->names.n == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 16;
        char **items = (char **)realloc(l->names.items, capacity * sizeof *items);
        if (!items) {
            l->status = SEDGE_ENOMEM;
            return false;
        }
        l->names.items = items;
        l->capacity = capacity;
    }
    char *copy = strdup(name);
    if (!copy) {
        l->status = SEDGE_ENOMEM;
        return false;
    }
    l->names.items[l->names.n++] = copy;
    return true;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

sedge_status sedge_dir_list(const sedge_fs *fs, const char *path, sedge_names *ret, sedge_error *err) {
    fs = or_os(fs);
    struct listing l = { .status = SEDGE_OK };
    int e = fs->list(fs, path, add_name, &l);
    if (e < 0 || l.status) {
        sedge_names_done(&l.names);
        if (e < 0)
            return sedge_fail_errno(err, e, "cannot list the folder '%s'", path);
        return sedge_fail(err, l.status, "cannot list the folder '%s': %s", path, sedge_status_meaning(l.status));
    }
    if (l.names.n)
        qsort(l.names.items, l.names.n, sizeof *l.names.items, compare_names);
    *ret = l.names;
    return SEDGE_OK;
}

void sedge_names_done(sedge_names *names) {
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i]);
    free(names->items);
    *names = (sedge_names){ 0 };
}

sedge_status sedge_path_format(char ret[SEDGE_PATH_MAX], sedge_error *err, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t length = sedge_vformat(ret, SEDGE_PATH_MAX, fmt, args);
    va_end(args);
    if (length >= SEDGE_PATH_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "the path '%.60s...' is longer than %d bytes", ret, SEDGE_PATH_MAX - 1);
    return SEDGE_OK;
}

sedge_status sedge_path_parent(char ret[SEDGE_PATH_MAX], const char *path, sedge_error *err) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return sedge_path_format(ret, err, ".");
    return sedge_path_format(ret, err, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

bool sedge_path_is_name(const char *name) {
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (const char *c = name; *c; c++)
        if (*c == '/' || (unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return true;
}
