/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_tree_nodes.h"

#include "base/own.h"

/* attributes of the node, as they lie in the file */
typedef struct parts {
    uint32_t n, n_leaves, n_roots, n_missing;
    const int64_t *feature, *if_true, *true_is_leaf, *if_false, *false_is_leaf, *missing;
    const int64_t *roots, *targets;
    const sedge_tensor *modes, *splits, *weights;
} parts;

/* nodes and leaves that have been made, and references that wait: each is visited once, so a leaf or branch that two
 * parents name becomes two */
typedef struct maker {
    sedge_onnx_reader *r;
    const sedge_pbr *failed; /* its status */
    const parts *p;
    sedge_tree_ensemble *e;
    sedge_tree_node *nodes;
    sedge_tree_leaf *leaves;
    uint32_t max;
} maker;

static const int64_t *ints(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, uint32_t want) {
    const sedge_onnx_node temporary = { n->r, n->node, sedge_onnx_work_pool(r) };
    uint32_t found;
    const int64_t *values = sedge_onnx_ints(&temporary, name, SEDGE_TREE_NODES_MAX, &found);
    if (found != want)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "attribute %s has %u entries, %u are needed", name, found, want);
    return values;
}

static const sedge_tensor *tensor(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *name, size_t *ret_n) {
    int32_t index = sedge_onnx_tensor_attribute(r, n, name);
    const sedge_tensor *t = sedge_onnx_tensor_at(r, index);
    if (index < 0 || !t->data) {
        sedge_onnx_refuse(r, SEDGE_EINVALID, "attribute %s is missing", name);
        return NULL;
    }
    *ret_n = t->size_bytes / sedge_dtype_size(t->dtype);
    return t;
}

static bool is_real(const sedge_tensor *t) {
    return t->dtype == SEDGE_FLOAT32 || t->dtype == SEDGE_FLOAT64;
}

static double real_at(const sedge_tensor *t, size_t i) {
    return t->dtype == SEDGE_FLOAT64 ? ((const double *)t->data)[i] : (double)((const float *)t->data)[i];
}

/* tensors first: the graph's list of tensors may move when one is added */
static void read_tensors(sedge_onnx_reader *r, const sedge_onnx_node *n, parts *p) {
    size_t n_modes = 0, n_splits = 0, n_weights = 0;
    (void)tensor(r, n, "nodes_modes", &n_modes);
    (void)tensor(r, n, "nodes_splits", &n_splits);
    (void)tensor(r, n, "leaf_weights", &n_weights);
    if (n->r->status)
        return;
    static const char *const names[] = { "nodes_modes", "nodes_splits", "leaf_weights" };
    const sedge_tensor **const at[] = { &p->modes, &p->splits, &p->weights };
    for (size_t i = 0; i < SEDGE_COUNT(names); i++) {
        sedge_tensor *copy = sedge_onnx_take(r, 1, sizeof *copy);
        size_t unused;
        const sedge_tensor *t = tensor(r, n, names[i], &unused);
        if (!copy || !t)
            return;
        *copy = *t;
        *at[i] = copy;
    }
    if (p->modes->dtype != SEDGE_UINT8 || !is_real(p->splits) || p->weights->dtype != p->splits->dtype ||
        n_modes != n_splits || n_splits > SEDGE_TREE_NODES_MAX || n_weights > SEDGE_TREE_NODES_MAX)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "%zu modes of %s and %zu splits of %s", n_modes,
                          sedge_dtype_name(p->modes->dtype), n_splits, sedge_dtype_name(p->splits->dtype));
    p->n = (uint32_t)n_modes;
    p->n_leaves = (uint32_t)n_weights;
}

static void read_parts(sedge_onnx_reader *r, const sedge_onnx_node *n, parts *p) {
    read_tensors(r, n, p);
    if (n->r->status)
        return;
    p->feature = ints(r, n, "nodes_featureids", p->n);
    p->if_true = ints(r, n, "nodes_truenodeids", p->n);
    p->true_is_leaf = ints(r, n, "nodes_trueleafs", p->n);
    p->if_false = ints(r, n, "nodes_falsenodeids", p->n);
    p->false_is_leaf = ints(r, n, "nodes_falseleafs", p->n);
    p->targets = ints(r, n, "leaf_targetids", p->n_leaves);
    p->missing = sedge_onnx_ints(n, "nodes_missing_value_tracks_true", SEDGE_TREE_NODES_MAX, &p->n_missing);
    p->roots = sedge_onnx_ints(n, "tree_roots", SEDGE_TREE_NODES_MAX, &p->n_roots);
    if (p->n_roots == 0 || (p->n_missing && p->n_missing != p->n))
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u roots, missing values of %u of %u nodes", p->n_roots, p->n_missing,
                          p->n);
}

static void add_leaf(maker *m, uint32_t tree, uint32_t id, int64_t leaf) {
    const parts *p = m->p;
    if (leaf < 0 || leaf >= p->n_leaves || p->targets[leaf] < 0 || p->targets[leaf] > UINT32_MAX) {
        sedge_onnx_refuse(m->r, SEDGE_EINVALID, "leaf %lld of %u", (long long)leaf, p->n_leaves);
        return;
    }
    m->nodes[m->e->n_nodes++] = (sedge_tree_node){ .tree = tree, .node = id, .mode = SEDGE_TREE_LEAF };
    m->leaves[m->e->n_leaves++] =
        (sedge_tree_leaf){ tree, id, (uint32_t)p->targets[leaf], real_at(p->weights, (size_t)leaf) };
}

/* a branch whose children get the two ids */
static void add_branch(maker *m, uint32_t tree, uint32_t id, int64_t branch, uint32_t children) {
    const parts *p = m->p;
    uint8_t mode = branch >= 0 && branch < p->n ? ((const uint8_t *)p->modes->data)[branch] : UINT8_MAX;
    if (mode >= SEDGE_TREE_LEAF || p->feature[branch] < 0 || p->feature[branch] >= SEDGE_TREE_FEATURES_MAX) {
        sedge_onnx_refuse(m->r, mode == UINT8_MAX ? SEDGE_EINVALID : SEDGE_EUNSUPPORTED,
                          "node %lld of %u has mode %u; 0 to 5 are supported", (long long)branch, p->n, mode);
        return;
    }
    uint32_t feature = (uint32_t)p->feature[branch];
    m->nodes[m->e->n_nodes++] = (sedge_tree_node){ tree,
                                                   id,
                                                   feature,
                                                   (sedge_tree_mode)mode,
                                                   real_at(p->splits, (size_t)branch),
                                                   children,
                                                   children + 1,
                                                   p->missing && p->missing[branch] };
    m->e->n_features = feature >= m->e->n_features ? feature + 1 : m->e->n_features;
}

/* a reference that waits for its node */
typedef struct waiting {
    int64_t index;
    uint32_t id;
    bool is_leaf;
} waiting;

static void make_tree(maker *m, uint32_t tree, waiting *stack) {
    const parts *p = m->p;
    uint32_t n = 0, ids = 1;
    stack[n++] = (waiting){ p->roots[tree], 0, false };
    while (n && !m->failed->status) {
        waiting w = stack[--n];
        if (m->e->n_nodes >= m->max) {
            sedge_onnx_refuse(m->r, SEDGE_EINVALID, "nodes are named by more than one parent, or in a circle");
        } else if (w.is_leaf) {
            add_leaf(m, tree, w.id, w.index);
        } else {
            add_branch(m, tree, w.id, w.index, ids);
            if (m->failed->status)
                return;
            stack[n++] = (waiting){ p->if_false[w.index], ids + 1, p->false_is_leaf[w.index] != 0 };
            stack[n++] = (waiting){ p->if_true[w.index], ids, p->true_is_leaf[w.index] != 0 };
            ids += 2;
        }
    }
}

static void read_rest(sedge_onnx_reader *r, const sedge_onnx_node *n, sedge_tree_ensemble *e) {
    static const uint8_t aggregates[] = { SEDGE_TREE_AVERAGE, SEDGE_TREE_SUM, SEDGE_TREE_MIN, SEDGE_TREE_MAX };
    static const uint8_t posts[] = { SEDGE_TREE_POST_NONE, SEDGE_TREE_POST_SOFTMAX, SEDGE_TREE_POST_LOGISTIC };
    int64_t aggregate = sedge_onnx_int(n, "aggregate_function", 1), post = sedge_onnx_int(n, "post_transform", 0);
    int64_t targets = sedge_onnx_int(n, "n_targets", 0);
    if (aggregate < 0 || aggregate >= (int64_t)SEDGE_COUNT(aggregates) || post < 0 ||
        post >= (int64_t)SEDGE_COUNT(posts) || targets < 1 || targets > SEDGE_TREE_TARGETS_MAX) {
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "aggregate_function %lld, post_transform %lld, n_targets %lld",
                          (long long)aggregate, (long long)post, (long long)targets);
        return;
    }
    e->aggregate = (sedge_tree_aggregate)aggregates[aggregate];
    e->post = (sedge_tree_post)posts[post];
    e->n_targets = (uint32_t)targets;
}

void sedge_onnx_read_tree_nodes(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                sedge_op *op) {
    (void)row;
    parts p = { 0 };
    sedge_tree_ensemble *e = sedge_onnx_take(r, 1, sizeof *e);
    read_parts(r, n, &p);
    if (n->r->status || !e)
        return;
    read_rest(r, n, e);
    maker m = { .r = r, .failed = n->r, .p = &p, .e = e, .max = 2 * p.n + p.n_roots };
    m.nodes = sedge_onnx_take(r, m.max, sizeof *m.nodes);
    m.leaves = sedge_onnx_take(r, m.max, sizeof *m.leaves);
    waiting *stack = sedge_onnx_take(r, (size_t)m.max + 2, sizeof *stack);
    if (!m.nodes || !m.leaves || !stack)
        return;
    e->wide = p.splits->dtype == SEDGE_FLOAT64;
    e->as_input = true;
    e->nodes = m.nodes;
    e->leaves = m.leaves;
    for (uint32_t t = 0; t < p.n_roots && !n->r->status; t++)
        make_tree(&m, t, stack);
    op->u.trees = e;
}
