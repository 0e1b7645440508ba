/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 64 bytes of four taps are interleaved to 64 groups of four, so that one instruction multiplies and adds four taps of
 * 16 channels. Where the window slides by one along a line of three, the interleaved bytes of four columns serve two
 * pixels: the weights are there twice, shifted by one column.
 *
 * Values are unsigned bytes, x + 128, which the bias takes back. Where 64 is a multiple of the channels, the pixels of
 * a row are one long row of bytes and the weights are repeated; otherwise each pixel's channels are cut into 64.
 *
 * packed: a header, then for each block of 64 bytes: the numbers of its 4 vectors, then its weights, for each group of
 * four taps, for each of the 4 vectors, 4 weights of each of 16 channels; sliding, each line is two groups: the first
 * pixel's, the second's.
 */
#include "ops/kernels/depthwise_s8.h"

#include <string.h>

#include "ops/kernels/requantize_avx512.h"

enum { LANES = SEDGE_AVX512_LANES, VECTORS = 4, BLOCK = 64, TAPS = 4, OFFSET = 128, HEADER = 64, SLIDING_COLUMNS = 3 };
enum { GROUP_BYTES = BLOCK * TAPS, NUMBERS_BYTES = VECTORS * sizeof(sedge_avx512_numbers) };

typedef struct header {
    bool near; /* of all channels: sedge_avx512_near */
} header;

/* pixels are repeated within a block */
static bool is_flat(const sedge_depthwise_s8 *p) {
    return p->channels < BLOCK && BLOCK % p->channels == 0;
}

static bool slides(const sedge_depthwise_s8 *p) {
    return p->sliding && p->columns == SLIDING_COLUMNS && !is_flat(p);
}

static size_t block_count(const sedge_depthwise_s8 *p) {
    return (p->channels + BLOCK - 1) / BLOCK;
}

static size_t group_count(const sedge_depthwise_s8 *p) {
    return slides(p) ? 2 * (size_t)p->lines : ((size_t)p->lines * p->columns + TAPS - 1) / TAPS;
}

static size_t block_bytes(const sedge_depthwise_s8 *p) {
    return NUMBERS_BYTES + group_count(p) * GROUP_BYTES;
}

static size_t packed_bytes(const sedge_depthwise_s8 *p) {
    return HEADER + block_count(p) * block_bytes(p);
}

/* lane i of vector v of a block holds this byte of the 64 */
static uint32_t byte_at(uint32_t v, uint32_t i) {
    return sedge_avx512_output_at(VECTORS, v, i);
}

/* where the weight of tap t goes: the place in its group; a second place when the window slides */
static void put_weight(const sedge_depthwise_s8 *p, uint32_t t, size_t at, int8_t w, uint8_t *weights) {
    if (!slides(p)) {
        weights[t / TAPS * GROUP_BYTES + at + t % TAPS] = (uint8_t)w;
        return;
    }
    uint8_t *line = weights + (size_t)(t / SLIDING_COLUMNS) * 2 * GROUP_BYTES + at + t % SLIDING_COLUMNS;
    line[0] = (uint8_t)w;
    line[GROUP_BYTES + 1] = (uint8_t)w;
}

static bool pack_lane(const sedge_depthwise_s8 *p, uint32_t c, const int8_t *w, int32_t bias, sedge_factor factor,
                      sedge_avx512_numbers *numbers, uint32_t lane, size_t at, uint8_t *weights) {
    int64_t sum = 0, size = 0;
    for (uint32_t t = 0; t < p->lines * p->columns; t++) {
        int8_t weight = w[(size_t)t * p->channels + c];
        sum += weight;
        size += weight < 0 ? -weight : weight;
        put_weight(p, t, at, weight, weights);
    }
    int32_t all = (int32_t)((uint32_t)bias - (uint32_t)(OFFSET * sum));
    sedge_avx512_set(numbers, lane, all, factor, p->y_zero);
    return sedge_avx512_near((all < 0 ? -(int64_t)all : all) + 255 * size, factor, p->y_zero);
}

static void pack(const sedge_depthwise_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    header *h = packed;
    h->near = true;
    uint8_t *to = (uint8_t *)packed + HEADER;
    for (uint32_t first = 0; first < p->channels; first += BLOCK, to += block_bytes(p)) {
        sedge_avx512_numbers *numbers = (sedge_avx512_numbers *)(void *)to;
        for (uint32_t i = 0; i < BLOCK; i++) {
            uint32_t v = i / LANES, byte = byte_at(v, i % LANES), c = is_flat(p) ? byte % p->channels : first + byte;
            if (c < p->channels)
                h->near &= pack_lane(p, c, w, bias[c], factor[c], &numbers[v], i % LANES, (size_t)i * TAPS,
                                     to + NUMBERS_BYTES);
        }
    }
}

/* ---- run ---- */

#define INLINE static inline __attribute__((always_inline))

typedef struct block {
    const sedge_depthwise_s8 *p;
    const void *const *taps;
    const sedge_avx512_numbers *numbers;
    const uint8_t *weights;
    sedge_avx512_end end;
    bool near;
} block;

/* four taps' bytes side by side; vector v, lane i belongs to byte_at(v, i) */
INLINE void interleave(__m512i a, __m512i b, __m512i c, __m512i d, __m512i ret[VECTORS]) {
    __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
    __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
    ret[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
    ret[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
    ret[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
    ret[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
}

INLINE void multiply(const uint8_t *w, const __m512i x[VECTORS], __m512i sum[VECTORS]) {
    for (int v = 0; v < VECTORS; v++)
        sum[v] = _mm512_dpbusd_epi32(sum[v], x[v], _mm512_load_si512(w + v * LANES * TAPS));
}

INLINE void begin(const block *b, __m512i sum[VECTORS]) {
    for (int v = 0; v < VECTORS; v++)
        sum[v] = _mm512_load_si512(b->numbers[v].bias);
}

INLINE void finish(const block *b, __m512i sum[VECTORS], size_t have, int8_t *y) {
    for (int v = 0; v < VECTORS; v++) {
        if (b->near) {
            sedge_avx512_rule rule = sedge_avx512_rule_of(&b->numbers[v]);
            sum[v] = sedge_avx512_scale_near(&rule, sum[v]);
        } else {
            sum[v] = sedge_avx512_scale_any(&b->numbers[v], sum[v], b->p->y_zero);
        }
    }
    sedge_avx512_store(y, sedge_avx512_bytes(&b->end, sum[0], sum[1], sum[2], sum[3]), have);
}

/* 64 bytes from place `at` of the output row; taps beyond the last have weights of zero */
INLINE void run_place(const block *b, size_t at, size_t have, int8_t *y) {
    uint32_t n = b->p->lines * b->p->columns;
    const uint8_t *w = b->weights;
    __m512i sum[VECTORS], x[VECTORS], tap[TAPS];
    begin(b, sum);
    for (uint32_t t = 0; t < n; t += TAPS, w += GROUP_BYTES) {
        for (uint32_t i = 0; i < TAPS; i++)
            tap[i] = _mm512_loadu_si512((const uint8_t *)b->taps[t + i < n ? t + i : n - 1] + at);
        interleave(tap[0], tap[1], tap[2], tap[3], x);
        multiply(w, x, sum);
    }
    finish(b, sum, have, y + at);
}

/* two pixels, at `at` and one pixel on */
INLINE void run_pair(const block *b, size_t at, size_t have, int8_t *y) {
    size_t pixel = b->p->channels;
    const uint8_t *w = b->weights;
    __m512i first[VECTORS], second[VECTORS], x[VECTORS];
    begin(b, first);
    begin(b, second);
    for (uint32_t line = 0; line < b->p->lines; line++, w += 2 * GROUP_BYTES) {
        const uint8_t *from = (const uint8_t *)b->taps[line * SLIDING_COLUMNS] + at;
        interleave(_mm512_loadu_si512(from), _mm512_loadu_si512(from + pixel), _mm512_loadu_si512(from + 2 * pixel),
                   _mm512_loadu_si512(from + 3 * pixel), x);
        multiply(w, x, first);
        multiply(w + GROUP_BYTES, x, second);
    }
    finish(b, first, have, y + at);
    finish(b, second, have, y + at + pixel);
}

/* a pixel that has no other to go with: the fourth column is not there, its weights are zero */
INLINE void run_single(const block *b, size_t at, size_t have, int8_t *y) {
    size_t pixel = b->p->channels;
    const uint8_t *w = b->weights;
    __m512i sum[VECTORS], x[VECTORS];
    begin(b, sum);
    for (uint32_t line = 0; line < b->p->lines; line++, w += 2 * GROUP_BYTES) {
        const uint8_t *from = (const uint8_t *)b->taps[line * SLIDING_COLUMNS] + at;
        __m512i last = _mm512_loadu_si512(from + 2 * pixel);
        interleave(_mm512_loadu_si512(from), _mm512_loadu_si512(from + pixel), last, last, x);
        multiply(w, x, sum);
    }
    finish(b, sum, have, y + at);
}

static void run_flat(const block *b, size_t pixels, int8_t *y) {
    size_t n = pixels * b->p->channels;
    for (size_t at = 0; at < n; at += BLOCK)
        run_place(b, at, n - at, y);
}

static void run_pixels(const block *b, size_t pixels, size_t first, size_t have, int8_t *y) {
    for (size_t m = 0; m < pixels; m++)
        run_place(b, m * b->p->channels + first, have, y);
}

static void run_pairs(const block *b, size_t pixels, size_t first, size_t have, int8_t *y) {
    size_t m = 0, pixel = b->p->channels;
    for (; m + 2 <= pixels; m += 2)
        run_pair(b, m * pixel + first, have, y);
    if (m < pixels)
        run_single(b, m * pixel + first, have, y);
}

static void run(const sedge_depthwise_s8 *p, const void *const *taps, size_t pixels, int8_t *y) {
    const header *h = p->packed;
    const uint8_t *at = (const uint8_t *)p->packed + HEADER;
    block b = { .p = p, .taps = taps, .near = h->near };
    b.end = sedge_avx512_end_of(p->y_low, p->y_high, p->y_flip);
    for (uint32_t first = 0; first < p->channels; first += BLOCK, at += block_bytes(p)) {
        b.numbers = (const sedge_avx512_numbers *)(const void *)at;
        b.weights = at + NUMBERS_BYTES;
        size_t have = p->channels - first;
        if (is_flat(p))
            run_flat(&b, pixels, y);
        else if (slides(p))
            run_pairs(&b, pixels, first, have, y);
        else
            run_pixels(&b, pixels, first, have, y);
    }
}

const sedge_depthwise_s8_kernel sedge_depthwise_s8_avx512vnni = {
    .name = "depthwise_s8_avx512vnni",
    .cpu = SEDGE_CPU_AVX512VNNI,
    .x_bytes = 1,
    .convert = sedge_convert_s8_avx512,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
