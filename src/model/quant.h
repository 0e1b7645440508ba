/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The mathematics of quantised tensors, bit for bit as the reference kernels of TensorFlow Lite Micro compute it (with
 * double rounding, model/rounding.h).
 */
#ifndef SEDGE_MODEL_QUANT_H
#define SEDGE_MODEL_QUANT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/graph.h"
#include "model/rounding.h"

/** Splits a factor >= 0; one below 2^-32 becomes 0. false when it is negative, not finite or 2^30 and more. */
SEDGE_NODISCARD bool sedge_factor_of(double real, sedge_factor *ret);

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
