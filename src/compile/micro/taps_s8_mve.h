/* SPDX-License-Identifier: Apache-2.0 */
/** taps_s8.h with Helium; included by it. */
#ifndef SEDGE_MICRO_TAPS_S8_MVE_H
#define SEDGE_MICRO_TAPS_S8_MVE_H

#include <arm_mve.h>

#include "compile/micro/taps_s8.h"

enum { SEDGE_MICRO_LANES = 8 };

/* products of the even and of the odd channels have 32 bits each */
static inline void sedge_micro_taps(const sedge_micro_taps_s8 *t, const int8_t *x, const int8_t *w, uint32_t n,
                                    int32_t *sum) {
    mve_pred16_t lanes = vctp16q(n);
    int32x4_t even = vdupq_n_s32(0), odd = vdupq_n_s32(0);
    for (int32_t i = t->rows; i > 0; i--, x += t->x_row, w += t->w_row) {
        const int8_t *px = x, *pw = w;
        for (int32_t j = t->columns; j > 0; j--, px += t->x_column, pw += t->w_column) {
            int16x8_t vx = vsubq_n_s16(vldrbq_z_s16(px, lanes), (int16_t)t->x_zero), vw = vldrbq_z_s16(pw, lanes);
            even = vaddq_s32(even, vmullbq_int_s16(vx, vw));
            odd = vaddq_s32(odd, vmulltq_int_s16(vx, vw));
        }
    }
    int32_t sums[8];
    int32x4x2_t pairs = { { even, odd } };
    vst2q_s32(sums, pairs);
    for (uint32_t c = 0; c < n; c++)
        sum[c] += sums[c];
}

#endif
