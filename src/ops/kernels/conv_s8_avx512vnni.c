/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles of up to 6 pixels by 64 outputs (8 by 32, 8 by 16), each sum a lane: four unsigned bytes of a pixel (x + 128,
 * which the bias takes back) into 16 outputs by one instruction.
 *
 * packed: a header, then blocks of 4, 2 or 1 vectors of outputs: their numbers, then for each segment, for each 4 of
 * its depth (filled with zeros), for each vector, 4 weights of each of its outputs.
 */
#include "ops/kernels/conv_s8.h"

#include <string.h>

#include "ops/kernels/requantize_avx512.h"

enum { LANES = SEDGE_AVX512_LANES, DEPTH = 4, OFFSET = 128, HEADER = 64 };

typedef struct header {
    bool near; /* of all outputs: sedge_avx512_near */
} header;

static uint32_t block_vectors(uint32_t outputs_left) {
    return outputs_left > 3 * LANES ? 4 : outputs_left > LANES ? 2 : 1;
}

static size_t segment_steps(const sedge_conv_s8 *p) {
    return (p->depth + DEPTH - 1) / DEPTH;
}

static size_t block_bytes(const sedge_conv_s8 *p, uint32_t vectors) {
    return vectors * (sizeof(sedge_avx512_numbers) + p->segments * segment_steps(p) * LANES * DEPTH);
}

static size_t packed_bytes(const sedge_conv_s8 *p) {
    size_t n = HEADER;
    for (uint32_t o = 0, v; o < p->out; o += v * LANES) {
        v = block_vectors(p->out - o);
        n += block_bytes(p, v);
    }
    return n;
}

/* one output's numbers and weights; returns whether its requantisation may go the short way */
static bool pack_output(const sedge_conv_s8 *p, const int8_t *w, int32_t bias, sedge_factor factor,
                        sedge_avx512_numbers *numbers, uint32_t lane, uint8_t *weights, size_t step_bytes) {
    size_t n = (size_t)p->segments * p->depth;
    int64_t sum = 0, size = 0;
    for (uint32_t s = 0; s < p->segments; s++, weights += segment_steps(p) * step_bytes)
        for (uint32_t k = 0; k < p->depth; k++, w++) {
            sum += *w;
            size += *w < 0 ? -*w : *w;
            weights[k / DEPTH * step_bytes + k % DEPTH] = (uint8_t)*w;
        }
    int32_t all = (int32_t)((uint32_t)bias - (uint32_t)(OFFSET * sum));
    sedge_avx512_set(numbers, lane, all, factor, p->y_zero);
    int64_t most = (all < 0 ? -(int64_t)all : all) + 255 * size + ((int64_t)n << 15); /* what add may hold, too */
    return sedge_avx512_near(most, factor, p->y_zero);
}

static void pack(const sedge_conv_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    header *h = packed;
    h->near = true;
    uint8_t *to = (uint8_t *)packed + HEADER;
    size_t n = (size_t)p->segments * p->depth;
    for (uint32_t o = 0, vectors; o < p->out; o += vectors * LANES) {
        vectors = block_vectors(p->out - o);
        sedge_avx512_numbers *numbers = (sedge_avx512_numbers *)(void *)to;
        uint8_t *weights = (uint8_t *)(numbers + vectors);
        for (uint32_t i = 0; i < vectors * LANES; i++) {
            uint32_t v = i / LANES, lane = i % LANES, at = o + sedge_avx512_output_at(vectors, v, lane);
            if (at < p->out)
                h->near &= pack_output(p, w + at * n, bias[at], factor[at], &numbers[v], lane,
                                       weights + (size_t)i * DEPTH, (size_t)vectors * LANES * DEPTH);
        }
        to += block_bytes(p, vectors);
    }
}

/* ---- run ---- */

/* what all tiles of a block have in common */
typedef struct block {
    const sedge_conv_s8 *p;
    const void *const *rows;
    const int32_t *add;
    const sedge_avx512_numbers *numbers;
    const uint8_t *weights;
    sedge_avx512_end end;
    __mmask64 have; /* outputs to store */
    bool near;
} block;

/* pixels and vectors are constants at each call, so that the sums stay in registers */
#define INLINE static inline __attribute__((always_inline))

INLINE void multiply(const block *b, size_t first, size_t pixels, size_t vectors, __m512i sum[][4]) {
    const sedge_conv_s8 *p = b->p;
    const uint8_t *w = b->weights;
    size_t steps = segment_steps(p);
    for (uint32_t s = 0; s < p->segments; s++) {
        const uint8_t *x = (const uint8_t *)b->rows[s] + first * p->pixel_step;
        for (size_t k = 0; k < steps; k++, x += DEPTH, w += vectors * LANES * DEPTH) {
            __m512i wv[4];
            for (size_t v = 0; v < vectors; v++)
                wv[v] = _mm512_load_si512(w + v * LANES * DEPTH);
            for (size_t m = 0; m < pixels; m++) {
                int32_t four;
                memcpy(&four, x + m * p->pixel_step, sizeof four);
                __m512i xm = _mm512_set1_epi32(four);
                for (size_t v = 0; v < vectors; v++)
                    sum[m][v] = _mm512_dpbusd_epi32(sum[m][v], xm, wv[v]);
            }
        }
    }
}

INLINE void store(const block *b, size_t vectors, const __m512i *v, int8_t *y) {
    if (vectors == 4) {
        _mm512_mask_storeu_epi8(y, b->have, sedge_avx512_bytes(&b->end, v[0], v[1], v[2], v[3]));
    } else if (vectors == 2) {
        __m512i bytes = _mm512_castsi256_si512(_mm512_cvtsepi16_epi8(_mm512_packs_epi32(v[0], v[1])));
        bytes = _mm512_xor_si512(_mm512_max_epi8(_mm512_min_epi8(bytes, b->end.high), b->end.low), b->end.flip);
        _mm256_mask_storeu_epi8(y, (__mmask32)b->have, _mm512_castsi512_si256(bytes));
    } else {
        __m512i bytes = _mm512_castsi128_si512(_mm512_cvtsepi32_epi8(v[0]));
        bytes = _mm512_xor_si512(_mm512_max_epi8(_mm512_min_epi8(bytes, b->end.high), b->end.low), b->end.flip);
        _mm_mask_storeu_epi8(y, (__mmask16)b->have, _mm512_castsi512_si128(bytes));
    }
}

INLINE void tile(const block *b, size_t first, size_t pixels, size_t vectors, int8_t *y) {
    __m512i sum[8][4];
    for (size_t v = 0; v < vectors; v++)
        for (size_t m = 0; m < pixels; m++)
            sum[m][v] = _mm512_load_si512(b->numbers[v].bias);
    if (b->add)
        for (size_t m = 0; m < pixels; m++)
            for (size_t v = 0; v < vectors; v++)
                sum[m][v] = _mm512_add_epi32(sum[m][v], _mm512_set1_epi32(b->add[first + m]));
    multiply(b, first, pixels, vectors, sum);
    for (size_t v = 0; v < vectors; v++) {
        if (b->near) {
            sedge_avx512_rule rule = sedge_avx512_rule_of(&b->numbers[v]);
            for (size_t m = 0; m < pixels; m++)
                sum[m][v] = sedge_avx512_scale_near(&rule, sum[m][v]);
        } else {
            for (size_t m = 0; m < pixels; m++)
                sum[m][v] = sedge_avx512_scale_any(&b->numbers[v], sum[m][v], b->p->y_zero);
        }
    }
    for (size_t m = 0; m < pixels; m++)
        store(b, vectors, sum[m], y + (first + m) * b->p->y_step);
}

/* tiles as equal as may be, of at most `most` pixels */
#define RUN_BLOCK(vectors, most, CASES)                                                                                \
    static void run_##vectors(const block *b, size_t pixels, int8_t *y) {                                              \
        size_t tiles = (pixels + (most)-1) / (most);                                                                   \
        for (size_t first = 0, n; pixels; first += n, pixels -= n, tiles--) {                                          \
            n = (pixels + tiles - 1) / tiles;                                                                          \
            switch (n) { CASES(vectors) }                                                                              \
        }                                                                                                              \
    }
#define CASE(n, vectors)                                                                                               \
    case n:                                                                                                            \
        tile(b, first, n, vectors, y);                                                                                 \
        break;
#define SIX(vectors)                                                                                                   \
    CASE(1, vectors) CASE(2, vectors) CASE(3, vectors) CASE(4, vectors) CASE(5, vectors) CASE(6, vectors)
#define EIGHT(vectors) SIX(vectors) CASE(7, vectors) CASE(8, vectors)
RUN_BLOCK(4, 6, SIX)
RUN_BLOCK(2, 8, EIGHT)
RUN_BLOCK(1, 8, EIGHT)

static void run(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, size_t pixels, int8_t *y) {
    const header *h = p->packed;
    const uint8_t *at = (const uint8_t *)p->packed + HEADER;
    block b = { .p = p, .rows = rows, .add = add, .near = h->near };
    b.end = sedge_avx512_end_of(p->y_low, p->y_high, p->y_flip);
    for (uint32_t o = 0, vectors; o < p->out; o += vectors * LANES) {
        vectors = block_vectors(p->out - o);
        b.numbers = (const sedge_avx512_numbers *)(const void *)at;
        b.weights = (const uint8_t *)(b.numbers + vectors);
        b.have = sedge_avx512_first(p->out - o);
        if (vectors == 4)
            run_4(&b, pixels, y + o);
        else if (vectors == 2)
            run_2(&b, pixels, y + o);
        else
            run_1(&b, pixels, y + o);
        at += block_bytes(p, vectors);
    }
}

const sedge_conv_s8_kernel sedge_conv_s8_avx512vnni = {
    .name = "conv_s8_avx512vnni",
    .cpu = SEDGE_CPU_AVX512VNNI,
    .x_bytes = 1,
    .x_offset = OFFSET,
    .depth_step = DEPTH,
    .convert = sedge_convert_s8_avx512,
    .direct = false,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
