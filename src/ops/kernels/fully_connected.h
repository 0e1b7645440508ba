/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The kernels of FULLY_CONNECTED: y[o] = activation(bias[o] + sum over i of x[i] * w[o][i]), one row of x at a time.
 *
 * A kernel packs the weights once at open, in its own layout, and reads only that. All kernels of a list give the same
 * bits. int8: the sums are exact, the rounding is that of model/quant.h. float32: each output is summed over i in
 * ascending order, product and sum rounded separately, then the bias is added; no fused multiply-add.
 */
#ifndef SEDGE_OPS_KERNELS_FULLY_CONNECTED_H
#define SEDGE_OPS_KERNELS_FULLY_CONNECTED_H

#include <stddef.h>
#include <stdint.h>

#include "sedge/cpu.h"

/** Arrays by output are padded with zeros to a multiple of this. */
enum { SEDGE_FC_TILE = 16 };

static inline size_t sedge_fc_padded(size_t n, size_t to) {
    return (n + to - 1) / to * to;
}

/** in <= 65535, so that sums of products fit 32 bits. */
typedef struct sedge_fc_s8 {
    uint32_t in, out;
    const void *weights;       /**< as the kernel packed them */
    const int32_t *bias;       /**< padded; holds -x_zero * sum of the row's weights already */
    const int32_t *multiplier; /**< padded */
    const int32_t *shift;      /**< padded; -31 .. 30 */
    int32_t y_zero, y_low, y_high;
} sedge_fc_s8;

typedef struct sedge_fc_s8_kernel {
    const char *name;
    uint32_t cpu;
    int32_t x_offset; /**< the kernel multiplies x + this; the bias takes it back */
    size_t (*packed_bytes)(size_t in, size_t out);
    void (*pack)(size_t in, size_t out, const int8_t *w, void *packed); /**< packed is zeroed, 64-byte aligned */
    size_t (*scratch_bytes)(size_t in);
    void (*run)(const sedge_fc_s8 *p, const int8_t *x, int8_t *y, void *scratch); /**< scratch is 64-byte aligned */
} sedge_fc_s8_kernel;

typedef struct sedge_fc_f32 {
    uint32_t in, out;
    const void *weights;
    const float *bias; /**< padded; NULL for none */
    float y_low, y_high;
} sedge_fc_f32;

typedef struct sedge_fc_f32_kernel {
    const char *name;
    uint32_t cpu;
    size_t (*packed_bytes)(size_t in, size_t out);
    void (*pack)(size_t in, size_t out, const float *w, void *packed);
    void (*run)(const sedge_fc_f32 *p, const float *x, float *y);
} sedge_fc_f32_kernel;

#define K(name, cpu) extern const sedge_fc_s8_kernel sedge_##name;
#include "ops/kernels/fully_connected_s8.inc"
#undef K
#define K(name, cpu) extern const sedge_fc_f32_kernel sedge_##name;
#include "ops/kernels/fully_connected_f32.inc"
#undef K

#endif
