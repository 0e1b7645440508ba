/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The int8 kernels of convolutions with many channels: a matrix product with requantisation,
 *
 *     y[m][o] = requantised(bias[o] + add[m] + sum over s < segments, k < depth of rows[s][m * pixel_step + k] *
 * w[o][s][k])
 *
 * for the `pixels` m of one output row. A segment is a run of values that lie side by side in the input: all channels
 * of a whole window row (depth = kernel width * channels, segments = kernel height), or of one tap where the window is
 * dilated or the channels are grouped. A plain matrix product has one segment.
 *
 * The caller copies the input rows that a window sees into scratch, once each, through the kernel's `convert`, with the
 * input's zero point (converted) where the window reaches beyond the input: a kernel never sees a border. A kernel
 * without convert reads int8 rows as they are, and where nothing is padded, they are the input tensor itself.
 *
 * All kernels of the list give the same bits: sums are exact, rounding is that of model/quant.h.
 */
#ifndef SEDGE_OPS_KERNELS_CONV_S8_H
#define SEDGE_OPS_KERNELS_CONV_S8_H

#include <stddef.h>
#include <stdint.h>

#include "model/quant.h"
#include "ops/kernels/convert.h"
#include "sedge/cpu.h"

/** segments * depth of a kernel's weights is at most this, so that sums of products fit 32 bits. */
enum { SEDGE_CONV_S8_SUM_MAX = 65535 };

typedef struct sedge_conv_s8 {
    uint32_t segments, depth, out;
    int32_t y_zero, y_low, y_high;
    uint8_t x_flip, y_flip; /**< 0x80: the tensor is uint8, and int8 is what it is XOR this; else 0 */
    size_t pixel_step;      /**< elements from a pixel's first value in a row to the next pixel's */
    size_t y_step;          /**< from a pixel's first output to the next pixel's, at least out */
    const void *packed;
} sedge_conv_s8;

typedef struct sedge_conv_s8_kernel {
    const char *name;
    uint32_t cpu;
    uint32_t x_bytes; /**< of an element of the rows: 1, or 2 when convert widens */
    int32_t x_offset; /**< what convert adds to each value: 0, or 128 where rows are unsigned bytes */
    /** Of a segment, depth rounded up to a multiple of this is read: a power of two, at most 16. */
    uint32_t depth_step;
    sedge_convert *convert;
    bool direct; /**< convert is the identity when flip is 0, so that rows may be the input's own bytes */
    size_t (*packed_bytes)(const sedge_conv_s8 *p);
    /**
     * Weights [out][segments][depth], bias and factors [out] (the bias holds what follows from the input's zero point,
     * for int8 values; what convert adds is the kernel's to take back) into packed, which is zeroed and 64-byte
     * aligned.
     */
    void (*pack)(const sedge_conv_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed);
    /** rows[segments]: the first pixel's values. add[pixels]: NULL for zeros. y has no alignment. */
    void (*run)(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, size_t pixels, int8_t *y);
} sedge_conv_s8_kernel;

#define K(name, cpu) extern const sedge_conv_s8_kernel sedge_##name;
#include "ops/kernels/conv_s8.inc"
#undef K

#endif
