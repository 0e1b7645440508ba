/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_read.h"
#include "model/onnx_write.h"

#include <string.h>

#include "../include/sedge_test.h"

#include "../include/sedge_trees.h"
#include "model/tree_link.h"

static void assert_same_ensemble(const sedge_tree_ensemble *a, const sedge_tree_ensemble *b) {
    assert_int_equal(a->classifier, b->classifier);
    assert_int_equal(a->n_features, b->n_features);
    assert_int_equal(a->n_targets, b->n_targets);
    assert_int_equal(a->n_nodes, b->n_nodes);
    for (uint32_t i = 0; i < a->n_nodes; i++) {
        const sedge_tree_node *x = &a->nodes[i], *y = &b->nodes[i];
        assert_true(x->tree == y->tree && x->node == y->node && x->feature == y->feature && x->mode == y->mode);
        assert_true(x->value == y->value && x->if_true == y->if_true && x->if_false == y->if_false);
        assert_int_equal(x->missing_is_true, y->missing_is_true);
    }
    assert_int_equal(a->n_leaves, b->n_leaves);
    for (uint32_t i = 0; i < a->n_leaves; i++) {
        const sedge_tree_leaf *x = &a->leaves[i], *y = &b->leaves[i];
        assert_true(x->tree == y->tree && x->node == y->node && x->target == y->target && x->weight == y->weight);
    }
    for (uint32_t i = 0; a->classifier && i < a->n_targets; i++)
        assert_true(a->labels[i] == b->labels[i]);
    assert_int_equal(a->n_base_values, b->n_base_values);
    for (uint32_t i = 0; i < a->n_base_values; i++)
        assert_true(a->base_values[i] == b->base_values[i]);
    assert_int_equal(a->post, b->post);
    assert_int_equal(a->aggregate, b->aggregate);
}

static void write_trees(const sedge_tree_ensemble *e, sedge_buf *out) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_onnx_write_trees(e, out, &err))
        fail_msg("%s", err.text);
}

static void test_what_is_written_is_read(void **state) {
    (void)state;
    const sedge_tree_ensemble *all[] = { &tree_binary, &tree_multi, &tree_regressor };
    for (size_t i = 0; i < SEDGE_COUNT(all); i++) {
        SEDGE_AUTO_BUF buf = sedge_buf_init(1 << 20);
        write_trees(all[i], &buf);
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_graph_file file;
        if (sedge_graph_read(buf.data, buf.n, &file, &err))
            fail_msg("%s", err.text);
        assert_string_equal(file.format, "onnx");
        assert_int_equal(file.graph.n_ops, 1);
        assert_int_equal(file.graph.n_outputs, all[i]->classifier ? 2 : 1);
        assert_int_equal(file.graph.tensors[0].dims[0], SEDGE_DIM_FREE);
        assert_int_equal(file.graph.tensors[0].dims[1], 3);
        assert_same_ensemble(all[i], file.graph.ops[0].u.trees);
        sedge_graph_file_done(&file);
    }
}

static void read_copy(const uint8_t *data, size_t n) {
    SEDGE_AUTO_MEM uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    if (n)
        memcpy(copy, data, n);
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_graph_file file;
    sedge_status st = sedge_graph_read(copy, n, &file, &err);
    assert_int_equal(st, err.status);
    if (st)
        assert_true(err.text[0] != '\0');
    else
        sedge_graph_file_done(&file);
}

static void test_cut_at_every_length_and_every_byte_changed(void **state) {
    (void)state;
    const uint8_t changes[] = { 0x01, 0x08, 0x80, 0xff };
    SEDGE_AUTO_BUF buf = sedge_buf_init(1 << 20);
    write_trees(&tree_multi, &buf);
    for (size_t n = 0; n < buf.n; n++)
        read_copy(buf.data, n);
    for (size_t i = 0; i < buf.n; i++)
        for (size_t c = 0; c < SEDGE_COUNT(changes); c++) {
            buf.data[i] ^= changes[c];
            read_copy(buf.data, buf.n);
            buf.data[i] ^= changes[c];
        }
}

/* one change to the binary ensemble, and what the check says */
static void change_child_missing(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)l;
    n[0].if_false = 99;
}
static void change_cycle(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)l;
    n[2].if_true = 2;
}
static void change_back_to_root(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)l;
    n[2].if_true = 0;
}
static void change_twice(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)l;
    n[4].node = 3;
}
static void change_feature(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)l;
    n[5].feature = 3;
}
static void change_entry_of_branch(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)n;
    l[1].node = 2;
}
static void change_target(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)n;
    l[1].target = 2;
}
static void change_weight(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e, (void)n;
    l[1].weight = (float)(1e300 * 1e300);
}
static void change_post(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)n, (void)l;
    e->post = SEDGE_TREE_POST_PROBIT;
}
static void change_order(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)e;
    for (int i = 0; i < 5; i++)
        n[i].tree = 2;
    for (int i = 0; i < 3; i++)
        l[i].tree = 2;
}
static void change_base(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l) {
    (void)n, (void)l;
    e->n_base_values = 2;
}

static void test_the_check_names_the_fault(void **state) {
    (void)state;
    static const struct {
        void (*change)(sedge_tree_ensemble *e, sedge_tree_node *n, sedge_tree_leaf *l);
        sedge_status status;
        const char *words;
    } rows[] = {
        { change_child_missing, SEDGE_EINVALID, "tree 0, node 0: a child does not exist" },
        { change_cycle, SEDGE_EINVALID, "tree 0, node 2: a child has another parent" },
        { change_back_to_root, SEDGE_EINVALID, "4 nodes go round in a circle" },
        { change_twice, SEDGE_EINVALID, "tree 0 has node 3 twice" },
        { change_feature, SEDGE_EINVALID, "tree 1, node 0: its feature" },
        { change_entry_of_branch, SEDGE_EINVALID, "node 2 of tree 0, which is no leaf" },
        { change_target, SEDGE_EINVALID, "class or target 2 of 2" },
        { change_weight, SEDGE_EINVALID, "not finite" },
        { change_post, SEDGE_EUNSUPPORTED, "PROBIT" },
        { change_order, SEDGE_EUNSUPPORTED, "ascending" },
        { change_base, SEDGE_EUNSUPPORTED, "2 base values" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_tree_node nodes[SEDGE_COUNT(tree_nodes)];
        sedge_tree_leaf leaves[SEDGE_COUNT(tree_binary_leaves)];
        memcpy(nodes, tree_nodes, sizeof nodes);
        memcpy(leaves, tree_binary_leaves, sizeof leaves);
        sedge_tree_ensemble e = tree_binary;
        e.nodes = nodes;
        e.leaves = leaves;
        rows[i].change(&e, nodes, leaves);
        SEDGE_AUTO_BUF buf = sedge_buf_init(1 << 20);
        sedge_error err = SEDGE_ERROR_INIT;
        if (sedge_onnx_write_trees(&e, &buf, &err) != rows[i].status || !strstr(err.text, rows[i].words))
            fail_msg("row %zu: %s", i, err.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_cut_at_every_length_and_every_byte_changed),
        cmocka_unit_test(test_the_check_names_the_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
