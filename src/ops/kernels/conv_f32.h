/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The float32 kernels of convolutions, three loops by how the channels lie:
 *
 * - products, [n, ..., c]:      y[m][o] = act(sum over s, k of rows[s][m * pixel_step + k] * w[o][s][k] + bias[o])
 * - depthwise, [n, ..., c]:     y[m][c] = act(sum over t of rows[t][m * channels + c] * w[t][c] + bias[c])
 * - planes, [n, c, ...]:        y[o][m] = act(sum over r of rows[r][m] * w[o][r] + bias[o])
 *
 * for the `pixels` m of one output row; borders lie in the rows (zeros), see conv_s8.h and depthwise_s8.h.
 *
 * Each output is summed in the order of its rows, then of k, product and sum rounded separately (no fused
 * multiply-add: it would halve no time where multiplier and adder are separate units, and could not be had on every
 * CPU), then the bias is added, then the clamp is applied, by which a NaN stays. So all kernels give the same bits.
 */
#ifndef SEDGE_OPS_KERNELS_CONV_F32_H
#define SEDGE_OPS_KERNELS_CONV_F32_H

#include <stddef.h>
#include <stdint.h>

#include "ops/kernels/convert.h"
#include "sedge/cpu.h"

typedef struct sedge_conv_f32 {
    uint32_t rows;  /**< segments, taps or planes: as many as the loop gets pointers */
    uint32_t depth; /**< products: values of a segment; else 1 */
    uint32_t out;   /**< channels of y; of depthwise also those of the rows */
    float y_low, y_high;
    size_t pixel_step;    /**< products: elements from a pixel to the next in a row */
    size_t y_step;        /**< elements of y from a pixel to the next (products), from a plane to the next (planes) */
    const float *weights; /**< as packed for the kernel's lanes */
    const float *bias;    /**< as packed, never NULL */
} sedge_conv_f32;

typedef void sedge_conv_f32_run(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, float *y);

typedef struct sedge_conv_f32_kernel {
    const char *name;
    uint32_t cpu;
    uint32_t lanes; /**< floats of a vector, at most 16 */
    sedge_conv_f32_run *products;
    sedge_conv_f32_run *depthwise; /**< reads up to a vector behind a row: SEDGE_ROWS_SLACK */
    sedge_conv_f32_run *planes;
} sedge_conv_f32_kernel;

#define K(name, cpu) extern const sedge_conv_f32_kernel sedge_##name;
#include "ops/kernels/conv_f32.inc"
#undef K

/*
 * Packed weights, which all kernels share:
 *
 * - products: [vector of outputs][k of all rows][lanes], bias [vector][lanes].
 * - depthwise: blocks of `lanes` values of y that lie side by side: of one pixel, or of several where a vector holds
 *   more than its channels. [block][tap][lanes], bias [block][lanes].
 * - planes: outputs in tiles of four, the rest one by one: [tile][row][4], [output][row]; bias [out].
 */
enum { SEDGE_CONV_F32_TILE = 4 };

static inline size_t sedge_conv_f32_vectors(size_t out, size_t lanes) {
    return (out + lanes - 1) / lanes;
}

/** Pixels of a depthwise block: 1, or as many as fit a vector. */
static inline size_t sedge_conv_f32_side_by_side(size_t channels, size_t lanes) {
    return channels < lanes ? lanes / channels : 1;
}

/** Floats of packed weights and bias. */
size_t sedge_conv_f32_products_size(size_t k, size_t out, size_t lanes, size_t *ret_bias);
size_t sedge_conv_f32_depthwise_size(size_t taps, size_t channels, size_t lanes, size_t *ret_bias);

/** w [out][k], bias [out] or NULL; to and to_bias are zeroed. */
void sedge_conv_f32_pack_products(size_t k, size_t out, size_t lanes, const float *w, const float *bias, float *to,
                                  float *to_bias);
/** w [taps][channels]. */
void sedge_conv_f32_pack_depthwise(size_t taps, size_t channels, size_t lanes, const float *w, const float *bias,
                                   float *to, float *to_bias);
/** w [out][rows]; to has as many floats, to_bias out. */
void sedge_conv_f32_pack_planes(size_t rows, size_t out, const float *w, const float *bias, float *to, float *to_bias);

#endif
