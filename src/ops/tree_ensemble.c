/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TREE_ENSEMBLE: TreeEnsembleClassifier, TreeEnsembleRegressor and TreeEnsemble of ai.onnx.ml on [rows, columns]
 * numbers. Sums are float32, or float64 where the file's weights are, trees in the order of the file. The label is the
 * class with the largest score, the first of equals. Source: the operators' documentation and ONNX's reference
 * implementation.
 *
 * Ensembles that fit perfect_trees.h walk eight ways at a time; others, and float64 rows, go node by node.
 */
#include <string.h>

#include "base/exact_math.h"
#include "model/tree_link.h"
#include "ops/features.h"
#include "ops/numbers.h"
#include "ops/ops.h"
#include "ops/perfect_trees.h"

/* a child with this bit is a leaf */
#define LEAF_BIT UINT32_C(0x80000000)

/* rows of a block, and values of them; a block of one group of lanes may be larger */
enum { BLOCK_ROWS = 64, BLOCK_VALUES = 16384, ALONE_MAX = 2 };

/* a branch; if_true and if_false are indices of branches, or of leaves with LEAF_BIT */
typedef struct branch {
    double value;
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
    double weight;
} entry;

typedef struct prepared {
    const sedge_tree_ensemble *e;
    sedge_features x;
    sedge_dtype out;
    bool binary;
    uint32_t n_roots;
    uint32_t *roots; /* as children */
    branch *branches;
    leaf *leaves;
    entry *entries;
    bool perfect;
    sedge_perfect_trees trees; /* perfect; their ends are indices of leaves */
    const float *values;       /* perfect: by end, where every leaf of a tree has one entry, of the tree's target */
    const uint32_t *targets;   /* with values: by tree */
    size_t block_rows;
} prepared;

/* scratch: lanes [block_rows * features] | row [columns] | has [block_rows * targets] */
typedef struct blocks {
    float *lanes, *row;
    uint8_t *has;
} blocks;

/* ---- scores ---- */

static double combine(const sedge_tree_ensemble *e, double score, double weight, bool first) {
    if (e->aggregate == SEDGE_TREE_MIN)
        return first || weight < score ? weight : score;
    if (e->aggregate == SEDGE_TREE_MAX)
        return first || weight > score ? weight : score;
    return e->wide ? score + weight : (double)((float)score + (float)weight);
}

static double base_added(const prepared *d, uint32_t i, double score, uint8_t *has) {
    const sedge_tree_ensemble *e = d->e;
    if (e->aggregate == SEDGE_TREE_AVERAGE)
        score = e->wide ? score / (double)d->n_roots : (double)((float)score / (float)d->n_roots);
    if (i >= e->n_base_values)
        return score;
    has[i] = 1;
    return e->wide ? score + (double)e->base_values[i] : (double)((float)score + e->base_values[i]);
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

/* the sums of a row to what the operator gives out */
static void finish(const prepared *d, const sedge_op_call *call, size_t row, float *scores, const uint8_t *has) {
    const sedge_tree_ensemble *e = d->e;
    if (!e->classifier) {
        sedge_scores_post(e->post, scores, e->n_targets);
        return;
    }
    int64_t label = d->binary ? finish_binary(d, scores) : finish_classes(d, scores, has);
    sedge_labels_store(call->outputs[0], e->text_labels, row, label);
}

/* ---- node by node ---- */

static bool goes_true(const branch *b, double x) {
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

/* other integers are float32 to a tree, as ONNX Runtime has it */
static double value_at(const prepared *d, const void *x, size_t row, uint32_t feature) {
    double v;
    if (d->x.dtype == SEDGE_FLOAT32)
        return (double)((const float *)x)[row * d->x.columns + feature];
    sedge_load_f64(d->x.dtype, x, row * d->x.columns + feature, 1, 1, &v);
    return d->x.dtype == SEDGE_FLOAT64 ? v : (double)(float)v;
}

static const leaf *find_leaf(const prepared *d, uint32_t at, const void *x, size_t row) {
    while (!(at & LEAF_BIT)) {
        const branch *b = &d->branches[at];
        at = goes_true(b, value_at(d, x, row, b->feature)) ? b->if_true : b->if_false;
    }
    return &d->leaves[at & ~LEAF_BIT];
}

/* scratch: scores in double [targets] | has [targets] */
static void run_nodes(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const sedge_tree_ensemble *e = d->e;
    double *sums = call->scratch;
    uint8_t *has = (uint8_t *)(sums + e->n_targets);
    for (size_t r = 0; r < d->x.rows; r++) {
        memset(sums, 0, e->n_targets * sizeof *sums);
        memset(has, 0, e->n_targets);
        for (uint32_t t = 0; t < d->n_roots; t++) {
            const leaf *l = find_leaf(d, d->roots[t], call->inputs[0], r);
            for (const entry *w = &d->entries[l->first]; w < &d->entries[l->first + l->n]; w++) {
                sums[w->target] = combine(e, sums[w->target], w->weight, !has[w->target]);
                has[w->target] = 1;
            }
        }
        for (uint32_t i = 0; i < e->n_targets; i++)
            sums[i] = base_added(d, i, sums[i], has);
        void *scores = call->outputs[e->classifier ? 1 : 0];
        sedge_store_f64(d->out, scores, r * e->n_targets, e->n_targets, sums);
        if (d->out == SEDGE_FLOAT32)
            finish(d, call, r, (float *)scores + r * e->n_targets, has);
    }
}

/* ---- perfect trees ---- */

static void add_end(const prepared *d, uint32_t t, uint32_t end, float *scores, uint8_t *has) {
    size_t at = ((size_t)t << d->trees.depth) + end;
    if (d->values) {
        scores[d->targets[t]] += d->values[at];
        has[d->targets[t]] = 1;
        return;
    }
    const leaf *l = &d->leaves[d->trees.leaves[at]];
    for (const entry *w = &d->entries[l->first]; w < &d->entries[l->first + l->n]; w++) {
        scores[w->target] = (float)combine(d->e, (double)scores[w->target], w->weight, !has[w->target]);
        has[w->target] = 1;
    }
}

/* rows of a block in groups of lanes; what is beyond the rows is 0 */
static void load_lanes(const prepared *d, const void *x, size_t first, size_t rows, const blocks *w) {
    size_t n = d->e->n_features, groups = (rows + SEDGE_TREE_LANES - 1) / SEDGE_TREE_LANES;
    if (rows % SEDGE_TREE_LANES)
        memset(w->lanes + (groups - 1) * n * SEDGE_TREE_LANES, 0, n * SEDGE_TREE_LANES * sizeof *w->lanes);
    for (size_t r = 0; r < rows; r++) {
        const float *row = sedge_features_row(&d->x, x, first + r, w->row);
        float *to = w->lanes + r / SEDGE_TREE_LANES * n * SEDGE_TREE_LANES + r % SEDGE_TREE_LANES;
        for (size_t f = 0; f < n; f++)
            to[f * SEDGE_TREE_LANES] = row[f];
    }
}

/* few rows, one after the other: eight trees at a time */
static void sum_alone(const prepared *d, size_t rows, const blocks *w, float *scores) {
    uint32_t ends[SEDGE_TREE_LANES], targets = d->e->n_targets;
    for (size_t r = 0; r < rows; r++)
        for (uint32_t t = 0; t < d->n_roots; t += SEDGE_TREE_LANES) {
            sedge_perfect_trees_ways(&d->trees, t, w->lanes + r, ends);
            for (uint32_t k = 0; k < SEDGE_TREE_LANES && t + k < d->n_roots; k++)
                add_end(d, t + k, ends[k], scores + r * targets, w->has + r * targets);
        }
}

/* tree by tree: eight rows at a time */
static void sum_block(const prepared *d, size_t rows, const blocks *w, float *scores) {
    uint32_t ends[SEDGE_TREE_LANES], targets = d->e->n_targets;
    size_t group = (size_t)d->e->n_features * SEDGE_TREE_LANES;
    for (uint32_t t = 0; t < d->n_roots; t++)
        for (size_t r = 0; r < rows; r += SEDGE_TREE_LANES) {
            sedge_perfect_trees_rows(&d->trees, t, w->lanes + r / SEDGE_TREE_LANES * group, ends);
            for (size_t k = 0; k < SEDGE_TREE_LANES && r + k < rows; k++)
                add_end(d, t, ends[k], scores + (r + k) * targets, w->has + (r + k) * targets);
        }
}

static blocks blocks_of(const prepared *d, void *scratch) {
    blocks w = { .lanes = scratch };
    w.row = w.lanes + d->block_rows * d->e->n_features;
    w.has = (uint8_t *)(w.row + d->x.columns);
    return w;
}

static size_t perfect_scratch(const prepared *d) {
    return (d->block_rows * d->e->n_features + d->x.columns) * sizeof(float) + d->block_rows * d->e->n_targets;
}

static void run_perfect(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const sedge_tree_ensemble *e = d->e;
    const blocks w = blocks_of(d, call->scratch);
    for (size_t first = 0; first < d->x.rows; first += d->block_rows) {
        size_t rows = d->x.rows - first < d->block_rows ? d->x.rows - first : d->block_rows;
        float *scores = (float *)call->outputs[e->classifier ? 1 : 0] + first * e->n_targets;
        memset(scores, 0, rows * e->n_targets * sizeof *scores);
        memset(w.has, 0, rows * e->n_targets);
        load_lanes(d, call->inputs[0], first, rows, &w);
        if (rows <= ALONE_MAX)
            sum_alone(d, rows, &w, scores);
        else
            sum_block(d, rows, &w, scores);
        for (size_t r = 0; r < rows; r++, scores += e->n_targets) {
            uint8_t *has = w.has + r * e->n_targets;
            for (uint32_t i = 0; i < e->n_targets; i++)
                scores[i] = (float)base_added(d, i, (double)scores[i], has);
            finish(d, call, first + r, scores, has);
        }
    }
}

/* ---- open ---- */

static sedge_dtype output_type(const sedge_tree_ensemble *e, const sedge_tensor *x) {
    return e->as_input && x->dtype == SEDGE_FLOAT64 ? SEDGE_FLOAT64 : SEDGE_FLOAT32;
}

sedge_status sedge_op_tree_ensemble_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tree_ensemble *e = site->op->u.trees;
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_features f;
    if (site->op->n_outputs != (e->classifier ? 2u : 1u))
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs, %d are needed", site->op->n_outputs, e->classifier ? 2 : 1);
    sedge_status st = sedge_features_of(x, &f, err);
    if (st)
        return st;
    if (x->rank != 2 || f.columns < e->n_features)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' must have rows of at least %u columns", x->name,
                          e->n_features);
    sedge_tensor *scores = sedge_op_output(site, e->classifier ? 1 : 0);
    if (output_type(e, x) == SEDGE_FLOAT64 && e->post != SEDGE_TREE_POST_NONE)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "a post transform of float64");
    st = sedge_op_set_type(scores, output_type(e, x), err);
    if (!st && e->classifier)
        st = sedge_labels_shape(sedge_op_output(site, 0), e->text_labels, x->dims[0], err);
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

/* by end the weight, where every leaf of a tree speaks once, and of one target */
static sedge_status make_values(const sedge_op_site *site, prepared *d, sedge_error *err) {
    size_t n = (size_t)d->n_roots << d->trees.depth;
    float *values = sedge_pool_take(site->pool, n, sizeof *values);
    uint32_t *targets = sedge_pool_take(site->pool, d->n_roots, sizeof *targets);
    if (!values || !targets)
        return sedge_op_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const leaf *l = &d->leaves[d->trees.leaves[i]];
        uint32_t t = (uint32_t)(i >> d->trees.depth), target = l->n ? d->entries[l->first].target : 0;
        targets[t] = i % ((size_t)1 << d->trees.depth) == 0 ? target : targets[t];
        if (l->n != 1 || target != targets[t])
            return SEDGE_OK; /* values stay unused */
        values[i] = (float)d->entries[l->first].weight;
    }
    d->values = values;
    d->targets = targets;
    return SEDGE_OK;
}

static sedge_status make_perfect(const sedge_op_site *site, const sedge_tree_links *links, const uint32_t *leaf_index,
                                 prepared *d, sedge_error *err) {
    const sedge_tree_ensemble *e = site->op->u.trees;
    uint32_t depth;
    if (e->wide || d->x.dtype == SEDGE_FLOAT64 || !sedge_perfect_trees_fit(e, links, &depth))
        return SEDGE_OK;
    if (!sedge_perfect_trees_make(e, links, depth, leaf_index, site->pool, &d->trees))
        return sedge_op_no_memory(err);
    size_t fit = BLOCK_VALUES / (e->n_features + 1) / SEDGE_TREE_LANES * SEDGE_TREE_LANES;
    size_t most = fit < SEDGE_TREE_LANES ? SEDGE_TREE_LANES : fit < BLOCK_ROWS ? fit : BLOCK_ROWS;
    size_t rows = (d->x.rows + SEDGE_TREE_LANES - 1) / SEDGE_TREE_LANES * SEDGE_TREE_LANES;
    d->block_rows = rows < most ? rows : most;
    d->perfect = true;
    bool sums = e->aggregate == SEDGE_TREE_SUM || e->aggregate == SEDGE_TREE_AVERAGE;
    return sums ? make_values(site, d, err) : SEDGE_OK;
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
    return make_perfect(site, &links, leaf_index, d, err);
}

sedge_status sedge_op_tree_ensemble_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tree_ensemble *e = site->op->u.trees;
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->e = e;
    d->out = output_type(e, x);
    sedge_status st = sedge_features_of(x, &d->x, err);
    if (st)
        return st;
    size_t before = site->pool->used;
    uint64_t steps = 0;
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    st = prepare_in(site, &work, d, &steps, err);
    sedge_pool_done(&work);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = d->perfect ? run_perfect : run_nodes,
                             .data = d,
                             .kernel = d->perfect ? "tree_ensemble_perfect_scalar" : "tree_ensemble_nodes_scalar",
                             .packed_bytes = site->pool->used - before,
                             .scratch_bytes = d->perfect ? perfect_scratch(d) : e->n_targets * (sizeof(double) + 1),
                             .macs = steps * d->x.rows };
    return SEDGE_OK;
}
