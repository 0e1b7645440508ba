/* SPDX-License-Identifier: Apache-2.0 */
/* Single operators on int8 against the reference kernels' outputs, bit for bit (tests/vectors/operators_s8.inc). */
#include "sedge/instance.h"

#include <string.h>

#include "../include/sedge_test.h"

#include "model/tflite_write.h"

enum { ELEMENTS_MAX = 64, OUTPUTS_MAX = 32, WEIGHTS_MAX = 256 };

typedef struct row {
    sedge_op_kind kind;
    int activation;
    float beta;
    int32_t shape[2], other[2];
    int32_t channels;
    float scales[3];  /* x, b, y */
    int32_t zeros[3]; /* x, b, y */
    int8_t x[ELEMENTS_MAX], b[ELEMENTS_MAX], y[ELEMENTS_MAX];
    float x_f32[ELEMENTS_MAX], y_f32[ELEMENTS_MAX];
    int8_t w[WEIGHTS_MAX];
    int32_t bias[OUTPUTS_MAX];
    float w_scales[OUTPUTS_MAX];
} row;

static const row rows[] = {
#include "../vectors/operators_s8.inc"
};

enum { X, B, W, BIAS, Y, TENSORS };

static void fill_tensors(const row *r, sedge_tensor *t) {
    static const char *const names[] = { "x", "b", "w", "bias", "y" };
    for (int i = 0; i < TENSORS; i++)
        t[i] = (sedge_tensor){ .name = names[i], .dtype = SEDGE_INT8, .rank = 2, .dims = { r->shape[0], r->shape[1] } };
    t[X].quant = (sedge_quant){ 1, 0, &r->scales[0], &r->zeros[0] };
    t[Y].quant = (sedge_quant){ 1, 0, &r->scales[2], &r->zeros[2] };
    if (r->other[0]) {
        t[B].quant = (sedge_quant){ 1, 0, &r->scales[1], &r->zeros[1] };
        t[B].dims[0] = r->other[0];
        t[B].dims[1] = r->other[1];
    }
    if (r->kind == SEDGE_OP_QUANTIZE && r->x_f32[0] != 0) {
        t[X].dtype = SEDGE_FLOAT32;
        t[X].quant.count = 0;
    }
    if (r->kind == SEDGE_OP_DEQUANTIZE) {
        t[Y].dtype = SEDGE_FLOAT32;
        t[Y].quant.count = 0;
    }
}

static void fill_weights(const row *r, sedge_tensor *t) {
    t[W].dims[0] = r->channels;
    t[W].data = r->w;
    t[W].quant = (sedge_quant){ (uint32_t)r->channels, 0, r->w_scales, NULL };
    t[BIAS].dtype = SEDGE_INT32;
    t[BIAS].rank = 1;
    t[BIAS].dims[0] = r->channels;
    t[BIAS].data = r->bias;
    t[Y].dims[1] = r->channels;
}

static void write_row(const row *r, sedge_buf *out) {
    static const int32_t one[] = { X }, two[] = { X, B }, dense[] = { X, W, BIAS }, y[] = { Y };
    sedge_tensor t[TENSORS];
    fill_tensors(r, t);
    bool is_dense = r->kind == SEDGE_OP_FULLY_CONNECTED, is_binary = r->other[0] != 0;
    if (is_dense)
        fill_weights(r, t);
    else
        t[W].dims[0] = t[BIAS].dims[0] = 1;
    sedge_op op = { .kind = r->kind,
                    .n_inputs = is_dense    ? 3
                                : is_binary ? 2
                                            : 1,
                    .inputs = is_dense    ? dense
                              : is_binary ? two
                                          : one,
                    .n_outputs = 1,
                    .outputs = y,
                    .activation = (sedge_activation)r->activation };
    if (r->kind == SEDGE_OP_SOFTMAX) {
        op.u.softmax.beta = r->beta;
        op.u.softmax.axis = -1;
    }
    const sedge_graph g = { .n_tensors = TENSORS,
                            .tensors = t,
                            .n_ops = 1,
                            .ops = &op,
                            .n_inputs = is_binary ? 2 : 1,
                            .inputs = two,
                            .n_outputs = 1,
                            .outputs = y };
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_tflite_write(&g, out, &err))
        fail_msg("%s", err.text);
}

static void run_row(const row *r, size_t index, uint32_t cpu_mask) {
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 20);
    write_row(r, &file);
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.cpu_mask = cpu_mask;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_model *model;
    sedge_instance *instance;
    if (sedge_model_open(file.data, file.n, &options, &model, &err) || sedge_instance_new(model, &instance, &err))
        fail_msg("row %zu: %s", index, err.text);
    const sedge_tensor *x = sedge_model_input(model, 0), *y = sedge_model_output(model, 0);
    memcpy(sedge_instance_input(instance, 0), x->dtype == SEDGE_INT8 ? (const void *)r->x : r->x_f32, x->size_bytes);
    if (sedge_model_input_count(model) == 2)
        memcpy(sedge_instance_input(instance, 1), r->b, sedge_model_input(model, 1)->size_bytes);
    assert_int_equal(sedge_instance_invoke(instance, &err), SEDGE_OK);
    const void *want = y->dtype == SEDGE_INT8 ? (const void *)r->y : r->y_f32;
    if (memcmp(sedge_instance_output(instance, 0), want, y->size_bytes) != 0)
        fail_msg("row %zu, %s: the bytes differ from the reference", index, sedge_op_kind_name(r->kind));
    sedge_instance_free(instance);
    sedge_model_free(model);
}

static void test_vectors(void **state) {
    (void)state;
    const uint32_t masks[] = { SEDGE_CPU_ALL, SEDGE_CPU_AVX2 | SEDGE_CPU_NEON, SEDGE_CPU_NONE };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        for (size_t m = 0; m < SEDGE_COUNT(masks); m++)
            run_row(&rows[i], i, masks[m]);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
