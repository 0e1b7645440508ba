/* SPDX-License-Identifier: Apache-2.0 */
/** What the demo asks the hub: who runs what, how far a roll-out is, what the fleet has counted. */
#ifndef SEDGE_CLI_DEMO_HUB_H
#define SEDGE_CLI_DEMO_HUB_H

#include "cli/demo.h"

/** The fleet at a moment. */
typedef struct demo_fleet {
    size_t n;                       /**< devices that the hub knows */
    int release[DEMO_FLEET_MAX];    /**< running; 0: none */
    bool committed[DEMO_FLEET_MAX]; /**< and past probation */
    demo_dot dots[DEMO_FLEET_MAX];  /**< as seen from a release that is being rolled out */
    size_t on;                      /**< devices that run `release` of demo_fleet_ask, past probation */
    size_t back;                    /**< devices that rolled it back or failed to install it */
    char why[DEMO_FOUND_MAX];       /**< what the first of them says */
} demo_fleet;

/** Asks for all devices; `release` is the one that the dots and counts are about (0: none). */
SEDGE_NODISCARD sedge_status demo_fleet_ask(demo *d, int release, demo_fleet *ret, sedge_error *err);

/** How a roll-out ended. */
typedef struct demo_rollout {
    char id[64];
    bool done;                   /**< else it was aborted */
    char reason[DEMO_FOUND_MAX]; /**< why it was aborted: of the first device that refused it, else of the hub */
    size_t touched;              /**< devices that were seen with the release, at any time */
    size_t first;                /**< devices that had it when the first phase was over */
    double seconds;
} demo_rollout;

/** Starts a roll-out by `sedge rollout start` and watches it to its end. */
SEDGE_NODISCARD sedge_status demo_roll_out(demo *d, int release, demo_rollout *ret, sedge_error *err);
/** Watches one that was started by someone else. */
SEDGE_NODISCARD sedge_status demo_watch(demo *d, const char *id, int release, demo_rollout *ret, sedge_error *err);

/** Sums of the fleet from GET /api/v1/stats. */
typedef struct demo_sums {
    double inferences, failures, cpu_us; /**< cpu_us: mean per inference */
    double sent_bytes, raw_bytes;
} demo_sums;
SEDGE_NODISCARD sedge_status demo_stats(demo *d, int release, demo_sums *ret, sedge_error *err);

/** `sedge registry push FOLDER ...`; the new release. golden may be NULL. */
SEDGE_NODISCARD sedge_status demo_push(demo *d, const char *folder, double max_cpu_us, const char *golden,
                                       int *ret_release, double *ret_bytes, sedge_error *err);

#endif
