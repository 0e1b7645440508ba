/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Kernels of the sum (or difference) of two rows of 8 bits, every one bit for bit like the scalar one. A row of n
 * elements; an input moves by step 0 or 1 with them. y may lie on a or b where they move.
 *
 * uint8 is int8 with the top bit flipped and every zero point 128 lower.
 */
#ifndef SEDGE_OPS_KERNELS_SUM_S8_H
#define SEDGE_OPS_KERNELS_SUM_S8_H

#include <stddef.h>

#include "model/quant.h"
#include "ops/kernels/arch.h"
#include "sedge/cpu.h"

/** Bits that both inputs are shifted left by before they are brought to one scale. */
enum { SEDGE_SUM_S8_SHIFT = 20 };

typedef struct sedge_sum_s8_params {
    size_t step_a, step_b;
    uint8_t flip; /**< 0, or 0x80 for uint8 */
    int32_t sign; /**< a + sign * b */
    int32_t a_zero, b_zero, y_zero;
    sedge_factor a, b, y; /**< no shift to the left */
    int32_t low, high;
} sedge_sum_s8_params;

typedef struct sedge_sum_s8_kernel {
    const char *name;
    uint32_t cpu;
    void (*run)(const sedge_sum_s8_params *p, const void *a, const void *b, void *y, size_t n);
} sedge_sum_s8_kernel;

#define K(name, cpu) extern const sedge_sum_s8_kernel sedge_##name;
#include "ops/kernels/sum_s8.inc"
#undef K

/** One input brought to the common scale; x is the byte, flipped. */
static inline int32_t sedge_sum_s8_wide(int8_t x, int32_t zero, sedge_factor f) {
    return sedge_scale((x - zero) * (1 << SEDGE_SUM_S8_SHIFT), f);
}

#endif
