/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The int8 kernels of depthwise convolutions: each channel has its own window,
 *
 *     y[m * channels + c] = requantised(bias[c] + sum over t < lines * columns of taps[t][m * channels + c] * w[t][c])
 *
 * for the `pixels` m of one output row: a tap is one place of the window. The caller copies input rows into scratch,
 * once each, through the kernel's `convert`, padded; where the window moves by more than one column, each residue of
 * the column number has a row of its own, so that the next pixel's values of a tap always follow directly.
 *
 * Channels that see one input channel (a multiplier) are input channels repeated. Weights of uint8 with a zero point
 * have 9 bits: such a tap is two taps at one place, whose weights add up.
 *
 * All kernels of the list give the same bits.
 */
#ifndef SEDGE_OPS_KERNELS_DEPTHWISE_S8_H
#define SEDGE_OPS_KERNELS_DEPTHWISE_S8_H

#include "ops/kernels/conv_s8.h"

typedef struct sedge_depthwise_s8 {
    uint32_t lines, columns; /**< taps, line by line; at most SEDGE_CONV_S8_SUM_MAX */
    uint32_t channels;
    bool sliding; /**< within a line, a tap of a pixel is the tap before it of the next pixel: taps[t + 1] = taps[t] +
                       channels */
    int32_t y_zero, y_low, y_high;
    uint8_t x_flip, y_flip; /**< as in sedge_conv_s8 */
    const void *packed;
} sedge_depthwise_s8;

typedef struct sedge_depthwise_s8_kernel {
    const char *name;
    uint32_t cpu;
    uint32_t x_bytes; /**< of an element of the rows: 1, or 2 when convert widens */
    sedge_convert *convert;
    size_t (*packed_bytes)(const sedge_depthwise_s8 *p);
    /** Weights [lines * columns][channels]; bias, factor and packed as in sedge_conv_s8_kernel. */
    void (*pack)(const sedge_depthwise_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed);
    /** Up to SEDGE_ROWS_SLACK bytes behind the last element of a tap may be read. y has no alignment. */
    void (*run)(const sedge_depthwise_s8 *p, const void *const *taps, size_t pixels, int8_t *y);
} sedge_depthwise_s8_kernel;

#define K(name, cpu) extern const sedge_depthwise_s8_kernel sedge_##name;
#include "ops/kernels/depthwise_s8.inc"
#undef K

#endif
