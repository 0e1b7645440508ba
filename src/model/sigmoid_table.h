/* SPDX-License-Identifier: Apache-2.0 */
/**
 * logistic and tanh of int16 in Q15 by one table of 256 entries and interpolation, bit for bit as the reference kernels
 * of TensorFlow Lite do for int16 LOGISTIC and TANH and inside LSTM.
 *
 * A table step is 1/24, so inputs are first multiplied by 3 * 2^n: an input in Q(12 - n) comes out in Q12 * 3.
 */
#ifndef SEDGE_MODEL_SIGMOID_TABLE_H
#define SEDGE_MODEL_SIGMOID_TABLE_H

#include <stdint.h>

/** multiplier * 2^-right_shift; |multiplier| < 2^16, 0 <= right_shift < 31. */
typedef struct sedge_sigmoid_scale {
    int32_t multiplier, right_shift;
} sedge_sigmoid_scale;

/** q * scale, rounded to nearest, ties upwards. */
int32_t sedge_sigmoid_input(int16_t q, sedge_sigmoid_scale scale);
/** Q15 of logistic(x / (3 * 2^12)). */
int16_t sedge_sigmoid_logistic(int32_t x);
/** Q15 of tanh(x / (3 * 2^12)). */
int16_t sedge_sigmoid_tanh(int32_t x);

#endif
