/* SPDX-License-Identifier: Apache-2.0 */
/* Four inputs at a time as unsigned bytes (x + 128, which the bias takes back) into 16 outputs by one instruction. */
#include <immintrin.h>

#include "ops/kernels/fully_connected_pack.h"
#include "ops/kernels/requantize_avx512.h"

enum { LANES = 16, DEPTH = 4 };

static size_t packed_bytes(size_t in, size_t out) {
    return sedge_fc_pack_bytes(in, out, LANES, DEPTH, 1);
}

static void pack(size_t in, size_t out, const int8_t *w, void *packed) {
    sedge_fc_pack(in, out, LANES, DEPTH, 1, w, packed);
}

static size_t scratch_bytes(size_t in) {
    return sedge_fc_padded(in, 64);
}

static void flip_signs(const int8_t *x, size_t n, uint8_t *flipped) {
    const __m512i sign = _mm512_set1_epi8((char)0x80);
    for (size_t i = 0; i < n; i += 64) {
        __mmask64 have = n - i >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (n - i)) - 1;
        __m512i v = _mm512_maskz_loadu_epi8(have, x + i);
        _mm512_store_si512(flipped + i, _mm512_xor_si512(v, sign));
    }
}

static __m512i requantize(const sedge_fc_s8 *p, size_t o, __m512i sum) {
    __m512i v = sedge_avx512_scale(sum, _mm512_load_si512(p->multiplier + o), _mm512_load_si512(p->shift + o));
    v = _mm512_add_epi32(v, _mm512_set1_epi32(p->y_zero));
    return _mm512_max_epi32(_mm512_min_epi32(v, _mm512_set1_epi32(p->y_high)), _mm512_set1_epi32(p->y_low));
}

/* g is a constant at each call, so that the sums stay in registers */
static inline __attribute__((always_inline)) void group(const sedge_fc_s8 *p, const int8_t *w, const uint8_t *x,
                                                        int8_t *y, size_t first, size_t g) {
    __m512i sum[SEDGE_FC_GROUP];
    for (size_t b = 0; b < g; b++)
        sum[b] = _mm512_load_si512(p->bias + (first + b) * LANES);
    for (size_t i = 0; i < p->in; i += DEPTH, w += g * LANES * DEPTH) {
        int32_t four;
        memcpy(&four, x + i, sizeof four);
        __m512i xi = _mm512_set1_epi32(four);
        for (size_t b = 0; b < g; b++)
            sum[b] = _mm512_dpbusd_epi32(sum[b], xi, _mm512_load_si512(w + b * LANES * DEPTH));
    }
    for (size_t b = 0; b < g; b++) {
        size_t o = (first + b) * LANES, left = p->out - o;
        __mmask16 have = left >= LANES ? 0xffff : (__mmask16)((1u << left) - 1);
        _mm512_mask_cvtsepi32_storeu_epi8(y + o, have, requantize(p, o, sum[b]));
    }
}

static void run(const sedge_fc_s8 *p, const int8_t *x, int8_t *y, void *scratch) {
    uint8_t *flipped = scratch;
    flip_signs(x, p->in, flipped);
    const int8_t *w = p->weights;
    SEDGE_FC_RUN_GROUPS(LANES, DEPTH, p, w, flipped, y);
}

const sedge_fc_s8_kernel sedge_fully_connected_s8_avx512vnni = {
    "fully_connected_s8_avx512vnni", SEDGE_CPU_AVX512VNNI, 128, packed_bytes, pack, scratch_bytes, run
};
