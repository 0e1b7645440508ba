/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every float32 kernel of convolutions against the scalar one, bit for bit: sizes around each tile edge, misaligned
 * rows and outputs, denormals, infinities and NaN. Buffers have their exact size (rows of depthwise their slack), so
 * that AddressSanitizer sees one byte too far.
 */
#include "ops/kernels/conv_f32.h"

#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"

#include "base/random.h"

static const sedge_conv_f32_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/conv_f32.inc"
#undef K
};

static const size_t outs[] = { 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 49 };
static const size_t pixels[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 17, 31, 33, 63, 64, 65, 70 };
enum { ROWS_MOST = 5 };

typedef enum filling { NORMAL, TINY, HUGE_VALUES, INFINITE, FILLINGS } filling;

static float number(sedge_random *r, filling f) {
    float x = (float)sedge_random_normal(r);
    if (f == TINY)
        return x * 1e-38f;
    if (f == HUGE_VALUES)
        return x * 1e20f;
    return f == INFINITE && sedge_random_below(r, 50) == 0 ? (float)(1e300 * 1e300) : x;
}

/* n numbers that begin one float behind an aligned place; free what lies in *ret_block */
static float *numbers(sedge_random *r, filling f, size_t n, float **ret_block) {
    *ret_block = malloc((n + 1) * sizeof **ret_block);
    assert_non_null(*ret_block);
    for (size_t i = 0; i < n; i++)
        (*ret_block)[i + 1] = number(r, f);
    return *ret_block + 1;
}

/* one problem, for one loop of a kernel */
typedef struct problem {
    size_t rows, depth, out, pixels, pixel_step, y_step, y_size;
    const float *row[ROWS_MOST];
    const float *w, *bias;
    float low, high;
} problem;

typedef enum loop { PRODUCTS, DEPTHWISE, PLANES, LOOPS } loop;

static float *zeros(size_t n) {
    float *p = calloc(n ? n : 1, sizeof *p);
    assert_non_null(p);
    return p;
}

static void run(const sedge_conv_f32_kernel *k, loop which, const problem *q, float *y) {
    size_t n_bias = q->out, n = q->rows * q->out;
    if (which == PRODUCTS)
        n = sedge_conv_f32_products_size(q->rows * q->depth, q->out, k->lanes, &n_bias);
    else if (which == DEPTHWISE)
        n = sedge_conv_f32_depthwise_size(q->rows, q->out, k->lanes, &n_bias);
    float *w = zeros(n), *bias = zeros(n_bias);
    sedge_conv_f32 p = { .rows = (uint32_t)q->rows,
                         .depth = (uint32_t)q->depth,
                         .out = (uint32_t)q->out,
                         .y_low = q->low,
                         .y_high = q->high,
                         .pixel_step = q->pixel_step,
                         .y_step = q->y_step,
                         .weights = w,
                         .bias = bias };
    if (which == PRODUCTS) {
        sedge_conv_f32_pack_products(q->rows * q->depth, q->out, k->lanes, q->w, q->bias, w, bias);
        k->products(&p, q->row, q->pixels, y);
    } else if (which == DEPTHWISE) {
        sedge_conv_f32_pack_depthwise(q->rows, q->out, k->lanes, q->w, q->bias, w, bias);
        k->depthwise(&p, q->row, q->pixels, y);
    } else {
        sedge_conv_f32_pack_planes(q->rows, q->out, q->w, q->bias, w, bias);
        k->planes(&p, q->row, q->pixels, y);
    }
    free(w);
    free(bias);
}

static size_t row_floats(loop which, const problem *q) {
    if (which == PRODUCTS)
        return (q->pixels - 1) * q->pixel_step + q->depth;
    return which == DEPTHWISE ? q->pixels * q->out + SEDGE_ROWS_SLACK / sizeof(float) : q->pixels;
}

static void compare(const sedge_conv_f32_kernel *k, loop which, size_t out, size_t n_pixels, filling f,
                    sedge_random *r) {
    problem q = { .rows = 1 + sedge_random_below(r, ROWS_MOST), .depth = 1, .out = out, .pixels = n_pixels };
    if (which == PRODUCTS)
        q.depth = 1 + sedge_random_below(r, 9);
    q.pixel_step = q.depth + sedge_random_below(r, 3);
    q.y_step = which == PLANES ? n_pixels + 3 : out + 2;
    q.y_size = which == PRODUCTS ? (n_pixels - 1) * q.y_step + out
               : which == PLANES ? (out - 1) * q.y_step + n_pixels
                                 : n_pixels * out;
    q.low = sedge_random_below(r, 2) ? 0 : -3.402823466e+38f;
    q.high = sedge_random_below(r, 2) ? 6 : 3.402823466e+38f;
    float *blocks[ROWS_MOST + 4], *y, *want;
    for (size_t i = 0; i < q.rows; i++)
        q.row[i] = numbers(r, f, row_floats(which, &q), &blocks[i]);
    q.w = numbers(r, f, q.rows * q.depth * out, &blocks[q.rows]);
    q.bias = numbers(r, f, out, &blocks[q.rows + 1]);
    if (out % 3 == 0)
        q.bias = NULL;
    y = numbers(r, NORMAL, q.y_size, &blocks[q.rows + 2]);
    want = numbers(r, NORMAL, q.y_size, &blocks[q.rows + 3]);
    memcpy(want, y, q.y_size * sizeof *y); /* what lies between outputs stays */
    run(&sedge_conv_f32_scalar, which, &q, want);
    run(k, which, &q, y);
    for (size_t i = 0; i < q.y_size; i++) /* the bits of a NaN are nobody's promise */
        if (memcmp(&y[i], &want[i], sizeof *y) != 0 && !(y[i] != y[i] && want[i] != want[i]))
            fail_msg("%s differs from scalar: loop %d, rows %zu, depth %zu, out %zu, pixels %zu, filling %d, value %zu",
                     k->name, (int)which, q.rows, q.depth, out, n_pixels, (int)f, i);
    for (size_t i = 0; i < q.rows + 4; i++)
        free(blocks[i]);
}

static void check_loop(loop which) {
    sedge_random r;
    sedge_random_init(&r, 9);
    for (size_t k = 0; k < SEDGE_COUNT(kernels); k++) {
        if (kernels[k]->cpu & ~sedge_cpu_detect()) {
            print_message("skipped: %s (not on this CPU)\n", kernels[k]->name);
            continue;
        }
        for (size_t o = 0; o < SEDGE_COUNT(outs); o++)
            for (size_t m = 0; m < SEDGE_COUNT(pixels); m++)
                for (filling f = NORMAL; f < FILLINGS; f++)
                    compare(kernels[k], which, outs[o], pixels[m], f, &r);
    }
}

static void test_products(void **state) {
    (void)state;
    check_loop(PRODUCTS);
}

static void test_depthwise(void **state) {
    (void)state;
    check_loop(DEPTHWISE);
}

static void test_planes(void **state) {
    (void)state;
    check_loop(PLANES);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_products), cmocka_unit_test(test_depthwise),
                                        cmocka_unit_test(test_planes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
