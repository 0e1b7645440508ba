/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/real.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "model/tflite_write.h"

typedef struct opened {
    sedge_buf file;
    sedge_model *model;
    sedge_instance *instance;
} opened;

/** RESHAPE of two values: what goes in comes out. */
static void open_identity(opened *o, sedge_dtype dtype, float scale, int32_t zero_point) {
    sedge_quant quant = { 0 };
    if (dtype == SEDGE_INT8)
        quant = (sedge_quant){ .count = 1, .scales = &scale, .zero_points = &zero_point };
    sedge_tensor tensors[] = {
        { .name = "x", .dtype = dtype, .rank = 2, .dims = { 1, 2 }, .quant = quant },
        { .name = "y", .dtype = dtype, .rank = 2, .dims = { 2, 1 }, .quant = quant },
    };
    sedge_op op = { .kind = SEDGE_OP_RESHAPE,
                    .n_inputs = 1,
                    .inputs = (int32_t[]){ 0 },
                    .n_outputs = 1,
                    .outputs = (int32_t[]){ 1 },
                    .u.reshape = { .rank = 2, .dims = { 2, 1 } } };
    sedge_graph g = { .n_tensors = 2,
                      .tensors = tensors,
                      .n_ops = 1,
                      .ops = &op,
                      .n_inputs = 1,
                      .inputs = (int32_t[]){ 0 },
                      .n_outputs = 1,
                      .outputs = (int32_t[]){ 1 } };
    sedge_error err = SEDGE_ERROR_INIT;
    *o = (opened){ .file = sedge_buf_init(4096) };
    if (sedge_tflite_write(&g, &o->file, &err) || sedge_model_open(o->file.data, o->file.n, NULL, &o->model, &err) ||
        sedge_instance_new(o->model, &o->instance, &err))
        fail_msg("%s", err.text);
}

static void close_identity(opened *o) {
    sedge_instance_free(o->instance);
    sedge_model_free(o->model);
    sedge_buf_done(&o->file);
}

typedef struct row {
    float x, scale;
    int32_t zero_point;
    int8_t q;
} row;

/* ties go away from zero; the float just below a tie does not; ends saturate */
static const row rows[] = {
    { 0, 0.5f, 3, 3 },         { 0.25f, 0.5f, 0, 1 },   { -0.25f, 0.5f, 0, -1 },       { 0.24999999f, 0.5f, 0, 0 },
    { 1.25f, 0.5f, 0, 3 },     { 100, 0.5f, 0, 127 },   { -100, 0.5f, 0, -128 },       { INFINITY, 0.5f, -128, 127 },
    { -INFINITY, 1, 5, -128 }, { 63.5f, 0.5f, 0, 127 }, { -1e30f, 1e-30f, 127, -128 }, { 10, 0.1f, -128, -28 },
};

static void quantises(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        opened o;
        open_identity(&o, SEDGE_INT8, rows[i].scale, rows[i].zero_point);
        const float x[] = { rows[i].x, 0 };
        float y[2];
        assert_int_equal(sedge_real_set_input(o.instance, 0, x, 2, NULL), SEDGE_OK);
        assert_int_equal(sedge_instance_invoke(o.instance, NULL), SEDGE_OK);
        const int8_t *q = sedge_instance_output(o.instance, 0);
        if (q[0] != rows[i].q)
            fail_msg("row %zu: %d, not %d", i, q[0], rows[i].q);
        assert_int_equal(sedge_real_get_output(o.instance, 0, y, 2, NULL), SEDGE_OK);
        assert_true(y[0] == rows[i].scale * (float)(rows[i].q - rows[i].zero_point));
        assert_true(y[1] == 0);
        close_identity(&o);
    }
}

static void floats_are_copied(void **state) {
    (void)state;
    opened o;
    open_identity(&o, SEDGE_FLOAT32, 0, 0);
    const float x[] = { 1.5f, -INFINITY };
    float y[2];
    assert_int_equal(sedge_real_set_input(o.instance, 0, x, 2, NULL), SEDGE_OK);
    assert_int_equal(sedge_instance_invoke(o.instance, NULL), SEDGE_OK);
    assert_int_equal(sedge_real_get_output(o.instance, 0, y, 2, NULL), SEDGE_OK);
    assert_memory_equal(x, y, sizeof x);
    uint32_t index = 9;
    assert_true(sedge_real_output(o.model, &index));
    assert_int_equal(index, 0);
    close_identity(&o);
}

static void refusals(void **state) {
    (void)state;
    opened o;
    open_identity(&o, SEDGE_INT8, 1, 0);
    const float x[] = { 1, NAN };
    float y[2];
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_real_set_input(o.instance, 0, x, 2, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "value 1"));
    assert_int_equal(sedge_real_set_input(o.instance, 0, x, 1, &err), SEDGE_EUSAGE);
    assert_int_equal(sedge_real_set_input(o.instance, 1, x, 2, &err), SEDGE_EUSAGE);
    assert_int_equal(sedge_real_get_output(o.instance, 0, y, 3, &err), SEDGE_EUSAGE);
    sedge_tensor labels = { .name = "label", .dtype = SEDGE_INT64, .size_bytes = 8 };
    assert_int_equal(sedge_real_count(&labels), 0);
    close_identity(&o);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(quantises), cmocka_unit_test(floats_are_copied),
                                        cmocka_unit_test(refusals) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
