/* SPDX-License-Identifier: Apache-2.0 */
#include <emmintrin.h>
#include <stdint.h>
#include <string.h>

typedef __m128 vf;
enum { LANES = 4, PIXELS = 8, VECTORS = 2 };

static inline vf load_some(const float *p, size_t n) {
    float lanes[LANES] = { 0 };
    memcpy(lanes, p, n * sizeof *p);
    return _mm_loadu_ps(lanes);
}

static inline void store_some(float *p, size_t n, vf v) {
    float lanes[LANES];
    _mm_storeu_ps(lanes, v);
    memcpy(p, lanes, n * sizeof *p);
}
#define vf_load(p)      _mm_loadu_ps(p)
#define vf_load_n(p, n) load_some(p, n)
#define vf_set1(x)      _mm_set1_ps(x)
#define vf_mul(a, b)    _mm_mul_ps(a, b)
#define vf_add(a, b)    _mm_add_ps(a, b)
/* the second operand, a NaN, stays */
#define vf_clamp(v, low, high) _mm_min_ps(high, _mm_max_ps(low, v))
#define vf_store(p, v)         _mm_storeu_ps(p, v)
#define vf_store_n(p, n, v)    store_some(p, n, v)
#include "ops/kernels/conv_f32_body.h"

const sedge_conv_f32_kernel sedge_conv_f32_sse2 = {
    "conv_f32_sse2", SEDGE_CPU_SSE2, LANES, products, depthwise, planes
};
