/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles of up to 5 pixels by 64 outputs (8 by 32, 8 by 16, 16 by 8), each sum a lane: four unsigned bytes of a pixel
 * (x + 128, which the bias takes back) into 16 outputs by one instruction. A tile's sums are scaled while the next
 * tile's products are summed, one vector a step, so that both kinds of work fill the machine.
 *
 * packed: a header, then blocks of 4, 2 or 1 vectors of outputs: their numbers, then for each segment, for each 4 of
 * its depth (filled with zeros), for each vector, 4 weights of each of its outputs. A last block of at most 8 outputs
 * has them twice.
 */
#include "ops/kernels/conv_s8.h"

#include <string.h>

#include "ops/kernels/requantize_avx512.h"

enum { LANES = SEDGE_AVX512_LANES, HALF = LANES / 2, DEPTH = 4, OFFSET = 128, HEADER = 64 };

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
            if (p->out - o <= HALF)
                at = o + lane % HALF;
            if (at < p->out)
                h->near &= pack_output(p, w + at * n, bias[at], factor[at], &numbers[v], lane,
                                       weights + (size_t)i * DEPTH, (size_t)vectors * LANES * DEPTH);
        }
        to += block_bytes(p, vectors);
    }
}

/* ---- run ---- */

enum { TILE_VECTORS = 20, REGISTER = 64 };

/*
 * Outputs of a block of V vectors a pixel: so many pixels fill one register of bytes; `order` names, for each 4 bytes
 * of it, where packing leaves them. A block of at most 8 outputs holds two pixels in a vector.
 */
typedef struct layout {
    uint32_t pixel_bytes, pixels;
    int32_t order[LANES];
} layout;

static const layout layout_4 = { 64, 1, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } };
static const layout layout_2 = { 32, 2, { 0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15 } };
static const layout layout_1 = { 16, 4, { 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 } };
static const layout layout_half = { 8, 8, { 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 } };

/* what all tiles of a block have in common, and the last tile, whose sums wait to be scaled among the next one's
 * products */
typedef struct block {
    const sedge_conv_s8 *p;
    const void *const *rows;
    const int32_t *add;
    const sedge_avx512_numbers *numbers;
    const uint8_t *weights;
    const layout *layout;
    sedge_avx512_end end;
    size_t steps, have, last; /* of a segment; outputs to store; the last pixel */
    bool near;
    size_t waiting, scaled, pixels; /* vectors of the waiting tile, how many of them are scaled, its pixels */
    int8_t *y;                      /* its place */
    __m512i *sums;                  /* [unit][vector] */
} block;

/* units (pixels, or pairs of them) and vectors are constants at each call, so that the sums stay in registers */
#define INLINE static inline __attribute__((always_inline))

INLINE void scale_near(const block *b, size_t vectors, size_t i) {
    sedge_avx512_rule rule = sedge_avx512_rule_of(&b->numbers[i % vectors]);
    b->sums[i] = sedge_avx512_scale_near(&rule, b->sums[i]);
}

/* what is left of the waiting tile */
INLINE void scale_rest(const block *b, size_t vectors) {
    for (size_t v = 0; v < vectors; v++) {
        sedge_avx512_rule rule = sedge_avx512_rule_of(&b->numbers[v]);
        size_t i = v + (b->scaled > v ? (b->scaled - v + vectors - 1) / vectors * vectors : 0);
        for (; i < b->waiting; i += vectors)
            b->sums[i] = sedge_avx512_scale_near(&rule, b->sums[i]);
    }
}

static __attribute__((noinline)) void scale_any(const block *b, size_t vectors) {
    for (size_t i = 0; i < b->waiting; i++)
        b->sums[i] = sedge_avx512_scale_any(&b->numbers[i % vectors], b->sums[i], b->p->y_zero);
}

/* the pixels of one register that cannot be stored together */
INLINE void store_apart(const block *b, size_t vectors, __m512i bytes, size_t pixels, int8_t *y) {
    size_t step = b->p->y_step, width = b->layout->pixel_bytes;
    __mmask64 have = sedge_avx512_first(b->have);
    if (vectors == 2) {
        _mm256_mask_storeu_epi8(y, (__mmask32)have, _mm512_castsi512_si256(bytes));
        if (pixels > 1)
            _mm256_mask_storeu_epi8(y + step, (__mmask32)have, _mm512_extracti64x4_epi64(bytes, 1));
        return;
    }
    for (size_t m = 0; m < pixels; m++, y += step) { /* the pixel's bytes come down to the begin of the register */
        __m512i places = _mm512_add_epi32(_mm512_set1_epi32((int32_t)(m * width / 4)),
                                          _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1, 0));
        _mm_mask_storeu_epi8(y, (__mmask16)have, _mm512_castsi512_si128(_mm512_permutexvar_epi32(places, bytes)));
    }
}

INLINE void store(const block *b, size_t vectors) {
    size_t per = b->layout->pixels;
    bool together = b->p->y_step == b->layout->pixel_bytes && b->have == b->layout->pixel_bytes;
    int8_t *y = b->y;
    for (size_t m = 0, i = 0; m < b->pixels; m += per, i += 4, y += per * b->p->y_step) {
        __m512i bytes = sedge_avx512_bytes(&b->end, b->sums[i], b->sums[i + 1], b->sums[i + 2], b->sums[i + 3]);
        if (vectors == 4) {
            sedge_avx512_store(y, bytes, b->have);
            continue;
        }
        bytes = _mm512_permutexvar_epi32(_mm512_loadu_si512(b->layout->order), bytes);
        if (together && m + per <= b->pixels)
            _mm512_storeu_si512(y, bytes);
        else
            store_apart(b, vectors, bytes, m + per <= b->pixels ? per : b->pixels - m, y);
    }
}

/* scales what is left of the waiting tile and stores it */
INLINE void finish(block *b, size_t vectors) {
    if (b->near)
        scale_rest(b, vectors);
    else
        scale_any(b, vectors);
    store(b, vectors);
    b->waiting = b->pixels = 0;
}

/* by hand, because GCC likes to come by a general register, which costs an instruction of the multiplying units */
typedef struct four {
    uint8_t bytes[DEPTH];
} four;

INLINE __m512i load_four(const uint8_t *x) {
    __m512i v;
    __asm__("vpbroadcastd %1, %0" : "=v"(v) : "m"(*(const four *)x));
    return v;
}

/*
 * The places of up to 16 pixels, as a few pointers and distances that address them without arithmetic in the loop:
 * pixel m is at[m / 4] + (m % 4) * step.
 */
typedef struct places {
    const uint8_t *at[4];
    size_t step, three;
} places;

INLINE const uint8_t *place(const places *x, size_t m) {
    return x->at[m / 4] + (m % 4 == 3 ? x->three : m % 4 * x->step);
}

INLINE __m512i load_unit(const places *x, size_t m, bool pairs) {
    if (!pairs)
        return load_four(place(x, m));
    return _mm512_mask_blend_epi32(0xff00, load_four(place(x, 2 * m)), load_four(place(x, 2 * m + 1)));
}

/* four of the depth; moves on */
INLINE void multiply_step(places *x, const uint8_t **w, size_t units, size_t vectors, bool pairs, __m512i *sum) {
    __m512i wv[4];
    for (size_t v = 0; v < vectors; v++, *w += LANES * DEPTH)
        wv[v] = _mm512_load_si512(*w);
    for (size_t m = 0; m < units; m++) {
        __m512i xm = load_unit(x, m, pairs);
        for (size_t v = 0; v < vectors; v++)
            sum[m * vectors + v] = _mm512_dpbusd_epi32(sum[m * vectors + v], xm, wv[v]);
    }
    for (size_t i = 0; i < (pairs ? 2 * units : units); i += 4)
        x->at[i / 4] += DEPTH;
}

INLINE void multiply(block *b, size_t first, size_t units, size_t vectors, bool pairs, __m512i *sum) {
    const uint8_t *w = b->weights;
    /* with one vector a pixel loading is what takes the time, and scaling among it would load more */
    size_t scaled = b->scaled, now = b->near && vectors > 1 ? b->waiting : 0, step = b->p->pixel_step, steps = b->steps;
    for (uint32_t s = 0; s < b->p->segments; s++) {
        const uint8_t *row = (const uint8_t *)b->rows[s] + first * step;
        places x = { { row, row + 4 * step, row + 8 * step, row + 12 * step }, step, 3 * step };
        size_t k = 0;
        for (; k < steps && scaled < now; k++) {
            multiply_step(&x, &w, units, vectors, pairs, sum);
            scale_near(b, vectors, scaled++);
        }
        for (; k < steps; k++)
            multiply_step(&x, &w, units, vectors, pairs, sum);
    }
    b->scaled = scaled;
}

INLINE void begin(const block *b, size_t first, size_t units, size_t vectors, bool pairs, __m512i *sum) {
    for (size_t v = 0; v < vectors; v++)
        for (size_t m = 0; m < units; m++)
            sum[m * vectors + v] = _mm512_load_si512(b->numbers[v].bias);
    for (size_t m = 0; b->add && m < units; m++) {
        const int32_t *add = b->add + first + (pairs ? 2 * m : m);
        __m512i more = _mm512_set1_epi32(add[0]);
        if (pairs)
            more = _mm512_mask_set1_epi32(more, 0xff00, add[1]);
        for (size_t v = 0; v < vectors; v++)
            sum[m * vectors + v] = _mm512_add_epi32(sum[m * vectors + v], more);
    }
}

/* `first` counts pixels */
INLINE void tile(block *b, size_t first, size_t units, size_t vectors, bool pairs, int8_t *y) {
    __m512i sum[TILE_VECTORS];
    begin(b, first, units, vectors, pairs, sum);
    multiply(b, first, units, vectors, pairs, sum);
    if (b->pixels)
        finish(b, vectors);
    for (size_t m = 0; m < units; m++)
        for (size_t v = 0; v < vectors; v++)
            b->sums[m * vectors + v] = sum[m * vectors + v];
    b->waiting = units * vectors;
    b->scaled = 0;
    b->pixels = pairs ? 2 * units : units;
    b->y = y + first * b->p->y_step;
    if (vectors == 1)
        finish(b, vectors);
}

#define CASE(n, vectors, pairs)                                                                                        \
    case n:                                                                                                            \
        tile(b, first, n, vectors, pairs, y);                                                                          \
        break;

/* tiles as equal as may be, of at most 5 pixels */
static void run_4(block *b, size_t first, uint32_t units, int8_t *y) {
    uint32_t tiles = (units + 4) / 5, small = units / tiles, large = units % tiles;
    for (uint32_t n, i = 0; i < tiles; i++, first += n) {
        n = small + (i < large);
        switch (n) {
            CASE(1, 4, false)
            CASE(2, 4, false)
            CASE(3, 4, false)
            CASE(4, 4, false)
            CASE(5, 4, false)
        }
    }
    if (b->pixels)
        finish(b, 4);
}

/* tiles of 8, then of what is left */
#define RUN_BLOCK(name, vectors, pairs)                                                                                \
    static void name(block *b, size_t first, uint32_t units, int8_t *y) {                                              \
        for (uint32_t n; units; units -= n, first += (pairs) ? 2 * n : n) {                                            \
            n = units >= 8 ? 8 : units >= 4 ? 4 : units >= 2 ? 2 : 1;                                                  \
            switch (n) {                                                                                               \
                CASE(1, vectors, pairs)                                                                                \
                CASE(2, vectors, pairs)                                                                                \
                CASE(4, vectors, pairs)                                                                                \
                CASE(8, vectors, pairs)                                                                                \
            }                                                                                                          \
        }                                                                                                              \
        if (b->pixels)                                                                                                 \
            finish(b, vectors);                                                                                        \
    }
RUN_BLOCK(run_2, 2, false)
RUN_BLOCK(run_1, 1, false)
RUN_BLOCK(run_pairs, 1, true)

static void run_half(block *b, size_t pixels, int8_t *y) {
    if (pixels > 1)
        run_pairs(b, 0, (uint32_t)pixels / 2, y);
    if (pixels % 2) {
        b->layout = &layout_1;
        run_1(b, pixels - 1, 1, y);
    }
}

static void run(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, size_t pixels, int8_t *y) {
    const header *h = p->packed;
    const uint8_t *at = (const uint8_t *)p->packed + HEADER;
    __m512i sums[TILE_VECTORS];
    block b = { .p = p, .rows = rows, .add = add, .steps = segment_steps(p), .near = h->near, .sums = sums };
    b.end = sedge_avx512_end_of(p->y_low, p->y_high, p->y_flip);
    for (uint32_t o = 0, vectors; o < p->out; o += vectors * LANES) {
        vectors = block_vectors(p->out - o);
        b.numbers = (const sedge_avx512_numbers *)(const void *)at;
        b.weights = (const uint8_t *)(b.numbers + vectors);
        b.have = p->out - o < vectors * LANES ? p->out - o : vectors * LANES;
        b.layout = vectors == 4 ? &layout_4 : vectors == 2 ? &layout_2 : b.have > HALF ? &layout_1 : &layout_half;
        if (vectors == 4)
            run_4(&b, 0, (uint32_t)pixels, y + o);
        else if (vectors == 2)
            run_2(&b, 0, (uint32_t)pixels, y + o);
        else if (b.have > HALF)
            run_1(&b, 0, (uint32_t)pixels, y + o);
        else
            run_half(&b, pixels, y + o);
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
