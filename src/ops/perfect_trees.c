/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/perfect_trees.h"

#include <string.h>

/* times the nodes of the file that the padding may take */
enum { GROWTH_MAX = 8 };
#define NAN_LEFT UINT32_C(0x80000000)

/* ---- run ---- */

static uint32_t next(const sedge_perfect_node *tree, uint32_t at, const float *x) {
    const sedge_perfect_node *n = &tree[at];
    return 2 * at + !(x[n->place] <= n->threshold);
}

static uint32_t next_nan(const sedge_perfect_node *tree, uint32_t at, const float *x) {
    const sedge_perfect_node *n = &tree[at];
    float v = x[n->place & ~NAN_LEFT];
    return 2 * at + (uint32_t)(!(v <= n->threshold) & !((v != v) & (n->place >> 31)));
}

/* step is how far apart the trees of neighbouring lanes lie, lane how far apart the values */
static inline void walk(const sedge_perfect_trees *p, const sedge_perfect_node *tree, size_t step, const float *x,
                        size_t lane, uint32_t at[SEDGE_TREE_LANES]) {
    uint32_t i[SEDGE_TREE_LANES];
    for (uint32_t k = 0; k < SEDGE_TREE_LANES; k++)
        i[k] = 1;
    if (p->nan_left)
        for (uint32_t d = 0; d < p->depth; d++)
            for (uint32_t k = 0; k < SEDGE_TREE_LANES; k++)
                i[k] = next_nan(tree + k * step, i[k], x + k * lane);
    else
        for (uint32_t d = 0; d < p->depth; d++)
#pragma GCC unroll 8
            for (uint32_t k = 0; k < SEDGE_TREE_LANES; k++)
                i[k] = next(tree + k * step, i[k], x + k * lane);
    for (uint32_t k = 0; k < SEDGE_TREE_LANES; k++)
        at[k] = i[k] - (UINT32_C(1) << p->depth);
}

void sedge_perfect_trees_rows(const sedge_perfect_trees *p, uint32_t t, const float *group,
                              uint32_t ret[SEDGE_TREE_LANES]) {
    walk(p, p->nodes + ((size_t)t << p->depth), 0, group, 1, ret);
}

void sedge_perfect_trees_ways(const sedge_perfect_trees *p, uint32_t t, const float *row,
                              uint32_t ret[SEDGE_TREE_LANES]) {
    walk(p, p->nodes + ((size_t)t << p->depth), (size_t)1 << p->depth, row, 0, ret);
}

/* ---- open ---- */

static bool by_order(sedge_tree_mode mode) {
    return mode == SEDGE_TREE_LEAF || mode == SEDGE_TREE_BRANCH_LEQ || mode == SEDGE_TREE_BRANCH_LT ||
           mode == SEDGE_TREE_BRANCH_GTE || mode == SEDGE_TREE_BRANCH_GT;
}

/* a stack of ways that are not walked yet: one for each level and two */
typedef struct way {
    uint32_t node, at, depth;
} way;

/* longest way of a tree, or more than the limit */
static uint32_t depth_of(const sedge_tree_ensemble *e, const sedge_tree_links *links, uint32_t root) {
    way stack[SEDGE_TREE_DEPTH_MAX + 2];
    uint32_t n = 0, longest = 0;
    stack[n++] = (way){ root, 1, 0 };
    while (n) {
        way w = stack[--n];
        longest = w.depth > longest ? w.depth : longest;
        if (e->nodes[w.node].mode == SEDGE_TREE_LEAF)
            continue;
        if (w.depth == SEDGE_TREE_DEPTH_MAX)
            return SEDGE_TREE_DEPTH_MAX + 1;
        stack[n++] = (way){ links->if_false[w.node], 0, w.depth + 1 };
        stack[n++] = (way){ links->if_true[w.node], 0, w.depth + 1 };
    }
    return longest;
}

bool sedge_perfect_trees_fit(const sedge_tree_ensemble *e, const sedge_tree_links *links, uint32_t *ret_depth) {
    uint32_t longest = 0;
    for (uint32_t i = 0; i < e->n_nodes; i++)
        if (!by_order(e->nodes[i].mode))
            return false;
    for (uint32_t r = 0; r < links->n_roots; r++) {
        uint32_t depth = depth_of(e, links, links->roots[r]);
        longest = depth > longest ? depth : longest;
    }
    *ret_depth = longest;
    return longest <= SEDGE_TREE_DEPTH_MAX && (uint64_t)links->n_roots << longest <= (uint64_t)GROWTH_MAX * e->n_nodes;
}

/* the next smaller number; NaN below -infinity, which nothing is smaller than */
static float below(float x) {
    uint32_t bits;
    if (x == 0)
        bits = 0x80000001u;
    else {
        memcpy(&bits, &x, sizeof bits);
        bits = bits == 0xff800000u ? 0x7fc00000u : x > 0 ? bits - 1 : bits + 1;
    }
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* whether left is the true branch, which makes every comparison one of <= */
static bool left_is_true(sedge_tree_mode mode) {
    return mode == SEDGE_TREE_BRANCH_LEQ || mode == SEDGE_TREE_BRANCH_LT;
}

static sedge_perfect_node node_of(const sedge_tree_node *n, bool *any_nan_left) {
    bool strict = n->mode == SEDGE_TREE_BRANCH_LT || n->mode == SEDGE_TREE_BRANCH_GTE;
    bool nan_left = n->missing_is_true == left_is_true(n->mode);
    *any_nan_left |= nan_left;
    return (sedge_perfect_node){ strict ? below((float)n->value) : (float)n->value,
                                 n->feature * SEDGE_TREE_LANES | (nan_left ? NAN_LEFT : 0) };
}

/* all ends below a leaf that stands higher are that leaf; the nodes on the way there decide nothing */
static void fill(const sedge_tree_ensemble *e, const sedge_tree_links *links, uint32_t root, uint32_t depth,
                 const uint32_t *leaf_index, sedge_perfect_node *nodes, uint32_t *leaves, bool *any_nan_left) {
    way stack[SEDGE_TREE_DEPTH_MAX + 2];
    uint32_t n = 0;
    stack[n++] = (way){ root, 1, 0 };
    while (n) {
        way w = stack[--n];
        const sedge_tree_node *node = &e->nodes[w.node];
        if (node->mode == SEDGE_TREE_LEAF) {
            uint32_t first = (w.at << (depth - w.depth)) - (UINT32_C(1) << depth);
            for (uint32_t i = 0; i < UINT32_C(1) << (depth - w.depth); i++)
                leaves[first + i] = leaf_index[w.node];
            continue;
        }
        nodes[w.at] = node_of(node, any_nan_left);
        bool straight = left_is_true(node->mode);
        uint32_t left = straight ? links->if_true[w.node] : links->if_false[w.node];
        uint32_t right = straight ? links->if_false[w.node] : links->if_true[w.node];
        stack[n++] = (way){ right, 2 * w.at + 1, w.depth + 1 };
        stack[n++] = (way){ left, 2 * w.at, w.depth + 1 };
    }
}

bool sedge_perfect_trees_make(const sedge_tree_ensemble *e, const sedge_tree_links *links, uint32_t depth,
                              const uint32_t *leaf_index, sedge_pool *pool, sedge_perfect_trees *ret) {
    size_t padded = ((size_t)links->n_roots + SEDGE_TREE_LANES - 1) / SEDGE_TREE_LANES * SEDGE_TREE_LANES;
    sedge_perfect_node *nodes = sedge_pool_take(pool, padded << depth, sizeof *nodes);
    uint32_t *leaves = sedge_pool_take(pool, padded << depth, sizeof *leaves);
    bool nan_left = false;
    if (!nodes || !leaves)
        return false;
    for (uint32_t r = 0; r < links->n_roots; r++)
        fill(e, links, links->roots[r], depth, leaf_index, nodes + ((size_t)r << depth), leaves + ((size_t)r << depth),
             &nan_left);
    *ret = (sedge_perfect_trees){ links->n_roots, depth, nan_left, nodes, leaves };
    return true;
}
