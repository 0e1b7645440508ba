/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Gradient-boosted trees: grown by XGBoost (histogram method, one thread, seeded), handed over as a sedge_tree_ensemble
 * for the ONNX writer.
 *
 * The ensemble computes what XGBoost computes, up to the order of float additions: splits are x < threshold on the same
 * float32 thresholds, a missing value (NaN) takes the branch that training chose. Two classes: one sum, LOGISTIC; more:
 * one sum a class, SOFTMAX; a regressor adds the mean of its training targets.
 */
#ifndef SEDGE_TRAIN_TREES_H
#define SEDGE_TRAIN_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "model/tree_ensemble.h"
#include "sedge/error.h"

/** Examples; exactly one of labels (classifier) and targets (regressor) is set. */
typedef struct sedge_trees_data {
    size_t n;
    uint32_t n_features;
    const float *x;             /**< [n, n_features]; NaN is a missing value */
    uint32_t n_classes;         /**< with labels: 2 or more */
    const int32_t *labels;      /**< [n] in [0, n_classes) */
    const float *targets;       /**< [n], finite */
    const float *class_weights; /**< [n_classes] weight of an example by its label; NULL = all 1 */
} sedge_trees_data;

typedef struct sedge_trees_options {
    uint32_t rounds;
    uint32_t depth;
    double learning_rate;
    double min_child_weight;
    double l2;
    double subsample; /**< share of the rows that a tree sees */
    double columns;   /**< share of the features that a tree sees */
    uint64_t seed;
} sedge_trees_options;

#define SEDGE_TREES_OPTIONS_INIT                                                                                       \
    ((sedge_trees_options){ .rounds = 60,                                                                              \
                            .depth = 5,                                                                                \
                            .learning_rate = 0.1,                                                                      \
                            .min_child_weight = 1,                                                                     \
                            .l2 = 1,                                                                                   \
                            .subsample = 1,                                                                            \
                            .columns = 1,                                                                              \
                            .seed = 1 })

enum { SEDGE_TREES_ROUNDS_MAX = 10000, SEDGE_TREES_DEPTH_MAX = 16 };

typedef struct sedge_trees sedge_trees;

/** SEDGE_EINVALID (an option, a label or a value out of range, with its row; no examples), SEDGE_ENOMEM,
 * SEDGE_EINTERNAL (XGBoost's own sentence). */
SEDGE_NODISCARD sedge_status sedge_trees_train(const sedge_trees_data *data, const sedge_trees_options *options,
                                               sedge_trees **ret, sedge_error *err);
void sedge_trees_free(sedge_trees *trees); /**< NULL is fine */
SEDGE_DEFINE_AUTO(sedge_trees, sedge_trees_free)

/** What was grown; belongs to trees. */
const sedge_tree_ensemble *sedge_trees_ensemble(const sedge_trees *trees);
/** Depth of the deepest leaf (0: the root). */
uint32_t sedge_trees_depth(const sedge_trees *trees);
/**
 * XGBoost's own answer, the oracle of the tests: probabilities [n, n_classes] (two classes: both columns) or values
 * [n].
 */
SEDGE_NODISCARD sedge_status sedge_trees_predict(const sedge_trees *trees, const float *x, size_t n, float *ret_y,
                                                 sedge_error *err);

#endif
