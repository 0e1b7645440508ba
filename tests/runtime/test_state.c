/* SPDX-License-Identifier: Apache-2.0 */
/* Variables: kept from one invoke to the next, untouched by everything else, set back by a reset. */
#include <string.h>

#include "../include/sedge_test.h"

#include "base/own.h"
#include "runtime/compiled.h"
#include "sedge/instance.h"

enum { N = 3 };

/*
 * sum += x, and the old sum is an output, which is read after the sum has changed:
 *     old = IDENTITY(sum); new = ADD(old, x); sum = ASSIGN(new); flat = RESHAPE(old)
 */
enum { X, SUM, OLD, NEW, FLAT, TENSORS };
static const int32_t x_only[] = { X }, ends_of_add[] = { OLD, X }, sum[] = { SUM }, old[] = { OLD }, new[] = { NEW },
                     outputs[] = { FLAT, NEW };
static const float first[N] = { 10, 20, 30 };

static sedge_tensor *tensors(const void *initial, sedge_tensor t[TENSORS]) {
    static const char *const names[TENSORS] = { "x", "sum", "old", "new", "flat" };
    for (int i = 0; i < TENSORS; i++)
        t[i] = (sedge_tensor){ .name = names[i], .dtype = SEDGE_FLOAT32, .rank = 2, .dims = { 1, N } };
    t[SUM].variable = true;
    t[SUM].initial = initial;
    t[FLAT].rank = 1;
    t[FLAT].dims[0] = N;
    return t;
}

static sedge_model *opened(sedge_tensor *t) {
    sedge_op ops[] = {
        { .kind = SEDGE_OP_IDENTITY, .n_inputs = 1, .inputs = sum, .n_outputs = 1, .outputs = old },
        { .kind = SEDGE_OP_ADD, .n_inputs = 2, .inputs = ends_of_add, .n_outputs = 1, .outputs = new },
        { .kind = SEDGE_OP_ASSIGN, .n_inputs = 1, .inputs = new, .n_outputs = 1, .outputs = sum },
        { .kind = SEDGE_OP_RESHAPE, .n_inputs = 1, .inputs = old, .n_outputs = 1, .outputs = outputs },
    };
    ops[3].u.reshape.rank = 1;
    ops[3].u.reshape.dims[0] = -1;
    const sedge_graph g = { .n_tensors = TENSORS,
                            .tensors = t,
                            .n_ops = SEDGE_COUNT(ops),
                            .ops = ops,
                            .n_inputs = 1,
                            .inputs = x_only,
                            .n_outputs = 2,
                            .outputs = outputs };
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    if (sedge_model_from_graph(&g, NULL, &model, &err))
        fail_msg("%s", err.text);
    return model;
}

static void assert_step(sedge_instance *instance, float x, const float *want_old, const float *want_new) {
    sedge_error err = SEDGE_ERROR_INIT;
    const float in[N] = { x, x + 1, x + 2 };
    float got[N];
    assert_int_equal(sedge_instance_set_input(instance, 0, in, sizeof in, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    assert_int_equal(sedge_instance_get_output(instance, 0, got, sizeof got, &err), SEDGE_OK);
    assert_memory_equal(got, want_old, sizeof got);
    assert_int_equal(sedge_instance_get_output(instance, 1, got, sizeof got, &err), SEDGE_OK);
    assert_memory_equal(got, want_new, sizeof got);
}

static void test_a_sum_over_invokes(void **state) {
    (void)state;
    static const float once[N] = { 11, 22, 33 }, twice[N] = { 16, 28, 40 };
    sedge_tensor t[TENSORS];
    sedge_model *model = opened(tensors(first, t));
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    for (int round = 0; round < 2; round++) {
        assert_step(instance, 1, first, once);
        assert_step(instance, 5, once, twice);
        sedge_instance_reset(instance);
    }
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static void test_without_initial_bytes_it_starts_at_zero(void **state) {
    (void)state;
    static const float zeros[N], once[N] = { 1, 2, 3 };
    sedge_tensor t[TENSORS];
    sedge_model *model = opened(tensors(NULL, t));
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_instance *instance;
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    assert_step(instance, 1, zeros, once);
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static void test_the_zero_of_a_quantised_variable_is_its_zero_point(void **state) {
    (void)state;
    static const float scale = .5f;
    static const int32_t zero = -7;
    sedge_tensor t[] = {
        { .name = "x", .dtype = SEDGE_INT8, .rank = 1, .dims = { N } },
        { .name = "v", .dtype = SEDGE_INT8, .rank = 1, .dims = { N }, .variable = true },
        { .name = "y", .dtype = SEDGE_INT8, .rank = 1, .dims = { N } },
    };
    for (size_t i = 0; i < SEDGE_COUNT(t); i++)
        t[i].quant = (sedge_quant){ 1, 0, &scale, &zero };
    static const int32_t x[] = { 0 }, v[] = { 1 }, y[] = { 2 };
    sedge_op ops[] = {
        { .kind = SEDGE_OP_IDENTITY, .n_inputs = 1, .inputs = v, .n_outputs = 1, .outputs = y },
        { .kind = SEDGE_OP_ASSIGN, .n_inputs = 1, .inputs = x, .n_outputs = 1, .outputs = v },
    };
    const sedge_graph g = { SEDGE_COUNT(t), t, SEDGE_COUNT(ops), ops, 1, x, 1, y, NULL };
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model = NULL;
    sedge_instance *instance;
    if (sedge_model_from_graph(&g, NULL, &model, &err))
        fail_msg("%s", err.text);
    assert_int_equal(sedge_instance_new(model, &instance, &err), SEDGE_OK);
    for (int8_t want = (int8_t)zero, in = 5; in < 8; want = in, in++) {
        memset(sedge_instance_input(instance, 0), in, N);
        assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
        for (int i = 0; i < N; i++)
            assert_int_equal(((const int8_t *)sedge_instance_output(instance, 0))[i], want);
    }
    sedge_instance_free(instance);
    sedge_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sum_over_invokes),
        cmocka_unit_test(test_without_initial_bytes_it_starts_at_zero),
        cmocka_unit_test(test_the_zero_of_a_quantised_variable_is_its_zero_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
