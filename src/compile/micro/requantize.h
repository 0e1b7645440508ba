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
    const int32_t *multiplier; /**< by row, or one for all when step is 0 */
    const int8_t *shift;       /**< likewise */
    uint8_t step;              /**< 1 or 0 */
    bool narrow;               /**< every |sum| is below 2^30 and every shift is negative: fewer instructions do */
    int16_t y_zero;
    int8_t low, high;
} sedge_micro_rows;

/** The upper half of a * b + 2^31. */
static inline int32_t sedge_micro_upper_half(int32_t a, int32_t b) {
#if SEDGE_MICRO_PORTABLE
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
#else
    int32_t y;
    __asm__("smmulr %0, %1, %2" : "=r"(y) : "r"(a), "r"(b));
    return y;
#endif
}

/** sum * multiplier / 2^(31 + n), rounded as sedge_scale does; |sum| < 2^30, 1 <= n <= 31. */
static inline int32_t sedge_micro_scale_narrow(int32_t sum, int32_t multiplier, int32_t n) {
    int32_t high = sedge_micro_upper_half(sum * 2, multiplier);
    return (high + (INT32_C(1) << (n - 1)) + (high >> 31)) >> n;
}

static inline int8_t sedge_micro_requantize(const sedge_micro_rows *r, uint32_t row, int32_t sum) {
    uint32_t i = row * r->step;
    int32_t y = r->narrow ? sedge_micro_scale_narrow(sum, r->multiplier[i], -r->shift[i])
                          : sedge_scale(sum, (sedge_factor){ r->multiplier[i], r->shift[i] });
    return (int8_t)sedge_clamp(y + r->y_zero, r->low, r->high);
}

#endif
