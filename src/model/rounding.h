/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Integer arithmetic with a stated rounding, as the reference kernels of TensorFlow Lite Micro have it.
 *
 * A real factor is kept as multiplier * 2^(shift - 31) with the multiplier in [2^30, 2^31), or 0. Stands alone:
 * `sedge compile` writes this file beside its output.
 */
#ifndef SEDGE_MODEL_ROUNDING_H
#define SEDGE_MODEL_ROUNDING_H

#include <stdint.h>

typedef struct sedge_factor {
    int32_t multiplier;
    int32_t shift; /**< -31 .. 30; positive is to the left */
} sedge_factor;

/** x * multiplier / 2^31, rounded to nearest, ties upwards, saturated. */
static inline int32_t sedge_mul_high(int32_t x, int32_t multiplier) {
    int64_t product = (int64_t)x * multiplier;
    if (x == INT32_MIN && multiplier == INT32_MIN)
        return INT32_MAX;
    return (int32_t)((product + (INT64_C(1) << 30)) >> 31);
}

/** x / 2^n, rounded to nearest, ties away from zero; 0 <= n <= 31. */
static inline int32_t sedge_shift_round(int32_t x, int32_t n) {
    int32_t mask = (int32_t)((UINT32_C(1) << n) - 1);
    int32_t threshold = (int32_t)((uint32_t)mask >> 1) + (x < 0);
    return (x >> n) + ((x & mask) > threshold);
}

/** x * factor; a left shift wraps. */
static inline int32_t sedge_scale(int32_t x, sedge_factor f) {
    int32_t left = f.shift > 0 ? f.shift : 0, right = f.shift > 0 ? 0 : -f.shift;
    return sedge_shift_round(sedge_mul_high((int32_t)((uint32_t)x << left), f.multiplier), right);
}

static inline int32_t sedge_clamp(int32_t x, int32_t low, int32_t high) {
    return x < low ? low : x > high ? high : x;
}

#endif
