/* SPDX-License-Identifier: Apache-2.0 */
#include <arm_neon.h>

#include "ops/kernels/fully_connected_pack.h"

enum { LANES = 4 };

static size_t packed_bytes(size_t in, size_t out) {
    return sedge_fc_pack_bytes(in, out, LANES, 1, sizeof(float));
}

static void pack(size_t in, size_t out, const float *w, void *packed) {
    sedge_fc_pack(in, out, LANES, 1, sizeof *w, w, packed);
}

static void store(float *y, size_t n, float32x4_t v) {
    float lanes[LANES];
    vst1q_f32(lanes, v);
    memcpy(y, lanes, (n < LANES ? n : LANES) * sizeof *y);
}

/* g is a constant at each call, so that the sums stay in registers; vmaxq would turn -0 into 0 and so is not used */
static inline __attribute__((always_inline)) void group(const sedge_fc_f32 *p, const float *w, const float *x, float *y,
                                                        size_t first, size_t g) {
    float32x4_t sum[SEDGE_FC_GROUP];
    for (size_t b = 0; b < g; b++)
        sum[b] = vdupq_n_f32(0);
    for (size_t i = 0; i < p->in; i++, w += g * LANES) {
        float32x4_t xi = vld1q_dup_f32(x + i);
        for (size_t b = 0; b < g; b++)
            sum[b] = vaddq_f32(sum[b], vmulq_f32(xi, vld1q_f32(w + b * LANES)));
    }
    float32x4_t low = vdupq_n_f32(p->y_low), high = vdupq_n_f32(p->y_high);
    for (size_t b = 0; b < g; b++) {
        size_t o = (first + b) * LANES;
        float32x4_t v = p->bias ? vaddq_f32(sum[b], vld1q_f32(p->bias + o)) : sum[b];
        v = vbslq_f32(vcltq_f32(v, low), low, v);
        v = vbslq_f32(vcgtq_f32(v, high), high, v);
        store(y + o, p->out - o, v);
    }
}

static void run(const sedge_fc_f32 *p, const float *x, float *y) {
    const float *w = p->weights;
    SEDGE_FC_RUN_GROUPS(LANES, 1, p, w, x, y);
}

const sedge_fc_f32_kernel sedge_fully_connected_f32_neon = { "fully_connected_f32_neon", SEDGE_CPU_NEON, packed_bytes,
                                                             pack, run };
