/* SPDX-License-Identifier: Apache-2.0 */
#include "train/trees.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "base/random.h"
#include "model/onnx_write.h"
#include "train/evaluate.h"

enum { ROWS = 600, WIDTH = 6, CLASSES_MAX = 4 };

typedef struct examples {
    float x[ROWS * WIDTH];
    int32_t labels[ROWS];
    float targets[ROWS];
} examples;

/** Rules on noise; every 11th value is missing. */
static void make_examples(examples *e, int32_t n_classes) {
    sedge_random r;
    sedge_random_init(&r, 3);
    for (size_t i = 0; i < ROWS; i++) {
        float *x = &e->x[i * WIDTH];
        for (size_t k = 0; k < WIDTH; k++)
            x[k] = (float)sedge_random_normal(&r);
        e->labels[i] = (x[0] > 0.3f) + (n_classes > 2) * ((x[1] * x[2] > 0) + (x[3] > 1));
        e->targets[i] = 20 + 3 * x[0] - x[1] * x[2];
        for (size_t k = 0; k < WIDTH; k++)
            if ((i * WIDTH + k) % 11 == 0)
                x[k] = (float)NAN;
    }
}

static const sedge_tree_node *find_node(const sedge_tree_ensemble *e, uint32_t tree, uint32_t node) {
    for (uint32_t i = 0; i < e->n_nodes; i++)
        if (e->nodes[i].tree == tree && e->nodes[i].node == node)
            return &e->nodes[i];
    return NULL;
}

/** The sums of the leaves that x falls into: a second, plain reading of what the ensemble's fields mean. */
static void walk(const sedge_tree_ensemble *e, const float *x, double *sums) {
    for (uint32_t i = 0; i < e->n_leaves; i++) {
        const sedge_tree_leaf *leaf = &e->leaves[i];
        const sedge_tree_node *node = find_node(e, leaf->tree, 0);
        while (node && node->mode != SEDGE_TREE_LEAF) {
            assert_int_equal(node->mode, SEDGE_TREE_BRANCH_LT);
            float v = x[node->feature];
            int yes = isnan(v) ? node->missing_is_true : (double)v < node->value;
            node = find_node(e, leaf->tree, yes ? node->if_true : node->if_false);
        }
        assert_non_null(node);
        if (node && node->node == leaf->node)
            sums[leaf->target] += (double)leaf->weight;
    }
}

static void probabilities(const sedge_tree_ensemble *e, const double *sums, double *ret) {
    double whole = 0;
    if (e->post == SEDGE_TREE_POST_LOGISTIC) {
        ret[1] = 1 / (1 + exp(-sums[0]));
        ret[0] = 1 - ret[1];
        return;
    }
    for (uint32_t c = 0; c < e->n_targets; c++)
        whole += exp(sums[c]);
    for (uint32_t c = 0; c < e->n_targets; c++)
        ret[c] = exp(sums[c]) / whole;
}

static int row_has_nan(const float *x) {
    int nan = 0;
    for (size_t k = 0; k < WIDTH; k++)
        nan |= isnan(x[k]);
    return nan;
}

/** Against XGBoost: the .onnx file run by libsedge, and the plain walk. */
static void agrees(uint32_t n_classes) {
    static examples e;
    make_examples(&e, (int32_t)n_classes);
    sedge_trees_data data = { .n = ROWS, .n_features = WIDTH, .x = e.x };
    if (n_classes) {
        data.labels = e.labels;
        data.n_classes = n_classes;
    } else {
        data.targets = e.targets;
    }
    sedge_trees_options options = SEDGE_TREES_OPTIONS_INIT;
    options.rounds = 8;
    options.depth = 4;
    options.learning_rate = 0.3;
    sedge_auto(sedge_trees) trees = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_trees_train(&data, &options, &trees, &err))
        fail_msg("%s", err.text);
    assert_true(sedge_trees_depth(trees) >= 2 && sedge_trees_depth(trees) <= 4);
    const sedge_tree_ensemble *t = sedge_trees_ensemble(trees);
    uint32_t width = n_classes ? n_classes : 1;
    static float y[ROWS * CLASSES_MAX];
    assert_int_equal(sedge_trees_predict(trees, e.x, ROWS, y, NULL), SEDGE_OK);
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
    sedge_auto(sedge_runner) runner = NULL;
    if (sedge_onnx_write_trees(t, &file, &err) || sedge_runner_open(sedge_buf_bytes(&file), &runner, &err))
        fail_msg("%s", err.text);
    assert_int_equal(sedge_runner_outputs(runner), width);
    for (size_t i = 0; i < ROWS; i++) {
        float z[CLASSES_MAX];
        if (row_has_nan(&e.x[i * WIDTH]))
            continue; /* sedge_real_set_input refuses NaN; walk() below reads the learnt branches */
        assert_int_equal(sedge_runner_run(runner, &e.x[i * WIDTH], z, NULL), SEDGE_OK);
        for (uint32_t c = 0; c < width; c++)
            if (fabsf(z[c] - y[i * width + c]) > 1e-5f * (n_classes ? 1 : 20))
                fail_msg("row %zu class %u: libsedge %g, XGBoost %g", i, c, (double)z[c], (double)y[i * width + c]);
    }
    for (size_t i = 0; i < ROWS; i += 3) {
        double sums[CLASSES_MAX] = { 0 }, p[CLASSES_MAX];
        walk(t, &e.x[i * WIDTH], sums);
        if (n_classes)
            probabilities(t, sums, p);
        else
            p[0] = sums[0] + (double)t->base_values[0];
        for (uint32_t c = 0; c < width; c++)
            if (fabs(p[c] - (double)y[i * width + c]) > 1e-5 * (n_classes ? 1 : 20))
                fail_msg("row %zu class %u: %g, XGBoost says %g", i, c, p[c], (double)y[i * width + c]);
    }
}

static void two_classes_agree(void **state) {
    (void)state;
    agrees(2);
}

static void four_classes_agree(void **state) {
    (void)state;
    agrees(4);
}

static void regression_agrees(void **state) {
    (void)state;
    agrees(0);
}

static void the_seed_decides(void **state) {
    (void)state;
    static examples e;
    make_examples(&e, 2);
    sedge_trees_data data = { .n = ROWS, .n_features = WIDTH, .x = e.x, .labels = e.labels, .n_classes = 2 };
    sedge_trees_options options = SEDGE_TREES_OPTIONS_INIT;
    options.rounds = 5;
    options.subsample = 0.5;
    sedge_auto(sedge_trees) a = NULL;
    sedge_auto(sedge_trees) b = NULL;
    assert_int_equal(sedge_trees_train(&data, &options, &a, NULL), SEDGE_OK);
    assert_int_equal(sedge_trees_train(&data, &options, &b, NULL), SEDGE_OK);
    const sedge_tree_ensemble *x = sedge_trees_ensemble(a), *y = sedge_trees_ensemble(b);
    assert_int_equal(x->n_leaves, y->n_leaves);
    for (uint32_t i = 0; i < x->n_leaves; i++)
        assert_true(x->leaves[i].weight == y->leaves[i].weight);
}

typedef struct bad_row {
    const char *words;
    sedge_trees_options options;
    int32_t last_label;
    size_t n;
} bad_row;

static void bad_input(void **state) {
    (void)state;
    static const float x[] = { 1, 2, 3 };
    const sedge_trees_options ok = SEDGE_TREES_OPTIONS_INIT;
    sedge_trees_options rounds = ok, deep = ok, rate = ok, part = ok, weight = ok;
    rounds.rounds = 0;
    deep.depth = 17;
    rate.learning_rate = 0;
    part.subsample = 1.5;
    weight.min_child_weight = NAN;
    const bad_row rows[] = {
        { "rounds is 0", rounds, 0, 3 }, { "depth is 17", deep, 0, 3 },        { "learning_rate", rate, 0, 3 },
        { "subsample", part, 0, 3 },     { "min_child_weight", weight, 0, 3 }, { "row 2: label 2", ok, 2, 3 },
        { "no examples", ok, 0, 0 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        const int32_t labels[] = { 0, 1, rows[i].last_label };
        sedge_trees_data data = { .n = rows[i].n, .n_features = 1, .x = x, .labels = labels, .n_classes = 2 };
        sedge_trees *trees = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_trees_train(&data, &rows[i].options, &trees, &err), SEDGE_EINVALID);
        assert_null(trees);
        if (!strstr(err.text, rows[i].words))
            fail_msg("'%s' does not say '%s'", err.text, rows[i].words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_classes_agree), cmocka_unit_test(four_classes_agree), cmocka_unit_test(regression_agrees),
        cmocka_unit_test(the_seed_decides),  cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
