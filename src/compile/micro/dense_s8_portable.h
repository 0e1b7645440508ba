/* SPDX-License-Identifier: Apache-2.0 */
/** dense_s8.h in plain C; a pair holds the addresses of its columns. Included by dense_s8.c. */
#ifndef SEDGE_MICRO_DENSE_S8_PORTABLE_H
#define SEDGE_MICRO_DENSE_S8_PORTABLE_H

#include <string.h>

#include "compile/micro/dense_s8.h"

void sedge_micro_pair(void *pair, uint32_t i, const int8_t *x, uint32_t n) {
    (void)n;
    memcpy((unsigned char *)pair + i * sizeof(void *), &x, sizeof x);
}

static int32_t dot(const int8_t *x, const int8_t *w, uint32_t n, int32_t sum) {
    int32_t products = 0;
    for (uint32_t i = 0; i < n; i++)
        products += x[i] * w[i];
    return (int32_t)((uint32_t)sum + (uint32_t)products);
}

void sedge_micro_dense_1(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y) {
    for (uint32_t o = 0; o < p->out; o++)
        y[o] = sedge_micro_requantize(&p->rows, o, dot(x, p->weights + o * p->in, p->in, p->rows.bias[o]));
}

void sedge_micro_dense_2(const sedge_micro_fully_connected_s8 *p, const void *pair, int8_t *y) {
    const int8_t *x[2];
    memcpy(x, pair, sizeof x);
    sedge_micro_dense_1(p, x[0], y);
    sedge_micro_dense_1(p, x[1], y + p->out);
}

#endif
