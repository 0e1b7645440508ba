/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whole files and folders, on the seam of os/fs.h.
 *
 * fs may be NULL for the machine's own files. Sentences name the path and the remedy; the statuses are those of
 * os/errno.h. A failed call leaves no temporary file behind unless removing it fails too. Paths are at most
 * SEDGE_PATH_MAX - 1 bytes long (SEDGE_EINVALID beyond).
 */
#ifndef SEDGE_OS_FILE_H
#define SEDGE_OS_FILE_H

#include "base/bytes.h"
#include "os/fs.h"
#include "sedge/error.h"

enum { SEDGE_PATH_MAX = 4096 };

/**
 * Reads a whole file. *ret_data is the caller's to free() and has a NUL behind its last byte; for an empty file it is
 * a valid pointer and *ret_n is 0.
 * @return SEDGE_ELIMIT with both numbers in the sentence when the file holds more than limit_bytes
 */
SEDGE_NODISCARD sedge_status sedge_file_read(const sedge_fs *fs, const char *path, size_t limit_bytes,
                                             uint8_t **ret_data, size_t *ret_n, sedge_error *err);

/** Writes all of data to an open descriptor; path is only for the sentence. */
SEDGE_NODISCARD sedge_status sedge_file_write_fd(const sedge_fs *fs, int fd, const char *path, sedge_bytes data,
                                                 sedge_error *err);

/**
 * Replaces path by data so that after a crash at any moment it holds either the old or the new bytes: temporary file in
 * the same folder, write, fsync, rename, fsync of the folder. When it returns SEDGE_OK the new bytes are durable.
 * What is neither file nor folder (/dev/null, a pipe) is not replaced: SEDGE_EINVALID.
 */
SEDGE_NODISCARD sedge_status sedge_file_write_atomic(const sedge_fs *fs, const char *path, sedge_bytes data,
                                                     mode_t mode, sedge_error *err);

/** Points the symbolic link path at target with the same promise (the switch between slots). */
SEDGE_NODISCARD sedge_status sedge_file_symlink_atomic(const sedge_fs *fs, const char *target, const char *path,
                                                       sedge_error *err);

/** Copies a file atomically (as above) with the mode of the original; at most limit_bytes. */
SEDGE_NODISCARD sedge_status sedge_file_copy(const sedge_fs *fs, const char *from, const char *to, int64_t limit_bytes,
                                             sedge_error *err);

SEDGE_NODISCARD sedge_status sedge_file_size(const sedge_fs *fs, const char *path, int64_t *ret_bytes,
                                             sedge_error *err);
/** Anything at this path? A path that cannot be asked about counts as absent. Links are followed. */
bool sedge_file_exists(const sedge_fs *fs, const char *path);

/** fsync of the folder that holds path: makes a rename, link or unlink there durable. */
SEDGE_NODISCARD sedge_status sedge_file_sync_parent(const sedge_fs *fs, const char *path, sedge_error *err);
/** Removes a file or link; a missing one is fine. Not durable until the folder is synced. */
SEDGE_NODISCARD sedge_status sedge_file_remove(const sedge_fs *fs, const char *path, sedge_error *err);

/** Makes the folder and its missing parents with this mode; an existing folder is fine and keeps its mode. */
SEDGE_NODISCARD sedge_status sedge_dir_make(const sedge_fs *fs, const char *path, mode_t mode, sedge_error *err);
/** Removes a file, link or folder with all that is in it, never following links; a missing path is fine. At most
 * SEDGE_DIR_DEPTH_MAX levels deep. */
SEDGE_NODISCARD sedge_status sedge_dir_remove_tree(const sedge_fs *fs, const char *path, sedge_error *err);
enum { SEDGE_DIR_DEPTH_MAX = 64, SEDGE_DIR_NAMES_MAX = 1000000 };

/** The names in a folder, sorted bytewise, without "." and "..". At most SEDGE_DIR_NAMES_MAX. */
typedef struct sedge_names {
    char **items; /**< owned, each owned */
    size_t n;
} sedge_names;
SEDGE_NODISCARD sedge_status sedge_dir_list(const sedge_fs *fs, const char *path, sedge_names *ret, sedge_error *err);
void sedge_names_done(sedge_names *names);

/** "<dir>/<name>" formatted into ret (SEDGE_PATH_MAX bytes). SEDGE_EINVALID when it does not fit. */
SEDGE_NODISCARD sedge_status sedge_path_format(char ret[SEDGE_PATH_MAX], sedge_error *err, const char *fmt, ...)
    SEDGE_PRINTF(3, 4);
/** The folder part of path ("." when it has none) into ret. */
SEDGE_NODISCARD sedge_status sedge_path_parent(char ret[SEDGE_PATH_MAX], const char *path, sedge_error *err);
/** A single name that stays inside its folder: not empty, "." or "..", no '/' and no control character. */
bool sedge_path_is_name(const char *name);

#endif
