/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_trees.h"

#include "base/own.h"
#include "model/onnx_schema.h"
#include "model/tree_link.h"

/* attributes that stand for the leaves' entries in classifier and regressor */
typedef struct entry_names {
    const char *tree, *node, *target, *weight;
} entry_names;

static const char *const known[] = {
#define ROW(name, member) #name,
    SEDGE_ONNX_NODE_INTS(ROW)
#undef ROW
        "nodes_modes",
    "nodes_values",
    "nodes_hitrates",
    "class_treeids",
    "class_nodeids",
    "class_ids",
    "class_weights",
    "classlabels_int64s",
    "classlabels_strings",
    "target_treeids",
    "target_nodeids",
    "target_ids",
    "target_weights",
    "n_targets",
    "base_values",
    "post_transform",
    "aggregate_function",
};

static bool fits_u32(int64_t v) {
    return v >= 0 && v <= UINT32_MAX;
}

static void check_count(const sedge_onnx_node *n, const char *name, uint32_t have, uint32_t want) {
    if (have != want)
        sedge_pbr_fail(n->r, SEDGE_EINVALID, "attribute %s has %u entries, %u are needed", name, have, want);
}

/* ---- nodes ---- */

#define MEMBER_FN(name, member)                                                                                        \
    static void set_##member(sedge_tree_node *node, uint32_t v) {                                                      \
        node->member = v;                                                                                              \
    }
SEDGE_ONNX_NODE_INTS(MEMBER_FN)
#undef MEMBER_FN

static void read_node_ints(const sedge_onnx_node *work, const char *name, void (*set)(sedge_tree_node *, uint32_t),
                           bool optional, sedge_tree_node *nodes, uint32_t n_nodes) {
    uint32_t n;
    const int64_t *values = sedge_onnx_ints(work, name, SEDGE_TREE_NODES_MAX, &n);
    if (optional && n == 0)
        return;
    check_count(work, name, n, n_nodes);
    for (uint32_t i = 0; !work->r->status && i < n_nodes; i++) {
        if (!fits_u32(values[i]))
            sedge_pbr_fail(work->r, SEDGE_EINVALID, "attribute %s, entry %u, is out of range", name, i);
        else
            set(&nodes[i], (uint32_t)values[i]);
    }
}

static void read_modes(const sedge_onnx_node *work, sedge_tree_node *nodes, uint32_t n_nodes) {
    uint32_t n;
    const sedge_bytes *modes = sedge_onnx_texts(work, "nodes_modes", SEDGE_TREE_NODES_MAX, &n);
    check_count(work, "nodes_modes", n, n_nodes);
    for (uint32_t i = 0; !work->r->status && i < n_nodes; i++) {
        unsigned m = 0;
        while (m < SEDGE_TREE_MODE_COUNT &&
               !sedge_bytes_equal(modes[i], sedge_bytes_text(sedge_tree_mode_name((sedge_tree_mode)m))))
            m++;
        if (m == SEDGE_TREE_MODE_COUNT)
            sedge_pbr_fail(work->r, SEDGE_EUNSUPPORTED, "node %u has mode %.*s", i,
                           (int)(modes[i].n < 32 ? modes[i].n : 32), (const char *)modes[i].p);
        nodes[i].mode = (sedge_tree_mode)m;
    }
}

static void read_nodes(const sedge_onnx_node *node, const sedge_onnx_node *work, sedge_tree_ensemble *e) {
    uint32_t n;
    (void)sedge_onnx_ints(work, "nodes_nodeids", SEDGE_TREE_NODES_MAX, &n);
    sedge_tree_node *nodes = sedge_pool_take(node->pool, n, sizeof *nodes);
    if (!nodes) {
        sedge_pbr_fail(node->r, SEDGE_ELIMIT, "%u nodes need more than %zu bytes of memory", n, node->pool->max);
        return;
    }
#define ROW(name, member) read_node_ints(work, #name, set_##member, sizeof nodes->member == sizeof(bool), nodes, n);
    SEDGE_ONNX_NODE_INTS(ROW)
#undef ROW
    read_modes(work, nodes, n);
    uint32_t n_values;
    const float *values = sedge_onnx_floats(work, "nodes_values", SEDGE_TREE_NODES_MAX, &n_values);
    check_count(work, "nodes_values", n_values, n);
    for (uint32_t i = 0; !work->r->status && i < n; i++) {
        nodes[i].value = values[i];
        if (nodes[i].mode != SEDGE_TREE_LEAF && nodes[i].feature >= e->n_features)
            e->n_features = nodes[i].feature < UINT32_MAX ? nodes[i].feature + 1 : UINT32_MAX;
    }
    e->nodes = nodes;
    e->n_nodes = n;
}

/* ---- the leaves' entries ---- */

static void read_entries(const sedge_onnx_node *node, const sedge_onnx_node *work, const entry_names *names,
                         sedge_tree_ensemble *e) {
    uint32_t n, n_nodes, n_targets, n_weights;
    const int64_t *trees = sedge_onnx_ints(work, names->tree, SEDGE_TREE_NODES_MAX, &n);
    const int64_t *nodes = sedge_onnx_ints(work, names->node, SEDGE_TREE_NODES_MAX, &n_nodes);
    const int64_t *targets = sedge_onnx_ints(work, names->target, SEDGE_TREE_NODES_MAX, &n_targets);
    const float *weights = sedge_onnx_floats(work, names->weight, SEDGE_TREE_NODES_MAX, &n_weights);
    check_count(work, names->node, n_nodes, n);
    check_count(work, names->target, n_targets, n);
    check_count(work, names->weight, n_weights, n);
    sedge_tree_leaf *leaves = sedge_pool_take(node->pool, n, sizeof *leaves);
    if (!leaves)
        sedge_pbr_fail(node->r, SEDGE_ELIMIT, "%u leaves need more than %zu bytes of memory", n, node->pool->max);
    for (uint32_t i = 0; !work->r->status && i < n; i++) {
        if (!fits_u32(trees[i]) || !fits_u32(nodes[i]) || !fits_u32(targets[i]))
            sedge_pbr_fail(work->r, SEDGE_EINVALID, "attributes %s, %s, %s: entry %u is out of range", names->tree,
                           names->node, names->target, i);
        else
            leaves[i] = (sedge_tree_leaf){ (uint32_t)trees[i], (uint32_t)nodes[i], (uint32_t)targets[i], weights[i] };
    }
    e->leaves = leaves;
    e->n_leaves = n;
}

/* ---- the rest ---- */

typedef const char *name_fn(unsigned value);
static const char *post_name(unsigned v) {
    return sedge_tree_post_name((sedge_tree_post)v);
}
static const char *aggregate_name(unsigned v) {
    return sedge_tree_aggregate_name((sedge_tree_aggregate)v);
}

static unsigned read_word(const sedge_onnx_node *n, const char *attribute, name_fn *name, unsigned count) {
    sedge_bytes word = sedge_onnx_text(n, attribute, name(0));
    for (unsigned i = 0; i < count; i++)
        if (sedge_bytes_equal(word, sedge_bytes_text(name(i))))
            return i;
    sedge_pbr_fail(n->r, SEDGE_EUNSUPPORTED, "attribute %s is %.*s", attribute, (int)(word.n < 32 ? word.n : 32),
                   (const char *)word.p);
    return 0;
}

static void read_targets(const sedge_onnx_node *n, sedge_tree_ensemble *e) {
    if (e->classifier) /* the labels are read by the caller */
        return;
    int64_t targets = sedge_onnx_int(n, "n_targets", 1);
    if (targets < 1 || targets > SEDGE_TREE_TARGETS_MAX)
        sedge_pbr_fail(n->r, SEDGE_ELIMIT, "n_targets is not within 1 to %d", SEDGE_TREE_TARGETS_MAX);
    e->n_targets = (uint32_t)targets;
}

sedge_tree_ensemble *sedge_onnx_trees(const sedge_onnx_node *n, sedge_pool *work, bool classifier) {
    static const entry_names class_names = { "class_treeids", "class_nodeids", "class_ids", "class_weights" };
    static const entry_names target_names = { "target_treeids", "target_nodeids", "target_ids", "target_weights" };
    const sedge_onnx_node temporary = { n->r, n->node, work };
    sedge_tree_ensemble *e = sedge_pool_take(n->pool, 1, sizeof *e);
    if (!e) {
        sedge_pbr_fail(n->r, SEDGE_ELIMIT, "the trees need more than %zu bytes of memory", n->pool->max);
        return NULL;
    }
    e->classifier = classifier;
    sedge_onnx_refuse_others(n, known, SEDGE_COUNT(known));
    read_nodes(n, &temporary, e);
    read_entries(n, &temporary, classifier ? &class_names : &target_names, e);
    read_targets(n, e);
    e->base_values = sedge_onnx_floats(n, "base_values", SEDGE_TREE_TARGETS_MAX, &e->n_base_values);
    e->post = (sedge_tree_post)read_word(n, "post_transform", post_name, SEDGE_TREE_POST_COUNT);
    e->aggregate = (sedge_tree_aggregate)read_word(n, "aggregate_function", aggregate_name, SEDGE_TREE_AGGREGATE_COUNT);
    return n->r->status ? NULL : e;
}
