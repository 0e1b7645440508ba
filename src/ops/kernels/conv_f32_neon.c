/* SPDX-License-Identifier: Apache-2.0 */
#include <arm_neon.h>
#include <string.h>

typedef float32x4_t vf;
enum { LANES = 4, PIXELS = 8, VECTORS = 4 };

static inline vf load_some(const float *p, size_t n) {
    float lanes[LANES] = { 0 };
    memcpy(lanes, p, n * sizeof *p);
    return vld1q_f32(lanes);
}

static inline void store_some(float *p, size_t n, vf v) {
    float lanes[LANES];
    vst1q_f32(lanes, v);
    memcpy(p, lanes, n * sizeof *p);
}

/* a NaN stays, and of -0 and 0 the one that came: vmaxq and vminq would not leave them */
static inline vf clamp(vf v, vf low, vf high) {
    v = vbslq_f32(vcltq_f32(v, low), low, v);
    return vbslq_f32(vcgtq_f32(v, high), high, v);
}
#define vf_load(p)             vld1q_f32(p)
#define vf_load_n(p, n)        load_some(p, n)
#define vf_set1(x)             vdupq_n_f32(x)
#define vf_mul(a, b)           vmulq_f32(a, b)
#define vf_add(a, b)           vaddq_f32(a, b)
#define vf_clamp(v, low, high) clamp(v, low, high)
#define vf_store(p, v)         vst1q_f32(p, v)
#define vf_store_n(p, n, v)    store_some(p, n, v)
#include "ops/kernels/conv_f32_body.h"

const sedge_conv_f32_kernel sedge_conv_f32_neon = {
    "conv_f32_neon", SEDGE_CPU_NEON, LANES, products, depthwise, planes
};
