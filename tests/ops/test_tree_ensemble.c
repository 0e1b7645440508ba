/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tree ensembles made at random, of forms that are walked eight ways at a time and of others, against a walk that reads
 * the nodes as the file has them: equal bits for every batch, missing values, comparison and aggregate.
 */
#include "../include/sedge_test.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "runtime/compiled.h"
#include "sedge/instance.h"

enum { TREES = 19, FEATURES = 5, TARGETS = 3, NODES_MAX = 4096, LEAVES_MAX = 8192, ROWS_MAX = 70 };

typedef struct forest {
    sedge_tree_ensemble e;
    sedge_tree_node nodes[NODES_MAX];
    sedge_tree_leaf leaves[LEAVES_MAX];
    float base[TARGETS];
    bool equality, one_each; /* comparisons by equality too; leaves speak once, of the tree's target */
} forest;

static uint32_t pick(sedge_random *r, uint32_t n) {
    return (uint32_t)sedge_random_below(r, n);
}

/* thresholds and values from few numbers, so that many are equal */
static float number(sedge_random *r) {
    static const float values[] = { -INFINITY, -1.5f, -0.0f, 0, 0.25f, 1, 1.0000001f, 3, INFINITY };
    return values[pick(r, SEDGE_COUNT(values))];
}

static uint32_t grow(forest *f, sedge_random *r, uint32_t tree, uint32_t depth, uint32_t *next) {
    uint32_t id = (*next)++, at = f->e.n_nodes++;
    f->nodes[at] = (sedge_tree_node){ .tree = tree, .node = id, .mode = SEDGE_TREE_LEAF };
    if (depth == 0 || pick(r, 6) == 0) {
        uint32_t n = f->one_each ? 1 : pick(r, TARGETS + 1);
        for (uint32_t i = 0; i < n; i++)
            f->leaves[f->e.n_leaves++] =
                (sedge_tree_leaf){ tree, id, f->one_each ? tree % f->e.n_targets : i % f->e.n_targets,
                                   (double)((float)pick(r, 1000) / 7 - 50) };
        return id;
    }
    uint32_t feature = pick(r, FEATURES), mode = pick(r, f->equality ? SEDGE_TREE_LEAF : SEDGE_TREE_BRANCH_EQ);
    float value = number(r);
    bool missing = pick(r, 2);
    uint32_t yes = grow(f, r, tree, depth - 1, next), no = grow(f, r, tree, depth - 1, next);
    f->nodes[at] = (sedge_tree_node){ tree, id, feature, (sedge_tree_mode)mode, (double)value, yes, no, missing };
    return id;
}

static void plant(forest *f, sedge_random *r, uint32_t depth) {
    f->e.nodes = f->nodes;
    f->e.leaves = f->leaves;
    f->e.n_features = FEATURES;
    f->e.n_targets = 1 + pick(r, TARGETS);
    for (uint32_t t = 0; t < TREES; t++) {
        uint32_t next = 0;
        (void)grow(f, r, t, depth, &next);
    }
    f->e.aggregate = (sedge_tree_aggregate)pick(r, SEDGE_TREE_AGGREGATE_COUNT);
    f->e.base_values = f->base;
    f->e.n_base_values = pick(r, 2) ? f->e.n_targets : 0;
    for (uint32_t i = 0; i < TARGETS; i++)
        f->base[i] = (float)i + 0.5f;
}

static const sedge_tree_node *find(const forest *f, uint32_t tree, uint32_t node) {
    for (uint32_t i = 0; i < f->e.n_nodes; i++)
        if (f->nodes[i].tree == tree && f->nodes[i].node == node)
            return &f->nodes[i];
    fail_msg("tree %u has no node %u", tree, node);
    return NULL;
}

static bool holds(const sedge_tree_node *n, float x) {
    float v = (float)n->value;
    const bool by_mode[] = { x <= v, x<v, x >= v, x> v, x == v, x != v };
    return by_mode[n->mode] || (n->missing_is_true && x != x);
}

static void expect(const forest *f, const float *x, float *scores) {
    bool has[TARGETS] = { false };
    memset(scores, 0, f->e.n_targets * sizeof *scores);
    for (uint32_t t = 0; t < TREES; t++) {
        const sedge_tree_node *n = find(f, t, 0);
        while (n->mode != SEDGE_TREE_LEAF)
            n = find(f, t, holds(n, x[n->feature]) ? n->if_true : n->if_false);
        for (uint32_t i = 0; i < f->e.n_leaves; i++) {
            const sedge_tree_leaf *l = &f->leaves[i];
            if (l->tree != t || l->node != n->node)
                continue;
            float w = (float)l->weight, *s = &scores[l->target];
            if (f->e.aggregate == SEDGE_TREE_MIN)
                *s = !has[l->target] || w < *s ? w : *s;
            else if (f->e.aggregate == SEDGE_TREE_MAX)
                *s = !has[l->target] || w > *s ? w : *s;
            else
                *s += w;
            has[l->target] = true;
        }
    }
    for (uint32_t i = 0; i < f->e.n_targets; i++) {
        scores[i] = f->e.aggregate == SEDGE_TREE_AVERAGE ? scores[i] / (float)TREES : scores[i];
        scores[i] += i < f->e.n_base_values ? f->base[i] : 0;
    }
}

static void check(const forest *f, const float *x, int32_t rows, const char *kernel) {
    sedge_tensor tensors[] = { { .name = "x", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { rows, FEATURES } },
                               { .name = "y", .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { rows, SEDGE_DIM_FREE } } };
    int32_t in[] = { 0 }, out[] = { 1 };
    sedge_op op = {
        .kind = SEDGE_OP_TREE_ENSEMBLE, .n_inputs = 1, .inputs = in, .n_outputs = 1, .outputs = out, .u.trees = &f->e
    };
    const sedge_graph g = { .n_tensors = 2,
                            .tensors = tensors,
                            .n_ops = 1,
                            .ops = &op,
                            .n_inputs = 1,
                            .inputs = in,
                            .n_outputs = 1,
                            .outputs = out };
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    sedge_instance *instance = NULL;
    if (sedge_model_from_graph(&g, NULL, &model, &err) || sedge_instance_new(model, &instance, &err) ||
        sedge_instance_set_input(instance, 0, x, (size_t)rows * FEATURES * sizeof *x, &err) ||
        sedge_instance_invoke(instance, &err))
        fail_msg("%s", err.text);
    sedge_op_info info;
    assert_true(sedge_model_op(model, 0, &info));
    assert_string_equal(info.kernel, kernel);
    const float *y = sedge_instance_output(instance, 0);
    for (int32_t r = 0; r < rows; r++) {
        float want[TARGETS];
        expect(f, x + (size_t)r * FEATURES, want);
        assert_memory_equal(y + (size_t)r * f->e.n_targets, want, f->e.n_targets * sizeof *want);
    }
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static void test_forests(void **state) {
    (void)state;
    static const int32_t batches[] = { 1, 2, 3, 7, 8, 9, 64, 65, ROWS_MAX };
    static const uint32_t depths[] = { 0, 1, 3, 6 };
    static forest f;
    float x[ROWS_MAX * FEATURES];
    sedge_random r;
    sedge_random_init(&r, 7);
    for (uint32_t round = 0; round < 64; round++) {
        memset(&f, 0, sizeof f);
        f.one_each = round & 1;
        f.equality = round % 8 == 6;
        plant(&f, &r, depths[round / 2 % SEDGE_COUNT(depths)]);
        bool nodes = false;
        for (uint32_t i = 0; i < f.e.n_nodes; i++)
            nodes |= f.nodes[i].mode == SEDGE_TREE_BRANCH_EQ || f.nodes[i].mode == SEDGE_TREE_BRANCH_NEQ;
        for (size_t i = 0; i < SEDGE_COUNT(x); i++)
            x[i] = pick(&r, 5) == 0 ? NAN : number(&r);
        for (size_t b = 0; b < SEDGE_COUNT(batches); b++)
            check(&f, x, batches[b], nodes ? "tree_ensemble_nodes_scalar" : "tree_ensemble_perfect_scalar");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_forests) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
