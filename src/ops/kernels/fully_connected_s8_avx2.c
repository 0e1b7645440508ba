/* SPDX-License-Identifier: Apache-2.0 */
/* Two inputs at a time, widened to 16 bits: a multiply-add of pairs gives exact 32-bit sums for 8 outputs. */
#include <immintrin.h>

#include "ops/kernels/fully_connected_pack.h"
#include "ops/kernels/requantize_avx2.h"

enum { LANES = 8, DEPTH = 2, CHUNK = 512 /* inputs that are widened at a time */ };

static size_t packed_bytes(size_t in, size_t out) {
    return sedge_fc_pack_bytes(in, out, LANES, DEPTH, 1);
}

static void pack(size_t in, size_t out, const int8_t *w, void *packed) {
    sedge_fc_pack(in, out, LANES, DEPTH, 1, w, packed);
}

static size_t scratch_bytes(size_t in) {
    (void)in;
    return 0;
}

static void widen(const int8_t *x, size_t n, int16_t *wide) {
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        _mm256_store_si256((__m256i *)(void *)(wide + i),
                           _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(x + i))));
    for (; i < n; i++)
        wide[i] = (int16_t)x[i];
    if (n % 2)
        wide[n] = 0;
}

static __m256i requantize(const sedge_fc_s8 *p, size_t o, __m256i sum) {
    __m256i v = sedge_avx2_scale(sum, p->multiplier + o, p->shift + o);
    v = _mm256_add_epi32(v, _mm256_set1_epi32(p->y_zero));
    return _mm256_max_epi32(_mm256_min_epi32(v, _mm256_set1_epi32(p->y_high)), _mm256_set1_epi32(p->y_low));
}

static void store(int8_t *y, size_t n, __m256i v) {
    __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    __m128i bytes = _mm_packs_epi16(words, words);
    int8_t lanes[16];
    _mm_storeu_si128((__m128i *)(void *)lanes, bytes);
    memcpy(y, lanes, n < LANES ? n : LANES);
}

/* g is a constant at each call, so that the sums stay in registers */
static inline __attribute__((always_inline)) void group(const sedge_fc_s8 *p, const int8_t *w, const int8_t *x,
                                                        int8_t *y, size_t first, size_t g) {
    __m256i sum[SEDGE_FC_GROUP];
    _Alignas(32) int16_t wide[CHUNK];
    for (size_t b = 0; b < g; b++)
        sum[b] = _mm256_setzero_si256();
    for (size_t start = 0; start < p->in; start += CHUNK) {
        size_t n = p->in - start < CHUNK ? p->in - start : CHUNK;
        widen(x + start, n, wide);
        for (size_t i = 0; i < n; i += DEPTH, w += g * LANES * DEPTH) {
            int32_t pair;
            memcpy(&pair, wide + i, sizeof pair);
            __m256i xi = _mm256_set1_epi32(pair);
            for (size_t b = 0; b < g; b++) {
                __m128i bytes = _mm_load_si128((const __m128i *)(const void *)(w + b * LANES * DEPTH));
                sum[b] = _mm256_add_epi32(sum[b], _mm256_madd_epi16(xi, _mm256_cvtepi8_epi16(bytes)));
            }
        }
    }
    for (size_t b = 0; b < g; b++) {
        size_t o = (first + b) * LANES;
        __m256i bias = _mm256_load_si256((const __m256i *)(const void *)(p->bias + o));
        store(y + o, p->out - o, requantize(p, o, _mm256_add_epi32(sum[b], bias)));
    }
}

static void run(const sedge_fc_s8 *p, const int8_t *x, int8_t *y, void *scratch) {
    (void)scratch;
    const int8_t *w = p->weights;
    SEDGE_FC_RUN_GROUPS(LANES, DEPTH, p, w, x, y);
}

const sedge_fc_s8_kernel sedge_fully_connected_s8_avx2 = {
    "fully_connected_s8_avx2", SEDGE_CPU_AVX2, 0, packed_bytes, pack, scratch_bytes, run
};
