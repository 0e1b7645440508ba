/* SPDX-License-Identifier: Apache-2.0 */
/** dot_s8.h in plain C. */
#ifndef SEDGE_MICRO_DOT_S8_PORTABLE_H
#define SEDGE_MICRO_DOT_S8_PORTABLE_H

#include <stdint.h>

static inline void sedge_micro_dot_1x2(const int8_t *x, const int8_t *w0, const int8_t *w1, uint32_t n,
                                       int32_t sum[2]) {
    int32_t a = 0, b = 0;
    for (uint32_t i = 0; i < n; i++) {
        a += x[i] * w0[i];
        b += x[i] * w1[i];
    }
    sum[0] = (int32_t)((uint32_t)sum[0] + (uint32_t)a);
    sum[1] = (int32_t)((uint32_t)sum[1] + (uint32_t)b);
}

static inline void sedge_micro_dot_2x2(const int8_t *x0, const int8_t *x1, const int8_t *w0, const int8_t *w1,
                                       uint32_t n, int32_t sum[4]) {
    sedge_micro_dot_1x2(x0, w0, w1, n, sum);
    sedge_micro_dot_1x2(x1, w0, w1, n, sum + 2);
}

#endif
