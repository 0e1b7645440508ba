/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Drift: the counts of every device, and of the fleet, are compared with the release's baseline whenever enough vectors
 * have come together for the promise of the thresholds to hold (sedge/monitor.h); each vector counts in one evaluation
 * of its device and one of the fleet, so drift on a few devices is seen although the fleet's sum hides it, and drift
 * too small for one device is seen in the sum. An alarm is raised when the last evaluations in a row were above a
 * threshold and count `consecutive` together; each counts as often as its PSI is a whole multiple of the threshold. A
 * new release has its own baseline and begins with empty counts.
 */
#ifndef SEDGE_HUB_DRIFT_H
#define SEDGE_HUB_DRIFT_H

#include "base/bytes.h"
#include "hub/hub.h"

/** Adds packed counts of a report to the device's and the fleet's. */
SEDGE_NODISCARD sedge_status drift_add(store_tx *tx, int64_t now_ms, const char *model, int64_t release,
                                       const char *device, sedge_bytes packed, sedge_error *err);

/** Evaluates what is due, raises and clears alerts, opens retraining jobs where deployments ask for them. */
SEDGE_NODISCARD sedge_status drift_tick(hub *h, sedge_error *err);

#endif
