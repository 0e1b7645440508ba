/* SPDX-License-Identifier: Apache-2.0 */
/** DEPTHWISE_CONV_2D on int8: each channel has a window of its own. Bit-exact with libsedge. */
#ifndef SEDGE_MICRO_DEPTHWISE_S8_H
#define SEDGE_MICRO_DEPTHWISE_S8_H

#include "compile/micro/requantize.h"
#include "compile/micro/span.h"

typedef struct sedge_micro_depthwise_s8 {
    uint32_t batch, channels;
    uint32_t multiplier; /**< outputs of a channel */
    sedge_micro_span down, across;
    int16_t x_zero;
    const int8_t *weights; /**< [down.kernel][across.kernel][channels * multiplier] */
    sedge_micro_rows rows; /**< by output; the bias is the model's own */
} sedge_micro_depthwise_s8;

/** Bytes of scratch for a window of n places. */
#define SEDGE_MICRO_DEPTHWISE_SCRATCH(n) (8 * (n))

/** x is [batch][down.in][across.in][channels], y [batch][down.out][across.out][channels * multiplier]. scratch is
 * 4-byte aligned. */
void sedge_micro_run_depthwise_s8(const sedge_micro_depthwise_s8 *p, const int8_t *x, int8_t *y, void *scratch);

#endif
