/* SPDX-License-Identifier: Apache-2.0 */
/** Kernels of float32 functions of one value that large tensors go through: every one gives the same bits. */
#ifndef SEDGE_OPS_KERNELS_UNARY_F32_H
#define SEDGE_OPS_KERNELS_UNARY_F32_H

#include <stddef.h>
#include <stdint.h>

#include "ops/kernels/arch.h"
#include "sedge/cpu.h"

typedef enum sedge_unary_f32_fn {
    SEDGE_UNARY_F32_CLAMP,      /**< to [a, b]; NaN stays */
    SEDGE_UNARY_F32_LOGISTIC,   /**< sedge_logisticf */
    SEDGE_UNARY_F32_LEAKY_RELU, /**< x < 0 ? x * a : x */
    SEDGE_UNARY_F32_HARD_SWISH, /**< x * clamp(x + 3, 0, 6) / 6 */
} sedge_unary_f32_fn;

typedef struct sedge_unary_f32_params {
    sedge_unary_f32_fn fn;
    float a, b;
} sedge_unary_f32_params;

typedef struct sedge_unary_f32_kernel {
    const char *name;
    uint32_t cpu;
    void (*run)(const sedge_unary_f32_params *p, const float *x, float *y, size_t n); /**< y may be x */
} sedge_unary_f32_kernel;

#define K(name, cpu) extern const sedge_unary_f32_kernel sedge_##name;
#include "ops/kernels/unary_f32.inc"
#undef K

#endif
