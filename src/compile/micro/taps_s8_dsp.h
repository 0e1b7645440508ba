/* SPDX-License-Identifier: Apache-2.0 */
/** taps_s8.h with products of 16 bits; included by it. */
#ifndef SEDGE_MICRO_TAPS_S8_DSP_H
#define SEDGE_MICRO_TAPS_S8_DSP_H

#include "compile/micro/dsp.h"
#include "compile/micro/taps_s8.h"

enum { SEDGE_MICRO_LANES = 4 };

static inline void sedge_micro_taps4(const sedge_micro_taps_s8 *t, const int8_t *x, const int8_t *w, int32_t sum[4]) {
    int16x2_t zero = (int16x2_t)((uint32_t)(-t->x_zero & 0xffff) * 0x10001u);
    int32_t a = sum[0], b = sum[1], c = sum[2], d = sum[3];
    for (int32_t i = t->rows; i > 0; i--, x += t->x_row, w += t->w_row) {
        const int8_t *px = x, *pw = w;
        for (int32_t j = t->columns; j > 0; j--, px += t->x_column, pw += t->w_column) {
            uint32_t vx = sedge_micro_load4(px), vw = sedge_micro_load4(pw);
            int16x2_t x_even = sedge_micro_add_even(zero, vx), x_odd = sedge_micro_add_odd(zero, vx);
            int16x2_t w_even = sedge_micro_even(vw), w_odd = sedge_micro_odd(vw);
            a = __smlabb(x_even, w_even, a);
            b = __smlabb(x_odd, w_odd, b);
            c = __smlatt(x_even, w_even, c);
            d = __smlatt(x_odd, w_odd, d);
        }
    }
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

static inline void sedge_micro_taps(const sedge_micro_taps_s8 *t, const int8_t *x, const int8_t *w, uint32_t n,
                                    int32_t *sum) {
    if (n == SEDGE_MICRO_LANES)
        sedge_micro_taps4(t, x, w, sum);
    else
        for (uint32_t c = 0; c < n; c++)
            sedge_micro_tap(t, x + c, w + c, &sum[c]);
}

#endif
