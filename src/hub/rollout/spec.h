/* SPDX-License-Identifier: Apache-2.0 */
/** A deployment as people put it (docs/spec/hub-api.md), read completely and checked once. */
#ifndef SEDGE_HUB_ROLLOUT_SPEC_H
#define SEDGE_HUB_ROLLOUT_SPEC_H

#include "base/name.h"
#include "conf/json.h"

enum { ROLLOUT_PHASES_MAX = 16, ROLLOUT_SELECTOR_MAX = 512 };

typedef struct rollout_phase {
    double share; /**< per cent of the selected devices */
    double soak_s;
} rollout_phase;

/** Limits beyond which a roll-out is aborted; a negative number is no limit. */
typedef struct rollout_gates {
    int64_t max_failed;      /**< devices that failed to install or rolled back */
    double max_error_rate;   /**< failed inferences in all inferences on the new release */
    double max_cpu_us;       /**< mean thread CPU time of an inference on the new release */
    double max_anomaly_rate; /**< anomalies in all inferences on the new release */
} rollout_gates;

typedef struct rollout_retrain {
    bool enabled;
    bool calibrated;     /**< thresholds come from the model's monitor.bin ... */
    double psi;          /**< ... or are this number for every feature */
    int64_t consecutive; /**< evaluations above the threshold before the alarm */
    int64_t rows;        /**< asked of each device */
    int64_t min_devices; /**< answers that suffice */
    int64_t max_devices; /**< devices asked, drifted ones first */
    double wait_s;       /**< for more than min_devices */
} rollout_retrain;

typedef struct rollout_spec {
    char model[SEDGE_NAME_MAX];
    char selector[ROLLOUT_SELECTOR_MAX];
    rollout_phase phases[ROLLOUT_PHASES_MAX];
    size_t phases_n;
    rollout_gates gates;
    rollout_retrain retrain;
    double probation_s;
    double wait_timeout_s; /**< after it a phase no longer waits for offline devices; 0: for ever */
} rollout_spec;

/** probation_s is the default for a deployment that names none. */
SEDGE_NODISCARD sedge_status rollout_spec_read(const sedge_json *at, double probation_s, rollout_spec *ret,
                                               sedge_error *err);
/** The text of a row (written by us): the same with a sentence about damage. */
SEDGE_NODISCARD sedge_status rollout_spec_parse(const char *text, rollout_spec *ret, sedge_error *err);
/** All values, defaults included, as a new reference; NULL without memory. */
json_t *rollout_spec_json(const rollout_spec *spec);

#endif
