/* SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>
#include <stdint.h>

typedef __m256 vf;
enum { LANES = 8, PIXELS = 8, VECTORS = 2 };

static __m256i first_lanes(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#define vf_load(p)      _mm256_loadu_ps(p)
#define vf_load_n(p, n) _mm256_maskload_ps(p, first_lanes(n))
#define vf_set1(x)      _mm256_set1_ps(x)
#define vf_mul(a, b)    _mm256_mul_ps(a, b)
#define vf_add(a, b)    _mm256_add_ps(a, b)
/* the second operand, a NaN, stays */
#define vf_clamp(v, low, high) _mm256_min_ps(high, _mm256_max_ps(low, v))
#define vf_store(p, v)         _mm256_storeu_ps(p, v)
#define vf_store_n(p, n, v)    _mm256_maskstore_ps(p, first_lanes(n), v)
#include "ops/kernels/conv_f32_body.h"

const sedge_conv_f32_kernel sedge_conv_f32_avx2 = {
    "conv_f32_avx2", SEDGE_CPU_AVX2, LANES, products, depthwise, planes
};
