/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED on types without kernels of their own: uint8; int16 with int8 weights and int32 or int64 bias.
 * Source: the reference kernels of TensorFlow Lite.
 */
#include "model/quant.h"
#include "ops/fully_connected.h"
#include "ops/numbers.h"
#include "ops/ops.h"

#define BIAS_MAX (INT64_C(1) << 46)

typedef struct prepared {
    size_t batch, in, out;
    sedge_dtype x, w, bias, y;
    bool wide; /* sums of 64 bits */
    int32_t x_zero, w_zero, y_zero;
    sedge_range range;
    const sedge_factor *factors; /* by output */
    const void *weights, *bias_values;
} prepared;

static int64_t dot(const prepared *d, const void *x, size_t x_at, size_t row) {
    int64_t a[SEDGE_BLOCK], b[SEDGE_BLOCK], sum = 0;
    for (size_t k = 0; k < d->in; k += SEDGE_BLOCK) {
        size_t n = d->in - k < SEDGE_BLOCK ? d->in - k : SEDGE_BLOCK;
        sedge_load_i64(d->x, x, x_at + k, 1, n, a);
        sedge_load_i64(d->w, d->weights, row * d->in + k, 1, n, b);
        for (size_t i = 0; i < n; i++)
            sum += (a[i] - d->x_zero) * (b[i] - d->w_zero);
    }
    return sum;
}

/* x * factor for sums of 64 bits: the multiplier is cut to 16 bits, and there is one rounding */
static int64_t scale_wide(int64_t x, sedge_factor f) {
    int64_t multiplier = f.multiplier < 0x7fff0000 ? (f.multiplier + (1 << 15)) >> 16 : 0x7fff;
    int32_t shift = 15 - f.shift;
    return (x * multiplier + (INT64_C(1) << (shift - 1))) >> shift;
}

static void run_quantized(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t i = 0; i < d->batch; i++)
        for (size_t o = 0; o < d->out; o++) {
            int64_t bias = 0, sum = dot(d, call->inputs[0], i * d->in, o);
            if (d->bias_values)
                sedge_load_i64(d->bias, d->bias_values, o, 1, 1, &bias);
            sum += bias;
            int64_t y =
                d->y_zero + (d->wide ? scale_wide(sum, d->factors[o]) : sedge_scale((int32_t)sum, d->factors[o]));
            y = y < d->range.low ? d->range.low : y > d->range.high ? d->range.high : y;
            sedge_store_i64(d->y, call->outputs[0], i * d->out + o, 1, &y);
        }
}

static sedge_status check_scales(const sedge_tensor *w, bool zeros, sedge_error *err) {
    if (w->quant.count != 1 && (w->quant.axis != 0 || w->quant.count != (uint32_t)w->dims[0]))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have %u scales along dimension %u",
                          w->name, w->quant.count, w->quant.axis);
    for (uint32_t i = 0; zeros && w->quant.zero_points && i < w->quant.count; i++)
        if (w->quant.zero_points[i] != 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have zero point %d, 0 is needed",
                              w->name, w->quant.zero_points[i]);
    return SEDGE_OK;
}

static sedge_status set_factors(const sedge_op_site *site, prepared *d, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    sedge_factor *factors = sedge_pool_take(site->pool, d->out, sizeof *factors);
    if (!factors)
        return sedge_op_no_memory(err);
    for (size_t o = 0; o < d->out; o++)
        if (!sedge_factor_of(sedge_fully_connected_factor(x, w, y, o), &factors[o]) ||
            (d->wide && factors[o].shift >= 8))
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "row %zu: the scales of '%s' and '%s' are too far from '%s'", o,
                              x->name, w->name, y->name);
    d->factors = factors;
    return SEDGE_OK;
}

/* 64-bit biases so small that nothing overflows */
static sedge_status check_bias(const sedge_tensor *b, sedge_error *err) {
    const int64_t *values = b && b->dtype == SEDGE_INT64 ? b->data : NULL;
    for (size_t i = 0; values && i < sedge_op_elements(b); i++)
        if (values[i] >= BIAS_MAX || values[i] <= -BIAS_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "value %zu of the bias '%s' is %lld, the limit is 2^46", i, b->name,
                              (long long)values[i]);
    return SEDGE_OK;
}

static sedge_status prepare_quantized(const sedge_op_site *site, prepared *d, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    const sedge_tensor *b = sedge_op_optional(site, 2);
    sedge_status st = sedge_op_want_quant(x, err);
    if (!st)
        st = sedge_op_want_quant(y, err);
    if (!st && x->dtype == SEDGE_UINT8)
        st = sedge_op_want_quant(w, err);
    if (!st)
        st = check_scales(w, x->dtype == SEDGE_INT16, err);
    if (!st && d->in > INT16_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "%zu inputs, the limit is %d", d->in, INT16_MAX);
    if (!st)
        st = check_bias(b, err);
    if (st)
        return st;
    d->wide = x->dtype == SEDGE_INT16 && (!b || b->dtype == SEDGE_INT64);
    d->x_zero = sedge_zero_point(x);
    d->w_zero = x->dtype == SEDGE_UINT8 ? sedge_zero_point(w) : 0;
    d->y_zero = sedge_zero_point(y);
    d->range = sedge_activation_range(site->op->activation, y);
    ret->run = run_quantized;
    return set_factors(site, d, err);
}

sedge_status sedge_fully_connected_prepare_plain(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *b = sedge_op_optional(site, 2);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .in = (size_t)w->dims[1],
                     .out = (size_t)w->dims[0],
                     .x = x->dtype,
                     .w = w->dtype,
                     .bias = b ? b->dtype : SEDGE_INT32,
                     .y = sedge_op_output(site, 0)->dtype,
                     .weights = w->data,
                     .bias_values = b ? b->data : NULL };
    d->batch = sedge_op_elements(x) / d->in;
    *ret = (sedge_prepared){ .data = d,
                             .kernel = "fully_connected_plain_scalar",
                             .macs = (uint64_t)d->batch * d->in * d->out };
    return prepare_quantized(site, d, ret, err);
}
