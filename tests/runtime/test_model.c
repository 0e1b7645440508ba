/* SPDX-License-Identifier: Apache-2.0 */
/* The public API: opening with shapes and budgets, instances in own and given memory, observers, refusals. */
#include "sedge/instance.h"

#include <string.h>

#include "../include/sedge_test.h"

#include "../include/sedge_graphs.h"
#include "../include/sedge_trees.h"
#include "model/onnx_write.h"
#include "model/tflite_write.h"

static sedge_buf written(const sedge_graph *g) {
    sedge_buf out = sedge_buf_init(1 << 20);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_tflite_write(g, &out, &err))
        fail_msg("%s", err.text);
    return out;
}

static sedge_model *opened(const sedge_buf *file, const sedge_model_options *options) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    if (sedge_model_open(file->data, file->n, options, &model, &err))
        fail_msg("%s", err.text);
    return model;
}

static void test_inputs_and_outputs_by_name_and_index(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = written(&dense_graph);
    sedge_model *model = opened(&file, NULL);
    uint32_t index = 9;
    assert_int_equal(sedge_model_input_count(model), 1);
    assert_true(sedge_model_find_input(model, "x", &index));
    assert_int_equal(index, 0);
    assert_true(sedge_model_find_output(model, "y", &index));
    assert_false(sedge_model_find_output(model, "x", &index));
    assert_null(sedge_model_input(model, 1));
    assert_int_equal(sedge_model_input(model, 0)->dims[0], 1); /* free, so 1 */
    assert_int_equal(sedge_model_op_count(model), 4);
    sedge_op_info op;
    assert_true(sedge_model_op(model, 2, &op));
    assert_string_equal(op.type, "FULLY_CONNECTED");
    assert_int_equal(op.macs, 8);
    assert_false(sedge_model_op(model, 4, &op));
    assert_string_equal(sedge_model_format(model), "tflite");
    sedge_model_free(model);
    sedge_model_free(NULL);
}

static void test_a_batch_gives_what_single_rows_give(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = written(&dense_graph);
    const sedge_input_shape shape = { 0, 2, { 3, 3 } };
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.shapes = &shape;
    options.n_shapes = 1;
    sedge_model *one = opened(&file, NULL), *three = opened(&file, &options);
    assert_int_equal(sedge_model_output(three, 0)->dims[0], 3);
    const float x[9] = { 1, 2, 3, -1, 0.5f, 0, 100, -100, 7 };
    float single[6], batch[6];
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *a, *b;
    assert_int_equal(sedge_instance_new(one, &a, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_new(three, &b, &err), SEDGE_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sedge_instance_set_input(a, 0, x + 3 * i, 12, &err), SEDGE_OK);
        assert_int_equal(sedge_instance_invoke(a, &err), SEDGE_OK);
        assert_int_equal(sedge_instance_get_output(a, 0, single + 2 * i, 8, &err), SEDGE_OK);
    }
    assert_int_equal(sedge_instance_set_input(b, 0, x, sizeof x, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_invoke(b, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_get_output(b, 0, batch, sizeof batch, &err), SEDGE_OK);
    assert_memory_equal(single, batch, sizeof batch);
    assert_true(single[0] + single[1] > 0.999f && single[0] + single[1] < 1.001f);
    sedge_instance_free(a);
    sedge_instance_free(b);
    sedge_model_free(one);
    sedge_model_free(three);
}

static void test_a_file_at_any_address(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = written(&dense_graph);
    const float x[3] = { 0.25f, -4, 2 };
    float want[2] = { 0 };
    sedge_error err = SEDGE_ERROR_INIT;
    for (size_t gap = 0; gap < 4; gap++) {
        SEDGE_AUTO_MEM uint8_t *block = malloc(file.n + gap);
        memcpy(block + gap, file.data, file.n);
        sedge_model *model;
        sedge_instance *instance;
        assert_int_equal(sedge_model_open(block + gap, file.n, NULL, &model, &err), SEDGE_OK);
        assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
        assert_int_equal(sedge_instance_set_input(instance, 0, x, sizeof x, &err), SEDGE_OK);
        assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
        if (gap == 0)
            assert_int_equal(sedge_instance_get_output(instance, 0, want, sizeof want, &err), SEDGE_OK);
        assert_memory_equal(sedge_instance_output(instance, 0), want, sizeof want);
        sedge_instance_free(instance);
        sedge_model_free(model);
    }
}

static void test_memory_of_the_caller(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = written(&int8_graph);
    sedge_model *model = opened(&file, NULL);
    sedge_error err = SEDGE_ERROR_INIT;
    size_t n = sedge_model_get_stats(model).instance_bytes;
    uint8_t *memory = malloc(n + 7);
    sedge_instance *instance;
    assert_int_equal(sedge_instance_init(model, memory, n - 1, &instance, &err), SEDGE_EUSAGE);
    for (size_t gap = 0; gap < 7; gap++) { /* any alignment will do */
        assert_int_equal(sedge_instance_init(model, memory + gap, n, &instance, &err), SEDGE_OK);
        assert_int_equal((uintptr_t)sedge_instance_input(instance, 0) % 64, 0);
        memset(sedge_instance_input(instance, 0), 0, 16);
        assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
        sedge_instance_free(instance);
    }
    free(memory);
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_set_input(instance, 0, "", 1, &err), SEDGE_EUSAGE);
    assert_non_null(strstr(err.text, "has 16 bytes, not 1"));
    assert_int_equal(sedge_instance_get_output(instance, 1, NULL, 0, &err), SEDGE_EUSAGE);
    assert_null(sedge_instance_input(instance, 1));
    assert_null(sedge_instance_output(instance, 1));
    sedge_instance_free(instance);
    sedge_instance_free(NULL);
    sedge_model_free(model);
}

typedef struct seen {
    uint32_t n;
    float first[8]; /* the first value of each operator's output, when it is float32 */
} seen;

static void observe(void *user, const sedge_instance *instance, uint32_t op) {
    seen *s = user;
    sedge_op_info info;
    assert_int_equal(op, s->n);
    assert_true(sedge_model_op(sedge_instance_model(instance), op, &info));
    const float *y = sedge_instance_tensor(instance, (uint32_t)info.outputs[0]);
    s->first[s->n++] = y[0];
}

static void test_observers_see_every_operator(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = written(&dense_graph);
    sedge_model *model = opened(&file, NULL);
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    seen s = { 0 };
    sedge_instance_observe(instance, observe, &s);
    const float x[3] = { 1, 2, 3 };
    assert_int_equal(sedge_instance_set_input(instance, 0, x, sizeof x, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    assert_int_equal(s.n, 4);
    assert_true(s.first[0] > 3.0999f && s.first[0] < 3.1001f); /* .5 - .5 + 3 + .1 */
    assert_true(s.first[3] == *(const float *)sedge_instance_output(instance, 0));
    sedge_instance_observe(instance, NULL, NULL);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    assert_int_equal(s.n, 4);
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static void test_trees_route_missing_values(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_onnx_write_trees(&tree_binary, &file, &err), SEDGE_OK);
    const sedge_input_shape shape = { 0, 2, { 2, 3 } };
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.shapes = &shape;
    options.n_shapes = 1;
    sedge_model *model = opened(&file, &options);
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    const float nan = (float)(1e300 * 1e300 * 0);
    /* row 0: leaf 1 of tree 0 (-0.4), leaf 1 of tree 1 (-0.2); row 1: all missing: leaf 3 (.25), leaf 1 (-0.2) */
    const float x[6] = { 0, 0, 0, nan, nan, nan };
    assert_int_equal(sedge_instance_set_input(instance, 0, x, sizeof x, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    const int64_t *label = sedge_instance_output(instance, 0);
    const float *p = sedge_instance_output(instance, 1);
    assert_true(label[0] == 7 && label[1] == -3);
    assert_true(p[1] > 0.37753f && p[1] < 0.37755f); /* logistic(-0.4 - 0.2 + 0.1) */
    assert_true(p[3] > 0.53742f && p[3] < 0.53744f); /* logistic(0.25 - 0.2 + 0.1) */
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static void refused(const sedge_buf *file, const sedge_model_options *options, sedge_status status, const char *words) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    if (sedge_model_open(file->data, file->n, options, &model, &err) != status || !strstr(err.text, words))
        fail_msg("wanted '%s', got status %s, '%s'", words, sedge_status_name(err.status), err.text);
    assert_null(model);
}

static void test_budgets_and_shapes_are_held(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = written(&dense_graph);
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.max_macs = 19;
    refused(&file, &options, SEDGE_ELIMIT, "operator 2 FULLY_CONNECTED: more than 19 multiply-accumulates");
    options = SEDGE_MODEL_OPTIONS_INIT;
    options.max_arena_bytes = 100;
    refused(&file, &options, SEDGE_ELIMIT, "the budget max_arena_bytes is 100");
    options = SEDGE_MODEL_OPTIONS_INIT;
    const sedge_input_shape rows[] = { { 0, 2, { 4, 5 } }, { 0, 1, { 3 } }, { 1, 2, { 1, 3 } }, { 0, 2, { -2, 3 } } };
    const char *words[] = { "dimension 1 is 3 in the model, 5 was asked for", "has rank 2, rank 1 was asked for",
                            "a shape for input 1, the model has 1", "dimension 0 cannot be -2" };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        options.shapes = &rows[i];
        options.n_shapes = 1;
        refused(&file, &options, SEDGE_EUSAGE, words[i]);
    }
}

/* one change to the int8 graph, and what opening says of it */
static void test_refusals_name_operator_and_tensor(void **state) {
    (void)state;
    static const float odd_scale = 0.5f;
    static const int32_t weight_zero = 3;
    static const struct {
        int tensor;
        sedge_tensor change;
        sedge_status status;
        const char *words;
    } rows[] = {
        { 4,
          { .name = "fc", .dtype = SEDGE_INT16, .rank = 2, .dims = { 1, 3 } },
          SEDGE_EUNSUPPORTED,
          "operator 1 FULLY_CONNECTED: types int8 ('x_q') and int16 ('fc')" },
        { 4,
          { .name = "fc", .dtype = SEDGE_INT8, .rank = 2, .dims = { 1, 3 } },
          SEDGE_EUNSUPPORTED,
          "tensor 'fc' has 0 scales, one is needed" },
        { 4,
          { .name = "fc", .dtype = SEDGE_INT8, .rank = 2, .dims = { 1, 4 }, .quant = { 1, 0, &odd_scale, NULL } },
          SEDGE_EINVALID,
          "tensor 'fc' is declared [1 x 4] but comes out as [1 x 3]" },
        { 2,
          { .name = "w", .dtype = SEDGE_INT8, .rank = 2, .dims = { 3, 4 }, .quant = { 1, 0, &odd_scale, NULL } },
          SEDGE_EUNSUPPORTED,
          "the weights, tensor 'w', are not constant" },
        { 2,
          { .name = "w",
            .dtype = SEDGE_INT8,
            .rank = 2,
            .dims = { 3, 4 },
            .data = int8_w,
            .quant = { 1, 0, &odd_scale, &weight_zero } },
          SEDGE_EUNSUPPORTED,
          "have zero point 3" },
        { 5,
          { .name = "sigmoid", .dtype = SEDGE_INT8, .rank = 2, .dims = { 1, 3 }, .quant = { 1, 0, &odd_scale, NULL } },
          SEDGE_EUNSUPPORTED,
          "operator 2 LOGISTIC: output 'sigmoid' has scale 0.5" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_tensor tensors[SEDGE_COUNT(int8_tensors)];
        memcpy(tensors, int8_tensors, sizeof tensors);
        tensors[rows[i].tensor] = rows[i].change;
        sedge_graph g = int8_graph;
        g.tensors = tensors;
        int32_t inputs[] = { 0, 2 };
        g.inputs = inputs;
        g.n_inputs = rows[i].tensor == 2 && !rows[i].change.data ? 2 : 1;
        SEDGE_AUTO_BUF file = written(&g);
        refused(&file, NULL, rows[i].status, rows[i].words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs_and_outputs_by_name_and_index),
        cmocka_unit_test(test_a_batch_gives_what_single_rows_give),
        cmocka_unit_test(test_a_file_at_any_address),
        cmocka_unit_test(test_memory_of_the_caller),
        cmocka_unit_test(test_observers_see_every_operator),
        cmocka_unit_test(test_trees_route_missing_values),
        cmocka_unit_test(test_budgets_and_shapes_are_held),
        cmocka_unit_test(test_refusals_name_operator_and_tensor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
