/* SPDX-License-Identifier: Apache-2.0 */
#include "os/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t result(int64_t value) {
    return value < 0 ? -errno : value;
}

static int os_open(const sedge_fs *fs, const char *path, int flags, mode_t mode) {
    (void)fs;
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return (int)result(fd);
}

static int os_close(const sedge_fs *fs, int fd) {
    (void)fs;
    return (int)result(close(fd));
}

static int64_t os_read(const sedge_fs *fs, int fd, void *p, size_t n) {
    (void)fs;
    ssize_t got;
    do
        got = read(fd, p, n);
    while (got < 0 && errno == EINTR);
    return result(got);
}

static int64_t os_pread(const sedge_fs *fs, int fd, void *p, size_t n, int64_t offset) {
    (void)fs;
    ssize_t got;
    do
        got = pread(fd, p, n, offset);
    while (got < 0 && errno == EINTR);
    return result(got);
}

static int64_t os_write(const sedge_fs *fs, int fd, const void *p, size_t n) {
    (void)fs;
    ssize_t put;
    do
        put = write(fd, p, n);
    while (put < 0 && errno == EINTR);
    return result(put);
}

static int64_t os_pwrite(const sedge_fs *fs, int fd, const void *p, size_t n, int64_t offset) {
    (void)fs;
    ssize_t put;
    do
        put = pwrite(fd, p, n, offset);
    while (put < 0 && errno == EINTR);
    return result(put);
}

static int os_truncate(const sedge_fs *fs, int fd, int64_t size_bytes) {
    (void)fs;
    return (int)result(ftruncate(fd, size_bytes));
}

static int os_fsync(const sedge_fs *fs, int fd) {
    (void)fs;
    return (int)result(fsync(fd));
}

static int os_fsync_dir(const sedge_fs *fs, const char *path) {
    int fd = os_open(fs, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return fd;
    int st = (int)result(fsync(fd));
    close(fd);
    return st;
}

static int os_rename(const sedge_fs *fs, const char *from, const char *to) {
    (void)fs;
    return (int)result(rename(from, to));
}

static int os_link(const sedge_fs *fs, const char *from, const char *to) {
    (void)fs;
    return (int)result(link(from, to));
}

static int os_symlink(const sedge_fs *fs, const char *target, const char *path) {
    (void)fs;
    return (int)result(symlink(target, path));
}

static int os_unlink(const sedge_fs *fs, const char *path) {
    (void)fs;
    return (int)result(unlink(path));
}

static int os_mkdir(const sedge_fs *fs, const char *path, mode_t mode) {
    (void)fs;
    return (int)result(mkdir(path, mode));
}

static int os_rmdir(const sedge_fs *fs, const char *path) {
    (void)fs;
    return (int)result(rmdir(path));
}

static int os_chmod(const sedge_fs *fs, const char *path, mode_t mode) {
    (void)fs;
    return (int)result(chmod(path, mode));
}

static int os_readlink(const sedge_fs *fs, const char *path, char *out, size_t size) {
    (void)fs;
    ssize_t n = readlink(path, out, size - 1);
    if (n < 0)
        return -errno;
    if ((size_t)n >= size - 1)
        return -ENAMETOOLONG;
    out[n] = '\0';
    return (int)n;
}

static sedge_fs_kind kind_of(mode_t mode) {
    if (S_ISREG(mode))
        return SEDGE_FS_FILE;
    if (S_ISDIR(mode))
        return SEDGE_FS_DIR;
    return S_ISLNK(mode) ? SEDGE_FS_LINK : SEDGE_FS_OTHER;
}

static int os_stat(const sedge_fs *fs, const char *path, bool follow, sedge_fs_stat *ret) {
    (void)fs;
    struct stat s;
    if ((follow ? stat(path, &s) : lstat(path, &s)) < 0)
        return -errno;
    *ret = (sedge_fs_stat){
        .kind = kind_of(s.st_mode),
        .size_bytes = s.st_size,
        .modified_ms = (int64_t)s.st_mtim.tv_sec * 1000 + s.st_mtim.tv_nsec / 1000000,
        .mode = s.st_mode & 07777,
    };
    return 0;
}

static int os_list(const sedge_fs *fs, const char *path, sedge_fs_name_fn fn, void *ctx) {
    (void)fs;
    DIR *dir = opendir(path);
    if (!dir)
        return -errno;
    int st = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (!entry) {
            st = -errno;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!fn(ctx, entry->d_name))
            break;
    }
    closedir(dir);
    return st;
}

const sedge_fs *sedge_fs_os(void) {
    static const sedge_fs fs = {
        .open = os_open,
        .close = os_close,
        .read = os_read,
        .pread = os_pread,
        .write = os_write,
        .pwrite = os_pwrite,
        .truncate = os_truncate,
        .fsync = os_fsync,
        .fsync_dir = os_fsync_dir,
        .rename = os_rename,
        .link = os_link,
        .symlink = os_symlink,
        .unlink = os_unlink,
        .mkdir = os_mkdir,
        .rmdir = os_rmdir,
        .chmod = os_chmod,
        .readlink = os_readlink,
        .stat = os_stat,
        .list = os_list,
    };
    return &fs;
}
