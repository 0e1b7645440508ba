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

/** x is [columns][in], y is [columns][out]; they may not overlap. */
void sedge_micro_run_fully_connected_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y);
/** Two columns that lie anywhere; y1 begins where y0 ends. */
void sedge_micro_run_columns_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x0, const int8_t *x1, int8_t *y);
/** One column. */
void sedge_micro_run_column_s8(const sedge_micro_fully_connected_s8 *p, const int8_t *x, int8_t *y);

#endif
