/* SPDX-License-Identifier: Apache-2.0 */
/** Requantisation of 8 sums at a time, bit for bit that of model/quant.h (sedge_scale), for kernels with AVX2. */
#ifndef SEDGE_OPS_KERNELS_REQUANTIZE_AVX2_H
#define SEDGE_OPS_KERNELS_REQUANTIZE_AVX2_H

#include <immintrin.h>
#include <stdint.h>

/* bits 31 to 62 of the 64-bit products of even and odd lanes, rounded */
static inline __m256i sedge_avx2_mul_high(__m256i x, __m256i multiplier) {
    const __m256i half = _mm256_set1_epi64x(1 << 30);
    __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier), half);
    __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(multiplier, 32)), half);
    return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
}

static inline __m256i sedge_avx2_shift_round(__m256i x, __m256i n) {
    const __m256i one = _mm256_set1_epi32(1);
    __m256i mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, n), one);
    __m256i threshold = _mm256_add_epi32(_mm256_srli_epi32(mask, 1), _mm256_srli_epi32(x, 31));
    __m256i above = _mm256_cmpgt_epi32(_mm256_and_si256(x, mask), threshold);
    return _mm256_sub_epi32(_mm256_srav_epi32(x, n), above);
}

/** x times 8 factors (sedge_factor's members, side by side; any address). */
static inline __m256i sedge_avx2_scale(__m256i x, const int32_t *multiplier, const int32_t *shift) {
    __m256i by = _mm256_loadu_si256((const __m256i *)(const void *)shift), zero = _mm256_setzero_si256();
    __m256i left = _mm256_max_epi32(by, zero), right = _mm256_max_epi32(_mm256_sub_epi32(zero, by), zero);
    __m256i m = _mm256_loadu_si256((const __m256i *)(const void *)multiplier);
    return sedge_avx2_shift_round(sedge_avx2_mul_high(_mm256_sllv_epi32(x, left), m), right);
}

#endif
