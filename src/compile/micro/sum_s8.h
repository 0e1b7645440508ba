/* SPDX-License-Identifier: Apache-2.0 */
/** ADD and SUB on int8: both inputs are brought to one scale with 20 more bits. Bit-exact with libsedge. */
#ifndef SEDGE_MICRO_SUM_S8_H
#define SEDGE_MICRO_SUM_S8_H

#include "model/rounding.h"

typedef struct sedge_micro_sum_s8 {
    uint32_t n;
    uint32_t a_step, b_step; /**< 0: one value for all */
    int32_t sign;            /**< a + sign * b */
    int32_t a_zero, b_zero, y_zero;
    sedge_factor a, b, y;
    int32_t low, high;
} sedge_micro_sum_s8;

/** y may be a or b. */
void sedge_micro_run_sum_s8(const sedge_micro_sum_s8 *p, const int8_t *a, const int8_t *b, int8_t *y);

#endif
