/* SPDX-License-Identifier: Apache-2.0 */
/**
 * CONV_2D on int8: the values that a window sees are laid side by side, two windows at a time, and multiplied as a
 * dense layer does. A window of one place that visits every place is FULLY_CONNECTED itself. Bit-exact with libsedge.
 */
#ifndef SEDGE_MICRO_CONV_S8_H
#define SEDGE_MICRO_CONV_S8_H

#include "compile/micro/fully_connected_s8.h"
#include "compile/micro/span.h"

typedef struct sedge_micro_conv_s8 {
    uint32_t batch, channels;
    sedge_micro_span down, across;
    int8_t x_zero;                        /**< what lies beyond the picture */
    sedge_micro_fully_connected_s8 dense; /**< in: down.kernel * across.kernel * channels */
} sedge_micro_conv_s8;

/** Bytes of scratch for windows of n values. */
#define SEDGE_MICRO_CONV_SCRATCH(n) (SEDGE_MICRO_PAIR_BYTES(n) + 2 * (n))

/** x is [batch][down.in][across.in][channels], y [batch][down.out][across.out][dense.out]; scratch is 8-byte aligned.
 */
void sedge_micro_run_conv_s8(const sedge_micro_conv_s8 *p, const int8_t *x, int8_t *y, void *scratch);

#endif
