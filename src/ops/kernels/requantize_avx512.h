/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Requantisation of 16 sums at a time, bit for bit that of model/quant.h (sedge_scale, then the zero point).
 *
 * sedge_avx512_scale is the rule itself. sedge_avx512_scale_near is a shorter way that gives the same numbers where
 * sedge_avx512_near says so: every shift n is to the right, 1 at least, and nothing wraps. Then
 *     mul_high(x, m) = high half of (2 x m + 2^31),
 *     shift_round(v, n) = (v + 2^(n - 1) - (v < 0)) >> n, where x < 0 serves for v < 0 (they differ when v is 0, which
 *     stays 0), and
 *     zero + (v >> n) = (v + (zero << n)) >> n,
 * so that both constants that are added to v are added to the product, 32 bits up.
 */
#ifndef SEDGE_OPS_KERNELS_REQUANTIZE_AVX512_H
#define SEDGE_OPS_KERNELS_REQUANTIZE_AVX512_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/quant.h"

enum { SEDGE_AVX512_LANES = 16 };

/** What 16 outputs need, as it lies in packed weights; 64-byte aligned. */
typedef struct sedge_avx512_numbers {
    int32_t bias[SEDGE_AVX512_LANES];
    int32_t multiplier[SEDGE_AVX512_LANES];
    int32_t shift[SEDGE_AVX512_LANES];      /**< as in sedge_factor */
    int32_t right[SEDGE_AVX512_LANES];      /**< for the short way: the shift to the right */
    int32_t odd[SEDGE_AVX512_LANES];        /**< for the short way: the multipliers of odd lanes, in even ones */
    int64_t add[2][SEDGE_AVX512_LANES / 2]; /**< for the short way: of even lanes, of odd ones */
} sedge_avx512_numbers;

/** Whether the short way is right for sums of at most this magnitude. */
static inline bool sedge_avx512_near(int64_t sum_max, sedge_factor f, int32_t y_zero) {
    if (f.shift > -1 || f.shift < -30 || sum_max >= INT64_C(1) << 30)
        return false;
    int64_t zero = (y_zero < 0 ? -(int64_t)y_zero : y_zero) << -f.shift;
    return (sum_max * f.multiplier >> 31) + (INT64_C(1) << (-f.shift - 1)) + zero + 2 < INT64_C(1) << 31;
}

/** Fills lane i. */
static inline void sedge_avx512_set(sedge_avx512_numbers *n, uint32_t i, int32_t bias, sedge_factor f, int32_t y_zero) {
    n->bias[i] = bias;
    n->multiplier[i] = f.multiplier;
    n->shift[i] = f.shift;
    n->right[i] = f.shift < 0 ? -f.shift : 0;
    if (i & 1)
        n->odd[i - 1] = f.multiplier;
    int64_t half = f.shift < 0 ? INT64_C(1) << (-f.shift - 1) : 0;
    int64_t zero = f.shift < 0 ? (int64_t)((uint64_t)(int64_t)y_zero << -f.shift) : 0;
    n->add[i & 1][i >> 1] = (int64_t)((uint64_t)(half + zero) << 32) + (INT64_C(1) << 31);
}

static inline __m512i sedge_avx512_mul_high(__m512i x, __m512i multiplier) {
    const __m512i half = _mm512_set1_epi64(1 << 30);
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier), half);
    __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(multiplier, 32)), half);
    return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
}

static inline __m512i sedge_avx512_shift_round(__m512i x, __m512i n) {
    const __m512i one = _mm512_set1_epi32(1);
    __m512i mask = _mm512_sub_epi32(_mm512_sllv_epi32(one, n), one);
    __m512i threshold = _mm512_add_epi32(_mm512_srli_epi32(mask, 1), _mm512_srli_epi32(x, 31));
    __mmask16 above = _mm512_cmpgt_epi32_mask(_mm512_and_si512(x, mask), threshold);
    __m512i shifted = _mm512_srav_epi32(x, n);
    return _mm512_mask_add_epi32(shifted, above, shifted, one);
}

/** sedge_scale. */
static inline __m512i sedge_avx512_scale(__m512i x, __m512i multiplier, __m512i shift) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i left = _mm512_max_epi32(shift, zero), right = _mm512_max_epi32(_mm512_sub_epi32(zero, shift), zero);
    return sedge_avx512_shift_round(sedge_avx512_mul_high(_mm512_sllv_epi32(x, left), multiplier), right);
}

/** What the short way needs, in registers. */
typedef struct sedge_avx512_rule {
    __m512i multiplier, odd, add_even, add_odd, right;
} sedge_avx512_rule;

static inline sedge_avx512_rule sedge_avx512_rule_of(const sedge_avx512_numbers *n) {
    return (sedge_avx512_rule){ _mm512_load_si512(n->multiplier), _mm512_load_si512(n->odd),
                                _mm512_load_si512(n->add[0]), _mm512_load_si512(n->add[1]),
                                _mm512_load_si512(n->right) };
}

/** sedge_scale plus the zero point, the short way. */
static inline __m512i sedge_avx512_scale_near(const sedge_avx512_rule *r, __m512i x) {
    /* sums and comparisons rather than shifts, which fewer units of the CPU can do */
    const __m512i zero = _mm512_setzero_si512(), minus_one = _mm512_set1_epi32(-1);
    __m512i twice = _mm512_add_epi32(x, x), sign = _mm512_min_epi32(_mm512_max_epi32(x, minus_one), zero);
    __m512i even = _mm512_add_epi64(_mm512_mul_epi32(twice, r->multiplier), r->add_even);
    __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(twice, 32), r->odd), r->add_odd);
    __m512i high = _mm512_mask_shuffle_epi32(odd, 0x5555, even, _MM_PERM_DDBB);
    return _mm512_srav_epi32(_mm512_add_epi32(high, sign), r->right);
}

/** sedge_scale plus the zero point, for all numbers. */
static inline __m512i sedge_avx512_scale_any(const sedge_avx512_numbers *n, __m512i x, int32_t y_zero) {
    __m512i v = sedge_avx512_scale(x, _mm512_load_si512(n->multiplier), _mm512_load_si512(n->shift));
    return _mm512_add_epi32(v, _mm512_set1_epi32(y_zero));
}

/** The clamp, and the flip of what is stored. */
typedef struct sedge_avx512_end {
    __m512i low, high, flip; /**< bytes */
} sedge_avx512_end;

static inline sedge_avx512_end sedge_avx512_end_of(int32_t y_low, int32_t y_high, uint8_t y_flip) {
    return (sedge_avx512_end){ _mm512_set1_epi8((char)y_low), _mm512_set1_epi8((char)y_high),
                               _mm512_set1_epi8((char)y_flip) };
}

/** The first n lanes of a mask of 64; n >= 1. */
static inline __mmask64 sedge_avx512_first(size_t n) {
    return n >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << n) - 1;
}

/** Stores the first n bytes; whole registers without a mask, which is faster. */
static inline void sedge_avx512_store(void *to, __m512i bytes, size_t n) {
    if (n >= 64)
        _mm512_storeu_si512(to, bytes);
    else
        _mm512_mask_storeu_epi8(to, sedge_avx512_first(n), bytes);
}

/**
 * Four vectors to bytes, clamped and flipped. Byte 16 l + 4 v + i is lane 4 l + i of vector v: what packing leaves.
 */
static inline __m512i sedge_avx512_bytes(const sedge_avx512_end *e, __m512i a, __m512i b, __m512i c, __m512i d) {
    __m512i y = _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
    return _mm512_xor_si512(_mm512_max_epi8(_mm512_min_epi8(y, e->high), e->low), e->flip);
}

/** The output in a block of `vectors` (1, 2 or 4) that lane i of vector v holds, so that bytes come out in order. */
static inline uint32_t sedge_avx512_output_at(uint32_t vectors, uint32_t v, uint32_t i) {
    return i / 4 * 4 * vectors + 4 * v + i % 4;
}

#endif
