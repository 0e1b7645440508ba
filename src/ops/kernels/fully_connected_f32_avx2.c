/* SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>

#include "ops/kernels/fully_connected_pack.h"

enum { LANES = 8 };

static size_t packed_bytes(size_t in, size_t out) {
    return sedge_fc_pack_bytes(in, out, LANES, 1, sizeof(float));
}

static void pack(size_t in, size_t out, const float *w, void *packed) {
    sedge_fc_pack(in, out, LANES, 1, sizeof *w, w, packed);
}

static void store(float *y, size_t n, __m256 v) {
    float lanes[LANES];
    if (n >= LANES) {
        _mm256_storeu_ps(y, v);
        return;
    }
    _mm256_storeu_ps(lanes, v);
    memcpy(y, lanes, n * sizeof *y);
}

/* g is a constant at each call, so that the sums stay in registers */
static inline __attribute__((always_inline)) void group(const sedge_fc_f32 *p, const float *w, const float *x, float *y,
                                                        size_t first, size_t g) {
    __m256 sum[SEDGE_FC_GROUP];
    for (size_t b = 0; b < g; b++)
        sum[b] = _mm256_setzero_ps();
    for (size_t i = 0; i < p->in; i++, w += g * LANES) {
        __m256 xi = _mm256_broadcast_ss(x + i);
        for (size_t b = 0; b < g; b++)
            sum[b] = _mm256_add_ps(sum[b], _mm256_mul_ps(xi, _mm256_load_ps(w + b * LANES)));
    }
    __m256 low = _mm256_set1_ps(p->y_low), high = _mm256_set1_ps(p->y_high);
    for (size_t b = 0; b < g; b++) {
        size_t o = (first + b) * LANES;
        __m256 v = p->bias ? _mm256_add_ps(sum[b], _mm256_load_ps(p->bias + o)) : sum[b];
        v = _mm256_min_ps(high, _mm256_max_ps(low, v)); /* NaN, the second operand, stays */
        store(y + o, p->out - o, v);
    }
}

static void run(const sedge_fc_f32 *p, const float *x, float *y) {
    const float *w = p->weights;
    SEDGE_FC_RUN_GROUPS(LANES, 1, p, w, x, y);
}

const sedge_fc_f32_kernel sedge_fully_connected_f32_avx2 = { "fully_connected_f32_avx2", SEDGE_CPU_AVX2, packed_bytes,
                                                             pack, run };
