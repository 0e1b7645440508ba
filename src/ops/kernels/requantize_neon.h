/* SPDX-License-Identifier: Apache-2.0 */
/**
 * sedge_scale of model/quant.h on four numbers, bit for bit.
 *
 * sqrdmulh is sedge_mul_high: both are floor((x * m + 2^30) / 2^31), and its saturating case, both factors INT32_MIN,
 * is the same (multipliers are never negative). srshl rounds ties upwards, sedge_shift_round away from zero. They
 * differ on negative ties only, and there x - 1 gives the other neighbour, while it changes no result that is no tie:
 * of numbers above a multiple of 2^n it is the floor that counts. x - 1 cannot wrap: the product before it is above
 * INT32_MIN because multipliers are below 2^31. Without a right shift (n = 0) nothing may be subtracted.
 */
#ifndef SEDGE_OPS_KERNELS_REQUANTIZE_NEON_H
#define SEDGE_OPS_KERNELS_REQUANTIZE_NEON_H

#include <arm_neon.h>

/** x * multiplier * 2^(shift - 31); shifts are -31 .. 0. */
static inline int32x4_t sedge_scale_no_left_neon(int32x4_t x, int32x4_t multiplier, int32x4_t shift) {
    int32x4_t v = vqrdmulhq_s32(x, multiplier);
    return vrshlq_s32(vsraq_n_s32(v, vandq_s32(v, shift), 31), shift);
}

/** As sedge_scale_no_left_neon for shifts of -31 .. 30, positive ones to the left. */
static inline int32x4_t sedge_scale_neon(int32x4_t x, int32x4_t multiplier, int32x4_t shift) {
    int32x4_t zero = vdupq_n_s32(0);
    return sedge_scale_no_left_neon(vshlq_s32(x, vmaxq_s32(shift, zero)), multiplier, vminq_s32(shift, zero));
}

/** As sedge_scale_no_left_neon where every shift is at most -1. */
static inline int32x4_t sedge_scale_right_neon(int32x4_t x, int32x4_t multiplier, int32x4_t shift) {
    int32x4_t v = vqrdmulhq_s32(x, multiplier);
    return vrshlq_s32(vsraq_n_s32(v, v, 31), shift);
}

#endif
