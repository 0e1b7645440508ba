/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A disk that breaks on demand and remembers what was asked of it: a sedge_fs over another one, for tests.
 * Not linked into the programs (os_double_dep). Not for several threads.
 *
 *     sedge_fs_double d;
 *     for (size_t n = 0;; n++) {
 *         sedge_fs_double_init(&d, sedge_fs_os());
 *         d.fail_at = n; d.error = ENOSPC;
 *         st = the_thing(&d.fs, ...);
 *         bool failed = d.failed;
 *         sedge_fs_double_done(&d);
 *         if (!failed) break;            nothing is left to fail
 *         ... st is not SEDGE_OK, and what was there before is still there
 *     }
 */
#ifndef SEDGE_OS_FS_DOUBLE_H
#define SEDGE_OS_FS_DOUBLE_H

#include "base/buf.h"
#include "os/fs.h"

/** What was asked for, in order: only calls that change something and succeeded. */
typedef enum sedge_fs_op_kind {
    SEDGE_FS_OP_CREATE, /**< open with O_CREAT or O_TRUNC; offset holds the flags */
    SEDGE_FS_OP_WRITE,  /**< n bytes of data at offset of path; -1: at the end */
    SEDGE_FS_OP_TRUNCATE,
    SEDGE_FS_OP_FSYNC,
    SEDGE_FS_OP_FSYNC_DIR,
    SEDGE_FS_OP_RENAME,
    SEDGE_FS_OP_LINK,
    SEDGE_FS_OP_SYMLINK, /**< path2 is the target */
    SEDGE_FS_OP_UNLINK,
    SEDGE_FS_OP_MKDIR,
    SEDGE_FS_OP_RMDIR,
    SEDGE_FS_OP_CHMOD,
} sedge_fs_op_kind;

typedef struct sedge_fs_op {
    sedge_fs_op_kind kind;
    char *path;     /**< owned; for calls on a descriptor the path it was opened with */
    char *path2;    /**< owned; or NULL */
    int64_t offset; /**< WRITE, TRUNCATE; CREATE: flags; MKDIR and CHMOD: mode */
    uint8_t *data;  /**< owned; WRITE */
    size_t n;
} sedge_fs_op;

enum { SEDGE_FS_DOUBLE_FDS = 1024 };

typedef struct sedge_fs_double {
    sedge_fs fs; /**< pass &d.fs */
    const sedge_fs *below;
    size_t calls;   /**< made so far; close, stat and readlink do not count */
    size_t fail_at; /**< this call (from 0) fails with error; SIZE_MAX: none */
    int error;
    bool stop;         /**< and so does every later one with EIO: the power is gone */
    bool short_writes; /**< at most half of what is given is written, one byte at least */
    bool record;       /**< keep ops */
    bool failed;       /**< fail_at was reached */
    sedge_fs_op *ops;
    size_t ops_n;
    char *paths[SEDGE_FS_DOUBLE_FDS]; /**< private: of open descriptors */
    int64_t at[SEDGE_FS_DOUBLE_FDS];  /**< private: where they write next; -1 at the end */
} sedge_fs_double;

/** No failure, no recording. */
void sedge_fs_double_init(sedge_fs_double *d, const sedge_fs *below);
void sedge_fs_double_done(sedge_fs_double *d);

#endif
