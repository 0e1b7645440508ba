/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Retraining: collecting (devices are asked for rows) -> running (`sedge` as a process, step by step, on a thread of
 * its own) -> done (the roll-out has begun) or failed.
 *
 * One job a model at a time. A job lives in the database: after a restart of the hub it collects on, or its steps begin
 * again (ATTEMPTS_MAX times); a release that was registered already is not registered again, and the roll-out of a job
 * is one whatever happens.
 */
#ifndef SEDGE_HUB_JOBS_H
#define SEDGE_HUB_JOBS_H

#include "hub/hub.h"

SEDGE_NODISCARD sedge_status jobs_start(hub *h, jobs **ret, sedge_error *err);
/** Ends the process of the step under way; its job begins again at the next start. */
void jobs_stop(jobs *j);

/**
 * Opens a job when the deployment's release has an open alert, wants retraining, and neither a job nor a roll-out of
 * the model is under way. One job a release, unless the last failed a while ago.
 */
SEDGE_NODISCARD sedge_status jobs_open_retraining(hub *h, const char *deployment, sedge_error *err);

/** Jobs that have enough rows begin to run; those that cannot get any fail. */
SEDGE_NODISCARD sedge_status jobs_tick(hub *h, sedge_error *err);

#endif
