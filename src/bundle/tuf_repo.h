/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The hub's side of update metadata: a folder with N.root.json, N.targets.json, N.snapshot.json and timestamp.json.
 *
 * Every change writes new numbered files and then replaces timestamp.json, which is the commit: a crash before it
 * leaves the old set, whole; numbered files that nothing refers to yet are written again. Files that are referred to
 * are never changed. All is signed with one key a role; thresholds are 1.
 *
 * Keys follow what is handed in: opening an existing repository with another targets, snapshot or timestamp key makes
 * a new root that names it and signs the role again (that is how a key is replaced); with another root key, give the
 * old one as previous_root, and the new root is signed by both. Opening again after a crash in the middle completes the
 * change.
 *
 * Not for several threads at once. Reading the folder's files meanwhile is always fine.
 */
#ifndef SEDGE_BUNDLE_TUF_REPO_H
#define SEDGE_BUNDLE_TUF_REPO_H

#include "base/own.h"
#include "bundle/tuf.h"
#include "os/fs.h"

typedef struct sedge_tuf_repo_options {
    const sedge_fs *fs;                     /**< NULL: the machine's files */
    const char *dir;                        /**< metadata folder, made when missing */
    const sedge_key *keys[SEDGE_TUF_ROLES]; /**< private Ed25519 keys, borrowed */
    const sedge_key *previous_root;         /**< NULL but for replacing the root key */
    int64_t lifetime_ms[SEDGE_TUF_ROLES];   /**< validity of what is signed; 0: the default */
    int64_t renew_ms[SEDGE_TUF_ROLES];      /**< sign again when less is left; 0: a third of the lifetime */
} sedge_tuf_repo_options;

/** Root 10 years, targets 1 year, snapshot 30 days, timestamp 2 days. */
extern const int64_t SEDGE_TUF_LIFETIMES_MS[SEDGE_TUF_ROLES];

typedef struct sedge_tuf_repo sedge_tuf_repo;

/** Opens the repository, or makes it (version 1 of everything, no targets). */
SEDGE_NODISCARD sedge_status sedge_tuf_repo_open(const sedge_tuf_repo_options *options, int64_t now_ms,
                                                 sedge_tuf_repo **ret, sedge_error *err);
void sedge_tuf_repo_free(sedge_tuf_repo *repo);
SEDGE_DEFINE_AUTO(sedge_tuf_repo, sedge_tuf_repo_free)

/** Adds or replaces a target, then signs and publishes. When it fails nothing has changed. An identical target is
 * published already: nothing is written. */
SEDGE_NODISCARD sedge_status sedge_tuf_repo_add(sedge_tuf_repo *repo, const char *path, const sedge_tuf_target *target,
                                                int64_t now_ms, sedge_error *err);
/** Takes a target from the list. SEDGE_ENOTFOUND when it is not there. */
SEDGE_NODISCARD sedge_status sedge_tuf_repo_remove(sedge_tuf_repo *repo, const char *path, int64_t now_ms,
                                                   sedge_error *err);
/** SEDGE_ENOTFOUND when it is not there; ret->custom lives until the next change. */
SEDGE_NODISCARD sedge_status sedge_tuf_repo_target(const sedge_tuf_repo *repo, const char *path, sedge_tuf_target *ret,
                                                   sedge_error *err);
/** Signs again what is near its expiry; call it every few minutes. ret_changed may be NULL. */
SEDGE_NODISCARD sedge_status sedge_tuf_repo_refresh(sedge_tuf_repo *repo, int64_t now_ms, bool *ret_changed,
                                                    sedge_error *err);

uint64_t sedge_tuf_repo_version(const sedge_tuf_repo *repo, sedge_tuf_role role);
/** The text of 1.root.json, which enrolment hands to devices; appended to out. */
SEDGE_NODISCARD sedge_status sedge_tuf_repo_first_root(const sedge_tuf_repo *repo, sedge_buf *out, sedge_error *err);

/** Loads or makes the four keys DIR/tuf-<role>.pem. Free each; on failure none is left. */
SEDGE_NODISCARD sedge_status sedge_tuf_keys_load(const sedge_fs *fs, const char *dir, sedge_key *ret[SEDGE_TUF_ROLES],
                                                 sedge_error *err);

#endif
