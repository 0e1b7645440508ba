/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fixed-point elementary functions, bit for bit those of gemmlowp, which the reference kernels of TensorFlow Lite use
 * for SOFTMAX, LOGISTIC and TANH on int8. Qm is a 32-bit number with m integer bits and 31 - m bits of fraction.
 *
 * Stands alone with model/rounding.h: `sedge compile` writes these files beside its output.
 *
 * Source: the algorithms of gemmlowp's fixedpoint.h (barrel-shifted exponential, Newton-Raphson division).
 */
#ifndef SEDGE_MODEL_FIXED_POINT_H
#define SEDGE_MODEL_FIXED_POINT_H

#include <stdint.h>

/** exp(a) in Q0 for a <= 0 in Qm; m is 4 or 5. */
int32_t sedge_fixed_exp(int32_t a, int m);
/** 1 / (1 + a) in Q0, for a in Q0 in [0, 1). */
int32_t sedge_fixed_one_over_one_plus(int32_t a);
/** logistic(a) in Q0 for a in Q4. */
int32_t sedge_fixed_logistic(int32_t a);
/** tanh(a) in Q0 for a in Q4. */
int32_t sedge_fixed_tanh(int32_t a);
/**
 * 1 / x in Q0 as a mantissa in [1/2, 1): x in Qm is positive, *ret_bits is how far x is above one.
 */
int32_t sedge_fixed_reciprocal(int32_t x, int m, int *ret_bits);
/** Largest |x| that stays within Qm when it is shifted left. */
int32_t sedge_fixed_radius(int m, int left_shift);

#endif
