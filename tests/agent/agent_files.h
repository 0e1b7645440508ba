/* SPDX-License-Identifier: Apache-2.0 */
/** For the tests of agent: a temporary folder, and a disk that dies after so many changes. */
#ifndef TEST_AGENT_FILES_H
#define TEST_AGENT_FILES_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"

/** A new empty folder, in memory where the machine has one (thousands of fsyncs); remove it with test_dir_remove. */
static inline void test_dir_make(char ret[SEDGE_PATH_MAX]) {
    const char *tmp = getenv("TMPDIR");
    if (!tmp)
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(ret, SEDGE_PATH_MAX, "%s/sedge-agent-XXXXXX", tmp);
    if (!mkdtemp(ret))
        abort();
}

static inline void test_dir_remove(const char *dir) {
    if (sedge_dir_remove_tree(NULL, dir, NULL))
        abort();
}

/**
 * The machine's files until `left` changes (write, truncate, fsync, rename, symlink, unlink, mkdir ...) were made; the
 * change that comes then fails, a write after half of its bytes, and so does every later one: what a process that is
 * killed leaves behind.
 */
typedef struct dying_fs {
    sedge_fs fs;
    int64_t left;
    int error; /**< of the changes that fail */
    bool once; /**< only one change fails, later ones work: a full disk that is freed */
    bool dead;
} dying_fs;

static inline bool dying_take(const sedge_fs *fs) {
    dying_fs *d = (dying_fs *)(uintptr_t)fs;
    if (d->dead)
        return d->once;
    d->dead = d->left-- == 0;
    return !d->dead;
}

static inline int dying_error(const sedge_fs *fs) {
    return -((const dying_fs *)fs)->error;
}

#define DYING(call) (dying_take(fs) ? sedge_fs_os()->call : dying_error(fs))

static inline int64_t dying_write(const sedge_fs *fs, int fd, const void *p, size_t n) {
    if (dying_take(fs))
        return sedge_fs_os()->write(sedge_fs_os(), fd, p, n);
    if (n > 1 && ((const dying_fs *)fs)->left == -1 && sedge_fs_os()->write(sedge_fs_os(), fd, p, n / 2) < 0)
        abort();
    return dying_error(fs);
}

static inline int dying_truncate(const sedge_fs *fs, int fd, int64_t n) {
    return DYING(truncate(sedge_fs_os(), fd, n));
}

static inline int dying_fsync(const sedge_fs *fs, int fd) {
    return DYING(fsync(sedge_fs_os(), fd));
}

static inline int dying_fsync_dir(const sedge_fs *fs, const char *path) {
    return DYING(fsync_dir(sedge_fs_os(), path));
}

static inline int dying_rename(const sedge_fs *fs, const char *from, const char *to) {
    return DYING(rename(sedge_fs_os(), from, to));
}

static inline int dying_symlink(const sedge_fs *fs, const char *target, const char *path) {
    return DYING(symlink(sedge_fs_os(), target, path));
}

static inline int dying_unlink(const sedge_fs *fs, const char *path) {
    return DYING(unlink(sedge_fs_os(), path));
}

static inline int dying_mkdir(const sedge_fs *fs, const char *path, mode_t mode) {
    return DYING(mkdir(sedge_fs_os(), path, mode));
}

static inline dying_fs dying_fs_after(int64_t changes, int error) {
    dying_fs d = { .fs = *sedge_fs_os(), .left = changes, .error = error };
    d.fs.write = dying_write;
    d.fs.truncate = dying_truncate;
    d.fs.fsync = dying_fsync;
    d.fs.fsync_dir = dying_fsync_dir;
    d.fs.rename = dying_rename;
    d.fs.symlink = dying_symlink;
    d.fs.unlink = dying_unlink;
    d.fs.mkdir = dying_mkdir;
    return d;
}

#endif
