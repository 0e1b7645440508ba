/* SPDX-License-Identifier: Apache-2.0 */
/* What sedge_model_open decides from constants: folding, branches, values of inputs, sizes that depend on values. */
#include "sedge/instance.h"

#include <string.h>

#include "../include/sedge_test.h"

#include "base/own.h"
#include "runtime/compiled.h"

#define FREE                                                                                                           \
    { .name = "free", .dtype = SEDGE_DTYPE_FREE, .rank = SEDGE_RANK_FREE }
#define INTS(...)                                                                                                      \
    (const int32_t[]) {                                                                                                \
        __VA_ARGS__                                                                                                    \
    }

static sedge_model *open_graph(const sedge_graph *g, const sedge_model_options *options) {
    sedge_model *model = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_model_from_graph(g, options, &model, &err))
        fail_msg("%s", err.text);
    return model;
}

static void refused(const sedge_graph *g, sedge_status status, const char *words) {
    sedge_model *model;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_model_from_graph(g, NULL, &model, &err) != status || !strstr(err.text, words))
        fail_msg("wanted '%s', got %d, '%s'", words, (int)err.status, err.text);
}

static sedge_instance *run_on(const sedge_model *model, uint32_t input, const void *data) {
    sedge_instance *instance;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_instance_new(model, &instance, &err) ||
        sedge_instance_set_input(instance, input, data, sedge_model_input(model, input)->size_bytes, &err) ||
        sedge_instance_invoke(instance, &err))
        fail_msg("%s", err.text);
    return instance;
}

/* y = x + dequantized constants; z is read by nobody */
static void test_constants_are_computed_at_open(void **state) {
    (void)state;
    const float scale = .5f;
    sedge_tensor tensors[] = {
        { .name = "x", .rank = 1, .dims = { 3 } },
        { .name = "q",
          .dtype = SEDGE_INT8,
          .rank = 1,
          .dims = { 3 },
          .data = (const int8_t[]){ 2, -4, 6 },
          .quant = { .count = 1, .scales = &scale } },
        { .name = "w", .rank = 1, .dims = { 3 } },
        FREE,
        FREE,
    };
    sedge_op ops[] = {
        { .kind = SEDGE_OP_DEQUANTIZE, .n_inputs = 1, .inputs = INTS(1), .n_outputs = 1, .outputs = INTS(2) },
        { .kind = SEDGE_OP_MUL, .n_inputs = 2, .inputs = INTS(0, 2), .n_outputs = 1, .outputs = INTS(4) },
        { .kind = SEDGE_OP_ADD, .n_inputs = 2, .inputs = INTS(0, 2), .n_outputs = 1, .outputs = INTS(3) },
    };
    const sedge_graph g = { .n_tensors = 5,
                            .tensors = tensors,
                            .n_ops = 3,
                            .ops = ops,
                            .n_inputs = 1,
                            .inputs = INTS(0),
                            .n_outputs = 1,
                            .outputs = INTS(3) };
    sedge_model *model = open_graph(&g, NULL);
    sedge_op_info info;
    assert_int_equal(sedge_model_op_count(model), 1);
    assert_true(sedge_model_op(model, 0, &info));
    assert_string_equal(info.type, "ADD");
    sedge_instance *instance = run_on(model, 0, (const float[]){ 10, 20, 30 });
    assert_memory_equal(sedge_instance_output(instance, 0), ((const float[]){ 11, 18, 33 }), 12);
    sedge_instance_free(instance);
    sedge_model_free(model);
}

/* x reshaped to the shape of another input, whose size is free */
static void test_shapes_that_are_computed(void **state) {
    (void)state;
    sedge_tensor tensors[] = {
        { .name = "x", .rank = 1, .dims = { 6 } },
        { .name = "like", .dtype = SEDGE_INT8, .rank = 2, .dims = { SEDGE_DIM_FREE, 3 } },
        FREE,
        FREE,
    };
    sedge_op ops[] = {
        { .kind = SEDGE_OP_SHAPE, .n_inputs = 1, .inputs = INTS(1), .n_outputs = 1, .outputs = INTS(2) },
        { .kind = SEDGE_OP_RESHAPE, .n_inputs = 2, .inputs = INTS(0, 2), .n_outputs = 1, .outputs = INTS(3) },
    };
    const sedge_graph g = { .n_tensors = 4,
                            .tensors = tensors,
                            .n_ops = 2,
                            .ops = ops,
                            .n_inputs = 2,
                            .inputs = INTS(0, 1),
                            .n_outputs = 1,
                            .outputs = INTS(3) };
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.shapes = &(const sedge_input_shape){ 1, 2, { 2, 3 } };
    options.n_shapes = 1;
    sedge_model *model = open_graph(&g, &options);
    assert_int_equal(sedge_model_op_count(model), 1);
    assert_int_equal(sedge_model_output(model, 0)->rank, 2);
    assert_int_equal(sedge_model_output(model, 0)->dims[0], 2);
    sedge_model_free(model);
    refused(&g, SEDGE_EINVALID, "operator 1 RESHAPE");
}

static void test_a_value_that_decides_a_shape(void **state) {
    (void)state;
    sedge_tensor tensors[] = {
        { .name = "x", .rank = 1, .dims = { 6 } },
        { .name = "shape", .dtype = SEDGE_INT64, .rank = 1, .dims = { 2 } },
        FREE,
    };
    sedge_op op = { .kind = SEDGE_OP_RESHAPE, .n_inputs = 2, .inputs = INTS(0, 1), .n_outputs = 1, .outputs = INTS(2) };
    const sedge_graph g = { .n_tensors = 3,
                            .tensors = tensors,
                            .n_ops = 1,
                            .ops = &op,
                            .n_inputs = 2,
                            .inputs = INTS(0, 1),
                            .n_outputs = 1,
                            .outputs = INTS(2) };
    const int64_t shape[] = { 3, 2 }, other[] = { 2, 3 };
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.values = &(const sedge_input_value){ 1, shape, sizeof shape };
    options.n_values = 1;
    sedge_model *model = open_graph(&g, &options);
    assert_int_equal(sedge_model_output(model, 0)->dims[0], 3);
    sedge_instance *instance;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    assert_null(sedge_instance_input(instance, 1));
    assert_int_equal(sedge_instance_set_input(instance, 1, shape, sizeof shape, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_set_input(instance, 1, other, sizeof other, &err), SEDGE_EUSAGE);
    assert_non_null(strstr(err.text, "'shape' has settled shapes"));
    sedge_instance_free(instance);
    sedge_model_free(model);
    refused(&g, SEDGE_EUNSUPPORTED, "'shape'");
}

/* if (c) y = x + x; else y = x * x */
static sedge_tensor branch_tensors[] = {
    { .name = "c", .dtype = SEDGE_BOOL }, { .name = "x", .rank = 1, .dims = { 2 } }, FREE, FREE, FREE,
};
static sedge_op branch_ops[] = {
    { .kind = SEDGE_OP_ADD, .guard = 1, .n_inputs = 2, .inputs = INTS(1, 1), .n_outputs = 1, .outputs = INTS(2) },
    { .kind = SEDGE_OP_MUL, .guard = 2, .n_inputs = 2, .inputs = INTS(1, 1), .n_outputs = 1, .outputs = INTS(3) },
    { .kind = SEDGE_OP_IF, .n_inputs = 3, .inputs = INTS(0, 2, 3), .n_outputs = 1, .outputs = INTS(4) },
};
static const sedge_guard guards[] = { { 0, true, 0 }, { 0, false, 0 } };

static void test_branches(void **state) {
    (void)state;
    const uint8_t yes = 1, no = 0;
    sedge_graph g = { .n_tensors = 5,
                      .tensors = branch_tensors,
                      .n_ops = 3,
                      .ops = branch_ops,
                      .n_inputs = 2,
                      .inputs = INTS(0, 1),
                      .n_outputs = 1,
                      .outputs = INTS(4),
                      .n_guards = 2,
                      .guards = guards };
    sedge_model *model = open_graph(&g, NULL);
    sedge_instance *instance;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    const float x[] = { 3, 5 }, sum[] = { 6, 10 }, product[] = { 9, 25 };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sedge_instance_set_input(instance, 0, i % 2 ? &yes : &no, 1, &err), SEDGE_OK);
        assert_int_equal(sedge_instance_set_input(instance, 1, x, sizeof x, &err), SEDGE_OK);
        assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
        assert_memory_equal(sedge_instance_output(instance, 0), i % 2 ? sum : product, sizeof x);
    }
    sedge_instance_free(instance);
    sedge_model_free(model);
}

/* of a known condition one branch remains; what the other one says of shapes does not matter */
static void test_a_known_branch(void **state) {
    (void)state;
    const uint8_t yes = 1;
    sedge_tensor tensors[5];
    memcpy(tensors, branch_tensors, sizeof tensors);
    tensors[0].data = &yes;
    sedge_op ops[3];
    memcpy(ops, branch_ops, sizeof ops);
    ops[1].kind = SEDGE_OP_FULLY_CONNECTED;
    const sedge_graph g = { .n_tensors = 5,
                            .tensors = tensors,
                            .n_ops = 3,
                            .ops = ops,
                            .n_inputs = 1,
                            .inputs = INTS(1),
                            .n_outputs = 1,
                            .outputs = INTS(4),
                            .n_guards = 2,
                            .guards = guards };
    sedge_model *model = open_graph(&g, NULL);
    sedge_instance *instance = run_on(model, 0, (const float[]){ 3, 5 });
    assert_memory_equal(sedge_instance_output(instance, 0), ((const float[]){ 6, 10 }), 8);
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static void test_sizes_that_depend_on_values(void **state) {
    (void)state;
    sedge_tensor tensors[] = { { .name = "x", .rank = 1, .dims = { 4 } }, FREE, FREE, FREE };
    sedge_op ops[] = {
        { .kind = SEDGE_OP_NON_ZERO, .n_inputs = 1, .inputs = INTS(0), .n_outputs = 2, .outputs = INTS(1, 2) },
        { .kind = SEDGE_OP_IDENTITY, .n_inputs = 1, .inputs = INTS(1), .n_outputs = 1, .outputs = INTS(3) },
    };
    sedge_graph g = { .n_tensors = 4,
                      .tensors = tensors,
                      .n_ops = 1,
                      .ops = ops,
                      .n_inputs = 1,
                      .inputs = INTS(0),
                      .n_outputs = 1,
                      .outputs = INTS(1) };
    sedge_model *model = open_graph(&g, NULL);
    sedge_instance *instance = run_on(model, 0, (const float[]){ 0, 7, 0, 9 });
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
    assert_int_equal(sedge_instance_output_shape(instance, 0, &rank, dims, NULL), SEDGE_OK);
    assert_true(rank == 2 && dims[0] == 1 && dims[1] == 2);
    assert_memory_equal(sedge_instance_output(instance, 0), ((const int64_t[]){ 1, 3 }), 16);
    sedge_instance_free(instance);
    sedge_model_free(model);
    g.n_ops = 2;
    g.outputs = INTS(3);
    refused(&g, SEDGE_EUNSUPPORTED, "size that depends on values");
    tensors[0].data = (const float[]){ 0, 7, 0, 9 };
    g.n_inputs = 0;
    model = open_graph(&g, NULL);
    assert_int_equal(sedge_model_output(model, 0)->dims[1], 2);
    assert_int_equal(sedge_model_op_count(model), 0);
    sedge_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants_are_computed_at_open),
        cmocka_unit_test(test_shapes_that_are_computed),
        cmocka_unit_test(test_a_value_that_decides_a_shape),
        cmocka_unit_test(test_branches),
        cmocka_unit_test(test_a_known_branch),
        cmocka_unit_test(test_sizes_that_depend_on_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
