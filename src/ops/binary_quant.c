/* SPDX-License-Identifier: Apache-2.0 */
/* Quantised functions of two values. Source: the reference kernels of TensorFlow Lite Micro. */
#include "model/fixed_point.h"
#include "ops/binary.h"

enum { SHIFT_8_BITS = 20, SHIFT_16_BITS = 15, SHIFT_COMPARE = 8, SHIFT_DIFFERENCE = 7 };

static int32_t wide(const sedge_binary_quant *q, int32_t x, int32_t zero, sedge_factor f) {
    return sedge_scale((x - zero) * (1 << q->left_shift), f);
}

static int32_t finish(const sedge_binary_quant *q, int32_t v, sedge_factor f) {
    int64_t y = (int64_t)sedge_scale(v, f) + q->y_zero;
    return (int32_t)(y < q->range.low ? q->range.low : y > q->range.high ? q->range.high : y);
}

/* wraps, where 16 bits with odd zero points are multiplied */
static int32_t product(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a * (uint32_t)b);
}

static float scale_of(const sedge_tensor *t) {
    return t->quant.scales[0];
}

static sedge_status too_far(const sedge_op_site *site, sedge_error *err) {
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s', '%s' and '%s' are too far apart",
                      sedge_op_input(site, 0)->name, sedge_op_input(site, 1)->name, sedge_op_output(site, 0)->name);
}

static bool factor_below_one(double real, sedge_factor *ret) {
    return real > 0 && real < 1 && sedge_factor_of(real, ret) && ret->shift <= 0;
}

/* ---- ADD, SUB ---- */

sedge_status sedge_binary_add_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    double a = (double)scale_of(sedge_op_input(site, 0)), b = (double)scale_of(sedge_op_input(site, 1));
    double twice_larger = 2 * (a > b ? a : b);
    q->sign = 1;
    q->left_shift = y->dtype == SEDGE_INT16 ? SHIFT_16_BITS : SHIFT_8_BITS;
    if (!factor_below_one(a / twice_larger, &q->a) || !factor_below_one(b / twice_larger, &q->b) ||
        !factor_below_one(twice_larger / ((1 << q->left_shift) * (double)scale_of(y)), &q->y))
        return too_far(site, err);
    return SEDGE_OK;
}

/* the reference forms these factors in float32, unlike those of ADD */
sedge_status sedge_binary_sub_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    float a = scale_of(sedge_op_input(site, 0)), b = scale_of(sedge_op_input(site, 1));
    float twice_larger = 2 * (a > b ? a : b);
    q->sign = -1;
    q->left_shift = y->dtype == SEDGE_INT16 ? SHIFT_16_BITS : SHIFT_8_BITS;
    float a_factor = a / twice_larger, b_factor = b / twice_larger;
    float y_factor = twice_larger / ((float)(1 << q->left_shift) * scale_of(y));
    if (!factor_below_one((double)a_factor, &q->a) || !factor_below_one((double)b_factor, &q->b) ||
        !factor_below_one((double)y_factor, &q->y))
        return too_far(site, err);
    return SEDGE_OK;
}

int32_t sedge_binary_sum_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    return finish(q, wide(q, a, q->a_zero, q->a) + q->sign * wide(q, b, q->b_zero, q->b), q->y);
}

/* ---- MUL, DIV ---- */

sedge_status sedge_binary_mul_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    double a = (double)scale_of(sedge_op_input(site, 0)), b = (double)scale_of(sedge_op_input(site, 1));
    return sedge_factor_of(a * b / (double)scale_of(sedge_op_output(site, 0)), &q->y) ? SEDGE_OK : too_far(site, err);
}

int32_t sedge_binary_mul_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    return finish(q, product(a - q->a_zero, b - q->b_zero), q->y);
}

sedge_status sedge_binary_div_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    if (y->dtype == SEDGE_INT16)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "quotients of int16 are not supported (output '%s')", y->name);
    float real = scale_of(sedge_op_input(site, 0)) / (scale_of(sedge_op_input(site, 1)) * scale_of(y));
    return sedge_factor_of((double)real, &q->y) ? SEDGE_OK : too_far(site, err);
}

/* bits that are like the sign bit, without it */
static int32_t headroom(int32_t x) {
    uint32_t size = x < 0 ? ~(uint32_t)x : (uint32_t)x;
    int32_t n = 31;
    for (; size; size >>= 1)
        n--;
    return n;
}

int32_t sedge_binary_div_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    int32_t top = a - q->a_zero, bottom = b - q->b_zero, bits;
    if (bottom == 0) /* nothing is right here: the end of the range on the side of the sign */
        return top == 0 ? sedge_clamp(q->y_zero, q->range.low, q->range.high) : top < 0 ? q->range.low : q->range.high;
    if (bottom < 0) {
        top = -top;
        bottom = -bottom;
    }
    int32_t inverse = sedge_fixed_reciprocal(bottom, 31, &bits);
    int32_t room = headroom(top);
    int32_t quotient = sedge_mul_high((int32_t)((uint32_t)top << room), inverse);
    int32_t shift = q->y.shift - bits - room;
    sedge_factor f = { shift < -31 ? 0 : q->y.multiplier, shift < -31 ? 0 : shift };
    return finish(q, quotient, f);
}

/* ---- SQUARED_DIFFERENCE ---- */

sedge_status sedge_binary_squared_difference_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    double a = (double)scale_of(sedge_op_input(site, 0)), b = (double)scale_of(sedge_op_input(site, 1));
    double twice_larger = 2 * (a > b ? a : b);
    q->left_shift = y->dtype == SEDGE_INT16 ? 0 : SHIFT_DIFFERENCE;
    double one = (double)(1 << 2 * q->left_shift);
    if (!factor_below_one(a / twice_larger, &q->a) || !factor_below_one(b / twice_larger, &q->b) ||
        !sedge_factor_of(twice_larger * twice_larger / (one * (double)scale_of(y)), &q->y))
        return too_far(site, err);
    return SEDGE_OK;
}

int32_t sedge_binary_squared_difference_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    int32_t d = wide(q, a, q->a_zero, q->a) - wide(q, b, q->b_zero, q->b);
    return finish(q, product(d, d), q->y);
}

/* ---- comparisons ---- */

sedge_status sedge_binary_compare_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    q->left_shift = SHIFT_COMPARE;
    if (!factor_below_one((double)scale_of(sedge_op_input(site, 0)), &q->a) ||
        !factor_below_one((double)scale_of(sedge_op_input(site, 1)), &q->b))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s' and '%s' must be below 1 to be compared",
                          sedge_op_input(site, 0)->name, sedge_op_input(site, 1)->name);
    q->compare = sedge_binary_find(site->op->kind)->i64;
    return SEDGE_OK;
}

int32_t sedge_binary_compare_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    return (int32_t)q->compare(wide(q, a, q->a_zero, q->a), wide(q, b, q->b_zero, q->b));
}

/* ---- MAXIMUM, MINIMUM ---- */

/* the reference compares the bytes, which is right when all three tensors have one quantisation */
sedge_status sedge_binary_same_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    (void)q;
    const sedge_tensor *y = sedge_op_output(site, 0);
    for (uint32_t i = 0; i < 2; i++) {
        const sedge_tensor *x = sedge_op_input(site, i);
        if (scale_of(x) != scale_of(y) || sedge_zero_point(x) != sedge_zero_point(y))
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' and '%s' differ in scale or zero point", x->name, y->name);
    }
    return SEDGE_OK;
}

int32_t sedge_binary_max_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    (void)q;
    return a > b ? a : b;
}

int32_t sedge_binary_min_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    (void)q;
    return a < b ? a : b;
}

/* ---- PRELU ---- */

sedge_status sedge_binary_prelu_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err) {
    double x = (double)scale_of(sedge_op_input(site, 0)), slope = (double)scale_of(sedge_op_input(site, 1));
    double y = (double)scale_of(sedge_op_output(site, 0));
    return sedge_factor_of(x / y, &q->a) && sedge_factor_of(x * slope / y, &q->y) ? SEDGE_OK : too_far(site, err);
}

int32_t sedge_binary_prelu_q(const sedge_binary_quant *q, int32_t a, int32_t b) {
    int32_t x = a - q->a_zero;
    return x >= 0 ? finish(q, x, q->a) : finish(q, product(x, b - q->b_zero), q->y);
}
