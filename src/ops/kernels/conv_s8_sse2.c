/* SPDX-License-Identifier: Apache-2.0 */
/* Sums by vectors, scaling one by one: SSE2 shifts all lanes alike. */
#include <emmintrin.h>
#include <stdint.h>
#include <string.h>

#include "model/quant.h"

enum { LANES = 4 };
typedef __m128i vi;

/* what a block's outputs need, lane by lane */
typedef struct numbers {
    int32_t bias[2 * LANES], multiplier[2 * LANES], shift[2 * LANES];
} numbers;

typedef struct range {
    int32_t y_zero, y_low, y_high;
    uint8_t y_flip;
} range;

#define vi_load(p)    _mm_loadu_si128((const __m128i *)(const void *)(p))
#define vi_set1(x)    _mm_set1_epi32(x)
#define vi_add(a, b)  _mm_add_epi32(a, b)
#define vi_madd(a, b) _mm_madd_epi16(a, b)
#define vi_words(p)   vi_load(p)
#define vi_low(a, b)  _mm_unpacklo_epi16(a, b)
#define vi_high(a, b) _mm_unpackhi_epi16(a, b)

static inline vi vi_weights(const int8_t *p) {
    __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)p);
    return _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
}

/* with LANES 4, the lanes of two vectors are the outputs in order */
static inline void vi_finish(const numbers *b, const range *r, const vi *sum, int8_t *y, size_t n) {
    int32_t sums[2 * LANES];
    _mm_storeu_si128((__m128i *)(void *)sums, sum[0]);
    _mm_storeu_si128((__m128i *)(void *)(sums + LANES), sum[1]);
    for (size_t i = 0; i < n; i++) {
        int32_t scaled = sedge_scale(sums[i], (sedge_factor){ b->multiplier[i], b->shift[i] });
        int32_t v = (int32_t)((uint32_t)scaled + (uint32_t)r->y_zero);
        y[i] = (int8_t)(sedge_clamp(v, r->y_low, r->y_high) ^ r->y_flip);
    }
}

#include "ops/kernels/conv_s8_words_body.h"

const sedge_conv_s8_kernel sedge_conv_s8_sse2 = CONV_KERNEL("sse2", SEDGE_CPU_SSE2);
const sedge_depthwise_s8_kernel sedge_depthwise_s8_sse2 = DEPTHWISE_KERNEL("sse2", SEDGE_CPU_SSE2);
