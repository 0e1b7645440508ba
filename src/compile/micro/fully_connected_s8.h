/* SPDX-License-Identifier: Apache-2.0 */
/**
 * FULLY_CONNECTED on int8, and the core of CONV_2D: y[c][o] = requantize(bias[o] + sum over i of x[c][i] * w[o][i]).
 * Bit-exact with libsedge.
 */
#ifndef SEDGE_MICRO_FULLY_CONNECTED_S8_H
#define SEDGE_MICRO_FULLY_CONNECTED_S8_H

#include "compile/micro/requantize.h"

typedef struct sedge_micro_fully_connected_s8 {
    uint32_t in, out;
    uint32_t columns;      /**< rows of x; its name here is that of the matrix that a convolution multiplies with */
    const int8_t *weights; /**< [out][in] */
    sedge_micro_rows rows; /**< the bias holds -x_zero * sum of the row's weights already */
} sedge_micro_fully_connected_s8;

/** Bytes of `pair` below, 8-byte aligned; used when there is more than one column. */
#define SEDGE_MICRO_PAIR_BYTES(in) (4 * (((in) + 3) / 4 * 4))

/** x is [columns][in], y is [columns][out]; they may not overlap. pair may be NULL for one column. */
void sedge_micro_run_fully_connected_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y,
                                        void *pair);

#endif
