/* SPDX-License-Identifier: Apache-2.0 */
/**
 * dense_s8.h with Helium: sixteen products and their sum in one instruction; a pair holds the addresses of its columns.
 * Included by dense_s8.c.
 */
#ifndef SEDGE_MICRO_DENSE_S8_MVE_H
#define SEDGE_MICRO_DENSE_S8_MVE_H

#include <arm_mve.h>
#include <string.h>

#include "compile/micro/dense_s8.h"

void sedge_micro_pair(void *pair, uint32_t i, const int8_t *x, uint32_t n) {
    (void)n;
    memcpy((unsigned char *)pair + i * sizeof(void *), &x, sizeof x);
}

/* two rows by two columns: sum[0] and [1] of column 0, [4] and [5] of column 1 */
static inline void dot_2x2(const int8_t *x0, const int8_t *x1, const int8_t *w0, const int8_t *w1, uint32_t n,
                           int32_t *sum) {
    int32_t a = sum[0], b = sum[1], c = sum[4], d = sum[5];
    for (; n >= 16; n -= 16, x0 += 16, x1 += 16, w0 += 16, w1 += 16) {
        int8x16_t v0 = vldrbq_s8(x0), v1 = vldrbq_s8(x1), u0 = vldrbq_s8(w0), u1 = vldrbq_s8(w1);
        a = vmladavaq_s8(a, v0, u0);
        b = vmladavaq_s8(b, v0, u1);
        c = vmladavaq_s8(c, v1, u0);
        d = vmladavaq_s8(d, v1, u1);
    }
    if (n) {
        mve_pred16_t rest = vctp8q(n);
        int8x16_t v0 = vldrbq_z_s8(x0, rest), v1 = vldrbq_z_s8(x1, rest);
        int8x16_t u0 = vldrbq_z_s8(w0, rest), u1 = vldrbq_z_s8(w1, rest);
        a = vmladavaq_s8(a, v0, u0);
        b = vmladavaq_s8(b, v0, u1);
        c = vmladavaq_s8(c, v1, u0);
        d = vmladavaq_s8(d, v1, u1);
    }
    sum[0] = a;
    sum[1] = b;
    sum[4] = c;
    sum[5] = d;
}

/* four rows by one column */
static inline void dot_1x4(const int8_t *x, const int8_t *const w[4], uint32_t n, int32_t *sum) {
    const int8_t *w0 = w[0], *w1 = w[1], *w2 = w[2], *w3 = w[3];
    int32_t a = sum[0], b = sum[1], c = sum[2], d = sum[3];
    for (; n >= 16; n -= 16, x += 16, w0 += 16, w1 += 16, w2 += 16, w3 += 16) {
        int8x16_t v = vldrbq_s8(x);
        a = vmladavaq_s8(a, v, vldrbq_s8(w0));
        b = vmladavaq_s8(b, v, vldrbq_s8(w1));
        c = vmladavaq_s8(c, v, vldrbq_s8(w2));
        d = vmladavaq_s8(d, v, vldrbq_s8(w3));
    }
    if (n) {
        mve_pred16_t rest = vctp8q(n);
        int8x16_t v = vldrbq_z_s8(x, rest);
        a = vmladavaq_s8(a, v, vldrbq_z_s8(w0, rest));
        b = vmladavaq_s8(b, v, vldrbq_z_s8(w1, rest));
        c = vmladavaq_s8(c, v, vldrbq_z_s8(w2, rest));
        d = vmladavaq_s8(d, v, vldrbq_z_s8(w3, rest));
    }
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

/* sums of rows o .. o + n - 1, four a column */
static void store(const sedge_micro_fully_connected_s8 *p, uint32_t o, uint32_t n, const int32_t *sums,
                  uint32_t columns, int8_t *y) {
    if (p->rows.narrow) {
        sedge_micro_rows4 f = sedge_micro_load_rows4(&p->rows, o, n);
        for (uint32_t c = 0; c < columns; c++)
            sedge_micro_store_rows4(&f, vldrwq_s32(sums + 4 * c), y + c * p->out + o);
    } else {
        for (uint32_t c = 0; c < columns; c++)
            for (uint32_t i = 0; i < n; i++)
                y[c * p->out + o + i] = sedge_micro_requantize(&p->rows, o + i, sums[4 * c + i]);
    }
}

/* where four rows begin and what their sums begin with, for each column; rows beyond the last are the last */
static inline uint32_t begin(const sedge_micro_fully_connected_s8 *p, uint32_t o, const int8_t *w[4], int32_t *sums,
                             uint32_t columns) {
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t row = o + i < p->out ? o + i : p->out - 1;
        w[i] = p->weights + row * p->in;
        for (uint32_t c = 0; c < columns; c++)
            sums[4 * c + i] = p->rows.bias[row];
    }
    return p->out - o < 4 ? p->out - o : 4;
}

void sedge_micro_dense_1(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y) {
    for (uint32_t o = 0; o < p->out; o += 4) {
        const int8_t *w[4];
        int32_t sums[4];
        uint32_t n = begin(p, o, w, sums, 1);
        dot_1x4(x, w, p->in, sums);
        store(p, o, n, sums, 1, y);
    }
}

void sedge_micro_dense_2(const sedge_micro_fully_connected_s8 *p, const void *pair, int8_t *y) {
    const int8_t *x[2];
    memcpy(x, pair, sizeof x);
    for (uint32_t o = 0; o < p->out; o += 4) {
        const int8_t *w[4];
        int32_t sums[8];
        uint32_t n = begin(p, o, w, sums, 2);
        dot_2x2(x[0], x[1], w[0], w[1], p->in, sums);
        dot_2x2(x[0], x[1], w[2], w[3], p->in, sums + 2);
        store(p, o, n, sums, 2, y);
    }
}

#endif
