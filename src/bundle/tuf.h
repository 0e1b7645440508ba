/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Update metadata as The Update Framework 1.0 has it: what the hub's repository and the device's client share.
 *
 * Canonical JSON, keys Ed25519 ("ed25519") and P-256 ("ecdsa-sha2-nistp256", read only), SHA-256. A key id is the
 * SHA-256 of the key object's canonical form. Key types and hashes that we do not know are ignored, as are unknown
 * fields, which stay part of what is signed. Source: TUF specification 1.0.34, sections 4 to 6.
 */
#ifndef SEDGE_BUNDLE_TUF_H
#define SEDGE_BUNDLE_TUF_H

#include <jansson.h>

#include "crypto/digest.h"
#include "crypto/key.h"

typedef enum sedge_tuf_role {
    SEDGE_TUF_ROOT,
    SEDGE_TUF_TARGETS,
    SEDGE_TUF_SNAPSHOT,
    SEDGE_TUF_TIMESTAMP,
    SEDGE_TUF_ROLES
} sedge_tuf_role;

enum {
    SEDGE_TUF_ROOT_BYTES_MAX = 64 * 1024,
    SEDGE_TUF_TIMESTAMP_BYTES_MAX = 16 * 1024,
    SEDGE_TUF_SNAPSHOT_BYTES_MAX = 64 * 1024,
    SEDGE_TUF_TARGETS_BYTES_MAX = 4 * 1024 * 1024,
    SEDGE_TUF_ROOT_UPDATES_MAX = 256, /**< new root versions followed in one update */
    SEDGE_TUF_KEYS_MAX = 64,          /**< keys in a root */
    SEDGE_TUF_SIGNATURES_MAX = 64,    /**< signatures of one document */
    SEDGE_TUF_PATH_MAX = 256,         /**< a target path with its NUL */
};

const char *sedge_tuf_role_name(sedge_tuf_role role); /**< "root", ... Static storage. */

/** What the signed targets say about one target. */
typedef struct sedge_tuf_target {
    uint64_t length;
    sedge_digest sha256;
    const json_t *custom; /**< object or NULL; borrowed from whoever gave the target */
} sedge_tuf_target;

/** The path under which a target is served with consistent snapshots: "pump/7.bundle" becomes
 * "pump/<sha256>.7.bundle". */
SEDGE_NODISCARD sedge_status sedge_tuf_target_file(const char *path, const sedge_digest *sha256,
                                                   char ret[SEDGE_TUF_PATH_MAX + SEDGE_DIGEST_HEX_MAX],
                                                   sedge_error *err);

/** Relative, no empty, "." or ".." part, of A-Z a-z 0-9 '-' '_' '.' '/', shorter than SEDGE_TUF_PATH_MAX. */
bool sedge_tuf_is_path(const char *path);

#endif
