/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tree_link.h"

#include "base/own.h"

#define NAMES_FN(fn, type, LIST)                                                                                       \
    const char *fn(type value) {                                                                                       \
        static const char *const names[] = { LIST(NAME_OF) };                                                          \
        return (unsigned)value < SEDGE_COUNT(names) ? names[value] : "unknown";                                        \
    }
#define NAME_OF(NAME) #NAME,
NAMES_FN(sedge_tree_mode_name, sedge_tree_mode, SEDGE_TREE_MODE_LIST)
NAMES_FN(sedge_tree_post_name, sedge_tree_post, SEDGE_TREE_POST_LIST)
NAMES_FN(sedge_tree_aggregate_name, sedge_tree_aggregate, SEDGE_TREE_AGGREGATE_LIST)

/* ---- (tree, node) to index: open addressing, a power of two of slots, each holding index + 1 ---- */

typedef struct index_table {
    const sedge_tree_node *nodes;
    uint32_t *slots;
    size_t mask;
} index_table;

static size_t hash(uint32_t tree, uint32_t node) {
    uint64_t h = ((uint64_t)tree << 32 | node) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(h ^ h >> 29);
}

/* the slot that holds (tree, node), or the free one where it belongs */
static uint32_t *slot_of(const index_table *t, uint32_t tree, uint32_t node) {
    size_t i = hash(tree, node) & t->mask;
    while (t->slots[i] && (t->nodes[t->slots[i] - 1].tree != tree || t->nodes[t->slots[i] - 1].node != node))
        i = (i + 1) & t->mask;
    return &t->slots[i];
}

static sedge_status no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory to check the trees");
}

static sedge_status fill_table(const sedge_tree_ensemble *e, index_table *t, sedge_error *err) {
    size_t slots = 16;
    while (slots < 2 * (size_t)e->n_nodes)
        slots *= 2;
    *t = (index_table){ e->nodes, calloc(slots, sizeof *t->slots), slots - 1 };
    if (!t->slots)
        return no_memory(err);
    for (uint32_t i = 0; i < e->n_nodes; i++) {
        uint32_t *slot = slot_of(t, e->nodes[i].tree, e->nodes[i].node);
        if (*slot)
            return sedge_fail(err, SEDGE_EINVALID, "tree %u has node %u twice", e->nodes[i].tree, e->nodes[i].node);
        *slot = i + 1;
    }
    return SEDGE_OK;
}

/* ---- the checks ---- */

static sedge_status check_head(const sedge_tree_ensemble *e, sedge_error *err) {
    if (e->n_nodes == 0 || e->n_nodes > SEDGE_TREE_NODES_MAX || e->n_leaves > SEDGE_TREE_NODES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u nodes and %u leaf entries, 1 to %d are allowed", e->n_nodes,
                          e->n_leaves, SEDGE_TREE_NODES_MAX);
    if (e->n_targets < (e->classifier ? 2 : 1) || e->n_targets > SEDGE_TREE_TARGETS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u classes or targets, %d to %d are allowed", e->n_targets,
                          e->classifier ? 2 : 1, SEDGE_TREE_TARGETS_MAX);
    if (e->n_features > SEDGE_TREE_FEATURES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u features, the limit is %d", e->n_features, SEDGE_TREE_FEATURES_MAX);
    if (e->post > SEDGE_TREE_POST_SOFTMAX)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "post transform %s is not supported", sedge_tree_post_name(e->post));
    if ((unsigned)e->aggregate >= SEDGE_TREE_AGGREGATE_COUNT || (e->classifier && e->aggregate != SEDGE_TREE_SUM))
        return sedge_fail(err, SEDGE_EINVALID, "aggregate %s does not fit", sedge_tree_aggregate_name(e->aggregate));
    if (e->classifier && !e->labels)
        return sedge_fail(err, SEDGE_EINVALID, "a classifier without labels");
    return SEDGE_OK;
}

static sedge_status node_fault(const sedge_tree_node *n, sedge_status st, const char *what, sedge_error *err) {
    return sedge_fail(err, st, "tree %u, node %u: %s", n->tree, n->node, what);
}

/* finds a child and counts its parent */
static sedge_status link_child(const index_table *t, const sedge_tree_node *n, uint32_t child, uint8_t *has_parent,
                               uint32_t *ret, sedge_error *err) {
    uint32_t slot = *slot_of(t, n->tree, child);
    if (!slot)
        return node_fault(n, SEDGE_EINVALID, "a child does not exist", err);
    if (has_parent[slot - 1])
        return node_fault(n, SEDGE_EINVALID, "a child has another parent", err);
    has_parent[slot - 1] = 1;
    *ret = slot - 1;
    return SEDGE_OK;
}

static sedge_status link_nodes(const sedge_tree_ensemble *e, const index_table *t, uint8_t *has_parent,
                               sedge_tree_links *links, sedge_error *err) {
    for (uint32_t i = 0; i < e->n_nodes; i++) {
        const sedge_tree_node *n = &e->nodes[i];
        if ((unsigned)n->mode >= SEDGE_TREE_MODE_COUNT)
            return node_fault(n, SEDGE_EINVALID, "unknown mode", err);
        if (n->mode == SEDGE_TREE_LEAF)
            continue;
        if (n->feature >= e->n_features)
            return node_fault(n, SEDGE_EINVALID, "its feature is beyond the input's columns", err);
        if (n->value != n->value)
            return node_fault(n, SEDGE_EINVALID, "its threshold is no number", err);
        sedge_status st = link_child(t, n, n->if_true, has_parent, &links->if_true[i], err);
        if (!st)
            st = link_child(t, n, n->if_false, has_parent, &links->if_false[i], err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

/* nodes that are nobody's child: one in each tree, trees in ascending order */
static sedge_status find_roots(const sedge_tree_ensemble *e, const uint8_t *has_parent, sedge_tree_links *links,
                               sedge_error *err) {
    for (uint32_t i = 0; i < e->n_nodes; i++) {
        if (has_parent[i])
            continue;
        uint32_t tree = e->nodes[i].tree;
        uint32_t last = links->n_roots ? e->nodes[links->roots[links->n_roots - 1]].tree : 0;
        if (links->n_roots && last == tree)
            return node_fault(&e->nodes[i], SEDGE_EINVALID, "a second root", err);
        if (links->n_roots && last > tree)
            return node_fault(&e->nodes[i], SEDGE_EUNSUPPORTED, "trees are not in ascending order", err);
        links->roots[links->n_roots++] = i;
    }
    if (links->n_roots == 0)
        return sedge_fail(err, SEDGE_EINVALID, "no tree has a root");
    return SEDGE_OK;
}

/* with at most one parent each, what no root reaches is a cycle */
static sedge_status check_reach(const sedge_tree_ensemble *e, const sedge_tree_links *links, sedge_error *err) {
    SEDGE_AUTO_MEM uint32_t *stack = calloc((size_t)e->n_nodes + 1, sizeof *stack);
    if (!stack)
        return no_memory(err);
    uint32_t seen = 0;
    for (uint32_t r = 0; r < links->n_roots; r++) {
        size_t n = 0;
        stack[n++] = links->roots[r];
        while (n) {
            uint32_t at = stack[--n];
            seen++;
            if (e->nodes[at].mode == SEDGE_TREE_LEAF)
                continue;
            stack[n++] = links->if_true[at];
            stack[n++] = links->if_false[at];
        }
    }
    if (seen != e->n_nodes)
        return sedge_fail(err, SEDGE_EINVALID, "%u nodes go round in a circle", e->n_nodes - seen);
    return SEDGE_OK;
}

static sedge_status link_leaves(const sedge_tree_ensemble *e, const index_table *t, sedge_tree_links *links,
                                sedge_error *err) {
    uint32_t highest = 0, lowest = UINT32_MAX;
    links->all_positive = true;
    for (uint32_t i = 0; i < e->n_leaves; i++) {
        const sedge_tree_leaf *l = &e->leaves[i];
        uint32_t slot = *slot_of(t, l->tree, l->node);
        if (!slot || e->nodes[slot - 1].mode != SEDGE_TREE_LEAF)
            return sedge_fail(err, SEDGE_EINVALID, "entry %u names node %u of tree %u, which is no leaf", i, l->node,
                              l->tree);
        if (l->target >= e->n_targets)
            return sedge_fail(err, SEDGE_EINVALID, "entry %u names class or target %u of %u", i, l->target,
                              e->n_targets);
        if (!(l->weight - l->weight == 0))
            return sedge_fail(err, SEDGE_EINVALID, "entry %u has a weight that is not finite", i);
        highest = l->target > highest ? l->target : highest;
        lowest = l->target < lowest ? l->target : lowest;
        links->all_positive &= l->weight >= 0;
        links->leaf_node[i] = slot - 1;
    }
    links->binary = e->classifier && e->n_targets == 2 && lowest == highest;
    if (links->binary && highest != 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "a classifier of two classes whose leaves all name class %u",
                          highest);
    return SEDGE_OK;
}

/* where runtimes disagree on the meaning, refuse */
static sedge_status check_meaning(const sedge_tree_ensemble *e, const sedge_tree_links *links, sedge_error *err) {
    uint32_t n = e->n_base_values;
    if (n != 0 && n != (links->binary ? 1 : e->n_targets))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "%u base values for %u scores", n, links->binary ? 1 : e->n_targets);
    for (uint32_t i = 0; i < n; i++)
        if (!(e->base_values[i] - e->base_values[i] == 0))
            return sedge_fail(err, SEDGE_EINVALID, "base value %u is not finite", i);
    if (links->binary && e->post == SEDGE_TREE_POST_SOFTMAX)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "SOFTMAX of the single score of two classes");
    if (links->binary && e->post == SEDGE_TREE_POST_NONE && !links->all_positive)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "two classes from one score that may be negative, without LOGISTIC");
    return SEDGE_OK;
}

static sedge_status link_all(const sedge_tree_ensemble *e, const index_table *t, sedge_tree_links *links,
                             sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *has_parent = calloc(e->n_nodes, 1);
    if (!has_parent)
        return no_memory(err);
    sedge_status st = link_nodes(e, t, has_parent, links, err);
    if (!st)
        st = find_roots(e, has_parent, links, err);
    if (!st)
        st = check_reach(e, links, err);
    if (!st)
        st = link_leaves(e, t, links, err);
    return st ? st : check_meaning(e, links, err);
}

sedge_status sedge_tree_link(const sedge_tree_ensemble *e, sedge_pool *pool, sedge_tree_links *ret, sedge_error *err) {
    sedge_status st = check_head(e, err);
    if (st)
        return st;
    sedge_tree_links links = {
        .roots = sedge_pool_take(pool, e->n_nodes, sizeof(uint32_t)),
        .if_true = sedge_pool_take(pool, e->n_nodes, sizeof(uint32_t)),
        .if_false = sedge_pool_take(pool, e->n_nodes, sizeof(uint32_t)),
        .leaf_node = sedge_pool_take(pool, e->n_leaves, sizeof(uint32_t)),
    };
    if (!links.roots || !links.if_true || !links.if_false || !links.leaf_node)
        return no_memory(err);
    index_table t = { 0 };
    st = fill_table(e, &t, err);
    if (!st)
        st = link_all(e, &t, &links, err);
    free(t.slots);
    if (!st)
        *ret = links;
    return st;
}
