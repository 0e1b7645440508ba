/* SPDX-License-Identifier: Apache-2.0 */
/* Four inputs at a time into 4 outputs by one instruction. */
#include "ops/kernels/fully_connected_pack.h"
#include "ops/kernels/requantize_neon.h"

enum { LANES = 4, DEPTH = 4 };

static size_t packed_bytes(size_t in, size_t out) {
    return sedge_fc_pack_bytes(in, out, LANES, DEPTH, 1);
}

static void pack(size_t in, size_t out, const int8_t *w, void *packed) {
    sedge_fc_pack(in, out, LANES, DEPTH, 1, w, packed);
}

static size_t scratch_bytes(size_t in) {
    return sedge_fc_padded(in, DEPTH);
}

static void finish(const sedge_fc_s8 *p, size_t o, int32x4_t sum, int8_t *y) {
    int32x4_t v = sedge_scale_neon(sum, vld1q_s32(p->multiplier + o), vld1q_s32(p->shift + o));
    v = vaddq_s32(v, vdupq_n_s32(p->y_zero));
    v = vmaxq_s32(vminq_s32(v, vdupq_n_s32(p->y_high)), vdupq_n_s32(p->y_low));
    int16x4_t words = vmovn_s32(v);
    int8_t lanes[2 * LANES];
    vst1_s8(lanes, vmovn_s16(vcombine_s16(words, words)));
    memcpy(y + o, lanes, p->out - o < LANES ? p->out - o : LANES);
}

/* g is a constant at each call, so that the sums stay in registers */
static inline __attribute__((always_inline)) void group(const sedge_fc_s8 *p, const int8_t *w, const int8_t *x,
                                                        int8_t *y, size_t first, size_t g) {
    int32x4_t sum[SEDGE_FC_GROUP];
    for (size_t b = 0; b < g; b++)
        sum[b] = vld1q_s32(p->bias + (first + b) * LANES);
    for (size_t i = 0; i < p->in; i += DEPTH, w += g * LANES * DEPTH) {
        int32_t four;
        memcpy(&four, x + i, sizeof four);
        int8x16_t xi = vreinterpretq_s8_s32(vdupq_n_s32(four));
        for (size_t b = 0; b < g; b++)
            sum[b] = vdotq_s32(sum[b], vld1q_s8(w + b * LANES * DEPTH), xi);
    }
    for (size_t b = 0; b < g; b++)
        finish(p, (first + b) * LANES, sum[b], y);
}

static void run(const sedge_fc_s8 *p, const int8_t *x, int8_t *y, void *scratch) {
    int8_t *even = scratch; /* x with zeros behind its end */
    size_t padded = sedge_fc_padded(p->in, DEPTH);
    memcpy(even, x, p->in);
    memset(even + p->in, 0, padded - p->in);
    const int8_t *w = p->weights;
    SEDGE_FC_RUN_GROUPS(LANES, DEPTH, p, w, even, y);
}

const sedge_fc_s8_kernel sedge_fully_connected_s8_dotprod = {
    "fully_connected_s8_dotprod", SEDGE_CPU_DOTPROD, 0, packed_bytes, pack, scratch_bytes, run
};
