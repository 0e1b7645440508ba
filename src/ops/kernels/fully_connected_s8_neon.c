/* SPDX-License-Identifier: Apache-2.0 */
/* Two inputs at a time: products of 8 bits fit 16, pairs of them are added into 32-bit sums for 8 outputs. */
#include "ops/kernels/fully_connected_pack.h"
#include "ops/kernels/requantize_neon.h"

enum { LANES = 8, DEPTH = 2 };

static size_t packed_bytes(size_t in, size_t out) {
    return sedge_fc_pack_bytes(in, out, LANES, DEPTH, 1);
}

static void pack(size_t in, size_t out, const int8_t *w, void *packed) {
    sedge_fc_pack(in, out, LANES, DEPTH, 1, w, packed);
}

static size_t scratch_bytes(size_t in) {
    return sedge_fc_padded(in, DEPTH);
}

/* outputs o to o + 3 */
static int32x4_t requantize(const sedge_fc_s8 *p, size_t o, int32x4_t sum) {
    int32x4_t v = sedge_scale_neon(sum, vld1q_s32(p->multiplier + o), vld1q_s32(p->shift + o));
    v = vaddq_s32(v, vdupq_n_s32(p->y_zero));
    return vmaxq_s32(vminq_s32(v, vdupq_n_s32(p->y_high)), vdupq_n_s32(p->y_low));
}

static void finish(const sedge_fc_s8 *p, size_t o, int32x4_t low, int32x4_t high, int8_t *y) {
    int8_t lanes[LANES];
    low = requantize(p, o, vaddq_s32(low, vld1q_s32(p->bias + o)));
    high = requantize(p, o + 4, vaddq_s32(high, vld1q_s32(p->bias + o + 4)));
    vst1_s8(lanes, vqmovn_s16(vcombine_s16(vqmovn_s32(low), vqmovn_s32(high))));
    memcpy(y + o, lanes, p->out - o < LANES ? p->out - o : LANES);
}

/* g is a constant at each call, so that the sums stay in registers */
static inline __attribute__((always_inline)) void group(const sedge_fc_s8 *p, const int8_t *w, const int8_t *x,
                                                        int8_t *y, size_t first, size_t g) {
    int32x4_t low[SEDGE_FC_GROUP], high[SEDGE_FC_GROUP];
    for (size_t b = 0; b < g; b++)
        low[b] = high[b] = vdupq_n_s32(0);
    for (size_t i = 0; i < p->in; i += DEPTH, w += g * LANES * DEPTH) {
        int16_t pair;
        memcpy(&pair, x + i, sizeof pair);
        int8x8_t xi = vreinterpret_s8_s16(vdup_n_s16(pair));
        for (size_t b = 0; b < g; b++) {
            int8x16_t wb = vld1q_s8(w + b * LANES * DEPTH);
            low[b] = vpadalq_s16(low[b], vmull_s8(vget_low_s8(wb), xi));
            high[b] = vpadalq_s16(high[b], vmull_s8(vget_high_s8(wb), xi));
        }
    }
    for (size_t b = 0; b < g; b++)
        finish(p, (first + b) * LANES, low[b], high[b], y);
}

static void run(const sedge_fc_s8 *p, const int8_t *x, int8_t *y, void *scratch) {
    int8_t *even = scratch; /* x with a zero behind an odd end */
    memcpy(even, x, p->in);
    if (p->in % DEPTH)
        even[p->in] = 0;
    const int8_t *w = p->weights;
    SEDGE_FC_RUN_GROUPS(LANES, DEPTH, p, w, even, y);
}

const sedge_fc_s8_kernel sedge_fully_connected_s8_neon = {
    "fully_connected_s8_neon", SEDGE_CPU_NEON, 0, packed_bytes, pack, scratch_bytes, run
};
