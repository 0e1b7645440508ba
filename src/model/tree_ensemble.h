/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Tree ensembles as ai.onnx.ml describes them (TreeEnsembleClassifier and TreeEnsembleRegressor, version 3), in arrays
 * that the reader fills and the writer takes.
 *
 * Source: ONNX operator documentation, ai.onnx.ml TreeEnsembleClassifier-3 and TreeEnsembleRegressor-3.
 */
#ifndef SEDGE_MODEL_TREE_ENSEMBLE_H
#define SEDGE_MODEL_TREE_ENSEMBLE_H

#include <stdbool.h>
#include <stdint.h>

/** X(NAME): spelt in the file as here, BRANCH_LT is x < value. */
#define SEDGE_TREE_MODE_LIST(X)                                                                                        \
    X(BRANCH_LEQ)                                                                                                      \
    X(BRANCH_LT)                                                                                                       \
    X(BRANCH_GTE)                                                                                                      \
    X(BRANCH_GT)                                                                                                       \
    X(BRANCH_EQ)                                                                                                       \
    X(BRANCH_NEQ)                                                                                                      \
    X(LEAF)

#define SEDGE_TREE_MODE_ENUM(NAME) SEDGE_TREE_##NAME,
typedef enum sedge_tree_mode { SEDGE_TREE_MODE_LIST(SEDGE_TREE_MODE_ENUM) SEDGE_TREE_MODE_COUNT } sedge_tree_mode;
#undef SEDGE_TREE_MODE_ENUM

/** X(NAME): what happens to the sums. */
#define SEDGE_TREE_POST_LIST(X)    X(NONE) X(LOGISTIC) X(SOFTMAX) X(SOFTMAX_ZERO) X(PROBIT)
#define SEDGE_TREE_POST_ENUM(NAME) SEDGE_TREE_POST_##NAME,
typedef enum sedge_tree_post { SEDGE_TREE_POST_LIST(SEDGE_TREE_POST_ENUM) SEDGE_TREE_POST_COUNT } sedge_tree_post;
#undef SEDGE_TREE_POST_ENUM

/** X(NAME): how the leaves' weights are combined (regressor only; a classifier sums). */
#define SEDGE_TREE_AGGREGATE_LIST(X)    X(SUM) X(AVERAGE) X(MIN) X(MAX)
#define SEDGE_TREE_AGGREGATE_ENUM(NAME) SEDGE_TREE_##NAME,
typedef enum sedge_tree_aggregate {
    SEDGE_TREE_AGGREGATE_LIST(SEDGE_TREE_AGGREGATE_ENUM) SEDGE_TREE_AGGREGATE_COUNT
} sedge_tree_aggregate;
#undef SEDGE_TREE_AGGREGATE_ENUM

/** A node; (tree, node) is unique, trees stand in ascending order of their roots. */
typedef struct sedge_tree_node {
    uint32_t tree;
    uint32_t node;
    uint32_t feature;
    sedge_tree_mode mode;
    double value; /**< threshold; a float32 unless the ensemble is wide */
    uint32_t if_true;
    uint32_t if_false;
    bool missing_is_true; /**< NaN takes the true branch */
} sedge_tree_node;

/** What a leaf adds to one class or target. */
typedef struct sedge_tree_leaf {
    uint32_t tree;
    uint32_t node;
    uint32_t target;
    double weight; /**< a float32 unless the ensemble is wide */
} sedge_tree_leaf;

/**
 * A classifier has n_targets >= 2 class labels and two outputs, label [N] int64 (or string) and scores [N, n_targets]
 * float32; a regressor one, [N, n_targets] float32. A classifier of two classes whose leaves all name class 0 is binary
 * in the sense of ONNX: leaves sum to one score s, with LOGISTIC the scores are logistic(-s) and logistic(s) and the
 * label is the second when s > 0, with NONE (no weight negative) they are 1 - s and s and the label is the second when
 * s > 1/2.
 */
typedef struct sedge_tree_ensemble {
    bool classifier;
    bool wide;           /**< thresholds and weights are float64, sums too */
    bool as_input;       /**< the output has the input's type (TreeEnsemble-5), else float32 */
    uint32_t n_features; /**< columns of the input; the writer needs it, the reader sets 1 + the highest used */
    uint32_t n_targets;
    const int64_t *labels; /**< n_targets, classifier only */
    bool text_labels;      /**< labels are numbers of texts (sedge_graph.strings), the first output is of type string */
    uint32_t n_nodes;
    const sedge_tree_node *nodes;
    uint32_t n_leaves;
    const sedge_tree_leaf *leaves;
    uint32_t n_base_values; /**< 0 or n_targets; 0 or 1 for a binary classifier */
    const float *base_values;
    sedge_tree_post post;
    sedge_tree_aggregate aggregate;
} sedge_tree_ensemble;

enum {
    SEDGE_TREE_NODES_MAX = 1 << 24,
    SEDGE_TREE_TARGETS_MAX = 4096,
    SEDGE_TREE_FEATURES_MAX = 65536,
};

#endif
