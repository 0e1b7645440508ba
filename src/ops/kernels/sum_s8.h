/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Kernels of the sum (or difference) of two rows of 8 bits, every one bit for bit like the scalar one. A row of n
 * elements; an input moves by step 0 or 1 with them. y may lie on a or b where they move.
 *
 * uint8 is int8 with the top bit flipped and every zero point 128 lower.
 */
#ifndef SEDGE_OPS_KERNELS_SUM_S8_H
#define SEDGE_OPS_KERNELS_SUM_S8_H

#include <stdbool.h>
#include <stddef.h>

#include "model/quant.h"
#include "ops/kernels/arch.h"
#include "sedge/cpu.h"

/** Bits that both inputs are shifted left by before they are brought to one scale. */
enum { SEDGE_SUM_S8_SHIFT = 20 };

/**
 * The whole sum as one straight line, in 45 bits, whose floor is the exact result for every pair of inputs:
 *
 *     y = clamp((a * a_high + b * b_high + c_high + ((a * a_low + b * b_low + c_low) >> 15)) >> shift)
 *
 * The roundings of the reference bend the true line by about a millionth of a step; where no straight one gives all
 * 65,536 results, there is none.
 */
typedef struct sedge_sum_s8_line {
    bool valid;
    int16_t a_high, a_low, b_high, b_low;
    int32_t c_high, c_low, shift;
} sedge_sum_s8_line;

typedef struct sedge_sum_s8_params {
    size_t step_a, step_b;
    uint8_t flip; /**< 0, or 0x80 for uint8 */
    int32_t sign; /**< a + sign * b */
    int32_t a_zero, b_zero, y_zero;
    sedge_factor a, b, y; /**< no shift to the left */
    int32_t low, high;
    sedge_sum_s8_line line; /**< kernels may use it; zero for none */
} sedge_sum_s8_params;

/** Looks for the line of p and checks it against all pairs. Takes about as long as 30,000 sums. */
sedge_sum_s8_line sedge_sum_s8_find_line(const sedge_sum_s8_params *p);

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
