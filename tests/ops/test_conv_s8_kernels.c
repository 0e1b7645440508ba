/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kernel of conv_s8.h and depthwise_s8.h against the scalar one, bit for bit: sizes around each tile edge,
 * misaligned rows, extreme values and shifts, gaps between pixels that must stay as they are. Buffers have the size
 * that the contract names, so that AddressSanitizer sees one byte too far.
 */
#include <string.h>

#include "../include/sedge_test.h"

#include "base/random.h"
#include "ops/kernels/depthwise_s8.h"

enum { ROUNDS = 1500, SEGMENTS = 4, TAPS = 12, OUT_MAX = 80, GAP = 0x5a };

static const uint32_t depths[] = {
    1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 36, 48, 63, 64, 65, 100, 144
};
static const uint32_t outs[] = {
    1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 15, 16, 17, 23, 24, 31, 32, 33, 47, 48, 63, 64, 65
};
static const uint32_t pixel_counts[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 25 };
#define PICK(array, r) (array)[sedge_random_below(r, SEDGE_COUNT(array))]

typedef enum filling { RANDOM, LOWEST, HIGHEST, MIXED, FILLINGS } filling;

static int8_t value(sedge_random *r, filling f) {
    if (f == RANDOM)
        return (int8_t)sedge_random_u64(r);
    return f == LOWEST ? -128 : f == HIGHEST ? 127 : sedge_random_below(r, 2) ? -128 : 127;
}

static void *memory(size_t n) {
    void *p = aligned_alloc(64, (n + 64) / 64 * 64);
    assert_non_null(p);
    memset(p, 0, n);
    return p;
}

static int8_t *values(size_t n, filling f, sedge_random *r) {
    int8_t *p = malloc(n);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++)
        p[i] = value(r, f);
    return p;
}

/* what outputs end with; most operators shift all to the right, some do not */
typedef struct ends {
    int32_t bias[OUT_MAX], zero, low, high;
    sedge_factor factor[OUT_MAX];
    uint8_t x_flip, y_flip;
} ends;

static ends random_ends(filling f, sedge_random *r) {
    ends e = { .zero = (int32_t)sedge_random_below(r, 256) - 128,
               .low = f == MIXED ? -20 : -128,
               .high = f == HIGHEST ? 90 : 127,
               .x_flip = sedge_random_below(r, 2) ? 0x80 : 0,
               .y_flip = sedge_random_below(r, 2) ? 0x80 : 0 };
    bool right = sedge_random_below(r, 3) > 0;
    for (size_t o = 0; o < OUT_MAX; o++) {
        e.bias[o] = o % 13 == 12 ? INT32_MAX / 2 : (int32_t)sedge_random_below(r, 1 << 20) - (1 << 19);
        e.factor[o].multiplier = (int32_t)((UINT32_C(1) << 30) + sedge_random_below(r, UINT32_C(1) << 30));
        e.factor[o].shift = right ? -1 - (int32_t)sedge_random_below(r, 14) : 30 - (int32_t)sedge_random_below(r, 62);
        if (o % 11 == 10)
            e.factor[o] = (sedge_factor){ 0, 0 };
    }
    if (right)
        for (size_t o = 10; o < OUT_MAX; o += 11)
            e.factor[o].shift = -1;
    return e;
}

/* a row in the kernel's form, at the end of a block of its own, behind one element more */
static void *convert_row(sedge_convert *convert, uint32_t x_bytes, const int8_t *x, size_t n, size_t slack,
                         uint8_t flip, uint8_t **ret_block) {
    *ret_block = malloc((n + 1 + slack) * x_bytes);
    assert_non_null(*ret_block);
    memset(*ret_block, 0x77, (n + 1 + slack) * x_bytes);
    convert(x, 1, n, 0, flip, *ret_block + x_bytes);
    return *ret_block + x_bytes;
}

/* ---- conv ---- */

typedef struct conv_case {
    sedge_conv_s8 p;
    size_t pixels, row; /* elements of a row */
    const int8_t *w;
    int8_t *x[SEGMENTS];
    const int32_t *add;
    const ends *e;
} conv_case;

static int8_t *run_conv(const sedge_conv_s8_kernel *k, const conv_case *c) {
    sedge_conv_s8 p = c->p;
    size_t y_bytes = (c->pixels - 1) * p.y_step + p.out, slack = (0 - p.depth) & (k->depth_step - 1);
    void *packed = memory(k->packed_bytes(&p));
    int8_t *y = malloc(y_bytes);
    uint8_t *blocks[SEGMENTS];
    const void *rows[SEGMENTS];
    memset(y, GAP, y_bytes);
    for (uint32_t s = 0; s < p.segments; s++)
        rows[s] = convert_row(k->convert, k->x_bytes, c->x[s], c->row, slack, p.x_flip, &blocks[s]);
    k->pack(&p, c->w, c->e->bias, c->e->factor, packed);
    p.packed = packed;
    k->run(&p, rows, c->add, c->pixels, y);
    for (uint32_t s = 0; s < p.segments; s++)
        free(blocks[s]);
    free(packed);
    return y;
}

static void compare_conv(const sedge_conv_s8_kernel *k, filling f, sedge_random *r) {
    ends e = random_ends(f, r);
    uint32_t segments = 1 + (uint32_t)sedge_random_below(r, SEGMENTS), depth = PICK(depths, r), out = PICK(outs, r);
    conv_case c = { .pixels = PICK(pixel_counts, r), .e = &e };
    c.p = (sedge_conv_s8){ .segments = segments,
                           .depth = depth,
                           .out = out,
                           .y_zero = e.zero,
                           .y_low = e.low,
                           .y_high = e.high,
                           .x_flip = e.x_flip,
                           .y_flip = e.y_flip,
                           .pixel_step = 1 + sedge_random_below(r, depth + 3),
                           .y_step = out + sedge_random_below(r, 5) };
    c.row = (c.pixels - 1) * c.p.pixel_step + depth;
    int8_t *w = values((size_t)out * segments * depth, f, r);
    int32_t add[SEDGE_COUNT(pixel_counts) * 2];
    for (size_t m = 0; m < c.pixels; m++)
        add[m] = (int32_t)sedge_random_below(r, 100000) - 50000;
    c.w = w;
    c.add = sedge_random_below(r, 2) ? add : NULL;
    for (uint32_t s = 0; s < segments; s++)
        c.x[s] = values(c.row, f, r);
    int8_t *want = run_conv(&sedge_conv_s8_scalar, &c), *got = run_conv(k, &c);
    if (memcmp(want, got, (c.pixels - 1) * c.p.y_step + out) != 0)
        fail_msg("%s differs from scalar: segments %u, depth %u, out %u, pixels %zu, filling %d", k->name, segments,
                 depth, out, c.pixels, (int)f);
    for (uint32_t s = 0; s < segments; s++)
        free(c.x[s]);
    free(w);
    free(want);
    free(got);
}

static void test_conv(void **state) {
    (void)state;
    static const sedge_conv_s8_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/conv_s8.inc"
#undef K
    };
    sedge_random r;
    sedge_random_init(&r, 11);
    for (size_t k = 0; k < SEDGE_COUNT(kernels); k++) {
        if (kernels[k]->cpu & ~sedge_cpu_detect()) {
            print_message("skipped: %s (not on this CPU)\n", kernels[k]->name);
            continue;
        }
        for (int round = 0; round < ROUNDS; round++)
            compare_conv(kernels[k], (filling)(round % FILLINGS), &r);
    }
}

/* ---- depthwise ---- */

typedef struct depthwise_case {
    sedge_depthwise_s8 p;
    size_t pixels, row; /* elements of a line's row */
    const int8_t *w;
    int8_t *x[TAPS]; /* a row for each tap; where taps slide, a row for each line is used */
    const ends *e;
} depthwise_case;

static int8_t *run_depthwise(const sedge_depthwise_s8_kernel *k, const depthwise_case *c) {
    sedge_depthwise_s8 p = c->p;
    size_t y_bytes = c->pixels * p.channels;
    void *packed = memory(k->packed_bytes(&p));
    int8_t *y = malloc(y_bytes);
    uint8_t *blocks[TAPS];
    const void *taps[TAPS];
    for (uint32_t t = 0; t < p.lines * p.columns; t++) {
        uint32_t row = p.sliding ? t / p.columns * p.columns : t;
        const uint8_t *at =
            convert_row(k->convert, k->x_bytes, c->x[row], c->row, SEDGE_ROWS_SLACK / k->x_bytes, p.x_flip, &blocks[t]);
        taps[t] = at;
        if (p.sliding && t % p.columns) {
            free(blocks[t]);
            blocks[t] = NULL;
            taps[t] = (const uint8_t *)taps[t - 1] + (size_t)p.channels * k->x_bytes;
        }
    }
    k->pack(&p, c->w, c->e->bias, c->e->factor, packed);
    p.packed = packed;
    k->run(&p, taps, c->pixels, y);
    for (uint32_t t = 0; t < p.lines * p.columns; t++)
        free(blocks[t]);
    free(packed);
    return y;
}

static void compare_depthwise(const sedge_depthwise_s8_kernel *k, filling f, sedge_random *r) {
    static const uint32_t windows[][2] = { { 1, 1 }, { 1, 2 }, { 3, 1 }, { 2, 2 }, { 3, 3 }, { 3, 3 },
                                           { 2, 5 }, { 1, 7 }, { 4, 3 }, { 3, 3 }, { 3, 4 }, { 1, 12 } };
    ends e = random_ends(f, r);
    const uint32_t *window = PICK(windows, r);
    uint32_t taps = window[0] * window[1], channels = PICK(outs, r);
    depthwise_case c = { .pixels = PICK(pixel_counts, r), .e = &e };
    c.p = (sedge_depthwise_s8){ .lines = window[0],
                                .columns = window[1],
                                .channels = channels,
                                .sliding = sedge_random_below(r, 2),
                                .y_zero = e.zero,
                                .y_low = e.low,
                                .y_high = e.high,
                                .x_flip = e.x_flip,
                                .y_flip = e.y_flip };
    c.row = (c.pixels + (c.p.sliding ? window[1] - 1 : 0)) * channels;
    int8_t *w = values((size_t)taps * channels, f, r);
    c.w = w;
    for (uint32_t t = 0; t < taps; t++)
        c.x[t] = values(c.row, f, r);
    int8_t *want = run_depthwise(&sedge_depthwise_s8_scalar, &c), *got = run_depthwise(k, &c);
    if (memcmp(want, got, c.pixels * channels) != 0)
        fail_msg("%s differs from scalar: %u x %u, channels %u, pixels %zu, sliding %d, filling %d", k->name, window[0],
                 window[1], channels, c.pixels, (int)c.p.sliding, (int)f);
    for (uint32_t t = 0; t < taps; t++)
        free(c.x[t]);
    free(w);
    free(want);
    free(got);
}

static void test_depthwise(void **state) {
    (void)state;
    static const sedge_depthwise_s8_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/depthwise_s8.inc"
#undef K
    };
    sedge_random r;
    sedge_random_init(&r, 12);
    for (size_t k = 0; k < SEDGE_COUNT(kernels); k++) {
        if (kernels[k]->cpu & ~sedge_cpu_detect()) {
            print_message("skipped: %s (not on this CPU)\n", kernels[k]->name);
            continue;
        }
        for (int round = 0; round < ROUNDS; round++)
            compare_depthwise(kernels[k], (filling)(round % FILLINGS), &r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_conv), cmocka_unit_test(test_depthwise) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
