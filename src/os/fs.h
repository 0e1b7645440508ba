/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The one seam between sedge and the disk.
 *
 * Everything that must survive a crash (agent state, hub blobs, data set versions) goes through a `const sedge_fs *`.
 * Production passes sedge_fs_os(); tests pass a double (os/fs_double.h) that fails the n-th call, stops the world after
 * it, or records what was asked for. Callers that need more than one call use os/file.h.
 *
 * Every function returns a value >= 0, or the negated errno; none sets errno. All may be called from any thread.
 * Descriptors are ordinary ones, always opened with O_CLOEXEC.
 */
#ifndef SEDGE_OS_FS_H
#define SEDGE_OS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sedge/attr.h"

typedef enum sedge_fs_kind { SEDGE_FS_FILE, SEDGE_FS_DIR, SEDGE_FS_LINK, SEDGE_FS_OTHER } sedge_fs_kind;

typedef struct sedge_fs_stat {
    sedge_fs_kind kind;
    int64_t size_bytes;
    int64_t modified_ms;
    uint32_t mode; /**< permission bits */
} sedge_fs_stat;

typedef struct sedge_fs sedge_fs;
/** One name of a folder, without path; return false to stop. */
typedef bool (*sedge_fs_name_fn)(void *ctx, const char *name);

struct sedge_fs {
    int (*open)(const sedge_fs *fs, const char *path, int flags, mode_t mode); /**< flags as open(2); the descriptor */
    int (*close)(const sedge_fs *fs, int fd);
    int64_t (*read)(const sedge_fs *fs, int fd, void *p, size_t n); /**< may be short; 0 at the end */
    int64_t (*pread)(const sedge_fs *fs, int fd, void *p, size_t n, int64_t offset);
    int64_t (*write)(const sedge_fs *fs, int fd, const void *p, size_t n); /**< may be short */
    int64_t (*pwrite)(const sedge_fs *fs, int fd, const void *p, size_t n, int64_t offset);
    int (*truncate)(const sedge_fs *fs, int fd, int64_t size_bytes);
    int (*fsync)(const sedge_fs *fs, int fd);
    int (*fsync_dir)(const sedge_fs *fs, const char *path); /**< makes names in the folder durable */
    int (*rename)(const sedge_fs *fs, const char *from, const char *to);
    int (*link)(const sedge_fs *fs, const char *from, const char *to); /**< -EEXIST keeps what is there */
    int (*symlink)(const sedge_fs *fs, const char *target, const char *path);
    int (*unlink)(const sedge_fs *fs, const char *path);
    int (*mkdir)(const sedge_fs *fs, const char *path, mode_t mode);
    int (*rmdir)(const sedge_fs *fs, const char *path);
    int (*chmod)(const sedge_fs *fs, const char *path, mode_t mode);
    int (*readlink)(const sedge_fs *fs, const char *path, char *out, size_t size); /**< length; NUL added */
    int (*stat)(const sedge_fs *fs, const char *path, bool follow, sedge_fs_stat *ret);
    int (*list)(const sedge_fs *fs, const char *path, sedge_fs_name_fn fn, void *ctx); /**< without "." and ".." */
};

/** The machine's own files. Static storage. */
const sedge_fs *sedge_fs_os(void);

#endif
