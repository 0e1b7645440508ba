/* SPDX-License-Identifier: Apache-2.0 */
/** requantize.h for four rows at once with Helium; included by it. */
#ifndef SEDGE_MICRO_REQUANTIZE_MVE_H
#define SEDGE_MICRO_REQUANTIZE_MVE_H

#include <arm_mve.h>

#include "compile/micro/requantize.h"

/** The factors of up to four rows of a narrow layer. */
typedef struct sedge_micro_rows4 {
    mve_pred16_t lanes;
    int32x4_t multiplier, shift, offset;
} sedge_micro_rows4;

static inline sedge_micro_rows4 sedge_micro_load_rows4(const sedge_micro_rows *r, uint32_t row, uint32_t n) {
    sedge_micro_rows4 f = { .lanes = vctp32q(n) };
    f.multiplier = r->mask ? vldrwq_z_s32(r->multiplier + row, f.lanes) : vdupq_n_s32(*r->multiplier);
    f.shift = r->mask ? vldrbq_z_s32(r->shift + row, f.lanes) : vdupq_n_s32(*r->shift);
    int32x4_t left = vsubq_n_s32(vnegq_s32(f.shift), 1);
    f.offset = vshlq_s32(vdupq_n_s32(2 * r->y_zero + 1), left);
    return f;
}

/** Doubling high products saturate nothing here: both factors are below 2^31. */
static inline void sedge_micro_store_rows4(const sedge_micro_rows4 *f, int32x4_t sums, int8_t *y) {
    int32x4_t high = vqrdmulhq_s32(sums, f->multiplier);
    int32x4_t v = vaddq_s32(high, vaddq_s32(f->offset, vshrq_n_s32(high, 31)));
    v = vshlq_s32(v, f->shift);
    v = vminq_s32(vmaxq_s32(v, vdupq_n_s32(INT8_MIN)), vdupq_n_s32(INT8_MAX));
    vstrbq_p_s32(y, v, f->lanes);
}

#endif
