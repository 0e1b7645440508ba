/* SPDX-License-Identifier: Apache-2.0 */
/** Parameters of the classical models of ai.onnx.ml, in arrays that the reader fills; trees are in tree_ensemble.h. */
#ifndef SEDGE_MODEL_CLASSICAL_H
#define SEDGE_MODEL_CLASSICAL_H

#include "model/tree_ensemble.h"
#include <stdbool.h>
#include <stdint.h>

/** LinearClassifier and LinearRegressor: scores are coefficients [n_targets, columns] times the row, plus intercepts.
 */
typedef struct sedge_linear_model {
    bool classifier;
    uint32_t n_targets, n_coefficients;
    const float *coefficients;
    const float *intercepts; /**< n_targets; NULL for none */
    const int64_t *labels;   /**< n_targets, classifier only */
    bool text_labels;        /**< as in sedge_tree_ensemble */
    sedge_tree_post post;
} sedge_linear_model;

/** Imputer: what stands for a missing value, and the values that replace it, one or one for each column. */
typedef struct sedge_imputer {
    uint32_t n;
    const float *floats; /**< NULL: ints */
    const int64_t *ints;
    float missing_f32;
    int64_t missing_s64;
} sedge_imputer;

/** Normalizer: what a row is divided by. */
typedef enum sedge_norm { SEDGE_NORM_MAX, SEDGE_NORM_L1, SEDGE_NORM_L2 } sedge_norm;

#endif
