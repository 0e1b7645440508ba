/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Kernels of + - * / on rows of float32: every one gives the same bits. A row of n elements; an input moves by step 0
 * or 1 with them. y may lie on a or b where they move.
 */
#ifndef SEDGE_OPS_KERNELS_BINARY_F32_H
#define SEDGE_OPS_KERNELS_BINARY_F32_H

#include <stddef.h>
#include <stdint.h>

#include "ops/kernels/arch.h"
#include "sedge/cpu.h"

typedef enum sedge_binary_f32_fn {
    SEDGE_BINARY_F32_ADD,
    SEDGE_BINARY_F32_SUB,
    SEDGE_BINARY_F32_MUL,
    SEDGE_BINARY_F32_DIV,
} sedge_binary_f32_fn;

typedef struct sedge_binary_f32_params {
    sedge_binary_f32_fn fn;
    size_t step_a, step_b;
    float low, high; /**< the result is clamped; NaN stays */
} sedge_binary_f32_params;

typedef struct sedge_binary_f32_kernel {
    const char *name;
    uint32_t cpu;
    void (*run)(const sedge_binary_f32_params *p, const float *a, const float *b, float *y, size_t n);
} sedge_binary_f32_kernel;

#define K(name, cpu) extern const sedge_binary_f32_kernel sedge_##name;
#include "ops/kernels/binary_f32.inc"
#undef K

#endif
