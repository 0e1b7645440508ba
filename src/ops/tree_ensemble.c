/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TREE_ENSEMBLE: TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml on [rows, columns] float32. Sums are
 * float32, trees in the order of the file. The label is the class with the largest score, the first of equals.
 * Source: the operators' documentation and ONNX's reference implementation.
 */
#include "base/exact_math.h"
#include "model/tree_link.h"
#include "ops/features.h"
#include "ops/ops.h"

/* a child with this bit is a leaf */
#define LEAF_BIT UINT32_C(0x80000000)

/* a branch; if_true and if_false are indices of branches, or of leaves with LEAF_BIT */
typedef struct branch {
    float value;
    uint16_t feature;
    uint8_t mode;
    uint8_t missing_is_true;
    uint32_t if_true, if_false;
} branch;

/* a leaf's entries: entries[first] to entries[first + n - 1] */
typedef struct leaf {
    uint32_t first, n;
} leaf;

typedef struct entry {
    uint32_t target;
    float weight;
} entry;

typedef struct prepared {
    const sedge_tree_ensemble *e;
    size_t rows, columns;
    bool binary;
    uint32_t n_roots;
    uint32_t *roots; /* as children */
    branch *branches;
    leaf *leaves;
    entry *entries;
} prepared;

/* ---- run ---- */

static bool goes_true(const branch *b, float x) {
    bool hit = false;
    switch ((sedge_tree_mode)b->mode) {
    case SEDGE_TREE_BRANCH_LEQ:
        hit = x <= b->value;
        break;
    case SEDGE_TREE_BRANCH_LT:
        hit = x < b->value;
        break;
    case SEDGE_TREE_BRANCH_GTE:
        hit = x >= b->value;
        break;
    case SEDGE_TREE_BRANCH_GT:
        hit = x > b->value;
        break;
    case SEDGE_TREE_BRANCH_EQ:
        hit = x == b->value;
        break;
    case SEDGE_TREE_BRANCH_NEQ:
        hit = x != b->value;
        break;
    case SEDGE_TREE_LEAF:
    case SEDGE_TREE_MODE_COUNT:
        break;
    }
    return hit || (b->missing_is_true && x != x);
}

static const leaf *find_leaf(const prepared *d, uint32_t at, const float *x) {
    while (!(at & LEAF_BIT)) {
        const branch *b = &d->branches[at];
        at = goes_true(b, x[b->feature]) ? b->if_true : b->if_false;
    }
    return &d->leaves[at & ~LEAF_BIT];
}

static float combine(sedge_tree_aggregate how, float score, float weight, bool first) {
    if (how == SEDGE_TREE_MIN)
        return first || weight < score ? weight : score;
    if (how == SEDGE_TREE_MAX)
        return first || weight > score ? weight : score;
    return score + weight;
}

/* scores[i] and whether any leaf spoke of target i */
static void score_row(const prepared *d, const float *x, float *scores, uint8_t *has) {
    const sedge_tree_ensemble *e = d->e;
    for (uint32_t i = 0; i < e->n_targets; i++) {
        scores[i] = 0;
        has[i] = 0;
    }
    for (uint32_t r = 0; r < d->n_roots; r++) {
        const leaf *l = find_leaf(d, d->roots[r], x);
        for (uint32_t i = l->first; i < l->first + l->n; i++) {
            const entry *w = &d->entries[i];
            scores[w->target] = combine(e->aggregate, scores[w->target], w->weight, !has[w->target]);
            has[w->target] = 1;
        }
    }
    for (uint32_t i = 0; i < e->n_targets; i++) {
        if (e->aggregate == SEDGE_TREE_AVERAGE)
            scores[i] /= (float)d->n_roots;
        if (i < e->n_base_values) {
            scores[i] += e->base_values[i];
            has[i] = 1;
        }
    }
}

/* two classes from one score */
static int64_t finish_binary(const prepared *d, float *scores) {
    float s = scores[0];
    bool logistic = d->e->post == SEDGE_TREE_POST_LOGISTIC;
    scores[0] = logistic ? sedge_logisticf(-s) : 1 - s;
    scores[1] = logistic ? sedge_logisticf(s) : s;
    return d->e->labels[logistic ? s > 0 : s > 0.5f];
}

static int64_t finish_classes(const prepared *d, float *scores, const uint8_t *has) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < d->e->n_targets; i++)
        if (has[i] && (!has[best] || scores[i] > scores[best]))
            best = i;
    sedge_scores_post(d->e->post, scores, d->e->n_targets);
    return d->e->labels[best];
}

static void run_classifier(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    int64_t *label = call->outputs[0];
    float *scores = call->outputs[1];
    for (size_t r = 0; r < d->rows; r++, x += d->columns, scores += d->e->n_targets) {
        score_row(d, x, scores, call->scratch);
        label[r] = d->binary ? finish_binary(d, scores) : finish_classes(d, scores, call->scratch);
    }
}

static void run_regressor(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *scores = call->outputs[0];
    for (size_t r = 0; r < d->rows; r++, x += d->columns, scores += d->e->n_targets) {
        score_row(d, x, scores, call->scratch);
        sedge_scores_post(d->e->post, scores, d->e->n_targets);
    }
}

/* ---- open ---- */

sedge_status sedge_op_tree_ensemble_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tree_ensemble *e = site->op->u.trees;
    const sedge_tensor *x = sedge_op_input(site, 0);
    if (site->op->n_outputs != (e->classifier ? 2 : 1))
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs, %d are needed", site->op->n_outputs, e->classifier ? 2 : 1);
    sedge_status st = sedge_op_want_type(x, SEDGE_FLOAT32, err);
    if (!st && e->classifier)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_INT64, err);
    sedge_tensor *scores = sedge_op_output(site, e->classifier ? 1 : 0);
    if (!st)
        st = sedge_op_set_type(scores, SEDGE_FLOAT32, err);
    if (st)
        return st;
    if (x->rank != 2 || (uint32_t)x->dims[1] < e->n_features)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' must have rows of at least %u columns", x->name,
                          e->n_features);
    if (e->classifier)
        st = sedge_op_set_shape(sedge_op_output(site, 0), 1, x->dims, err);
    return st ? st : sedge_op_set_shape(scores, 2, (int32_t[]){ x->dims[0], (int32_t)e->n_targets }, err);
}

/* entries sorted by leaf, keeping the file's order within each: counts, starts, places */
static void place_entries(const sedge_tree_ensemble *e, const sedge_tree_links *links, const uint32_t *leaf_index,
                          prepared *d, uint32_t n_leaves) {
    for (uint32_t i = 0; i < e->n_leaves; i++)
        d->leaves[leaf_index[links->leaf_node[i]]].n++;
    uint32_t start = 0;
    for (uint32_t i = 0; i < n_leaves; i++) {
        d->leaves[i].first = start;
        start += d->leaves[i].n;
        d->leaves[i].n = 0;
    }
    for (uint32_t i = 0; i < e->n_leaves; i++) {
        leaf *l = &d->leaves[leaf_index[links->leaf_node[i]]];
        d->entries[l->first + l->n++] = (entry){ e->leaves[i].target, e->leaves[i].weight };
    }
}

/* numbers branches and leaves separately: what a node is called as a child */
static uint32_t number_nodes(const sedge_tree_ensemble *e, uint32_t *child, uint32_t *leaf_index) {
    uint32_t branches = 0, leaves = 0;
    for (uint32_t i = 0; i < e->n_nodes; i++) {
        bool is_leaf = e->nodes[i].mode == SEDGE_TREE_LEAF;
        leaf_index[i] = leaves;
        child[i] = is_leaf ? leaves++ | LEAF_BIT : branches++;
    }
    return leaves;
}

static void place_branches(const sedge_tree_ensemble *e, const sedge_tree_links *links, const uint32_t *child,
                           prepared *d) {
    for (uint32_t i = 0; i < e->n_nodes; i++) {
        const sedge_tree_node *n = &e->nodes[i];
        if (n->mode != SEDGE_TREE_LEAF)
            d->branches[child[i]] = (branch){ n->value,           (uint16_t)n->feature,     (uint8_t)n->mode,
                                              n->missing_is_true, child[links->if_true[i]], child[links->if_false[i]] };
    }
    for (uint32_t r = 0; r < links->n_roots; r++)
        d->roots[r] = child[links->roots[r]];
}

/* branches that the longest way through one tree passes */
static uint32_t longest_way(const sedge_tree_links *links, const uint32_t *child, uint32_t root, uint32_t *stack) {
    uint32_t longest = 0, n = 0;
    stack[n++] = root;
    stack[n++] = 0;
    while (n) {
        uint32_t depth = stack[--n], at = stack[--n];
        longest = depth > longest ? depth : longest;
        if (child[at] & LEAF_BIT)
            continue;
        stack[n++] = links->if_true[at];
        stack[n++] = depth + 1;
        stack[n++] = links->if_false[at];
        stack[n++] = depth + 1;
    }
    return longest;
}

static sedge_status prepare_in(const sedge_op_site *site, sedge_pool *work, prepared *d, uint64_t *ret_steps,
                               sedge_error *err) {
    const sedge_tree_ensemble *e = site->op->u.trees;
    sedge_tree_links links;
    sedge_status st = sedge_tree_link(e, work, &links, err);
    if (st)
        return st;
    uint32_t *child = sedge_pool_take(work, e->n_nodes, sizeof *child);
    uint32_t *leaf_index = sedge_pool_take(work, e->n_nodes, sizeof *leaf_index);
    uint32_t *stack = sedge_pool_take(work, 2 * (size_t)e->n_nodes + 2, sizeof *stack);
    if (!child || !leaf_index || !stack)
        return sedge_op_no_memory(err);
    uint32_t n_leaves = number_nodes(e, child, leaf_index);
    d->roots = sedge_pool_take(site->pool, links.n_roots, sizeof *d->roots);
    d->branches = sedge_pool_take(site->pool, e->n_nodes - n_leaves, sizeof *d->branches);
    d->leaves = sedge_pool_take(site->pool, n_leaves, sizeof *d->leaves);
    d->entries = sedge_pool_take(site->pool, e->n_leaves, sizeof *d->entries);
    if (!d->roots || !d->branches || !d->leaves || !d->entries)
        return sedge_op_no_memory(err);
    d->n_roots = links.n_roots;
    d->binary = links.binary;
    place_branches(e, &links, child, d);
    place_entries(e, &links, leaf_index, d, n_leaves);
    for (uint32_t r = 0; r < links.n_roots; r++)
        *ret_steps += longest_way(&links, child, links.roots[r], stack);
    return SEDGE_OK;
}

sedge_status sedge_op_tree_ensemble_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tree_ensemble *e = site->op->u.trees;
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->e = e;
    d->rows = (size_t)x->dims[0];
    d->columns = (size_t)x->dims[1];
    size_t before = site->pool->used;
    uint64_t steps = 0;
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    sedge_status st = prepare_in(site, &work, d, &steps, err);
    sedge_pool_done(&work);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = e->classifier ? run_classifier : run_regressor,
                             .data = d,
                             .kernel = "tree_ensemble_f32_scalar",
                             .packed_bytes = site->pool->used - before,
                             .scratch_bytes = e->n_targets,
                             .macs = steps * d->rows };
    return SEDGE_OK;
}
