/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/requantize_avx2.h"

#include <string.h>

enum { LANES = 8 };
typedef __m256i vi;

/* what a block's outputs need, lane by lane */
typedef struct numbers {
    int32_t bias[2 * LANES], multiplier[2 * LANES], shift[2 * LANES];
} numbers;

typedef struct range {
    int32_t y_zero, y_low, y_high;
    uint8_t y_flip;
} range;

#define vi_load(p)    _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define vi_set1(x)    _mm256_set1_epi32(x)
#define vi_add(a, b)  _mm256_add_epi32(a, b)
#define vi_madd(a, b) _mm256_madd_epi16(a, b)
#define vi_words(p)   vi_load(p)
#define vi_weights(p) _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define vi_low(a, b)  _mm256_unpacklo_epi16(a, b)
#define vi_high(a, b) _mm256_unpackhi_epi16(a, b)

static inline __m256i scale(const numbers *b, const range *r, size_t first, __m256i sum) {
    __m256i v = sedge_avx2_scale(sum, b->multiplier + first, b->shift + first);
    v = _mm256_add_epi32(v, _mm256_set1_epi32(r->y_zero));
    return _mm256_max_epi32(_mm256_min_epi32(v, _mm256_set1_epi32(r->y_high)), _mm256_set1_epi32(r->y_low));
}

static inline void vi_finish(const numbers *b, const range *r, const vi *sum, int8_t *y, size_t n) {
    __m256i words = _mm256_packs_epi32(scale(b, r, 0, sum[0]), scale(b, r, LANES, sum[1]));
    __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    bytes = _mm_xor_si128(bytes, _mm_set1_epi8((char)r->y_flip));
    if (n >= 2 * LANES) {
        _mm_storeu_si128((__m128i *)(void *)y, bytes);
        return;
    }
    int8_t all[2 * LANES];
    _mm_storeu_si128((__m128i *)(void *)all, bytes);
    memcpy(y, all, n);
}

#include "ops/kernels/conv_s8_words_body.h"

const sedge_conv_s8_kernel sedge_conv_s8_avx2 = CONV_KERNEL("avx2", SEDGE_CPU_AVX2);
const sedge_depthwise_s8_kernel sedge_depthwise_s8_avx2 = DEPTHWISE_KERNEL("avx2", SEDGE_CPU_AVX2);
