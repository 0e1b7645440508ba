/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles of 4 or 5 pixels by 16 outputs, each sum a lane. A depth of 4 is one instruction for 4 outputs of a pixel,
 * which takes the pixel's 4 bytes from one lane of 16 that were loaded together. Where pixels are no multiple of 4, the
 * last tile covers some of them again.
 *
 * packed: a header, then the blocks of conv_s8_neon.h. A block's weights are, for each segment, for each 4 of its depth
 * (filled with zeros), 4 weights of each output; in a block of 4 vectors, every 16 whole of depth come for the first
 * two vectors, then for the other two.
 */
#include "ops/kernels/conv_s8.h"
#include "ops/kernels/conv_s8_neon.h"

enum { DEPTH = 4, TILE = 4, TILE_MAX = 5 };

static size_t segment_steps(const sedge_conv_s8 *p) {
    return (p->depth + DEPTH - 1) / DEPTH;
}

static size_t block_bytes(const sedge_conv_s8 *p, uint32_t vectors) {
    return sedge_neon_numbers_bytes(vectors) + p->segments * segment_steps(p) * vectors * 4 * DEPTH;
}

static size_t packed_bytes(const sedge_conv_s8 *p) {
    size_t n = sizeof(sedge_neon_end);
    for (uint32_t o = 0; o < p->out; o += SEDGE_NEON_BLOCK)
        n += block_bytes(p, sedge_neon_vectors(o, p->out));
    return n;
}

/* where the weight of output o for the depth k of a segment lies */
static size_t weight_at(const sedge_conv_s8 *p, uint32_t vectors, uint32_t o, uint32_t k) {
    size_t step = k / DEPTH, width = (size_t)vectors * 4 * DEPTH;
    if (vectors == 4 && step < segment_steps(p) / 4 * 4)
        return step / 4 * 4 * width + o / 8 * 2 * width + step % 4 * width / 2 + o % 8 * DEPTH + k % DEPTH;
    return step * width + o * DEPTH + k % DEPTH;
}

/* n outputs' weights; zeros stay between and behind them */
static void pack_weights(const sedge_conv_s8 *p, const int8_t *w, uint32_t n, uint32_t vectors, uint8_t *to) {
    size_t segment_bytes = segment_steps(p) * vectors * 4 * DEPTH;
    for (uint32_t o = 0; o < n; o++)
        for (uint32_t s = 0; s < p->segments; s++)
            for (uint32_t k = 0; k < p->depth; k++)
                to[s * segment_bytes + weight_at(p, vectors, o, k)] = (uint8_t)*w++;
}

static void pack(const sedge_conv_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    sedge_neon_end *end = packed;
    uint8_t *to = (uint8_t *)packed + sizeof(sedge_neon_end);
    *end = sedge_neon_end_of(p->y_zero, p->y_low, p->y_high, p->y_flip, factor, p->out, w,
                             (size_t)p->out * p->segments * p->depth);
    for (uint32_t o = 0; o < p->out; o += SEDGE_NEON_BLOCK) {
        uint32_t vectors = sedge_neon_vectors(o, p->out), n = p->out - o < 4 * vectors ? p->out - o : 4 * vectors;
        uint8_t *weights = sedge_neon_pack_numbers(to, vectors, n, bias + o, factor + o);
        pack_weights(p, w + (size_t)o * p->segments * p->depth, n, vectors, weights);
        to += block_bytes(p, vectors);
    }
}

/* a tile's part of an operator: what all its pixels have in common */
typedef struct tile {
    const sedge_conv_s8 *p;
    const void *const *rows;
    const int32_t *numbers;
    const sedge_neon_end *end;
    uint32_t n; /* outputs to store */
} tile;

/* pixels and vectors are constants at each call, so that the sums stay in registers */
#define INLINE static inline __attribute__((always_inline))

/* what an instruction reads, as the compiler is told; only the begin matters */
typedef struct bytes {
    int8_t bytes[128];
} bytes;

/* 32 bytes and the place behind them, by one instruction */
INLINE const int8_t *load_32(const int8_t *x, int8x16_t *ret_first, int8x16_t *ret_second) {
    int8x16_t first, second;
    __asm__("ldp %q0, %q1, [%2], #32" : "=w"(first), "=w"(second), "+r"(x) : "m"(*(const bytes *)x));
    *ret_first = first;
    *ret_second = second;
    return x;
}

/*
 * A depth of 16 for 4 or 5 pixels and the vectors v and v + 1. By hand, because GCC moves or spills most of the sums
 * once a turn when it keeps 16 of them. Returns the place behind the weights.
 */
#define DOT(s0, s1, x, w0, w1, q)                                                                                      \
    "sdot %" #s0 ".4s, v" #w0 ".16b, %" #x ".4b[" #q "]\n\t"                                                           \
    "sdot %" #s1 ".4s, v" #w1 ".16b, %" #x ".4b[" #q "]\n\t"
#define DOT_16(LANE)                                                                                                   \
    "ld1 {v0.16b-v3.16b}, [%0], #64\n\t" LANE(0, 1, 0)                                                                 \
        LANE(2, 3, 1) "ld1 {v0.16b-v3.16b}, [%0], #64\n\t" LANE(0, 1, 2) LANE(2, 3, 3)
#define SUMS(m) "+w"(s[2 * (m)]), "+w"(s[2 * (m) + 1])

INLINE const int8_t *dot_half(const int8_t *w, const int8x16_t *x, uint32_t pixels, uint32_t v,
                              int32x4_t sum[TILE_MAX][4]) {
    int32x4_t s[2 * TILE_MAX];
    for (uint32_t m = 0; m < pixels; m++)
        s[2 * m] = sum[m][v], s[2 * m + 1] = sum[m][v + 1];
    if (pixels == 4)
#define LANE(a, b, q) DOT(1, 2, 9, a, b, q) DOT(3, 4, 10, a, b, q) DOT(5, 6, 11, a, b, q) DOT(7, 8, 12, a, b, q)
        __asm__(DOT_16(LANE)
                : "+r"(w), SUMS(0), SUMS(1), SUMS(2), SUMS(3)
                : "w"(x[0]), "w"(x[1]), "w"(x[2]), "w"(x[3]), "m"(*(const bytes *)w)
                : "v0", "v1", "v2", "v3");
#undef LANE
    else
#define LANE(a, b, q)                                                                                                  \
    DOT(1, 2, 11, a, b, q) DOT(3, 4, 12, a, b, q) DOT(5, 6, 13, a, b, q) DOT(7, 8, 14, a, b, q) DOT(9, 10, 15, a, b, q)
        __asm__(DOT_16(LANE)
                : "+r"(w), SUMS(0), SUMS(1), SUMS(2), SUMS(3), SUMS(4)
                : "w"(x[0]), "w"(x[1]), "w"(x[2]), "w"(x[3]), "w"(x[4]), "m"(*(const bytes *)w)
                : "v0", "v1", "v2", "v3");
#undef LANE
    for (uint32_t m = 0; m < pixels; m++)
        sum[m][v] = s[2 * m], sum[m][v + 1] = s[2 * m + 1];
    return w;
}

/* a depth of 16; returns the place behind the weights */
INLINE const int8_t *dot_16(const int8_t *w, const int8x16_t *x, uint32_t pixels, uint32_t vectors,
                            int32x4_t sum[TILE_MAX][4]) {
    if (vectors == 4 && pixels >= TILE)
        return dot_half(dot_half(w, x, pixels, 0, sum), x, pixels, 2, sum);
    uint32_t width = vectors < 2 ? 1 : 2;
    for (uint32_t half = 0; half < vectors; half += width) {
#define LANE(q)                                                                                                        \
    for (uint32_t v = half; v < half + width; v++, w += 16)                                                            \
        for (uint32_t m = 0; m < pixels; m++)                                                                          \
            sum[m][v] = vdotq_laneq_s32(sum[m][v], vld1q_s8(w), x[m], q);
        LANE(0)
        LANE(1)
        LANE(2)
        LANE(3)
#undef LANE
    }
    return w;
}

INLINE const int8_t *dot_segment(const int8_t *w, const int8_t **x, size_t steps, uint32_t pixels, uint32_t vectors,
                                 int32x4_t sum[TILE_MAX][4]) {
    for (; steps >= 8 && pixels <= TILE; steps -= 8) { /* more pixels would not leave the registers for it */
        int8x16_t first[TILE], second[TILE_MAX];
        for (uint32_t m = 0; m < pixels; m++)
            x[m] = load_32(x[m], &first[m], &second[m]);
        w = dot_16(w, first, pixels, vectors, sum);
        w = dot_16(w, second, pixels, vectors, sum);
    }
    for (; steps >= 4; steps -= 4) {
        int8x16_t xs[TILE_MAX];
        for (uint32_t m = 0; m < pixels; m++) {
            xs[m] = vld1q_s8(x[m]);
            x[m] += 16;
        }
        w = dot_16(w, xs, pixels, vectors, sum);
    }
    for (; steps > 0; steps--) {
        int8x16_t xs[TILE_MAX];
        for (uint32_t m = 0; m < pixels; m++) {
            int32_t four;
            memcpy(&four, x[m], sizeof four);
            xs[m] = vreinterpretq_s8_s32(vdupq_n_s32(four));
            x[m] += DEPTH;
        }
        for (uint32_t v = 0; v < vectors; v++, w += 16)
            for (uint32_t m = 0; m < pixels; m++)
                sum[m][v] = vdotq_s32(sum[m][v], vld1q_s8(w), xs[m]);
    }
    return w;
}

/* every pixel's sums begin with the bias, loaded in pairs: the compiler would load it once and then move it */
INLINE void begin_sums(const int32_t *bias, uint32_t pixels, uint32_t vectors, int32x4_t sum[TILE_MAX][4]) {
#pragma GCC unroll 5
    for (uint32_t m = 0; m < pixels; m++)
#pragma GCC unroll 2
        for (uint32_t v = 0; v < vectors; v += 2) {
            int32x4_t a, b;
            __asm__ volatile("ldp %q0, %q1, [%2]" : "=w"(a), "=w"(b) : "r"(bias + 4 * v), "m"(*(const bytes *)bias));
            sum[m][v] = a;
            if (v + 1 < vectors)
                sum[m][v + 1] = b;
        }
}

INLINE int8x16_t end_pixel(const tile *t, const sedge_neon_factors *f, uint32_t vectors, bool right,
                           const int32x4_t *sum) {
    int16x8_t a = sedge_neon_narrow(t->end, right, sum[0], sum[vectors > 1 ? 1 : 0], f, 0), b = a;
    if (vectors == 4)
        b = sedge_neon_narrow(t->end, right, sum[2], sum[3], f, 2);
    return sedge_neon_clamp(t->end, a, b);
}

INLINE void end_tile(const tile *t, uint32_t pixels, uint32_t vectors, bool right, int32x4_t sum[TILE_MAX][4],
                     int8_t *y) {
    const sedge_neon_factors f = sedge_neon_load_factors(t->numbers, vectors);
    size_t y_step = t->p->y_step;
    if (vectors == 4 && right && t->n == SEDGE_NEON_BLOCK) { /* the usual one, and so without a call */
        int8x16_t done[TILE_MAX];
#pragma GCC unroll 5
        for (uint32_t m = 0; m < pixels; m++)
            done[m] = end_pixel(t, &f, vectors, right, sum[m]);
#pragma GCC unroll 5
        for (uint32_t m = 0; m < pixels; m++, y += y_step)
            vst1q_s8(y, done[m]);
        return;
    }
#pragma GCC unroll 5
    for (uint32_t m = 0; m < pixels; m++)
        sedge_neon_store_some(y + m * y_step, t->n, end_pixel(t, &f, vectors, right, sum[m]));
}

INLINE void run_tile(const tile *t, size_t first, uint32_t pixels, uint32_t vectors, const int32_t *add, int8_t *y) {
    const sedge_conv_s8 *p = t->p;
    int32x4_t sum[TILE_MAX][4];
    begin_sums(t->numbers, pixels, vectors, sum);
    for (uint32_t m = 0; add && m < pixels; m++)
        for (uint32_t v = 0; v < vectors; v++)
            sum[m][v] = vaddq_s32(sum[m][v], vdupq_n_s32(add[first + m]));
    const int8_t *w = (const int8_t *)(t->numbers + 12 * vectors);
    size_t steps = segment_steps(p);
    for (uint32_t s = 0; s < p->segments; s++) {
        const int8_t *x[TILE_MAX];
        for (uint32_t m = 0; m < pixels; m++)
            x[m] = (const int8_t *)t->rows[s] + (first + m) * p->pixel_step;
        w = dot_segment(w, x, steps, pixels, vectors, sum);
    }
    y += first * p->y_step;
    if (t->end->right)
        end_tile(t, pixels, vectors, true, sum, y);
    else
        end_tile(t, pixels, vectors, false, sum, y);
}

/* 9 pixels are 5 and 4, not 4 and 4 and a tile for one */
INLINE void run_block(const tile *t, size_t pixels, uint32_t vectors, const int32_t *add, int8_t *y) {
    if (pixels < TILE) {
        for (size_t m = 0; m < pixels; m++)
            run_tile(t, m, 1, vectors, add, y);
        return;
    }
    size_t m = 0;
    for (; (pixels - m) % TILE && pixels - m >= (pixels - m) % TILE * TILE_MAX; m += TILE_MAX)
        run_tile(t, m, TILE_MAX, vectors, add, y);
    for (; m < pixels; m += TILE)
        run_tile(t, m + TILE <= pixels ? m : pixels - TILE, TILE, vectors, add, y);
}

static void run(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, size_t pixels, int8_t *y) {
    const sedge_neon_end *end = p->packed;
    const uint8_t *at = (const uint8_t *)p->packed + sizeof(sedge_neon_end);
    tile t = { .p = p, .rows = rows, .end = end };
    for (uint32_t o = 0; o < p->out; o += SEDGE_NEON_BLOCK, y += SEDGE_NEON_BLOCK) {
        uint32_t vectors = sedge_neon_vectors(o, p->out);
        t.numbers = (const int32_t *)(const void *)at;
        t.n = p->out - o < SEDGE_NEON_BLOCK ? p->out - o : SEDGE_NEON_BLOCK;
        if (vectors == 4)
            run_block(&t, pixels, 4, add, y);
        else if (vectors == 2)
            run_block(&t, pixels, 2, add, y);
        else
            run_block(&t, pixels, 1, add, y);
        at += block_bytes(p, vectors);
    }
}

const sedge_conv_s8_kernel sedge_conv_s8_dotprod = {
    .name = "conv_s8_dotprod",
    .cpu = SEDGE_CPU_DOTPROD,
    .x_bytes = 1,
    .depth_step = DEPTH,
    .convert = sedge_convert_s8_neon,
    .direct = true,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
