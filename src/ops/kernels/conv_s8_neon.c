/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles of 2 pixels by 8 outputs. The lanes of a sum are parts of one output's sum: 16 values of depth are 8 products
 * of 16 bits, 8 more that are added to them, and the pairs of those added into 4 lanes. Two products fit 16 bits unless
 * both are -128 * -128, so weights of -128 (which quantisers do not write) take a longer way.
 *
 * packed: a header, then blocks of 8 outputs (the last may be of 4): the numbers of conv_s8_neon.h, then for each
 * segment for each 16 of its depth (at its end, 8) the outputs' weights side by side, filled with zeros.
 */
#include "ops/kernels/conv_s8_neon.h"
#include "ops/kernels/conv_s8.h"

enum { DEPTH = 8, TILE = 2, WIDTH = 8 };

static size_t segment_depth(const sedge_conv_s8 *p) {
    return ((size_t)p->depth + DEPTH - 1) / DEPTH * DEPTH;
}

/* 2 or 1 vectors of 4 outputs */
static uint32_t block_vectors(const sedge_conv_s8 *p, uint32_t o) {
    return p->out - o > 4 ? 2 : 1;
}

static size_t block_bytes(const sedge_conv_s8 *p, uint32_t vectors) {
    return sedge_neon_numbers_bytes(vectors) + p->segments * segment_depth(p) * vectors * 4;
}

static size_t packed_bytes(const sedge_conv_s8 *p) {
    size_t n = sizeof(sedge_neon_end);
    for (uint32_t o = 0; o < p->out; o += WIDTH)
        n += block_bytes(p, block_vectors(p, o));
    return n;
}

/* n outputs' weights; zeros stay between and behind them */
static void pack_weights(const sedge_conv_s8 *p, const int8_t *w, uint32_t n, uint32_t vectors, uint8_t *to) {
    size_t outs = (size_t)vectors * 4, depth = segment_depth(p), whole = depth / 16 * 16;
    for (uint32_t o = 0; o < n; o++)
        for (uint32_t s = 0; s < p->segments; s++)
            for (uint32_t k = 0; k < p->depth; k++) {
                size_t piece = k < whole ? 16 : DEPTH;
                to[(s * depth + k / piece * piece) * outs + o * piece + k % piece] = (uint8_t)*w++;
            }
}

static void pack(const sedge_conv_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    sedge_neon_end *end = packed;
    size_t row = (size_t)p->segments * p->depth;
    uint8_t *to = (uint8_t *)packed + sizeof(sedge_neon_end);
    *end = sedge_neon_end_of(p->y_zero, p->y_low, p->y_high, p->y_flip, factor, p->out, w,
                             (size_t)p->out * p->segments * p->depth);
    for (uint32_t o = 0; o < p->out; o += WIDTH) {
        uint32_t vectors = block_vectors(p, o), n = p->out - o < 4 * vectors ? p->out - o : 4 * vectors;
        uint8_t *weights = sedge_neon_pack_numbers(to, vectors, n, bias + o, factor + o);
        pack_weights(p, w + o * row, n, vectors, weights);
        to += block_bytes(p, vectors);
    }
}

/* what all tiles of a block have in common */
typedef struct block {
    const sedge_conv_s8 *p;
    const void *const *rows;
    const int32_t *numbers;
    const sedge_neon_end *end;
    uint32_t n; /* outputs to store */
} block;

/* pixels, outs and lowest are constants at each call, so that the sums stay in registers */
#define INLINE static inline __attribute__((always_inline))

INLINE int32x4_t dot_16(int32x4_t sum, int8x16_t w, int8x16_t x, bool lowest) {
    int16x8_t products = vmull_s8(vget_low_s8(w), vget_low_s8(x));
    if (lowest)
        return vpadalq_s16(vpadalq_s16(sum, products), vmull_high_s8(w, x));
    return vpadalq_s16(sum, vmlal_high_s8(products, w, x));
}

INLINE const int8_t *dot_segment(const block *b, const int8_t *w, const int8_t **x, uint32_t pixels, uint32_t outs,
                                 bool lowest, int32x4_t sum[TILE][WIDTH]) {
    size_t depth = segment_depth(b->p);
    for (; depth >= 16; depth -= 16) {
        int8x16_t xs[TILE];
        for (uint32_t m = 0; m < pixels; m++) {
            xs[m] = vld1q_s8(x[m]);
            x[m] += 16;
        }
        for (uint32_t o = 0; o < outs; o++, w += 16)
            for (uint32_t m = 0; m < pixels; m++)
                sum[m][o] = dot_16(sum[m][o], vld1q_s8(w), xs[m], lowest);
    }
    if (depth)
        for (uint32_t o = 0; o < outs; o++, w += 8)
            for (uint32_t m = 0; m < pixels; m++)
                sum[m][o] = vpadalq_s16(sum[m][o], vmull_s8(vld1_s8(w), vld1_s8(x[m])));
    return w;
}

/* 4 outputs' sums in the lanes of one vector, with their bias */
INLINE int32x4_t across(const int32x4_t *sum, const int32_t *bias, const int32_t *add) {
    int32x4_t v = vpaddq_s32(vpaddq_s32(sum[0], sum[1]), vpaddq_s32(sum[2], sum[3]));
    v = vaddq_s32(v, vld1q_s32(bias));
    return add ? vaddq_s32(v, vdupq_n_s32(*add)) : v;
}

INLINE void run_tile(const block *b, size_t first, uint32_t pixels, uint32_t outs, bool lowest, const int32_t *add,
                     int8_t *y) {
    const sedge_conv_s8 *p = b->p;
    const int8_t *w = (const int8_t *)(b->numbers + 3 * outs);
    int32x4_t sum[TILE][WIDTH];
    for (uint32_t m = 0; m < pixels; m++)
        for (uint32_t o = 0; o < outs; o++)
            sum[m][o] = vdupq_n_s32(0);
    for (uint32_t s = 0; s < p->segments; s++) {
        const int8_t *x[TILE];
        for (uint32_t m = 0; m < pixels; m++)
            x[m] = (const int8_t *)b->rows[s] + (first + m) * p->pixel_step;
        w = dot_segment(b, w, x, pixels, outs, lowest, sum);
    }
    const sedge_neon_factors f = sedge_neon_load_factors(b->numbers, outs / 4);
    for (uint32_t m = 0; m < pixels; m++) {
        const int32_t *more = add ? add + first + m : NULL;
        int32x4_t low = across(sum[m], b->numbers, more);
        int32x4_t high = outs > 4 ? across(sum[m] + 4, b->numbers + 4, more) : low;
        int16x8_t v = sedge_neon_narrow(b->end, b->end->right, low, high, &f, 0);
        int8x16_t done = sedge_neon_clamp(b->end, v, v);
        if (b->n == WIDTH)
            vst1_s8(y + (first + m) * p->y_step, vget_low_s8(done));
        else
            sedge_neon_store_some(y + (first + m) * p->y_step, b->n, done);
    }
}

INLINE void run_block(const block *b, size_t pixels, uint32_t outs, bool lowest, const int32_t *add, int8_t *y) {
    if (pixels < TILE)
        run_tile(b, 0, 1, outs, lowest, add, y);
    else
        for (size_t m = 0; m < pixels; m += TILE)
            run_tile(b, m + TILE <= pixels ? m : pixels - TILE, TILE, outs, lowest, add, y);
}

static void run(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, size_t pixels, int8_t *y) {
    const sedge_neon_end *end = p->packed;
    const uint8_t *at = (const uint8_t *)p->packed + sizeof(sedge_neon_end);
    block b = { .p = p, .rows = rows, .end = end };
    for (uint32_t o = 0; o < p->out; o += WIDTH, y += WIDTH) {
        uint32_t vectors = block_vectors(p, o);
        b.numbers = (const int32_t *)(const void *)at;
        b.n = p->out - o < WIDTH ? p->out - o : WIDTH;
        if (end->lowest)
            run_block(&b, pixels, 4 * vectors, true, add, y);
        else if (vectors == 2)
            run_block(&b, pixels, 8, false, add, y);
        else
            run_block(&b, pixels, 4, false, add, y);
        at += block_bytes(p, vectors);
    }
}

const sedge_conv_s8_kernel sedge_conv_s8_neon = {
    .name = "conv_s8_neon",
    .cpu = SEDGE_CPU_NEON,
    .x_bytes = 1,
    .depth_step = DEPTH,
    .convert = sedge_convert_s8_neon,
    .direct = true,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
