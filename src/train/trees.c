/* SPDX-License-Identifier: Apache-2.0 */
#include "train/trees.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "base/pool.h"
#include "conf/json.h"

struct sedge_trees {
    BoosterHandle booster;
    sedge_pool pool; /* everything below */
    sedge_tree_ensemble ensemble;
    uint32_t depth;
};

static const sedge_json_limits model_limits = { .bytes = (size_t)512 << 20, .depth = 32, .values = 1u << 26 };
static const size_t pool_max = (size_t)1 << 30;

static sedge_status xgboost_said(int code, const char *doing, sedge_error *err) {
    if (code == 0)
        return SEDGE_OK;
    const char *why = XGBGetLastError();
    return sedge_fail(err, SEDGE_EINTERNAL, "XGBoost, %s: %.*s", doing, (int)strcspn(why, "\n"), why);
}

/* ---- checks ---- */

static sedge_status check_options(const sedge_trees_options *o, sedge_error *err) {
    if (o->rounds < 1 || o->rounds > SEDGE_TREES_ROUNDS_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "rounds is %u, it must be 1 to %d", o->rounds, SEDGE_TREES_ROUNDS_MAX);
    if (o->depth < 1 || o->depth > SEDGE_TREES_DEPTH_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "depth is %u, it must be 1 to %d", o->depth, SEDGE_TREES_DEPTH_MAX);
    const struct {
        const char *name;
        double value, above, most;
    } numbers[] = {
        { "learning_rate", o->learning_rate, 0, 1 },
        { "subsample", o->subsample, 0, 1 },
        { "columns", o->columns, 0, 1 },
        { "min_child_weight", o->min_child_weight, -1e-300, 1e6 },
        { "l2", o->l2, -1e-300, 1e6 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(numbers); i++)
        if (!(numbers[i].value > numbers[i].above && numbers[i].value <= numbers[i].most))
            return sedge_fail(err, SEDGE_EINVALID, "%s is %g, it must be %s 0 and at most %g", numbers[i].name,
                              numbers[i].value, numbers[i].above < 0 ? "at least" : "more than", numbers[i].most);
    return SEDGE_OK;
}

static sedge_status check_data(const sedge_trees_data *d, sedge_error *err) {
    if (d->n == 0 || d->n_features == 0)
        return sedge_fail(err, SEDGE_EINVALID, "there are no examples to train on");
    if (d->n_features > SEDGE_TREE_FEATURES_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "%u features, the limit is %d", d->n_features, SEDGE_TREE_FEATURES_MAX);
    if (!d->labels == !d->targets)
        return sedge_fail(err, SEDGE_EINVALID, "trees learn from labels or from targets");
    if (d->labels && (d->n_classes < 2 || d->n_classes > SEDGE_TREE_TARGETS_MAX))
        return sedge_fail(err, SEDGE_EINVALID, "%u classes, there must be 2 to %d", d->n_classes,
                          SEDGE_TREE_TARGETS_MAX);
    for (size_t r = 0; r < d->n; r++) {
        if (d->labels && (d->labels[r] < 0 || (uint32_t)d->labels[r] >= d->n_classes))
            return sedge_fail(err, SEDGE_EINVALID, "row %zu: label %d is not in 0..%u", r, d->labels[r],
                              d->n_classes - 1);
        if (d->targets && !isfinite(d->targets[r]))
            return sedge_fail(err, SEDGE_EINVALID, "row %zu: the target is not a finite number", r);
        for (uint32_t i = 0; i < d->n_features; i++)
            if (isinf(d->x[r * d->n_features + i]))
                return sedge_fail(err, SEDGE_EINVALID, "row %zu: input %u is infinite", r, i);
    }
    return SEDGE_OK;
}

/* ---- growing ---- */

typedef struct matrix {
    DMatrixHandle handle;
} matrix;

static void matrix_done(matrix *m) {
    if (m->handle)
        (void)XGDMatrixFree(m->handle);
}
#define AUTO_MATRIX SEDGE_CLEANUP(matrix_done) matrix

static sedge_status matrix_of_rows(matrix *m, const float *x, size_t n, uint32_t n_features, sedge_error *err) {
    return xgboost_said(XGDMatrixCreateFromMat_omp(x, n, n_features, NAN, &m->handle, 1), "taking the data", err);
}

static sedge_status set_column(matrix *m, const char *field, const float *values, size_t n, sedge_error *err) {
    return xgboost_said(XGDMatrixSetFloatInfo(m->handle, field, values, n), "taking the labels", err);
}

static sedge_status matrix_of_data(matrix *m, const sedge_trees_data *d, sedge_error *err) {
    sedge_status st = matrix_of_rows(m, d->x, d->n, d->n_features, err);
    if (st)
        return st;
    if (d->targets)
        return set_column(m, "label", d->targets, d->n, err);
    SEDGE_AUTO_MEM float *column = calloc(d->n, sizeof *column);
    if (!column)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu labels", d->n);
    for (size_t r = 0; r < d->n; r++)
        column[r] = (float)d->labels[r];
    if ((st = set_column(m, "label", column, d->n, err)) || !d->class_weights)
        return st;
    for (size_t r = 0; r < d->n; r++)
        column[r] = d->class_weights[d->labels[r]];
    return set_column(m, "weight", column, d->n, err);
}

static float mean_target(const sedge_trees_data *d) {
    double sum = 0;
    for (size_t r = 0; r < d->n; r++)
        sum += (double)d->targets[r];
    return (float)(sum / (double)d->n);
}

/** Sums start at 0, so that the ensemble needs no base values; a regressor starts at the mean. */
static sedge_status set_parameters(BoosterHandle booster, const sedge_trees_data *d, const sedge_trees_options *o,
                                   sedge_error *err) {
    bool multi = d->labels && d->n_classes > 2;
    char texts[9][32];
    (void)snprintf(texts[0], sizeof texts[0], "%u", o->depth);
    (void)snprintf(texts[1], sizeof texts[1], "%.17g", o->learning_rate);
    (void)snprintf(texts[2], sizeof texts[2], "%.17g", o->min_child_weight);
    (void)snprintf(texts[3], sizeof texts[3], "%.17g", o->l2);
    (void)snprintf(texts[4], sizeof texts[4], "%.17g", o->subsample);
    (void)snprintf(texts[5], sizeof texts[5], "%.17g", o->columns);
    (void)snprintf(texts[6], sizeof texts[6], "%u", (unsigned)(o->seed & 0x7fffffff));
    (void)snprintf(texts[7], sizeof texts[7], "%u", d->n_classes);
    (void)snprintf(texts[8], sizeof texts[8], "%.9g", d->targets ? (double)mean_target(d) : multi ? 0 : 0.5);
    const struct {
        const char *name, *value;
    } parameters[] = {
        { "verbosity", "0" },
        { "nthread", "1" },
        { "tree_method", "hist" },
        { "objective", d->targets ? "reg:squarederror"
                       : multi    ? "multi:softprob"
                                  : "binary:logistic" },
        { "max_depth", texts[0] },
        { "learning_rate", texts[1] },
        { "min_child_weight", texts[2] },
        { "lambda", texts[3] },
        { "subsample", texts[4] },
        { "colsample_bytree", texts[5] },
        { "seed", texts[6] },
        { "base_score", texts[8] },
        { "num_class", texts[7] },
    };
    for (size_t i = 0; i < SEDGE_COUNT(parameters) - !multi; i++) {
        sedge_status st =
            xgboost_said(XGBoosterSetParam(booster, parameters[i].name, parameters[i].value), parameters[i].name, err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

static sedge_status grow(sedge_trees *t, const sedge_trees_data *d, const sedge_trees_options *o, sedge_error *err) {
    AUTO_MATRIX m = { 0 };
    sedge_status st = matrix_of_data(&m, d, err);
    if (st)
        return st;
    if ((st = xgboost_said(XGBoosterCreate(&m.handle, 1, &t->booster), "starting", err)) ||
        (st = set_parameters(t->booster, d, o, err)))
        return st;
    for (uint32_t i = 0; i < o->rounds; i++)
        if ((st = xgboost_said(XGBoosterUpdateOneIter(t->booster, (int)i, m.handle), "growing a tree", err)))
            return st;
    return SEDGE_OK;
}

/* ---- from XGBoost's JSON to the ensemble ---- */

/** The arrays of one tree; all have `n` entries. */
typedef struct tree_arrays {
    size_t n;
    const json_t *left, *right, *feature, *value, *default_left;
} tree_arrays;

static sedge_status read_array(const sedge_json *tree, const char *key, size_t n, const json_t **ret,
                               sedge_error *err) {
    sedge_json array;
    sedge_status st = sedge_json_array(tree, key, &array, err);
    if (st)
        return st;
    if (n && sedge_json_count(&array) != n)
        return sedge_json_fail(&array, SEDGE_EINTERNAL, err, "%zu entries, not %zu", sedge_json_count(&array), n);
    *ret = array.value;
    return SEDGE_OK;
}

static sedge_status read_tree(const sedge_json *tree, tree_arrays *ret, sedge_error *err) {
    tree_arrays a = { 0 };
    sedge_status st = read_array(tree, "left_children", 0, &a.left, err);
    if (st)
        return st;
    a.n = json_array_size(a.left);
    if ((st = read_array(tree, "right_children", a.n, &a.right, err)) ||
        (st = read_array(tree, "split_indices", a.n, &a.feature, err)) ||
        (st = read_array(tree, "split_conditions", a.n, &a.value, err)) ||
        (st = read_array(tree, "default_left", a.n, &a.default_left, err)))
        return st;
    *ret = a;
    return SEDGE_OK;
}

static double number(const json_t *array, size_t i) {
    const json_t *item = json_array_get(array, i);
    return json_is_boolean(item) ? json_is_true(item) : json_number_value(item);
}

typedef struct builder {
    sedge_trees *trees;
    sedge_tree_node *nodes;
    sedge_tree_leaf *leaves;
    uint32_t n_nodes, n_leaves;
} builder;

/** Adds node i of the tree and all below it; pruned nodes are not reached. */
static sedge_status add_nodes(builder *b, const tree_arrays *a, uint32_t tree, uint32_t target, size_t i,
                              uint32_t depth, sedge_error *err) {
    if (i >= a->n || depth > SEDGE_TREES_DEPTH_MAX)
        return sedge_fail(err, SEDGE_EINTERNAL, "tree %u: node %zu at depth %u", tree, i, depth);
    if (depth > b->trees->depth)
        b->trees->depth = depth;
    double left = number(a->left, i), right = number(a->right, i);
    float value = (float)number(a->value, i);
    sedge_tree_node *node = &b->nodes[b->n_nodes++];
    *node = (sedge_tree_node){ .tree = tree, .node = (uint32_t)i, .mode = SEDGE_TREE_LEAF };
    if (left < 0) {
        b->leaves[b->n_leaves++] = (sedge_tree_leaf){ tree, (uint32_t)i, target, value };
        return SEDGE_OK;
    }
    node->mode = SEDGE_TREE_BRANCH_LT;
    node->feature = (uint32_t)number(a->feature, i);
    node->value = value;
    node->if_true = (uint32_t)left;
    node->if_false = (uint32_t)right;
    node->missing_is_true = number(a->default_left, i) != 0;
    sedge_status st = add_nodes(b, a, tree, target, (size_t)left, depth + 1, err);
    return st ? st : add_nodes(b, a, tree, target, (size_t)right, depth + 1, err);
}

static sedge_status read_trees(builder *b, const sedge_json *model, sedge_error *err) {
    sedge_json trees, targets;
    sedge_status st = sedge_json_array(model, "trees", &trees, err);
    if (st || (st = sedge_json_array(model, "tree_info", &targets, err)))
        return st;
    size_t n = sedge_json_count(&trees), nodes = 0;
    for (size_t i = 0; i < n; i++) {
        sedge_json tree = sedge_json_item(&trees, i);
        tree_arrays a;
        if ((st = read_tree(&tree, &a, err)))
            return st;
        nodes += a.n;
    }
    b->nodes = sedge_pool_take(&b->trees->pool, nodes, sizeof *b->nodes);
    b->leaves = sedge_pool_take(&b->trees->pool, nodes, sizeof *b->leaves);
    if (!b->nodes || !b->leaves || nodes > SEDGE_TREE_NODES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu nodes of trees, the limit is %d", nodes, SEDGE_TREE_NODES_MAX);
    bool one_sum = b->trees->ensemble.n_targets <= 2;
    for (size_t i = 0; i < n; i++) {
        sedge_json tree = sedge_json_item(&trees, i);
        uint32_t target = one_sum ? 0 : (uint32_t)number(targets.value, i);
        tree_arrays a;
        if ((st = read_tree(&tree, &a, err)) || (st = add_nodes(b, &a, (uint32_t)i, target, 0, 0, err)))
            return st;
    }
    return SEDGE_OK;
}

static sedge_status describe(sedge_trees *t, const sedge_trees_data *d, sedge_error *err) {
    sedge_tree_ensemble *e = &t->ensemble;
    e->n_features = d->n_features;
    e->classifier = d->labels != NULL;
    e->n_targets = d->labels ? d->n_classes : 1;
    e->post = !d->labels          ? SEDGE_TREE_POST_NONE
              : d->n_classes == 2 ? SEDGE_TREE_POST_LOGISTIC
                                  : SEDGE_TREE_POST_SOFTMAX;
    e->aggregate = SEDGE_TREE_SUM;
    int64_t *labels = sedge_pool_take(&t->pool, e->n_targets, sizeof *labels);
    float *base = sedge_pool_take(&t->pool, 1, sizeof *base);
    if (!labels || !base)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for trees");
    for (uint32_t i = 0; i < e->n_targets; i++)
        labels[i] = i;
    if (e->classifier) {
        e->labels = labels;
    } else {
        *base = mean_target(d);
        e->base_values = base;
        e->n_base_values = 1;
    }
    return SEDGE_OK;
}

static sedge_status take_over(sedge_trees *t, const sedge_trees_data *d, sedge_error *err) {
    sedge_status st = describe(t, d, err);
    if (st)
        return st;
    bst_ulong size = 0;
    const char *text = NULL;
    if ((st = xgboost_said(XGBoosterSaveModelToBuffer(t->booster, "{\"format\": \"json\"}", &size, &text), "saving",
                           err)))
        return st;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    if ((st = sedge_json_load(sedge_bytes_of(text, size), &model_limits, "XGBoost's model", &doc, err)))
        return st;
    sedge_json root = sedge_json_root("XGBoost's model", doc), learner, booster, model;
    builder b = { .trees = t };
    if ((st = sedge_json_object(&root, "learner", &learner, err)) ||
        (st = sedge_json_object(&learner, "gradient_booster", &booster, err)) ||
        (st = sedge_json_object(&booster, "model", &model, err)) || (st = read_trees(&b, &model, err)))
        return st;
    t->ensemble.n_nodes = b.n_nodes;
    t->ensemble.nodes = b.nodes;
    t->ensemble.n_leaves = b.n_leaves;
    t->ensemble.leaves = b.leaves;
    return SEDGE_OK;
}

sedge_status sedge_trees_train(const sedge_trees_data *data, const sedge_trees_options *options, sedge_trees **ret,
                               sedge_error *err) {
    sedge_status st = check_options(options, err);
    if (st || (st = check_data(data, err)))
        return st;
    sedge_auto(sedge_trees) t = calloc(1, sizeof *t);
    if (!t)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for trees");
    t->pool = sedge_pool_init(pool_max);
    if ((st = grow(t, data, options, err)) || (st = take_over(t, data, err)))
        return st;
    *ret = SEDGE_STEAL(t);
    return SEDGE_OK;
}

void sedge_trees_free(sedge_trees *trees) {
    if (!trees)
        return;
    if (trees->booster)
        (void)XGBoosterFree(trees->booster);
    sedge_pool_done(&trees->pool);
    free(trees);
}

const sedge_tree_ensemble *sedge_trees_ensemble(const sedge_trees *trees) {
    return &trees->ensemble;
}

uint32_t sedge_trees_depth(const sedge_trees *trees) {
    return trees->depth;
}

sedge_status sedge_trees_predict(const sedge_trees *trees, const float *x, size_t n, float *ret_y, sedge_error *err) {
    const sedge_tree_ensemble *e = &trees->ensemble;
    AUTO_MATRIX m = { 0 };
    sedge_status st = matrix_of_rows(&m, x, n, e->n_features, err);
    if (st)
        return st;
    bst_ulong size = 0;
    const float *y = NULL;
    if ((st = xgboost_said(XGBoosterPredict(trees->booster, m.handle, 0, 0, 0, &size, &y), "predicting", err)))
        return st;
    bool both = e->classifier && e->n_targets == 2;
    if (size != n * (both ? 1 : e->n_targets))
        return sedge_fail(err, SEDGE_EINTERNAL, "XGBoost gave %zu values for %zu rows", (size_t)size, n);
    if (!both) {
        memcpy(ret_y, y, size * sizeof *y);
        return SEDGE_OK;
    }
    for (size_t r = 0; r < n; r++) {
        ret_y[2 * r] = 1 - y[r];
        ret_y[2 * r + 1] = y[r];
    }
    return SEDGE_OK;
}
