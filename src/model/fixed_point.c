/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fixed_point.h"

#include "model/rounding.h"

static int32_t wrap_add(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

static int32_t shift_left_saturated(int32_t x, int n) {
    int64_t y = (int64_t)x * (INT64_C(1) << n);
    return y > INT32_MAX ? INT32_MAX : y < INT32_MIN ? INT32_MIN : (int32_t)y;
}

/* exp(a) for a in [-1/4, 0) in Q0: four terms of the Taylor series around -1/8 */
static int32_t exp_quarter(int32_t a) {
    const int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
    int32_t x = wrap_add(a, 1 << 28);
    int32_t x2 = sedge_mul_high(x, x);
    int32_t x3 = sedge_mul_high(x2, x);
    int32_t x4_over_4 = sedge_shift_round(sedge_mul_high(x2, x2), 2);
    int32_t higher = sedge_shift_round(wrap_add(sedge_mul_high(wrap_add(x4_over_4, x3), third), x2), 1);
    return wrap_add(exp_of_minus_eighth, sedge_mul_high(exp_of_minus_eighth, wrap_add(x, higher)));
}

int32_t sedge_fixed_exp(int32_t a, int m) {
    /* exp(-2^k) in Q0 for k = -2 .. 4 */
    static const int32_t powers[] = { 1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242 };
    if (a == 0)
        return INT32_MAX;
    int fraction_bits = 31 - m;
    int32_t quarter = 1 << (fraction_bits - 2);
    int32_t rest = (a & (quarter - 1)) - quarter;
    int32_t result = exp_quarter(shift_left_saturated(rest, m));
    uint32_t remainder = (uint32_t)rest - (uint32_t)a;
    for (int i = 0; i < (int)(sizeof powers / sizeof powers[0]); i++)
        if (m > i - 2 && (remainder & UINT32_C(1) << (fraction_bits + i - 2)))
            result = sedge_mul_high(result, powers[i]);
    return result;
}

/* 1 / d in Q2, for d = half_denominator in Q0 in [1/2, 1) */
static int32_t newton_reciprocal(int32_t half_denominator) {
    const int32_t c48_over_17 = 1515870810, minus_32_over_17 = -1010580540, one = 1 << 29;
    int32_t x = wrap_add(c48_over_17, sedge_mul_high(half_denominator, minus_32_over_17));
    for (int i = 0; i < 3; i++) {
        int32_t error = wrap_add(one, -sedge_mul_high(half_denominator, x));
        x = wrap_add(x, shift_left_saturated(sedge_mul_high(x, error), 2));
    }
    return x;
}

/* (a + 1) / 2, rounded half up */
static int32_t half_of_one_plus(int32_t a) {
    return (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
}

int32_t sedge_fixed_one_over_one_plus(int32_t a) {
    return shift_left_saturated(newton_reciprocal(half_of_one_plus(a)), 1);
}

static int32_t one_minus_over_one_plus(int32_t a) {
    return shift_left_saturated(wrap_add(newton_reciprocal(half_of_one_plus(a)), -(1 << 29)), 2);
}

int32_t sedge_fixed_logistic(int32_t a) {
    if (a == 0)
        return 1 << 30;
    int32_t positive = sedge_fixed_one_over_one_plus(sedge_fixed_exp(a > 0 ? -a : a, 4));
    return a > 0 ? positive : INT32_MAX - positive;
}

int32_t sedge_fixed_tanh(int32_t a) {
    if (a == 0)
        return 0;
    int32_t t = one_minus_over_one_plus(sedge_fixed_exp(a > 0 ? -a : a, 5)); /* Q4 read as Q5 doubles it */
    return a > 0 ? t : -t;
}

int32_t sedge_fixed_reciprocal(int32_t x, int m, int *ret_bits) {
    int zeros = 0;
    while (!((uint32_t)x << zeros & UINT32_C(0x80000000)))
        zeros++;
    *ret_bits = m - zeros;
    return sedge_fixed_one_over_one_plus((int32_t)(((uint32_t)x << zeros) - UINT32_C(0x80000000)));
}

int32_t sedge_fixed_radius(int m, int left_shift) {
    if (left_shift > 31)
        return 0;
    return (int32_t)((((INT64_C(1) << m) - 1) << (31 - m)) >> left_shift);
}
