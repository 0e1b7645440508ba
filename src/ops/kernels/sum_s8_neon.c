/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ops/kernels/requantize_neon.h"
#include "ops/kernels/sum_s8.h"

enum { LANES = 8 };

typedef struct factor {
    int32x4_t multiplier, shift;
} factor;

static factor factor_of(sedge_factor f) {
    return (factor){ vdupq_n_s32(f.multiplier), vdupq_n_s32(f.shift) };
}

static inline int32x4_t scale(int32x4_t x, const factor *f) {
    return sedge_scale_no_left_neon(x, f->multiplier, f->shift);
}

typedef struct side {
    const uint8_t *p; /* NULL for an input that does not move */
    int8x8_t zero;
    int32x4_t still;
    factor f;
} side;

typedef struct wide {
    int32x4_t low, high;
} wide;

static side side_of(const void *p, size_t step, int32_t zero, sedge_factor f, uint8_t flip) {
    int8_t first = (int8_t)(*(const uint8_t *)p ^ flip);
    return (side){ step ? p : NULL, vdup_n_s8((int8_t)zero), vdupq_n_s32(sedge_sum_s8_wide(first, zero, f)),
                   factor_of(f) };
}

static inline wide widen(const side *s, size_t i, uint8x8_t flip) {
    if (!s->p)
        return (wide){ s->still, s->still };
    int16x8_t x = vsubl_s8(vreinterpret_s8_u8(veor_u8(vld1_u8(s->p + i), flip)), s->zero);
    x = vshlq_n_s16(x, SEDGE_SUM_S8_SHIFT - 16); /* 9 bits and 4 */
    return (wide){ scale(vshll_n_s16(vget_low_s16(x), 16), &s->f), scale(vshll_high_n_s16(x, 16), &s->f) };
}

/* sums stay below 2^29, so that nothing wraps and the zero point may be added after the narrowing */
static inline uint8x8_t sum(const sedge_sum_s8_params *p, const side *a, const side *b, size_t i, const factor *y,
                            uint8x8_t flip) {
    wide wa = widen(a, i, flip), wb = widen(b, i, flip);
    int32x4_t low = p->sign > 0 ? vaddq_s32(wa.low, wb.low) : vsubq_s32(wa.low, wb.low);
    int32x4_t high = p->sign > 0 ? vaddq_s32(wa.high, wb.high) : vsubq_s32(wa.high, wb.high);
    int16x8_t v = vqmovn_high_s32(vqmovn_s32(scale(low, y)), scale(high, y));
    int8x8_t bytes = vqmovn_s16(vqaddq_s16(v, vdupq_n_s16((int16_t)p->y_zero)));
    bytes = vmin_s8(vmax_s8(bytes, vdup_n_s8((int8_t)p->low)), vdup_n_s8((int8_t)p->high));
    return veor_u8(vreinterpret_u8_s8(bytes), flip);
}

static void run(const sedge_sum_s8_params *params, const void *a, const void *b, void *y, size_t n) {
    const sedge_sum_s8_params copy = *params, *p = &copy; /* which stores of bytes cannot change */
    side sa = side_of(a, p->step_a, p->a_zero, p->a, p->flip), sb = side_of(b, p->step_b, p->b_zero, p->b, p->flip);
    factor fy = factor_of(p->y);
    uint8_t *py = y;
    uint8x8_t flip = vdup_n_u8(p->flip);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        vst1_u8(py + i, sum(p, &sa, &sb, i, &fy, flip));
    if (i == n)
        return;
    uint8_t rest_a[LANES] = { 0 }, rest_b[LANES] = { 0 }, rest_y[LANES];
    if (sa.p) {
        memcpy(rest_a, sa.p + i, n - i);
        sa.p = rest_a;
    }
    if (sb.p) {
        memcpy(rest_b, sb.p + i, n - i);
        sb.p = rest_b;
    }
    vst1_u8(rest_y, sum(p, &sa, &sb, 0, &fy, flip));
    memcpy(py + i, rest_y, n - i);
}

const sedge_sum_s8_kernel sedge_sum_s8_neon = { "sum_s8_neon", SEDGE_CPU_NEON, run };
