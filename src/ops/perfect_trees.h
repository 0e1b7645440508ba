/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Trees of little depth as perfect trees: node i has the children 2 i (left) and 2 i + 1, the root is 1, every way has
 * the same length. So a way needs neither pointers nor branches, and eight ways are walked at a time, of eight rows
 * through one tree or of one row through eight trees.
 *
 * Rows lie in groups of SEDGE_TREE_LANES: value f of row k of a group at [f * SEDGE_TREE_LANES + k].
 */
#ifndef SEDGE_OPS_PERFECT_TREES_H
#define SEDGE_OPS_PERFECT_TREES_H

#include "model/tree_link.h"
#include "sedge/error.h"

enum { SEDGE_TREE_LANES = 8, SEDGE_TREE_DEPTH_MAX = 12 };

/** Left when x <= threshold, or when x is NaN and the node says so; else right. */
typedef struct sedge_perfect_node {
    float threshold;
    uint32_t place; /**< of the value in a group of rows; the highest bit: NaN goes left */
} sedge_perfect_node;

typedef struct sedge_perfect_trees {
    uint32_t n, depth;
    bool nan_left;                   /**< some node sends NaN left */
    const sedge_perfect_node *nodes; /**< tree t from [t << depth] on; n rounded up to a multiple of SEDGE_TREE_LANES */
    const uint32_t *leaves;          /**< likewise: where a way ends */
} sedge_perfect_trees;

/**
 * Whether the ensemble has this form: comparisons by order, no longer way than SEDGE_TREE_DEPTH_MAX, not much larger
 * than the nodes that it has. Then *ret_depth is the longest way.
 */
SEDGE_NODISCARD bool sedge_perfect_trees_fit(const sedge_tree_ensemble *e, const sedge_tree_links *links,
                                             uint32_t *ret_depth);
/** Builds them in pool; leaf_index says by node of the ensemble what an end is called. false when there is no memory.
 */
SEDGE_NODISCARD bool sedge_perfect_trees_make(const sedge_tree_ensemble *e, const sedge_tree_links *links,
                                              uint32_t depth, const uint32_t *leaf_index, sedge_pool *pool,
                                              sedge_perfect_trees *ret);
/** Ends of the ways of a group's rows through tree t, from 0 to (1 << depth) - 1. */
void sedge_perfect_trees_rows(const sedge_perfect_trees *p, uint32_t t, const float *group,
                              uint32_t ret[SEDGE_TREE_LANES]);
/** Ends of the ways of one row, whose values are SEDGE_TREE_LANES apart, through the trees from t on. */
void sedge_perfect_trees_ways(const sedge_perfect_trees *p, uint32_t t, const float *row,
                              uint32_t ret[SEDGE_TREE_LANES]);

#endif
