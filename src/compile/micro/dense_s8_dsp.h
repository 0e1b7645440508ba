/* SPDX-License-Identifier: Apache-2.0 */
/**
 * dense_s8.h with SMLAD: two products and two sums in one instruction. Included by dense_s8.c.
 *
 * A pair holds 16-bit values, four of each column in turn, as bytes of weights widen: 0 and 2, then 1 and 3.
 *     | x0[0] x0[2] | x0[1] x0[3] | x1[0] x1[2] | x1[1] x1[3] | x0[4] ...
 */
#ifndef SEDGE_MICRO_DENSE_S8_DSP_H
#define SEDGE_MICRO_DENSE_S8_DSP_H

#include "compile/micro/dense_s8.h"
#include "compile/micro/dsp.h"

enum { PAIR_WORDS = 4 };

void sedge_micro_pair(void *pair, uint32_t i, const int8_t *x, uint32_t n) {
    int16x2_t *to = (int16x2_t *)pair + 2 * i;
    for (; n >= 4; n -= 4, x += 4, to += PAIR_WORDS) {
        uint32_t v = sedge_micro_load4(x);
        to[0] = sedge_micro_even(v);
        to[1] = sedge_micro_odd(v);
    }
    if (n) {
        uint32_t v = sedge_micro_load_rest(x, n);
        to[0] = sedge_micro_even(v);
        to[1] = sedge_micro_odd(v);
    }
}

/* two rows (w1 may be w0) by both columns, n >= 4 a multiple of 4: sum is { row 0 by column 0, row 1 by column 0, row 0
 * by column 1, row 1 by column 1 }. Written out because compilers run out of registers here and spill. */
static inline void dot_2x2(const int16x2_t *x, const int8_t *w0, const int8_t *w1, uint32_t n, int32_t sum[4]) {
    int32_t a = sum[0], b = sum[1], c = sum[2], d = sum[3];
    uint32_t t, even0, odd0, even1, odd1;
    const int8_t *end = w0 + n;
    __asm__ volatile("1:\n\t"
                     "ldr %[odd0], [%[w0]], #4\n\t"
                     "ldr %[odd1], [%[w1]], #4\n\t"
                     "sxtb16 %[even0], %[odd0]\n\t"
                     "sxtb16 %[even1], %[odd1]\n\t"
                     "ldr %[t], [%[x]], #4\n\t"
                     "sxtb16 %[odd0], %[odd0], ror #8\n\t"
                     "sxtb16 %[odd1], %[odd1], ror #8\n\t"
                     "smlad %[a], %[t], %[even0], %[a]\n\t"
                     "smlad %[b], %[t], %[even1], %[b]\n\t"
                     "ldr %[t], [%[x]], #4\n\t"
                     "smlad %[a], %[t], %[odd0], %[a]\n\t"
                     "smlad %[b], %[t], %[odd1], %[b]\n\t"
                     "ldr %[t], [%[x]], #4\n\t"
                     "smlad %[c], %[t], %[even0], %[c]\n\t"
                     "smlad %[d], %[t], %[even1], %[d]\n\t"
                     "ldr %[t], [%[x]], #4\n\t"
                     "smlad %[c], %[t], %[odd0], %[c]\n\t"
                     "smlad %[d], %[t], %[odd1], %[d]\n\t"
                     "cmp %[w0], %[end]\n\t"
                     "bne 1b"
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1),
                       [t] "=&r"(t), [even0] "=&r"(even0), [odd0] "=&r"(odd0), [even1] "=&r"(even1), [odd1] "=&r"(odd1)
                     : [end] "r"(end)
                     : "cc", "memory");
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

/* the last one to three values of a row */
static inline void dot_rest(const int16x2_t *x, const int8_t *w, uint32_t n, int32_t *sum0, int32_t *sum1) {
    uint32_t v = sedge_micro_load_rest(w, n);
    int16x2_t even = sedge_micro_even(v), odd = sedge_micro_odd(v);
    *sum0 = __smlad(x[1], odd, __smlad(x[0], even, *sum0));
    *sum1 = __smlad(x[3], odd, __smlad(x[2], even, *sum1));
}

void sedge_micro_dense_2(const sedge_micro_fully_connected_s8 *p, const void *pair, int8_t *y) {
    const int16x2_t *x = pair;
    uint32_t out = p->out, n = p->in, whole = n & ~UINT32_C(3);
    const int8_t *w = p->weights;
    for (uint32_t o = 0; o < out; o += 2, w += 2 * n, y += 2) {
        uint32_t second = o + 1 < out; /* the last of an odd number is its own partner */
        const int8_t *w1 = w + (second ? n : 0);
        int32_t b0 = p->rows.bias[o], b1 = p->rows.bias[o + second], sum[4] = { b0, b1, b0, b1 };
        if (whole)
            dot_2x2(x, w, w1, whole, sum);
        if (whole != n) {
            dot_rest(x + whole, w + whole, n & 3, &sum[0], &sum[2]);
            dot_rest(x + whole, w1 + whole, n & 3, &sum[1], &sum[3]);
        }
        sedge_micro_requantize_2(&p->rows, o, sum[0], sum[2], y, y + out);
        sedge_micro_requantize_2(&p->rows, o + second, sum[1], sum[3], y + second, y + out + second);
    }
}

/* three rows by a column that is not widened yet, n >= 4 a multiple of 4 */
static inline void dot_1x3(const int8_t *x, const int8_t *const w[3], uint32_t n, int32_t sum[3]) {
    const int8_t *w0 = w[0], *w1 = w[1], *w2 = w[2], *end = x + n;
    int32_t a = sum[0], b = sum[1], c = sum[2];
    uint32_t even, odd, t, u;
    __asm__ volatile("1:\n\t"
                     "ldr %[odd], [%[x]], #4\n\t"
                     "ldr %[t], [%[w0]], #4\n\t"
                     "sxtb16 %[even], %[odd]\n\t"
                     "sxtb16 %[odd], %[odd], ror #8\n\t"
                     "sxtb16 %[u], %[t]\n\t"
                     "sxtb16 %[t], %[t], ror #8\n\t"
                     "smlad %[a], %[even], %[u], %[a]\n\t"
                     "smlad %[a], %[odd], %[t], %[a]\n\t"
                     "ldr %[t], [%[w1]], #4\n\t"
                     "sxtb16 %[u], %[t]\n\t"
                     "sxtb16 %[t], %[t], ror #8\n\t"
                     "smlad %[b], %[even], %[u], %[b]\n\t"
                     "smlad %[b], %[odd], %[t], %[b]\n\t"
                     "ldr %[t], [%[w2]], #4\n\t"
                     "sxtb16 %[u], %[t]\n\t"
                     "sxtb16 %[t], %[t], ror #8\n\t"
                     "smlad %[c], %[even], %[u], %[c]\n\t"
                     "smlad %[c], %[odd], %[t], %[c]\n\t"
                     "cmp %[x], %[end]\n\t"
                     "bne 1b"
                     : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1), [w2] "+r"(w2),
                       [even] "=&r"(even), [odd] "=&r"(odd), [t] "=&r"(t), [u] "=&r"(u)
                     : [end] "r"(end)
                     : "cc", "memory");
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
}

void sedge_micro_dense_1(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y) {
    uint32_t whole = p->in & ~UINT32_C(3);
    for (uint32_t o = 0; o < p->out; o += 3) {
        const int8_t *w[3];
        int32_t sum[3];
        for (uint32_t i = 0; i < 3; i++) { /* rows beyond the last are the last */
            uint32_t row = o + i < p->out ? o + i : p->out - 1;
            w[i] = p->weights + row * p->in;
            sum[i] = p->rows.bias[row];
        }
        if (whole)
            dot_1x3(x, w, whole, sum);
        for (uint32_t i = 0; i < 3 && o + i < p->out; i++) {
            for (uint32_t k = whole; k < p->in; k++)
                sum[i] += x[k] * w[i][k];
            y[o + i] = sedge_micro_requantize(&p->rows, o + i, sum[i]);
        }
    }
}

#endif
