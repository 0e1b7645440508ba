/* SPDX-License-Identifier: Apache-2.0 */
#include <immintrin.h>
#include <stdint.h>

typedef __m512 vf;
enum { LANES = 16, PIXELS = 16, VECTORS = 4 };

static __mmask16 first_lanes(size_t n) {
    return (__mmask16)((1u << n) - 1);
}
#define vf_load(p)      _mm512_loadu_ps(p)
#define vf_load_n(p, n) _mm512_maskz_loadu_ps(first_lanes(n), p)
#define vf_set1(x)      _mm512_set1_ps(x)
#define vf_mul(a, b)    _mm512_mul_ps(a, b)
#define vf_add(a, b)    _mm512_add_ps(a, b)
/* the second operand, a NaN, stays */
#define vf_clamp(v, low, high) _mm512_min_ps(high, _mm512_max_ps(low, v))
#define vf_store(p, v)         _mm512_storeu_ps(p, v)
#define vf_store_n(p, n, v)    _mm512_mask_storeu_ps(p, first_lanes(n), v)
#include "ops/kernels/conv_f32_body.h"

const sedge_conv_f32_kernel sedge_conv_f32_avx512 = {
    "conv_f32_avx512", SEDGE_CPU_AVX512VNNI, LANES, products, depthwise, planes
};
