/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/softmax_s8.h"

#include "model/fixed_point.h"

enum { SUM_BITS = 12 };

static int32_t exp_of(const sedge_softmax_s8 *p, int32_t diff) {
    return sedge_fixed_exp(sedge_scale(diff, p->factor), SEDGE_SOFTMAX_DIFF_BITS);
}

static void run_row(const sedge_softmax_s8 *p, const int8_t *x, int8_t *y) {
    int32_t largest = INT8_MIN, sum = 0;
    for (size_t i = 0; i < p->depth; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < p->depth; i++)
        if (x[i] - largest >= p->diff_low)
            sum += sedge_shift_round(exp_of(p, x[i] - largest), SUM_BITS);
    int bits_over_one;
    int32_t scale = sedge_fixed_reciprocal(sum, SUM_BITS, &bits_over_one);
    for (size_t i = 0; i < p->depth; i++) {
        int32_t diff = x[i] - largest, q = INT8_MIN;
        if (diff >= p->diff_low)
            q += sedge_shift_round(sedge_mul_high(scale, exp_of(p, diff)), bits_over_one + 31 - 8);
        y[i] = (int8_t)(q > INT8_MAX ? INT8_MAX : q);
    }
}

void sedge_run_softmax_s8(const sedge_softmax_s8 *p, const int8_t *x, int8_t *y) {
    for (size_t i = 0; i < p->rows; i++)
        run_row(p, x + i * p->depth, y + i * p->depth);
}
