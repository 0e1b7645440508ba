/* SPDX-License-Identifier: Apache-2.0 */
/** taps_s8.h with Helium, eight channels at once; included by it. */
#ifndef SEDGE_MICRO_TAPS_S8_MVE_H
#define SEDGE_MICRO_TAPS_S8_MVE_H

#include <arm_mve.h>

#include "compile/micro/taps_s8.h"

/* products of the even and of the odd channels have 32 bits each; sums gets all eight in order */
static inline void sedge_micro_sum8(const sedge_micro_taps_s8 *t, uint32_t n, const int8_t *x, const int8_t *w,
                                    int32_t sums[8]) {
    mve_pred16_t lanes = vctp16q(n);
    int32x4_t even = vdupq_n_s32(0), odd = vdupq_n_s32(0);
    for (const sedge_micro_place *at = t->places, *end = t->end; at != end; at++) {
        int16x8_t vx = vsubq_n_s16(vldrbq_z_s16(x + at->x, lanes), (int16_t)t->x_zero);
        int16x8_t vw = vldrbq_z_s16(w + at->w, lanes);
        even = vaddq_s32(even, vmullbq_int_s16(vx, vw));
        odd = vaddq_s32(odd, vmulltq_int_s16(vx, vw));
    }
    int32x4x2_t pairs = { { even, odd } };
    vst2q_s32(sums, pairs);
}

static inline void sedge_micro_taps(const sedge_micro_taps_s8 *t, const sedge_micro_rows *r, uint32_t n,
                                    const int8_t *x, const int8_t *w, int8_t *y) {
    int32_t sums[8];
    for (uint32_t c = 0; c < n; c++) {
        if (c % 8 == 0)
            sedge_micro_sum8(t, n - c, x + c, w + c, sums);
        if (!r->narrow) {
            y[c] = sedge_micro_requantize(r, c, sums[c % 8] + r->bias[c]);
        } else if (c % 4 == 0) {
            sedge_micro_rows4 f = sedge_micro_load_rows4(r, c, n - c);
            int32x4_t v = vaddq_s32(vldrwq_s32(sums + c % 8), vldrwq_z_s32(r->bias + c, f.lanes));
            sedge_micro_store_rows4(&f, v, y + c);
        }
    }
}

#endif
