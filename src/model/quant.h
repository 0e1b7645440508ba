/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The mathematics of quantised tensors, bit for bit as the reference kernels of TensorFlow Lite Micro compute it (with
 * double rounding).
 *
 * A real factor is kept as multiplier * 2^(shift - 31) with the multiplier in [2^30, 2^31), or 0.
 */
#ifndef SEDGE_MODEL_QUANT_H
#define SEDGE_MODEL_QUANT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/graph.h"

typedef struct sedge_factor {
    int32_t multiplier;
    int32_t shift; /**< -31 .. 30; positive is to the left */
} sedge_factor;

/** Splits a factor >= 0; one below 2^-32 becomes 0. false when it is negative, not finite or 2^30 and more. */
SEDGE_NODISCARD bool sedge_factor_of(double real, sedge_factor *ret);

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

/** To the nearest integer, ties away from zero, saturated to 32 bits; NaN becomes 0. */
int32_t sedge_round_f32(float x);

/** Smallest and largest value of an integer type of at most 32 bits; {0, 0} for others. */
typedef struct sedge_range {
    int32_t low, high;
} sedge_range;
sedge_range sedge_dtype_range(sedge_dtype dtype);
/** zero_point + x / scale (in float32), to the nearest, ties away from zero, clamped to the range; NaN is the zero
 * point. */
int32_t sedge_quantize_f32(float x, float scale, int32_t zero_point, sedge_range range);
/** The range of out's values after a fused activation. out is an integer tensor with one scale. */
sedge_range sedge_activation_range(sedge_activation activation, const sedge_tensor *out);
/** As above for float32: lowest and highest finite number for NONE. */
void sedge_activation_range_f32(sedge_activation activation, float *ret_low, float *ret_high);

/** Zero point of a tensor with one scale. */
static inline int32_t sedge_zero_point(const sedge_tensor *t) {
    return t->quant.zero_points ? t->quant.zero_points[0] : 0;
}

#endif
