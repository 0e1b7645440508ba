/* SPDX-License-Identifier: Apache-2.0 */
/** How sums of products become int8: y_zero + sum * factor, clamped. The rounding is that of rounding.h. */
#ifndef SEDGE_MICRO_REQUANTIZE_H
#define SEDGE_MICRO_REQUANTIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "compile/micro/isa.h"
#include "model/rounding.h"

/** By row, which is an output of a dense layer or a channel of a convolution. */
typedef struct sedge_micro_rows {
    const int32_t *bias;
    const int32_t *multiplier; /**< by row & mask */
    const int8_t *shift;       /**< likewise */
    uint32_t mask;             /**< all bits, or none: one factor for all rows */
    /** Every |sum| is below 2^30, every shift in -22 .. -1, and low and high are those of int8: fewer instructions do.
     */
    bool narrow;
    int16_t y_zero;
    int8_t low, high;
} sedge_micro_rows;

/** (2 * a * b + 2^31) / 2^32, |a| < 2^30. */
static inline int32_t sedge_micro_high(int32_t a, int32_t b) {
#if SEDGE_MICRO_PORTABLE
    return (int32_t)(((int64_t)(2 * a) * b + (INT64_C(1) << 31)) >> 32);
#else
    int32_t y;
    __asm__("smmulr %0, %1, %2" : "=r"(y) : "r"(2 * a), "r"(b));
    return y;
#endif
}

static inline int8_t sedge_micro_saturate(int32_t v) {
#if SEDGE_MICRO_PORTABLE
    return (int8_t)sedge_clamp(v, INT8_MIN, INT8_MAX);
#else
    int32_t y;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(v) : "cc");
    return (int8_t)y;
#endif
}

/**
 * What a narrow row adds before it shifts to the right by -shift: the zero point and one half, the latter less for
 * negative numbers, so that ties go away from zero as in sedge_shift_round.
 */
static inline int32_t sedge_micro_offset(const sedge_micro_rows *r, int32_t shift) {
    return (2 * r->y_zero + 1) * (INT32_C(1) << (-shift - 1));
}

static inline SEDGE_MICRO_INLINE int8_t sedge_micro_narrow(int32_t sum, int32_t multiplier, int32_t offset,
                                                           int32_t shift) {
    int32_t high = sedge_micro_high(sum, multiplier);
    return sedge_micro_saturate((high + (offset - (high < 0))) >> -shift);
}

/** The general way, for a factor of r. */
int8_t sedge_micro_wide(const sedge_micro_rows *r, int32_t sum, int32_t multiplier, int32_t shift);

static inline SEDGE_MICRO_INLINE int8_t sedge_micro_requantize(const sedge_micro_rows *r, uint32_t row, int32_t sum) {
    uint32_t i = row & r->mask;
    int32_t m = r->multiplier[i], shift = r->shift[i];
    if (!r->narrow)
        return sedge_micro_wide(r, sum, m, shift);
    return sedge_micro_narrow(sum, m, sedge_micro_offset(r, shift), shift);
}

/** The same row of two columns. */
static inline SEDGE_MICRO_INLINE void sedge_micro_requantize_2(const sedge_micro_rows *r, uint32_t row, int32_t sum0,
                                                               int32_t sum1, int8_t *y0, int8_t *y1) {
    uint32_t i = row & r->mask;
    int32_t m = r->multiplier[i], shift = r->shift[i];
    if (r->narrow) {
        int32_t offset = sedge_micro_offset(r, shift);
        *y0 = sedge_micro_narrow(sum0, m, offset, shift);
        *y1 = sedge_micro_narrow(sum1, m, offset, shift);
    } else {
        *y0 = sedge_micro_wide(r, sum0, m, shift);
        *y1 = sedge_micro_wide(r, sum1, m, shift);
    }
}

#if SEDGE_MICRO_MVE
#include "compile/micro/requantize_mve.h"
#endif

#endif
