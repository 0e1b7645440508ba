/* SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>
#include <string.h>

#include "ops/kernels/sum_s8.h"

enum { LANES = 8 };

typedef struct factor {
    __m256i multiplier, half, negative; /* negative: all ones when there is a shift to the right */
    __m128i shift;
} factor;

static factor factor_of(sedge_factor f) {
    int32_t right = -f.shift;
    return (factor){ _mm256_set1_epi32(f.multiplier), _mm256_set1_epi32(right ? 1 << (right - 1) : 0),
                     _mm256_set1_epi32(right ? -1 : 0), _mm_cvtsi32_si128(right) };
}

/* sedge_scale without a shift to the left */
static inline __m256i scale(__m256i x, const factor *f) {
    const __m256i round = _mm256_set1_epi64x(INT64_C(1) << 30);
    __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, f->multiplier), round);
    __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), f->multiplier), round);
    __m256i high = _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
    __m256i sign = _mm256_and_si256(_mm256_srai_epi32(high, 31), f->negative);
    return _mm256_sra_epi32(_mm256_add_epi32(_mm256_add_epi32(high, f->half), sign), f->shift);
}

typedef struct side {
    const uint8_t *p;
    __m256i zero, still; /* still: the value of an input that does not move */
    factor f;
} side;

static side side_of(const void *p, size_t step, int32_t zero, sedge_factor f, uint8_t flip) {
    int8_t first = (int8_t)(*(const uint8_t *)p ^ flip);
    return (side){ step ? p : NULL, _mm256_set1_epi32(zero), _mm256_set1_epi32(sedge_sum_s8_wide(first, zero, f)),
                   factor_of(f) };
}

static inline __m256i wide(const side *s, size_t i, __m128i flip) {
    if (!s->p)
        return s->still;
    __m256i x = _mm256_cvtepi8_epi32(_mm_xor_si128(_mm_loadl_epi64((const __m128i *)(const void *)(s->p + i)), flip));
    return scale(_mm256_slli_epi32(_mm256_sub_epi32(x, s->zero), SEDGE_SUM_S8_SHIFT), &s->f);
}

static inline __m256i sum(const sedge_sum_s8_params *p, const side *a, const side *b, size_t i, const factor *y,
                          __m128i flip) {
    __m256i wa = wide(a, i, flip), wb = wide(b, i, flip);
    __m256i all = p->sign > 0 ? _mm256_add_epi32(wa, wb) : _mm256_sub_epi32(wa, wb);
    __m256i v = _mm256_add_epi32(scale(all, y), _mm256_set1_epi32(p->y_zero));
    return _mm256_min_epi32(_mm256_max_epi32(v, _mm256_set1_epi32(p->low)), _mm256_set1_epi32(p->high));
}

/* eight values within int8 as bytes */
static inline __m128i narrow(__m256i v) {
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    return _mm_packs_epi16(words, words);
}

static inline __m256i pair(int16_t a, int16_t b) {
    return _mm256_set1_epi32((int32_t)((uint32_t)(uint16_t)a | (uint32_t)(uint16_t)b << 16));
}

static inline __m256i on_line(__m256i ab, __m256i high, __m256i low, __m256i c_high, __m256i c_low, __m128i shift) {
    __m256i rest = _mm256_srai_epi32(_mm256_add_epi32(_mm256_madd_epi16(ab, low), c_low), 15);
    return _mm256_sra_epi32(_mm256_add_epi32(_mm256_add_epi32(_mm256_madd_epi16(ab, high), c_high), rest), shift);
}

/* 16 at a time by p->line, as many as there are; both inputs move. Returns how many are done. */
static size_t run_line(const sedge_sum_s8_params *p, const uint8_t *a, const uint8_t *b, uint8_t *y, size_t n) {
    const sedge_sum_s8_line *l = &p->line;
    const __m256i high = pair(l->a_high, l->b_high), low = pair(l->a_low, l->b_low),
                  c_high = _mm256_set1_epi32(l->c_high), c_low = _mm256_set1_epi32(l->c_low),
                  least = _mm256_set1_epi16((int16_t)p->low), most = _mm256_set1_epi16((int16_t)p->high);
    const __m128i shift = _mm_cvtsi32_si128(l->shift), flip = _mm_set1_epi8((char)p->flip);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i wa = _mm256_cvtepi8_epi16(_mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)(a + i)), flip));
        __m256i wb = _mm256_cvtepi8_epi16(_mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)(b + i)), flip));
        __m256i first = on_line(_mm256_unpacklo_epi16(wa, wb), high, low, c_high, c_low, shift);
        __m256i second = on_line(_mm256_unpackhi_epi16(wa, wb), high, low, c_high, c_low, shift);
        __m256i v = _mm256_min_epi16(_mm256_max_epi16(_mm256_packs_epi32(first, second), least), most);
        __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
        _mm_storeu_si128((__m128i *)(void *)(y + i), _mm_xor_si128(bytes, flip));
    }
    return i;
}

static void run(const sedge_sum_s8_params *p, const void *a, const void *b, void *y, size_t n) {
    side sa = side_of(a, p->step_a, p->a_zero, p->a, p->flip), sb = side_of(b, p->step_b, p->b_zero, p->b, p->flip);
    factor fy = factor_of(p->y);
    uint8_t *py = y;
    __m128i flip = _mm_set1_epi8((char)p->flip);
    size_t i = p->line.valid && p->step_a && p->step_b ? run_line(p, a, b, y, n) : 0;
    for (; i + LANES <= n; i += LANES)
        _mm_storel_epi64((__m128i *)(void *)(py + i), _mm_xor_si128(narrow(sum(p, &sa, &sb, i, &fy, flip)), flip));
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
    _mm_storel_epi64((__m128i *)(void *)rest_y, _mm_xor_si128(narrow(sum(p, &sa, &sb, 0, &fy, flip)), flip));
    memcpy(py + i, rest_y, n - i);
}

const sedge_sum_s8_kernel sedge_sum_s8_avx2 = { "sum_s8_avx2", SEDGE_CPU_AVX2, run };
