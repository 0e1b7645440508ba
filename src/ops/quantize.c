/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUANTIZE: float32 to int8, uint8 or int16; integers of 8, 16 and 32 bits from one quantisation to another. NaN
 * becomes the zero point. Source: the reference kernels of TensorFlow Lite Micro.
 */
#include "model/quant.h"
#include "ops/numbers.h"
#include "ops/ops.h"
#include "ops/rescale.h"
#include "ops/unary.h"

typedef struct prepared {
    size_t n;
    sedge_dtype from, to;
    float scale;
    int32_t zero;
    sedge_range range;
    sedge_rescale rescale;
} prepared;

/* sedge_quantize_f32 without branches: a ratio beyond 200000 gives an end of the range of 16 bits, whatever the zero
 * point */
static inline int32_t quantized(float x, float scale, int32_t zero, sedge_range range) {
    const float beyond = 200000;
    float ratio = x / scale;
    ratio = ratio != ratio ? 0 : ratio;
    ratio = ratio > beyond ? beyond : ratio;
    ratio = ratio < -beyond ? -beyond : ratio;
    int32_t whole = (int32_t)ratio;
    float rest = ratio - (float)whole;
    int32_t y = whole + (rest >= 0.5f) - (rest <= -0.5f) + zero;
    y = y < range.low ? range.low : y;
    return y > range.high ? range.high : y;
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0], scale = d->scale;
    const sedge_range range = d->range;
    const int32_t zero = d->zero;
    uint8_t *y8 = call->outputs[0];
    uint16_t *y16 = call->outputs[0];
    if (d->to == SEDGE_INT16)
        for (size_t i = 0; i < d->n; i++)
            y16[i] = (uint16_t)quantized(x[i], scale, zero, range);
    else
        for (size_t i = 0; i < d->n; i++)
            y8[i] = (uint8_t)quantized(x[i], scale, zero, range);
}

static void run_rescale(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    int64_t x[SEDGE_BLOCK];
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        sedge_load_i64(d->from, call->inputs[0], at, 1, n, x);
        for (size_t i = 0; i < n; i++)
            x[i] = sedge_rescale_apply(&d->rescale, (int32_t)x[i]);
        sedge_store_i64(d->to, call->outputs[0], at, n, x);
    }
}

static bool is_8_bits(const sedge_tensor *t) {
    return t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8;
}

static bool is_integer(const sedge_tensor *t) {
    return is_8_bits(t) || t->dtype == SEDGE_INT16 || t->dtype == SEDGE_INT32;
}

sedge_status sedge_op_quantize_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    bool from_f32 = x->dtype == SEDGE_FLOAT32 && y->dtype != SEDGE_INT32;
    if (!is_integer(y) || (!from_f32 && !is_integer(x)))
        return sedge_op_bad_types(x, y, err);
    sedge_status st = sedge_op_want_quant(y, err);
    if (!st && !from_f32)
        st = sedge_op_want_quant(x, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_quantize_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .n = sedge_op_elements(x),
                     .from = x->dtype,
                     .to = y->dtype,
                     .scale = y->quant.scales[0],
                     .zero = sedge_zero_point(y),
                     .range = sedge_dtype_range(y->dtype) };
    *ret = (sedge_prepared){ .run = run_f32, .data = d, .kernel = "quantize_f32_scalar", .macs = d->n };
    if (x->dtype == SEDGE_FLOAT32)
        return SEDGE_OK;
    double factor = (double)x->quant.scales[0] / (double)y->quant.scales[0];
    sedge_status st = sedge_rescale_init(&d->rescale, x, y, factor, err);
    if (!st && is_8_bits(x) && is_8_bits(y))
        return sedge_unary_prepare_table(site, sedge_rescale_apply, &d->rescale, "quantize_table", ret, err);
    ret->run = run_rescale;
    ret->kernel = "requantize_scalar";
    return st;
}
