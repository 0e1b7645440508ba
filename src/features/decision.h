/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The decision: from a feature vector and the model's output to a score and a verdict. Used by training, evaluation and
 * device alike; causal, it depends on this vector and those before it only.
 */
#ifndef SEDGE_FEATURES_DECISION_H
#define SEDGE_FEATURES_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "sedge/attr.h"
#include "sedge/error.h"

/** X(NAME, name) */
#define SEDGE_DECISION_LIST(X)                                                                                         \
    X(RECONSTRUCTION, reconstruction)                                                                                  \
    X(CLASS, class)

#define SEDGE_DECISION_ENUM(NAME, name) SEDGE_DECISION_##NAME,
typedef enum sedge_decision_kind {
    SEDGE_DECISION_LIST(SEDGE_DECISION_ENUM) SEDGE_DECISION_KIND_COUNT
} sedge_decision_kind;
#undef SEDGE_DECISION_ENUM

/**
 * RECONSTRUCTION: raw = mean of (vector - output)^2, score = EWMA of raw with weight alpha for the newest (the first
 * raw starts it), anomaly when score > threshold.
 * CLASS: the output holds class probabilities; verdict = argmax (the lowest index on a tie), raw = score = sum of the
 * probabilities of all classes but `normal`, anomaly when the verdict is not `normal`. A single output is the
 * probability of class 1 of two. alpha and threshold are not used.
 */
typedef struct sedge_decision {
    sedge_decision_kind kind;
    double alpha;     /**< 0 < alpha <= 1; 1 is no smoothing */
    double threshold; /**< >= 0 */
    uint32_t normal;  /**< index of the class that is no anomaly */
} sedge_decision;

#define SEDGE_DECISION_INIT ((sedge_decision){ .kind = SEDGE_DECISION_RECONSTRUCTION, .alpha = 1, .threshold = 0 })

typedef struct sedge_verdict {
    double score;
    double raw; /**< the score before smoothing */
    bool anomaly;
    uint32_t class_index; /**< CLASS: argmax; RECONSTRUCTION: anomaly as 0 or 1 */
} sedge_verdict;

/** What the decision remembers; all zero at the start of a recording. */
typedef struct sedge_decision_state {
    bool started;
    double score;
} sedge_decision_state;

/** "reconstruction", "class"; "unknown" outside the list. Static storage. */
const char *sedge_decision_kind_name(sedge_decision_kind kind);
/** false when no kind has that name */
SEDGE_NODISCARD bool sedge_decision_kind_find(const char *name, sedge_decision_kind *ret);

/** Checks the numbers, and that they fit a model of so many inputs and outputs: SEDGE_EINVALID names the field. */
SEDGE_NODISCARD sedge_status sedge_decision_check(const sedge_decision *decision, uint32_t n_features,
                                                  uint32_t n_outputs, sedge_error *err);

/**
 * Decides on one vector [n_features] and one output [n_outputs]; for RECONSTRUCTION both have the same length. Both are
 * real numbers: an int8 output is dequantised by the caller first.
 * @return SEDGE_OK; SEDGE_EINVALID when the output holds NaN or an infinity: a failed inference, the state is unchanged
 */
SEDGE_NODISCARD sedge_status sedge_decide(const sedge_decision *decision, sedge_decision_state *state,
                                          const float *vector, uint32_t n_features, const float *output,
                                          uint32_t n_outputs, sedge_verdict *ret, sedge_error *err);

#endif
