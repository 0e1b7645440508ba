/* SPDX-License-Identifier: Apache-2.0 */
/** Roll-outs in the database: starting, watching, ending. The decisions are rollout/engine.h's. */
#ifndef SEDGE_HUB_ROLLOUTS_H
#define SEDGE_HUB_ROLLOUTS_H

#include "crypto/rand.h"
#include "hub/hub.h"

#define ROLLOUT_ACTIVE_STATES "('running', 'soaking', 'paused', 'aborting')"

/**
 * Starts a roll-out in this transaction: `release` of the deployment's model must have a bundle that was not taken
 * back. A release below the deployed one becomes a signed roll-back.
 * @param job  the job that asks, or "": one roll-out a job, the second time its id comes back
 * @return SEDGE_ENOTFOUND, SEDGE_ECONFLICT (one is under way; the release is deployed or was taken back)
 */
SEDGE_NODISCARD sedge_status rollout_start(store_tx *tx, int64_t now_ms, const char *deployment, int64_t release,
                                           const char *job, char ret_id[SEDGE_UUID_MAX], sedge_error *err);

/**
 * Takes the release back: it leaves the update metadata and the one before may be installed over it, then the devices
 * that had moved want the one before again.
 */
SEDGE_NODISCARD sedge_status rollout_abort(hub *h, const char *id, const char *reason, sedge_error *err);

/** Looks at every active roll-out and carries out its next step. */
SEDGE_NODISCARD sedge_status rollout_tick(hub *h, sedge_error *err);

#endif
