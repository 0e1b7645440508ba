/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One or two columns through a dense layer. By instruction set:
 *
 *     sedge_micro_pair(pair, i, x, n)          lays column i (0 or 1) of n values into `pair`,
 * SEDGE_MICRO_PAIR_BYTES(n); x must stay until the pair has been used sedge_micro_dense_2(p, pair, y) y[0][out],
 * y[1][out] sedge_micro_dense_1(p, x, y)             y[out]
 */
#ifndef SEDGE_MICRO_DENSE_S8_H
#define SEDGE_MICRO_DENSE_S8_H

#include "compile/micro/fully_connected_s8.h"

void sedge_micro_pair(void *pair, uint32_t i, const int8_t *x, uint32_t n);
void sedge_micro_dense_2(const sedge_micro_fully_connected_s8 *p, const void *pair, int8_t *y);
void sedge_micro_dense_1(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y);

#endif
