/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Checking an ensemble and resolving its names (tree, node) to indices.
 *
 * What is checked: unique names, branches whose children exist in the same tree, no node with two parents and no root
 * with one (so no cycles), leaves' entries that name a leaf, targets and features in range, base values that fit,
 * finite weights, post transform and kind that this version computes.
 */
#ifndef SEDGE_MODEL_TREE_LINK_H
#define SEDGE_MODEL_TREE_LINK_H

#include "base/pool.h"
#include "model/tree_ensemble.h"
#include "sedge/error.h"

/** Indices into e->nodes and e->leaves. */
typedef struct sedge_tree_links {
    uint32_t n_roots;
    uint32_t *roots;     /**< in the order of first appearance */
    uint32_t *if_true;   /**< n_nodes; meaningless for leaves */
    uint32_t *if_false;  /**< n_nodes */
    uint32_t *leaf_node; /**< n_leaves: the node that an entry belongs to */
    bool binary;         /**< two classes, all entries name class 0: one score */
    bool all_positive;   /**< no weight is negative */
} sedge_tree_links;

/** The arrays lie in pool. SEDGE_EINVALID names tree and node, SEDGE_EUNSUPPORTED, SEDGE_ELIMIT, SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_tree_link(const sedge_tree_ensemble *e, sedge_pool *pool, sedge_tree_links *ret,
                                             sedge_error *err);

/** Names as the file spells them. Static storage. */
const char *sedge_tree_mode_name(sedge_tree_mode mode);
const char *sedge_tree_post_name(sedge_tree_post post);
const char *sedge_tree_aggregate_name(sedge_tree_aggregate aggregate);

#endif
