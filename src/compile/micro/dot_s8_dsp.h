/* SPDX-License-Identifier: Apache-2.0 */
/** dot_s8.h with SMLAD: two products and two sums in one instruction. */
#ifndef SEDGE_MICRO_DOT_S8_DSP_H
#define SEDGE_MICRO_DOT_S8_DSP_H

#include "compile/micro/dsp.h"

static inline void sedge_micro_dot_1x2(const int8_t *x, const int8_t *w0, const int8_t *w1, uint32_t n,
                                       int32_t sum[2]) {
    int32_t a = sum[0], b = sum[1];
    const int8_t *end = x + (n & ~UINT32_C(3));
    for (; x != end; x += 4, w0 += 4, w1 += 4) {
        uint32_t vx = sedge_micro_load4(x), v0 = sedge_micro_load4(w0), v1 = sedge_micro_load4(w1);
        int16x2_t even = sedge_micro_even(vx), odd = sedge_micro_odd(vx);
        a = __smlad(even, sedge_micro_even(v0), a);
        b = __smlad(even, sedge_micro_even(v1), b);
        a = __smlad(odd, sedge_micro_odd(v0), a);
        b = __smlad(odd, sedge_micro_odd(v1), b);
    }
    for (n &= 3; n; n--, x++) {
        a += *x * *w0++;
        b += *x * *w1++;
    }
    sum[0] = a;
    sum[1] = b;
}

static inline void sedge_micro_dot_2x2(const int8_t *x0, const int8_t *x1, const int8_t *w0, const int8_t *w1,
                                       uint32_t n, int32_t sum[4]) {
    int32_t a = sum[0], b = sum[1], c = sum[2], d = sum[3];
    const int8_t *end = x0 + (n & ~UINT32_C(3));
    for (; x0 != end; x0 += 4, x1 += 4, w0 += 4, w1 += 4) {
        uint32_t v = sedge_micro_load4(w0), u = sedge_micro_load4(w1), vx = sedge_micro_load4(x0);
        int16x2_t w0e = sedge_micro_even(v), w0o = sedge_micro_odd(v);
        int16x2_t w1e = sedge_micro_even(u), w1o = sedge_micro_odd(u);
        int16x2_t even = sedge_micro_even(vx), odd = sedge_micro_odd(vx);
        a = __smlad(even, w0e, a);
        b = __smlad(even, w1e, b);
        a = __smlad(odd, w0o, a);
        b = __smlad(odd, w1o, b);
        vx = sedge_micro_load4(x1);
        even = sedge_micro_even(vx);
        odd = sedge_micro_odd(vx);
        c = __smlad(even, w0e, c);
        d = __smlad(even, w1e, d);
        c = __smlad(odd, w0o, c);
        d = __smlad(odd, w1o, d);
    }
    for (n &= 3; n; n--, x0++, x1++, w0++, w1++) {
        a += *x0 * *w0;
        b += *x0 * *w1;
        c += *x1 * *w0;
        d += *x1 * *w1;
    }
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

#endif
