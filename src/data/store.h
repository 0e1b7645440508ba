/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A folder of content-addressed objects and of names for them: where data set versions are kept.
 *
 *     STORE/objects/ab/cdef...   an object, named by its SHA-256; written once, never changed
 *     STORE/sets/NAME            one line per version, oldest first: "sha256:<hex> <ms since 1970>"
 *     STORE/lock                 held while a version is added
 *
 * Every file appears whole and durable or not at all, and a name is written after all that it leads to, so a failed or
 * interrupted add leaves at most objects that nobody names. The same objects are blobs of the hub: a command pushes and
 * fetches them by their paths (sedge_store_object_path).
 */
#ifndef SEDGE_DATA_STORE_H
#define SEDGE_DATA_STORE_H

#include "crypto/digest.h"
#include "os/file.h"

enum {
    SEDGE_STORE_NAME_MAX = 64,         /**< bytes of a set's name, with the NUL */
    SEDGE_STORE_VERSIONS_MAX = 100000, /**< of a set */
    SEDGE_STORE_OBJECT_MAX = 16 << 20, /**< bytes */
};

typedef struct sedge_store {
    const sedge_fs *fs;
    char dir[SEDGE_PATH_MAX];
} sedge_store;

typedef struct sedge_store_version {
    sedge_digest digest; /**< of the manifest */
    int64_t added_ms;
} sedge_store_version;

typedef struct sedge_store_versions {
    sedge_store_version *items; /**< owned; oldest first */
    size_t n;
} sedge_store_versions;

/** Opens the folder; with create it is made when missing, else SEDGE_ENOTFOUND says how to make one. fs may be NULL. */
SEDGE_NODISCARD sedge_status sedge_store_open(const sedge_fs *fs, const char *dir, bool create, sedge_store *ret,
                                              sedge_error *err);

/** Letters, digits, '-', '_' and '.', not beginning with '.': what a set may be called. SEDGE_EUSAGE. */
SEDGE_NODISCARD sedge_status sedge_store_check_name(const char *name, sedge_error *err);

/** Keeps bytes (at most SEDGE_STORE_OBJECT_MAX) and tells their digest; what is there whole is not written again. */
SEDGE_NODISCARD sedge_status sedge_store_put(const sedge_store *store, sedge_bytes data, sedge_digest *ret,
                                             sedge_error *err);
/** Reads an object and checks it. The caller's to free(). SEDGE_ENOTFOUND; SEDGE_EINVALID when it is damaged. */
SEDGE_NODISCARD sedge_status sedge_store_get(const sedge_store *store, const sedge_digest *digest, uint8_t **ret_data,
                                             size_t *ret_n, sedge_error *err);
bool sedge_store_has(const sedge_store *store, const sedge_digest *digest);
/** Where an object is or would be. */
SEDGE_NODISCARD sedge_status sedge_store_object_path(const sedge_store *store, const sedge_digest *digest,
                                                     char ret[SEDGE_PATH_MAX], sedge_error *err);
/** The same for a writer: its folder is made. */
SEDGE_NODISCARD sedge_status sedge_store_prepare(const sedge_store *store, const sedge_digest *digest,
                                                 char ret[SEDGE_PATH_MAX], sedge_error *err);

/**
 * Makes a manifest the newest version of a set. Nothing happens when it is that already.
 * @return SEDGE_EBUSY when another process adds a version
 */
SEDGE_NODISCARD sedge_status sedge_store_add_version(const sedge_store *store, const char *name,
                                                     const sedge_digest *digest, int64_t now_ms, sedge_error *err);
/** The versions of a set; SEDGE_ENOTFOUND when there is no such set. The caller's to sedge_store_versions_done(). */
SEDGE_NODISCARD sedge_status sedge_store_list_versions(const sedge_store *store, const char *name,
                                                       sedge_store_versions *ret, sedge_error *err);
void sedge_store_versions_done(sedge_store_versions *versions);
/** The names of all sets, sorted. The caller's to sedge_names_done(). */
SEDGE_NODISCARD sedge_status sedge_store_list_names(const sedge_store *store, sedge_names *ret, sedge_error *err);

/**
 * Finds the version that a text names: "NAME" (the newest), "NAME@<digest>" with the first 6 or more digits of the
 * digest, or a whole "sha256:<hex>".
 */
SEDGE_NODISCARD sedge_status sedge_store_resolve(const sedge_store *store, const char *ref, sedge_digest *ret,
                                                 sedge_error *err);

#endif
