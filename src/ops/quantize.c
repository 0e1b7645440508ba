/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUANTIZE: float32 to int8, uint8 or int16; int8 and uint8 from one quantisation to another. NaN becomes the zero
 * point. Source: the reference kernels of TensorFlow Lite Micro.
 */
#include "model/quant.h"
#include "ops/ops.h"
#include "ops/rescale.h"
#include "ops/unary.h"

typedef struct prepared {
    size_t n;
    float scale;
    int32_t zero;
    sedge_range range;
} prepared;

#define RUN_FN(name, type)                                                                                             \
    static void run_##name(const sedge_op_call *call) {                                                                \
        const prepared *d = call->prepared;                                                                            \
        const float *x = call->inputs[0];                                                                              \
        type *y = call->outputs[0];                                                                                    \
        for (size_t i = 0; i < d->n; i++)                                                                              \
            y[i] = (type)sedge_quantize_f32(x[i], d->scale, d->zero, d->range);                                        \
    }
RUN_FN(s8, int8_t)
RUN_FN(u8, uint8_t)
RUN_FN(s16, int16_t)

static bool is_8_bits(const sedge_tensor *t) {
    return t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8;
}

sedge_status sedge_op_quantize_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    bool from_f32 = x->dtype == SEDGE_FLOAT32 && (is_8_bits(y) || y->dtype == SEDGE_INT16);
    if (!from_f32 && !(is_8_bits(x) && is_8_bits(y)))
        return sedge_op_bad_types(x, y, err);
    sedge_status st = sedge_op_want_quant(y, err);
    if (!st && !from_f32)
        st = sedge_op_want_quant(x, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_quantize_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    if (x->dtype != SEDGE_FLOAT32) {
        sedge_rescale r;
        sedge_status st = sedge_rescale_init(&r, x, y, (double)x->quant.scales[0] / (double)y->quant.scales[0], err);
        return st ? st : sedge_unary_prepare_s8(site, sedge_rescale_apply, &r, "quantize_s8_table", ret, err);
    }
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(x), y->quant.scales[0], sedge_zero_point(y), sedge_dtype_range(y->dtype) };
    *ret = (sedge_prepared){ .run = y->dtype == SEDGE_INT8    ? run_s8
                                    : y->dtype == SEDGE_UINT8 ? run_u8
                                                              : run_s16,
                             .data = d,
                             .kernel = "quantize_f32_scalar",
                             .macs = d->n };
    return SEDGE_OK;
}
