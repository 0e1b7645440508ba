/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Installing a bundle that was brought by hand, as a file on a stick.
 *
 * A bundle is never trusted for its own sake: the signed update metadata must list it with this length and digest under
 * `<model>/<release>.bundle`, and the policy must let it replace what runs. The metadata is what the device trusts
 * already from its last contact with the hub, or a newer one brought along (a folder with the files that the hub serves
 * under /tuf/metadata/). Whether stored metadata is still fresh cannot be known without the hub: it counts at its own
 * moment of issue, so that a device without network can be repaired; brought metadata must not have expired.
 */
#ifndef SEDGE_AGENT_STICK_H
#define SEDGE_AGENT_STICK_H

#include "agent/identity.h"
#include "agent/slots.h"

typedef struct sedge_stick {
    const sedge_fs *fs;
    const char *tuf_dir;
    sedge_bytes root;     /**< from enrolment; empty: not enrolled, which is refused */
    const char *metadata; /**< folder, or NULL: what is trusted already */
    int64_t now_ms;
    const char *bundle; /**< path of the file */
} sedge_stick;

/** Name of the model in the bundle's manifest; the bundle is verified in itself. */
SEDGE_NODISCARD sedge_status sedge_stick_model(const sedge_stick *stick, char ret[SEDGE_ROLLOUT_MAX], sedge_error *err);
/**
 * Verifies the bundle against metadata and policy and copies it, durably, to slots->dir/incoming.
 * @return SEDGE_EREFUSED, SEDGE_ENOTFOUND (not listed), SEDGE_ENOSPACE, ...
 */
SEDGE_NODISCARD sedge_status sedge_stick_take(const sedge_stick *stick, const sedge_slots *slots, sedge_installed *ret,
                                              char ret_path[SEDGE_PATH_MAX], sedge_error *err);

#endif
