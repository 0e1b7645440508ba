/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 8-bit convolutions, depthwise too, on CPUs that multiply 16-bit words: rows are widened once, when they are
 * copied into scratch, and a multiply-add of pairs gives exact 32-bit sums.
 *
 * A file of an instruction set defines, before it includes this one: the type vi of LANES sums (4 or 8), vi_load,
 * vi_set1 and vi_add of 32 bits, vi_madd, vi_words (2 * LANES words), vi_weights (2 * LANES bytes as words), vi_low and
 * vi_high (words of two vectors in turns, within each 128 bits) and vi_finish(block, range, sums, y, n).
 *
 * A block is two vectors of outputs; of depthwise ones these are values of y that lie side by side, of one pixel or of
 * several. packed: for each block: its numbers, then for each pair of values (of taps, depthwise):
 * [2 vectors][LANES][2] weights.
 */
#include <string.h>

#include "ops/kernels/conv_s8.h"
#include "ops/kernels/depthwise_s8.h"

#define INLINE static inline __attribute__((always_inline))

enum { BLOCK = 2 * LANES, PAIR_BYTES = 2 * BLOCK, PIXELS = 4 };

/* place of output i of a block: narrowing two vectors brings them in order */
static size_t lane_of(size_t i) {
    return i / 4 % 2 * LANES + i / 8 * 4 + i % 4;
}

static void set_numbers(numbers *to, size_t i, int32_t bias, sedge_factor f) {
    to->bias[lane_of(i)] = bias;
    to->multiplier[lane_of(i)] = f.multiplier;
    to->shift[lane_of(i)] = f.shift;
}

static void widen(const void *x, size_t pixels, size_t channels, size_t step, uint8_t flip, void *to) {
    const uint8_t *from = (const uint8_t *)x;
    int16_t *y = (int16_t *)to;
    for (size_t m = 0; m < pixels; m++, from += step, y += channels)
        for (size_t c = 0; c < channels; c++)
            y[c] = (int8_t)(from[c] ^ flip);
}

/* ---- products ---- */

static size_t pairs_of(const sedge_conv_s8 *p) {
    return (size_t)p->segments * ((p->depth + 1) / 2);
}

static size_t product_bytes(const sedge_conv_s8 *p) {
    return sizeof(numbers) + pairs_of(p) * PAIR_BYTES;
}

static size_t conv_packed_bytes(const sedge_conv_s8 *p) {
    return (p->out + BLOCK - 1) / BLOCK * product_bytes(p);
}

static void conv_pack(const sedge_conv_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                      void *packed) {
    for (uint32_t o = 0; o < p->out; o++) {
        uint8_t *block = (uint8_t *)packed + o / BLOCK * product_bytes(p);
        int8_t *to = (int8_t *)(block + sizeof(numbers)) + 2 * lane_of(o % BLOCK);
        set_numbers((numbers *)(void *)block, o % BLOCK, bias[o], factor[o]);
        for (uint32_t s = 0; s < p->segments; s++)
            for (uint32_t k = 0; k < p->depth; k += 2, to += PAIR_BYTES) {
                to[0] = *w++;
                if (k + 1 < p->depth)
                    to[1] = *w++;
            }
    }
}

/* pixels is a constant at each call, so that the sums stay in registers */
INLINE void product_tile(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, const uint8_t *block,
                         size_t first, size_t pixels, int8_t *y, size_t n) {
    const numbers *b = (const numbers *)(const void *)block;
    const int8_t *w = (const int8_t *)(block + sizeof *b);
    vi sum[PIXELS][2];
#pragma GCC unroll 4
    for (size_t m = 0; m < pixels; m++) {
        vi extra = vi_set1(add ? add[first + m] : 0);
        sum[m][0] = vi_add(vi_load(b->bias), extra);
        sum[m][1] = vi_add(vi_load(b->bias + LANES), extra);
    }
    for (uint32_t s = 0; s < p->segments; s++) {
        const int16_t *x = (const int16_t *)rows[s] + first * p->pixel_step;
        for (uint32_t k = 0; k < p->depth; k += 2, x += 2, w += PAIR_BYTES) {
            vi w0 = vi_weights(w), w1 = vi_weights(w + BLOCK);
#pragma GCC unroll 4
            for (size_t m = 0; m < pixels; m++) {
                int32_t pair;
                memcpy(&pair, x + m * p->pixel_step, sizeof pair);
                vi xm = vi_set1(pair);
                sum[m][0] = vi_add(sum[m][0], vi_madd(xm, w0));
                sum[m][1] = vi_add(sum[m][1], vi_madd(xm, w1));
            }
        }
    }
    const range r = { p->y_zero, p->y_low, p->y_high, p->y_flip };
#pragma GCC unroll 4
    for (size_t m = 0; m < pixels; m++)
        vi_finish(b, &r, sum[m], y + (first + m) * p->y_step, n);
}

static void conv_run(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, size_t pixels, int8_t *y) {
    const uint8_t *block = (const uint8_t *)p->packed;
    for (size_t o = 0; o < p->out; o += BLOCK, block += product_bytes(p)) {
        size_t m = 0, n = p->out - o < BLOCK ? p->out - o : BLOCK;
        for (; m + PIXELS <= pixels; m += PIXELS)
            product_tile(p, rows, add, block, m, PIXELS, y + o, n);
        for (; m < pixels; m++)
            product_tile(p, rows, add, block, m, 1, y + o, n);
    }
}

/* ---- depthwise ---- */

static size_t taps_of(const sedge_depthwise_s8 *p) {
    return (size_t)p->lines * p->columns;
}

static size_t side_by_side(const sedge_depthwise_s8 *p) {
    return p->channels < BLOCK ? BLOCK / p->channels : 1;
}

static size_t depthwise_bytes(const sedge_depthwise_s8 *p) {
    return sizeof(numbers) + (taps_of(p) + 1) / 2 * PAIR_BYTES;
}

static size_t depthwise_packed_bytes(const sedge_depthwise_s8 *p) {
    return ((size_t)p->channels * side_by_side(p) + BLOCK - 1) / BLOCK * depthwise_bytes(p);
}

static void depthwise_pack(const sedge_depthwise_s8 *p, const int8_t *w, const int32_t *bias,
                           const sedge_factor *factor, void *packed) {
    for (size_t i = 0; i < p->channels * side_by_side(p); i++) {
        size_t c = i % p->channels;
        uint8_t *block = (uint8_t *)packed + i / BLOCK * depthwise_bytes(p);
        int8_t *to = (int8_t *)(block + sizeof(numbers)) + 2 * lane_of(i % BLOCK);
        set_numbers((numbers *)(void *)block, i % BLOCK, bias[c], factor[c]);
        for (size_t t = 0; t < taps_of(p); t++)
            to[t / 2 * PAIR_BYTES + t % 2] = w[t * p->channels + c];
    }
}

static void depthwise_block(const sedge_depthwise_s8 *p, const int16_t *const *taps, const uint8_t *block, size_t at,
                            int8_t *y, size_t n) {
    const numbers *b = (const numbers *)(const void *)block;
    const int8_t *w = (const int8_t *)(block + sizeof *b);
    vi sum[2] = { vi_load(b->bias), vi_load(b->bias + LANES) };
    size_t n_taps = taps_of(p);
    for (size_t t = 0; t < n_taps; t += 2, w += PAIR_BYTES) {
        vi x0 = vi_words(taps[t] + at), x1 = vi_words(taps[t + 1 < n_taps ? t + 1 : t] + at); /* else by weights of 0 */
        sum[0] = vi_add(sum[0], vi_madd(vi_low(x0, x1), vi_weights(w)));
        sum[1] = vi_add(sum[1], vi_madd(vi_high(x0, x1), vi_weights(w + BLOCK)));
    }
    const range r = { p->y_zero, p->y_low, p->y_high, p->y_flip };
    vi_finish(b, &r, sum, y + at, n);
}

static void depthwise_run(const sedge_depthwise_s8 *p, const void *const *taps, size_t pixels, int8_t *y) {
    const int16_t *const *rows = (const int16_t *const *)taps;
    const uint8_t *block = (const uint8_t *)p->packed;
    size_t values = p->channels * side_by_side(p), all = pixels * p->channels;
    if (p->channels < BLOCK) {
        for (size_t at = 0; at < all; at += values)
            depthwise_block(p, rows, block, at, y, all - at < values ? all - at : values);
        return;
    }
    for (size_t c = 0; c < p->channels; c += BLOCK, block += depthwise_bytes(p))
        for (size_t m = 0; m < pixels; m++)
            depthwise_block(p, rows, block, m * p->channels + c, y, p->channels - c < BLOCK ? p->channels - c : BLOCK);
}

#define CONV_KERNEL(isa, mask)                                                                                         \
    {                                                                                                                  \
        .name = "conv_s8_" isa, .cpu = (mask), .x_bytes = sizeof(int16_t), .depth_step = 2, .convert = widen,          \
        .packed_bytes = conv_packed_bytes, .pack = conv_pack, .run = conv_run,                                         \
    }
#define DEPTHWISE_KERNEL(isa, mask)                                                                                    \
    {                                                                                                                  \
        .name = "depthwise_s8_" isa, .cpu = (mask), .x_bytes = sizeof(int16_t), .convert = widen,                      \
        .packed_bytes = depthwise_packed_bytes, .pack = depthwise_pack, .run = depthwise_run,                          \
    }
