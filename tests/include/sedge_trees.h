/* SPDX-License-Identifier: Apache-2.0 */
/** Small tree ensembles that several tests write, read and run. */
#ifndef SEDGE_TEST_TREES_H
#define SEDGE_TEST_TREES_H

#include "base/own.h"
#include "model/tree_ensemble.h"

/*
 * Two trees on three features:
 *     tree 0: x0 < 0.5 ? leaf 1 : (x2 < -1, missing too ? leaf 3 : leaf 4)        tree 1: x1 < 2, missing too ? 1 : 2
 */
static const sedge_tree_node tree_nodes[] = {
    { 0, 0, 0, SEDGE_TREE_BRANCH_LT, 0.5f, 1, 2, false }, { 0, 1, 0, SEDGE_TREE_LEAF, 0, 0, 0, false },
    { 0, 2, 2, SEDGE_TREE_BRANCH_LT, -1, 3, 4, true },    { 0, 3, 0, SEDGE_TREE_LEAF, 0, 0, 0, false },
    { 0, 4, 0, SEDGE_TREE_LEAF, 0, 0, 0, false },         { 1, 0, 1, SEDGE_TREE_BRANCH_LT, 2, 1, 2, true },
    { 1, 1, 0, SEDGE_TREE_LEAF, 0, 0, 0, false },         { 1, 2, 0, SEDGE_TREE_LEAF, 0, 0, 0, false },
};
static const sedge_tree_leaf tree_binary_leaves[] = {
    { 0, 1, 0, -0.4f }, { 0, 3, 0, 0.25f }, { 0, 4, 0, 0.75f }, { 1, 1, 0, -0.2f }, { 1, 2, 0, 0.3f },
};
static const sedge_tree_leaf tree_multi_leaves[] = {
    { 0, 1, 0, 0.5f }, { 0, 3, 1, 0.25f }, { 0, 4, 2, 0.75f }, { 1, 1, 1, 0.2f }, { 1, 2, 2, 0.3f }, { 1, 2, 0, -1.5f },
};
static const int64_t tree_labels[] = { 7, -3, 12 };
static const float tree_base[] = { 0.1f, -0.2f, 0.05f };

static const sedge_tree_ensemble tree_binary = {
    .classifier = true,
    .n_features = 3,
    .n_targets = 2,
    .labels = tree_labels,
    .n_nodes = SEDGE_COUNT(tree_nodes),
    .nodes = tree_nodes,
    .n_leaves = SEDGE_COUNT(tree_binary_leaves),
    .leaves = tree_binary_leaves,
    .n_base_values = 1,
    .base_values = tree_base,
    .post = SEDGE_TREE_POST_LOGISTIC,
};
static const sedge_tree_ensemble tree_multi = {
    .classifier = true,
    .n_features = 3,
    .n_targets = 3,
    .labels = tree_labels,
    .n_nodes = SEDGE_COUNT(tree_nodes),
    .nodes = tree_nodes,
    .n_leaves = SEDGE_COUNT(tree_multi_leaves),
    .leaves = tree_multi_leaves,
    .n_base_values = 3,
    .base_values = tree_base,
    .post = SEDGE_TREE_POST_SOFTMAX,
};
static const sedge_tree_ensemble tree_regressor = {
    .n_features = 3,
    .n_targets = 1,
    .n_nodes = SEDGE_COUNT(tree_nodes),
    .nodes = tree_nodes,
    .n_leaves = SEDGE_COUNT(tree_binary_leaves),
    .leaves = tree_binary_leaves,
    .n_base_values = 1,
    .base_values = tree_base,
};

#endif
