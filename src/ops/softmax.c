/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOFTMAX over the last dimension. float32, or int8 in gemmlowp's fixed point (output scale 1/256, zero point -128), as
 * the reference kernels of TensorFlow Lite Micro have it.
 */
#include "base/exact_math.h"
#include "model/fixed_point.h"
#include "model/quant.h"
#include "ops/ops.h"

enum { DIFF_BITS = 5, SUM_BITS = 12, S8_DEPTH_MAX = 4095 };

typedef struct prepared {
    size_t rows, depth;
    float beta;
    sedge_factor factor;
    int32_t diff_low;
} prepared;

static void row_f32(const prepared *d, const float *x, float *y) {
    float largest = x[0], sum = 0;
    for (size_t i = 1; i < d->depth; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < d->depth; i++) {
        y[i] = sedge_expf((x[i] - largest) * d->beta);
        sum += y[i];
    }
    for (size_t i = 0; i < d->depth; i++)
        y[i] /= sum;
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t i = 0; i < d->rows; i++)
        row_f32(d, (const float *)call->inputs[0] + i * d->depth, (float *)call->outputs[0] + i * d->depth);
}

static int32_t exp_of(const prepared *d, int32_t diff) {
    return sedge_fixed_exp(sedge_scale(diff, d->factor), DIFF_BITS);
}

static void row_s8(const prepared *d, const int8_t *x, int8_t *y) {
    int32_t largest = INT8_MIN, sum = 0;
    for (size_t i = 0; i < d->depth; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < d->depth; i++)
        if (x[i] - largest >= d->diff_low)
            sum += sedge_shift_round(exp_of(d, x[i] - largest), SUM_BITS);
    int bits_over_one;
    int32_t scale = sedge_fixed_reciprocal(sum, SUM_BITS, &bits_over_one);
    for (size_t i = 0; i < d->depth; i++) {
        int32_t diff = x[i] - largest, q = INT8_MIN;
        if (diff >= d->diff_low)
            q += sedge_shift_round(sedge_mul_high(scale, exp_of(d, diff)), bits_over_one + 31 - 8);
        y[i] = (int8_t)(q > INT8_MAX ? INT8_MAX : q);
    }
}

static void run_s8(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t i = 0; i < d->rows; i++)
        row_s8(d, (const int8_t *)call->inputs[0] + i * d->depth, (int8_t *)call->outputs[0] + i * d->depth);
}

sedge_status sedge_op_softmax_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (st)
        return st;
    if (x->dtype != SEDGE_FLOAT32 && x->dtype != SEDGE_INT8)
        return sedge_op_bad_types(x, y, err);
    if (x->rank == 0)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' is a scalar", x->name);
    return sedge_op_same_shape(y, x, err);
}

static sedge_status init_s8(prepared *d, const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_want_quant(x, err);
    if (!st)
        st = sedge_op_want_quant(y, err);
    if (st)
        return st;
    if (sedge_zero_point(y) != -128 || y->quant.scales[0] != 1.0f / 256)
        return sedge_fail(err, SEDGE_EUNSUPPORTED,
                          "output '%s' has scale %g and zero point %d, 1/256 and -128 are needed", y->name,
                          (double)y->quant.scales[0], sedge_zero_point(y));
    if (d->depth > S8_DEPTH_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu values in a row of int8, the limit is %d", d->depth, S8_DEPTH_MAX);
    double real = (double)d->beta * (double)x->quant.scales[0] * (1 << (31 - DIFF_BITS));
    if (real >= 0x1p30) /* one step is beyond the radius: only differences of 0 count, whatever the factor */
        return SEDGE_OK;
    if (!(real > 1) || !sedge_factor_of(real, &d->factor))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has scale %g, which is too small", x->name,
                          (double)x->quant.scales[0]);
    d->diff_low = -sedge_fixed_radius(DIFF_BITS, d->factor.shift);
    return SEDGE_OK;
}

sedge_status sedge_op_softmax_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->depth = (size_t)x->dims[x->rank - 1];
    d->rows = sedge_op_elements(x) / d->depth;
    d->beta = site->op->u.beta;
    if (!(d->beta > 0 && d->beta < 1e6f))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "beta is %g, a positive number is needed", (double)d->beta);
    bool int8 = x->dtype == SEDGE_INT8;
    sedge_status st = int8 ? init_s8(d, site, err) : SEDGE_OK;
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = int8 ? run_s8 : run_f32,
                             .data = d,
                             .kernel = int8 ? "softmax_s8_scalar" : "softmax_f32_scalar",
                             .macs = 2 * (uint64_t)d->rows * d->depth,
                             .in_place = !int8 };
    return SEDGE_OK;
}
