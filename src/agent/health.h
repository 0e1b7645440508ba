/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The probation of a new model: limits that it must keep, and the verdict. No clock of its own, no side effects.
 *
 * Sick as soon as one of these holds: the worker died; of at least min_inferences more than max_error_rate failed; of
 * at least min_inferences the median processor time is above cpu_us. Healthy when probation_ms are over and
 * min_inferences were made without breaking a limit. A device that has nothing to infer is judged by what there was
 * once SEDGE_HEALTH_PATIENCE times the probation is over.
 */
#ifndef SEDGE_AGENT_HEALTH_H
#define SEDGE_AGENT_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "sedge/error.h"
#include "sedge/monitor.h"

enum { SEDGE_HEALTH_PATIENCE = 6 };

typedef struct sedge_health_limits {
    int64_t probation_ms;
    uint64_t min_inferences;
    double max_error_rate;
    uint64_t cpu_us; /**< median thread CPU time per inference; 0: no limit */
} sedge_health_limits;
#define SEDGE_HEALTH_LIMITS                                                                                            \
    ((sedge_health_limits){ .probation_ms = 10000, .min_inferences = 8, .max_error_rate = 0.01 })

/** May be zero-initialised apart from limits and since_ms. */
typedef struct sedge_health {
    sedge_health_limits limits;
    int64_t since_ms; /**< monotonic, when the probation began */
    uint64_t inferences;
    uint64_t failures;
    uint64_t deaths; /**< of the worker */
    sedge_latency cpu;
} sedge_health;

typedef enum sedge_health_verdict {
    SEDGE_HEALTH_PENDING,
    SEDGE_HEALTH_HEALTHY,
    SEDGE_HEALTH_SICK
} sedge_health_verdict;

/** The verdict at now_ms (monotonic); when sick, err holds SEDGE_EGATE and the sentence with both numbers. */
sedge_health_verdict sedge_health_judge(const sedge_health *health, int64_t now_ms, sedge_error *err);

#endif
