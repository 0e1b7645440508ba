/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The roll-out's decisions as a pure function: what is known goes in, one step comes out. rollout/rollouts.h feeds it
 * from the database and carries its steps out.
 *
 *     running ──all in the phase have it──► soaking ──soak over──► next phase (running) ... ──last──► done
 *        └────────────── a gate says no ──────┴──► abort
 *
 * A device is in when its rank is at or below the threshold that was stored when the phase began. It counts as
 * installed when it reports the release as committed, as failed when it reports that the release failed or was rolled
 * back. Devices that are offline are waited for, or after wait_timeout_s passed over; devices that are online and have
 * not installed it by then count as failed.
 */
#ifndef SEDGE_HUB_ROLLOUT_ENGINE_H
#define SEDGE_HUB_ROLLOUT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/rollout/spec.h"
#include "sedge/error.h"

typedef enum rollout_device_state {
    ROLLOUT_DEVICE_WAITING,
    ROLLOUT_DEVICE_INSTALLED,
    ROLLOUT_DEVICE_FAILED
} rollout_device_state;

typedef struct rollout_device {
    uint64_t rank;
    bool online;
    rollout_device_state state;
} rollout_device;

/** What all devices in the phase counted with the new release. */
typedef struct rollout_sums {
    int64_t inferences; /**< failed ones not among them */
    int64_t failures;
    int64_t anomalies;
    int64_t cpu_us;
} rollout_sums;

typedef struct rollout_view {
    const rollout_spec *spec;
    int64_t now_ms;
    bool paused;
    bool soaking;                  /**< else running */
    bool started;                  /**< a phase has begun: phase, threshold and phase_ms hold */
    size_t phase;                  /**< from 0 */
    uint64_t threshold;            /**< greatest rank that is in */
    int64_t phase_ms;              /**< when the phase began */
    int64_t soak_ms;               /**< when its soak began */
    const rollout_device *devices; /**< all that the selector takes and that are not revoked */
    size_t devices_n;
    rollout_sums sums;
    char failure[SEDGE_ERROR_TEXT_MAX]; /**< what one of the failed devices said; "" when none did */
} rollout_view;

typedef enum rollout_action {
    ROLLOUT_WAIT,
    ROLLOUT_START_PHASE, /**< begin step.phase with step.threshold */
    ROLLOUT_SOAK,        /**< the phase is installed: watch it */
    ROLLOUT_DONE,
    ROLLOUT_ABORT
} rollout_action;

/** Of the devices in the phase. */
typedef struct rollout_counts {
    size_t selected, installed, failed, waiting, offline; /**< offline: of those waiting */
} rollout_counts;

enum { ROLLOUT_REASON_MAX = 200 + SEDGE_ERROR_TEXT_MAX };

typedef struct rollout_step {
    rollout_action action;
    size_t phase;
    uint64_t threshold;
    rollout_counts counts;
    char reason[ROLLOUT_REASON_MAX]; /**< why it waits or aborts; "" when there is nothing to say */
} rollout_step;

/** @param ranks  room for devices_n numbers; may be NULL when devices_n is 0 */
rollout_step rollout_decide(const rollout_view *view, uint64_t *ranks);

#endif
