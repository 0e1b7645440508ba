/* SPDX-License-Identifier: Apache-2.0 */
/* Quantised functions of one value. Source: the reference kernels of TensorFlow Lite Micro. */
#include "base/exact_math.h"
#include "model/fixed_point.h"
#include "ops/unary.h"

enum { INTEGER_BITS = 4 };

static sedge_status too_far(const sedge_op_site *site, sedge_error *err) {
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s' and '%s' are too far apart",
                      sedge_op_input(site, 0)->name, sedge_op_output(site, 0)->name);
}

static int32_t finish(const sedge_unary_quant *q, int32_t v) {
    int64_t y = (int64_t)v + q->y_zero;
    return (int32_t)(y < q->range.low ? q->range.low : y > q->range.high ? q->range.high : y);
}

/* ---- by way of a float function ---- */

int32_t sedge_unary_float_q(const sedge_unary_quant *q, int32_t x) {
    float real = q->x_scale * (float)(x - q->x_zero);
    float y = (float)q->f64((double)real, q->p) * (1 / q->y_scale);
    return finish(q, sedge_clamp(sedge_round_f32(y), -(1 << 24), 1 << 24));
}

/* ---- RELU, RELU6, RELU_N1_TO_1: to the other scale, clamped ---- */

sedge_status sedge_unary_clamp_init(const sedge_op_site *site, sedge_unary_quant *q, sedge_error *err) {
    sedge_op_kind kind = site->op->kind;
    q->range = sedge_activation_range(kind == SEDGE_OP_RELU    ? SEDGE_ACTIVATION_RELU
                                      : kind == SEDGE_OP_RELU6 ? SEDGE_ACTIVATION_RELU6
                                                               : SEDGE_ACTIVATION_RELU_N1_TO_1,
                                      sedge_op_output(site, 0));
    float factor = q->x_scale / q->y_scale; /* in float32, as the reference */
    return sedge_factor_of((double)factor, &q->a) ? SEDGE_OK : too_far(site, err);
}

int32_t sedge_unary_clamp_q(const sedge_unary_quant *q, int32_t x) {
    return finish(q, sedge_scale(x - q->x_zero, q->a));
}

/* ---- LEAKY_RELU ---- */

sedge_status sedge_unary_leaky_relu_init(const sedge_op_site *site, sedge_unary_quant *q, sedge_error *err) {
    float slope = q->x_scale * site->op->u.fn.alpha / q->y_scale, same = q->x_scale / q->y_scale;
    q->sign = slope < 0 ? -1 : 1;
    if (!sedge_factor_of((double)same, &q->a) || !sedge_factor_of((double)(slope < 0 ? -slope : slope), &q->b))
        return too_far(site, err);
    return SEDGE_OK;
}

int32_t sedge_unary_leaky_relu_q(const sedge_unary_quant *q, int32_t x) {
    int32_t v = x - q->x_zero;
    return finish(q, v >= 0 ? sedge_scale(v, q->a) : q->sign * sedge_scale(v, q->b));
}

/* ---- ABS ---- */

sedge_status sedge_unary_abs_init(const sedge_op_site *site, sedge_unary_quant *q, sedge_error *err) {
    float factor = q->x_scale / q->y_scale;
    return sedge_factor_of((double)factor, &q->a) ? SEDGE_OK : too_far(site, err);
}

int32_t sedge_unary_abs_q(const sedge_unary_quant *q, int32_t x) {
    int32_t v = x - q->x_zero;
    return finish(q, sedge_scale(v < 0 ? -v : v, q->a));
}

/* ---- LOGISTIC, TANH ---- */

static sedge_status want_output(const sedge_op_site *site, const sedge_unary_quant *q, float scale, int32_t zero,
                                sedge_error *err) {
    if (q->y_scale == scale && q->y_zero == zero)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "output '%s' has scale %g and zero point %d, %g and %d are needed",
                      sedge_op_output(site, 0)->name, (double)q->y_scale, q->y_zero, (double)scale, zero);
}

/* 8 bits: the input to Q4, the function to Q0, whose upper bits are the output */
static sedge_status fixed_init(const sedge_op_site *site, sedge_unary_quant *q, int32_t bits, int32_t zero,
                               sedge_error *err) {
    q->bits = bits;
    sedge_status st = want_output(site, q, 1.0f / (float)(1 << bits), zero, err);
    double real = (double)q->x_scale * (1 << (31 - INTEGER_BITS));
    if (st || real >= 0x1p30) /* then one step is beyond the radius, which stays 0 */
        return st;
    if (!sedge_factor_of(real, &q->a) || q->a.multiplier == 0 || q->a.shift < 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has scale %g, which is too small",
                          sedge_op_input(site, 0)->name, (double)q->x_scale);
    q->radius = sedge_fixed_radius(INTEGER_BITS, q->a.shift);
    return SEDGE_OK;
}

static int32_t fixed_q(const sedge_unary_quant *q, int32_t x, int32_t (*fn)(int32_t q4)) {
    int32_t v = x - q->x_zero;
    if (v <= -q->radius)
        return q->range.low;
    if (v >= q->radius)
        return q->range.high;
    return finish(q, sedge_shift_round(fn(sedge_scale(v, q->a)), 31 - q->bits));
}

/* 16 bits: the input to the steps of the table; a scale of 2^-12 (for tanh 2^-11 too) goes without rounding */
static sedge_status sigmoid_init(const sedge_op_site *site, sedge_unary_quant *q, bool twice, sedge_error *err) {
    sedge_status st = want_output(site, q, 0x1p-15f, 0, err);
    if (!st && q->x_zero != 0)
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has zero point %d, 0 is needed",
                        sedge_op_input(site, 0)->name, q->x_zero);
    double multiplier = (double)q->x_scale * 4096 * 3;
    if (!st && !(multiplier < 32768))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has scale %g, which is too large",
                        sedge_op_input(site, 0)->name, (double)q->x_scale);
    if (st)
        return st;
    q->sigmoid = (sedge_sigmoid_scale){ 0, 0 };
    if (q->x_scale == 0x1p-12f || (twice && q->x_scale == 0x1p-11f)) {
        q->sigmoid.multiplier = (int32_t)multiplier;
        return SEDGE_OK;
    }
    for (; multiplier <= 32767.0 / 2 && q->sigmoid.right_shift <= 30; multiplier *= 2)
        q->sigmoid.right_shift++;
    q->sigmoid.multiplier = (int32_t)multiplier;
    return q->sigmoid.right_shift <= 30 ? SEDGE_OK : too_far(site, err);
}

sedge_status sedge_unary_logistic_init(const sedge_op_site *site, sedge_unary_quant *q, sedge_error *err) {
    sedge_dtype dtype = sedge_op_output(site, 0)->dtype;
    if (dtype == SEDGE_INT16)
        return sigmoid_init(site, q, false, err);
    return fixed_init(site, q, 8, dtype == SEDGE_INT8 ? -128 : 0, err);
}

sedge_status sedge_unary_tanh_init(const sedge_op_site *site, sedge_unary_quant *q, sedge_error *err) {
    sedge_dtype dtype = sedge_op_output(site, 0)->dtype;
    if (dtype == SEDGE_INT16)
        return sigmoid_init(site, q, true, err);
    return fixed_init(site, q, 7, dtype == SEDGE_INT8 ? 0 : 128, err);
}

int32_t sedge_unary_logistic_q(const sedge_unary_quant *q, int32_t x) {
    return fixed_q(q, x, sedge_fixed_logistic);
}

int32_t sedge_unary_tanh_q(const sedge_unary_quant *q, int32_t x) {
    return fixed_q(q, x, sedge_fixed_tanh);
}

int32_t sedge_unary_logistic_q16(const sedge_unary_quant *q, int32_t x) {
    return sedge_sigmoid_logistic(sedge_sigmoid_input((int16_t)x, q->sigmoid));
}

int32_t sedge_unary_tanh_q16(const sedge_unary_quant *q, int32_t x) {
    return sedge_sigmoid_tanh(sedge_sigmoid_input((int16_t)x, q->sigmoid));
}

/* ---- HARD_SWISH: 16-bit fixed point ---- */

static int32_t to_16_bits(int32_t multiplier) {
    return multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (multiplier + (1 << 15)) >> 16;
}

static int32_t clamp_16(int64_t x) {
    return (int32_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

/* (a * b * 2) >> 16, rounded to nearest, ties upwards; the only overflow is that of two lowest numbers */
static int32_t mul_high_16(int32_t a, int32_t b) {
    int32_t product = a * b;
    int32_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
    return a == b && a == INT16_MIN ? INT16_MAX : (product + nudge) / (1 << 15);
}

sedge_status sedge_unary_hard_swish_init(const sedge_op_site *site, sedge_unary_quant *q, sedge_error *err) {
    float fine = (1.0f / 128.0f) * q->x_scale;
    float to_output = fine / q->y_scale, to_slope = fine / (3.0f / 32768.0f);
    if (!sedge_factor_of((double)to_output, &q->a) || !sedge_factor_of((double)to_slope, &q->b) || q->a.shift > 0)
        return too_far(site, err);
    q->a.multiplier = to_16_bits(q->a.multiplier);
    q->b.multiplier = to_16_bits(q->b.multiplier);
    return SEDGE_OK;
}

int32_t sedge_unary_hard_swish_q(const sedge_unary_quant *q, int32_t x) {
    int32_t fine = (x - q->x_zero) * 128;
    int32_t value = mul_high_16(fine, q->a.multiplier), slope = fine, shift = q->b.shift;
    if (shift > 0)
        slope = clamp_16((int64_t)slope * (INT64_C(1) << (shift - 1)));
    slope = mul_high_16(slope, q->b.multiplier);
    if (shift > 0)
        slope = clamp_16((int64_t)slope * 2);
    else if (shift < 0)
        slope = sedge_shift_round(slope, -shift);
    slope = (slope + (1 << 15)) >> 1; /* [-1, 1] to [0, 1] */
    int32_t y = slope * value / (1 << 15);
    return finish(q, sedge_shift_round(y, -q->a.shift));
}
