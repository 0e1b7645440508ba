/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tflite_read.h"
#include "model/tflite_write.h"

#include <string.h>

#include "../include/sedge_test.h"

#include "../include/sedge_graphs.h"

static void assert_same_tensor(const sedge_tensor *a, const sedge_tensor *b) {
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->rank, b->rank);
    assert_memory_equal(a->dims, b->dims, a->rank * sizeof a->dims[0]);
    assert_int_equal(a->quant.count, b->quant.count);
    assert_int_equal(!a->data, !b->data);
    sedge_tensor sized = *a;
    assert_int_equal(sedge_tensor_set_size(&sized, NULL), SEDGE_OK);
    assert_int_equal(sized.size_bytes, b->size_bytes);
    if (a->data)
        assert_memory_equal(a->data, b->data, sized.size_bytes);
    for (uint32_t i = 0; i < a->quant.count; i++) {
        assert_true(a->quant.scales[i] == b->quant.scales[i]);
        assert_int_equal(a->quant.zero_points ? a->quant.zero_points[i] : 0, b->quant.zero_points[i]);
    }
}

static void assert_same_graph(const sedge_graph *a, const sedge_graph *b) {
    assert_int_equal(a->n_tensors, b->n_tensors);
    for (uint32_t i = 0; i < a->n_tensors; i++)
        assert_same_tensor(&a->tensors[i], &b->tensors[i]);
    assert_int_equal(a->n_ops, b->n_ops);
    for (uint32_t i = 0; i < a->n_ops; i++) {
        const sedge_op *x = &a->ops[i], *y = &b->ops[i];
        assert_int_equal(x->kind, y->kind);
        assert_int_equal(x->activation, y->activation);
        assert_int_equal(x->n_inputs, y->n_inputs);
        assert_memory_equal(x->inputs, y->inputs, x->n_inputs * sizeof *x->inputs);
        assert_memory_equal(x->outputs, y->outputs, x->n_outputs * sizeof *x->outputs);
    }
    assert_int_equal(a->inputs[0], b->inputs[0]);
    assert_int_equal(a->outputs[0], b->outputs[0]);
}

static void write_graph(const sedge_graph *g, sedge_buf *out) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_tflite_write(g, out, &err))
        fail_msg("%s", err.text);
    assert_false(out->failed);
}

static void test_what_is_written_is_read(void **state) {
    (void)state;
    const sedge_graph *graphs[] = { &dense_graph, &int8_graph };
    for (size_t i = 0; i < SEDGE_COUNT(graphs); i++) {
        SEDGE_AUTO_BUF buf = sedge_buf_init(1 << 20);
        write_graph(graphs[i], &buf);
        assert_true(sedge_tflite_is(sedge_buf_bytes(&buf)));
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_graph_file file;
        if (sedge_graph_read(buf.data, buf.n, &file, &err))
            fail_msg("%s", err.text);
        assert_same_graph(graphs[i], &file.graph);
        sedge_graph_file_done(&file);
    }
}

/* any outcome but a crash, on a heap copy of exact size; a success must also be a checked graph */
static sedge_status read_copy(const uint8_t *data, size_t n) {
    SEDGE_AUTO_MEM uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    if (n)
        memcpy(copy, data, n);
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_graph_file file;
    sedge_status st = sedge_graph_read(copy, n, &file, &err);
    if (st) {
        assert_int_equal(st, err.status);
        assert_true(err.text[0] != '\0');
        return st;
    }
    assert_int_equal(sedge_graph_check(&file.graph, NULL), SEDGE_OK);
    sedge_graph_file_done(&file);
    return SEDGE_OK;
}

static void test_cut_at_every_length(void **state) {
    (void)state;
    SEDGE_AUTO_BUF buf = sedge_buf_init(1 << 20);
    write_graph(&int8_graph, &buf);
    assert_int_equal(read_copy(buf.data, buf.n), SEDGE_OK);
    for (size_t n = 0; n < buf.n; n++)
        (void)read_copy(buf.data, n);
    assert_int_equal(read_copy(buf.data, 0), SEDGE_ETRUNCATED);
    assert_int_not_equal(read_copy(buf.data, buf.n / 2), SEDGE_OK);
}

static void test_every_byte_changed(void **state) {
    (void)state;
    const uint8_t changes[] = { 0x01, 0x80, 0xff };
    SEDGE_AUTO_BUF buf = sedge_buf_init(1 << 20);
    write_graph(&int8_graph, &buf);
    for (size_t i = 0; i < buf.n; i++)
        for (size_t c = 0; c < SEDGE_COUNT(changes); c++) {
            buf.data[i] ^= changes[c];
            (void)read_copy(buf.data, buf.n);
            buf.data[i] ^= changes[c];
        }
}

static void test_the_writer_refuses(void **state) {
    (void)state;
    SEDGE_AUTO_BUF buf = sedge_buf_init(1 << 20);
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_op op = {
        .kind = SEDGE_OP_TREE_ENSEMBLE, .n_inputs = 1, .inputs = dense_index, .n_outputs = 1, .outputs = dense_index + 8
    };
    sedge_graph g = dense_graph;
    g.ops = &op;
    g.n_ops = 1;
    assert_int_equal(sedge_tflite_write(&g, &buf, &err), SEDGE_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "TREE_ENSEMBLE"));
    g.n_ops = 0;
    assert_int_equal(sedge_tflite_write(&g, &buf, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "made by no operator"));
    sedge_buf small = sedge_buf_init(100);
    assert_int_equal(sedge_tflite_write(&dense_graph, &small, &err), SEDGE_ELIMIT);
    sedge_buf_done(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_the_writer_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
