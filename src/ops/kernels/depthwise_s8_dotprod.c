/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Windows of 3 x 3 that slide: the 3 bytes of a column of one channel, and a fourth that meets a zero, are one lane's
 * dot product. A column is brought into that order once and serves three pixels. What is no such window, or has
 * channels that are no multiple of 16, goes the way of depthwise_s8_neon.
 *
 * packed: sedge_neon_end, then blocks of 16 channels: the numbers of conv_s8_neon.h, then for each column of the window
 * 4 bytes for each channel.
 */
#include "ops/kernels/conv_s8_neon.h"
#include "ops/kernels/depthwise_s8.h"

enum { WIDTH = 16, VECTORS = 4, SIDE = 3, COLUMN_BYTES = WIDTH * 4 };

static bool slides(const sedge_depthwise_s8 *p) {
    return p->sliding && p->lines == SIDE && p->columns == SIDE && p->channels % WIDTH == 0;
}

static size_t block_bytes(void) {
    return sedge_neon_numbers_bytes(VECTORS) + SIDE * COLUMN_BYTES;
}

static size_t packed_bytes(const sedge_depthwise_s8 *p) {
    if (!slides(p))
        return sedge_depthwise_s8_neon.packed_bytes(p);
    return sizeof(sedge_neon_end) + p->channels / WIDTH * block_bytes();
}

static void pack(const sedge_depthwise_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    if (!slides(p)) {
        sedge_depthwise_s8_neon.pack(p, w, bias, factor, packed);
        return;
    }
    sedge_neon_end *end = packed;
    uint8_t *to = (uint8_t *)packed + sizeof(sedge_neon_end);
    *end = sedge_neon_end_of(p->y_zero, p->y_low, p->y_high, p->y_flip, factor, p->channels, w, 0);
    for (uint32_t first = 0; first < p->channels; first += WIDTH, to += block_bytes()) {
        uint8_t *weights = sedge_neon_pack_numbers(to, VECTORS, WIDTH, bias + first, factor + first);
        for (uint32_t t = 0; t < SIDE * SIDE; t++)
            for (uint32_t c = 0; c < WIDTH; c++)
                weights[t % SIDE * COLUMN_BYTES + c * 4 + t / SIDE] = (uint8_t)w[(size_t)t * p->channels + first + c];
    }
}

#define INLINE static inline __attribute__((always_inline))

/* what all pixels of a block have in common */
typedef struct block {
    const sedge_neon_end *end;
    const int32_t *numbers;
    int8x16_t w[SIDE][VECTORS];
    const int8_t *line[SIDE];
} block;

/* 16 channels of 3 lines, at one column: 4 channels a vector, 4 bytes each */
INLINE void load_column(const block *b, size_t at, int8x16_t *ret) {
    int8x16_t x0 = vld1q_s8(b->line[0] + at), x1 = vld1q_s8(b->line[1] + at), x2 = vld1q_s8(b->line[2] + at);
    int16x8_t low = vreinterpretq_s16_s8(vzip1q_s8(x0, x1)), high = vreinterpretq_s16_s8(vzip2q_s8(x0, x1));
    int16x8_t low2 = vreinterpretq_s16_s8(vzip1q_s8(x2, x2)), high2 = vreinterpretq_s16_s8(vzip2q_s8(x2, x2));
    ret[0] = vreinterpretq_s8_s16(vzip1q_s16(low, low2));
    ret[1] = vreinterpretq_s8_s16(vzip2q_s16(low, low2));
    ret[2] = vreinterpretq_s8_s16(vzip1q_s16(high, high2));
    ret[3] = vreinterpretq_s8_s16(vzip2q_s16(high, high2));
}

INLINE void run_pixel(const block *b, bool right, const int8x16_t *x0, const int8x16_t *x1, const int8x16_t *x2,
                      int8_t *y) {
    int32x4_t sum[VECTORS];
    for (uint32_t v = 0; v < VECTORS; v++) {
        sum[v] = vdotq_s32(vld1q_s32(b->numbers + 4 * v), x0[v], b->w[0][v]);
        sum[v] = vdotq_s32(vdotq_s32(sum[v], x1[v], b->w[1][v]), x2[v], b->w[2][v]);
    }
    const sedge_neon_factors f = sedge_neon_load_factors(b->numbers, VECTORS);
    int16x8_t low = sedge_neon_narrow(b->end, right, sum[0], sum[1], &f, 0);
    int16x8_t high = sedge_neon_narrow(b->end, right, sum[2], sum[3], &f, 2);
    vst1q_s8(y, sedge_neon_clamp(b->end, low, high));
}

/* three pixels a turn, so that the columns stay in the registers that they came into; at: elements into a row */
INLINE void run_block(const block *b, size_t channels, size_t at, size_t pixels, bool right, int8_t *y) {
    int8x16_t x0[VECTORS], x1[VECTORS], x2[VECTORS];
    size_t end = at + pixels * channels, next = at + 2 * channels;
    load_column(b, at, x0);
    load_column(b, at + channels, x1);
    for (;;) {
        load_column(b, next, x2);
        run_pixel(b, right, x0, x1, x2, y + at);
        next += channels, at += channels;
        if (at == end)
            return;
        load_column(b, next, x0);
        run_pixel(b, right, x1, x2, x0, y + at);
        next += channels, at += channels;
        if (at == end)
            return;
        load_column(b, next, x1);
        run_pixel(b, right, x2, x0, x1, y + at);
        next += channels, at += channels;
        if (at == end)
            return;
    }
}

static void run(const sedge_depthwise_s8 *p, const void *const *taps, size_t pixels, int8_t *y) {
    if (!slides(p)) {
        sedge_depthwise_s8_neon.run(p, taps, pixels, y);
        return;
    }
    const uint8_t *packed = (const uint8_t *)p->packed + sizeof(sedge_neon_end);
    block b = { .end = p->packed, .line = { taps[0], taps[SIDE], taps[2 * SIDE] } };
    for (uint32_t first = 0; first < p->channels; first += WIDTH, packed += block_bytes()) {
        const int8_t *w = (const int8_t *)packed + sedge_neon_numbers_bytes(VECTORS);
        b.numbers = (const int32_t *)(const void *)packed;
        for (uint32_t i = 0; i < SIDE * VECTORS; i++)
            b.w[i / VECTORS][i % VECTORS] = vld1q_s8(w + (size_t)i * WIDTH);
        if (b.end->right)
            run_block(&b, p->channels, first, pixels, true, y);
        else
            run_block(&b, p->channels, first, pixels, false, y);
    }
}

const sedge_depthwise_s8_kernel sedge_depthwise_s8_dotprod = {
    .name = "depthwise_s8_dotprod",
    .cpu = SEDGE_CPU_DOTPROD | SEDGE_CPU_NEON,
    .x_bytes = 1,
    .convert = sedge_convert_s8_neon,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
