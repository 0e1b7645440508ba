/* SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>

#include "ops/kernels/sum_s8.h"

enum { LANES = 16 };

typedef struct factor {
    __m512i multiplier, half, negative; /* negative: all ones when there is a shift to the right */
    __m128i shift;
} factor;

static factor factor_of(sedge_factor f) {
    int32_t right = -f.shift;
    return (factor){ _mm512_set1_epi32(f.multiplier), _mm512_set1_epi32(right ? 1 << (right - 1) : 0),
                     _mm512_set1_epi32(right ? -1 : 0), _mm_cvtsi32_si128(right) };
}

/* sedge_scale without a shift to the left */
static inline __m512i scale(__m512i x, const factor *f) {
    const __m512i round = _mm512_set1_epi64(INT64_C(1) << 30);
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, f->multiplier), round);
    __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), f->multiplier), round);
    __m512i high = _mm512_mask_mov_epi32(_mm512_srli_epi64(even, 31), 0xaaaa, _mm512_add_epi64(odd, odd));
    __m512i sign = _mm512_and_si512(_mm512_srai_epi32(high, 31), f->negative);
    return _mm512_sra_epi32(_mm512_add_epi32(_mm512_add_epi32(high, f->half), sign), f->shift);
}

typedef struct side {
    const uint8_t *p;
    __m512i zero, still; /* still: the value of an input that does not move */
    factor f;
} side;

static side side_of(const void *p, size_t step, int32_t zero, sedge_factor f, uint8_t flip) {
    int8_t first = (int8_t)(*(const uint8_t *)p ^ flip);
    return (side){ step ? p : NULL, _mm512_set1_epi32(zero), _mm512_set1_epi32(sedge_sum_s8_wide(first, zero, f)),
                   factor_of(f) };
}

static inline __m512i wide(const side *s, size_t i, __mmask16 mask, __m128i flip) {
    if (!s->p)
        return s->still;
    __m512i x = _mm512_cvtepi8_epi32(_mm_xor_si128(_mm_maskz_loadu_epi8(mask, s->p + i), flip));
    return scale(_mm512_slli_epi32(_mm512_sub_epi32(x, s->zero), SEDGE_SUM_S8_SHIFT), &s->f);
}

static inline __m512i pair(int16_t a, int16_t b) {
    return _mm512_set1_epi32((int32_t)((uint32_t)(uint16_t)a | (uint32_t)(uint16_t)b << 16));
}

static inline __m512i on_line(__m512i ab, __m512i high, __m512i low, __m512i c_high, __m512i c_low, __m128i shift) {
    __m512i rest = _mm512_srai_epi32(_mm512_add_epi32(_mm512_madd_epi16(ab, low), c_low), 15);
    return _mm512_sra_epi32(_mm512_add_epi32(_mm512_add_epi32(_mm512_madd_epi16(ab, high), c_high), rest), shift);
}

/* 32 at a time by p->line; both inputs move */
static void run_line(const sedge_sum_s8_params *p, const uint8_t *a, const uint8_t *b, uint8_t *y, size_t n) {
    const sedge_sum_s8_line *l = &p->line;
    const __m512i high = pair(l->a_high, l->b_high), low = pair(l->a_low, l->b_low),
                  c_high = _mm512_set1_epi32(l->c_high), c_low = _mm512_set1_epi32(l->c_low),
                  least = _mm512_set1_epi16((int16_t)p->low), most = _mm512_set1_epi16((int16_t)p->high);
    const __m128i shift = _mm_cvtsi32_si128(l->shift);
    const __m256i flip = _mm256_set1_epi8((char)p->flip);
    for (size_t i = 0; i < n; i += 32) {
        __mmask32 mask = n - i < 32 ? (__mmask32)((1u << (n - i)) - 1) : 0xffffffffu;
        __m512i wa = _mm512_cvtepi8_epi16(_mm256_xor_si256(_mm256_maskz_loadu_epi8(mask, a + i), flip));
        __m512i wb = _mm512_cvtepi8_epi16(_mm256_xor_si256(_mm256_maskz_loadu_epi8(mask, b + i), flip));
        __m512i first = on_line(_mm512_unpacklo_epi16(wa, wb), high, low, c_high, c_low, shift);
        __m512i second = on_line(_mm512_unpackhi_epi16(wa, wb), high, low, c_high, c_low, shift);
        __m512i v = _mm512_min_epi16(_mm512_max_epi16(_mm512_packs_epi32(first, second), least), most);
        _mm256_mask_storeu_epi8(y + i, mask, _mm256_xor_si256(_mm512_cvtepi16_epi8(v), flip));
    }
}

static void run(const sedge_sum_s8_params *p, const void *a, const void *b, void *y, size_t n) {
    if (p->line.valid && p->step_a && p->step_b) {
        run_line(p, a, b, y, n);
        return;
    }
    const side sa = side_of(a, p->step_a, p->a_zero, p->a, p->flip),
               sb = side_of(b, p->step_b, p->b_zero, p->b, p->flip);
    const factor fy = factor_of(p->y);
    const __m512i zero = _mm512_set1_epi32(p->y_zero), low = _mm512_set1_epi32(p->low),
                  high = _mm512_set1_epi32(p->high);
    const __m128i flip = _mm_set1_epi8((char)p->flip);
    uint8_t *py = y;
    for (size_t i = 0; i < n; i += LANES) {
        __mmask16 mask = (__mmask16)(n - i < LANES ? (1u << (n - i)) - 1 : 0xffffu);
        __m512i wa = wide(&sa, i, mask, flip), wb = wide(&sb, i, mask, flip);
        __m512i all = p->sign > 0 ? _mm512_add_epi32(wa, wb) : _mm512_sub_epi32(wa, wb);
        __m512i v = _mm512_add_epi32(scale(all, &fy), zero);
        v = _mm512_min_epi32(_mm512_max_epi32(v, low), high);
        _mm_mask_storeu_epi8(py + i, mask, _mm_xor_si128(_mm512_cvtepi32_epi8(v), flip));
    }
}

const sedge_sum_s8_kernel sedge_sum_s8_avx512 = { "sum_s8_avx512", SEDGE_CPU_AVX512VNNI, run };
