/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kernel of FULLY_CONNECTED against the scalar one, bit for bit: sizes around each tile edge, misaligned rows,
 * extreme values and shifts. Buffers have their exact size, so that AddressSanitizer sees one byte too far.
 */
#include "ops/kernels/fully_connected.h"

#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"

#include "base/random.h"

enum { SIDE = 64 };

static const size_t ins[] = { 1, 2, 3, 4, 5, 15, 16, 17, 31, 63, 64, 65, 130 };
static const size_t outs[] = { 1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 150 };

static void *aligned(size_t n) {
    void *p = aligned_alloc(SIDE, (n + SIDE) / SIDE * SIDE);
    assert_non_null(p);
    memset(p, 0, n);
    return p;
}

/* a heap copy that begins one byte (or float) behind an aligned place and ends at the end of its block */
static void *off_by(size_t n, size_t gap, uint8_t **ret_block) {
    *ret_block = malloc(n + gap);
    assert_non_null(*ret_block);
    return *ret_block + gap;
}

typedef enum filling { RANDOM, LOWEST, HIGHEST, MIXED, FILLINGS } filling;

static int8_t value(sedge_random *r, filling f) {
    if (f == RANDOM)
        return (int8_t)sedge_random_u64(r);
    return f == LOWEST ? -128 : f == HIGHEST ? 127 : sedge_random_below(r, 2) ? -128 : 127;
}

static void run_s8(const sedge_fc_s8_kernel *k, sedge_fc_s8 p, const int8_t *w, const int32_t *bias,
                   const int32_t *sums, const int8_t *x, int8_t *y) {
    size_t padded = sedge_fc_padded(p.out, SEDGE_FC_TILE);
    void *packed = aligned(k->packed_bytes(p.in, p.out)), *scratch = aligned(k->scratch_bytes(p.in) + 1);
    int32_t *own_bias = aligned(padded * sizeof *own_bias);
    for (size_t o = 0; o < p.out; o++)
        own_bias[o] = bias[o] - k->x_offset * sums[o];
    k->pack(p.in, p.out, w, packed);
    p.weights = packed;
    p.bias = own_bias;
    k->run(&p, x, y, scratch);
    free(packed);
    free(scratch);
    free(own_bias);
}

static void compare_s8(const sedge_fc_s8_kernel *k, size_t in, size_t out, filling f, sedge_random *r) {
    size_t padded = sedge_fc_padded(out, SEDGE_FC_TILE);
    uint8_t *x_block, *w_block, *y_block, *want_block;
    int8_t *x = off_by(in, 1, &x_block), *w = off_by(in * out, 3, &w_block);
    int8_t *y = off_by(out, 1, &y_block), *want = off_by(out, 1, &want_block);
    int32_t *rows = aligned(4 * padded * sizeof *rows), *multiplier = rows, *shift = rows + padded;
    int32_t *bias = rows + 2 * padded, *sums = rows + 3 * padded;
    for (size_t i = 0; i < in; i++)
        x[i] = value(r, f);
    for (size_t i = 0; i < in * out; i++) {
        w[i] = value(r, f);
        sums[i / in] += w[i];
    }
    for (size_t o = 0; o < out; o++) {
        multiplier[o] = o % 11 == 10 ? 0 : (int32_t)((UINT32_C(1) << 30) + sedge_random_below(r, UINT32_C(1) << 30));
        shift[o] = o % 7 == 6 ? 3 : -(int32_t)sedge_random_below(r, 32);
        bias[o] = o % 5 == 4 ? INT32_MAX / 2 : (int32_t)sedge_random_below(r, 1 << 20) - (1 << 19);
    }
    sedge_fc_s8 p = { .in = (uint32_t)in,
                      .out = (uint32_t)out,
                      .multiplier = multiplier,
                      .shift = shift,
                      .y_zero = (int32_t)sedge_random_below(r, 256) - 128,
                      .y_low = f == MIXED ? -20 : -128,
                      .y_high = 127 };
    run_s8(&sedge_fully_connected_s8_scalar, p, w, bias, sums, x, want);
    run_s8(k, p, w, bias, sums, x, y);
    if (memcmp(y, want, out) != 0)
        fail_msg("%s differs from scalar: in %zu, out %zu, filling %d", k->name, in, out, (int)f);
    free(x_block);
    free(w_block);
    free(y_block);
    free(want_block);
    free(rows);
}

static void test_s8(void **state) {
    (void)state;
    static const sedge_fc_s8_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/fully_connected_s8.inc"
#undef K
    };
    sedge_random r;
    sedge_random_init(&r, 7);
    for (size_t k = 0; k < SEDGE_COUNT(kernels); k++) {
        if (kernels[k]->cpu & ~sedge_cpu_detect()) {
            print_message("skipped: %s (not on this CPU)\n", kernels[k]->name);
            continue;
        }
        for (size_t i = 0; i < SEDGE_COUNT(ins); i++)
            for (size_t o = 0; o < SEDGE_COUNT(outs); o++)
                for (filling f = RANDOM; f < FILLINGS; f++)
                    compare_s8(kernels[k], ins[i], outs[o], f, &r);
    }
}

static void run_f32(const sedge_fc_f32_kernel *k, sedge_fc_f32 p, const float *w, const float *x, float *y) {
    void *packed = aligned(k->packed_bytes(p.in, p.out));
    k->pack(p.in, p.out, w, packed);
    p.weights = packed;
    k->run(&p, x, y);
    free(packed);
}

static float number(sedge_random *r, filling f) {
    if (f == RANDOM)
        return (float)sedge_random_normal(r);
    if (f == LOWEST)
        return (float)sedge_random_normal(r) * 1e-38f; /* products and sums below the normal numbers */
    if (f == HIGHEST)
        return (float)sedge_random_normal(r) * 1e20f; /* sums overflow to infinity, and infinities meet */
    return sedge_random_below(r, 50) ? (float)sedge_random_normal(r) : (float)(1e300 * 1e300);
}

static void compare_f32(const sedge_fc_f32_kernel *k, size_t in, size_t out, filling f, sedge_random *r) {
    uint8_t *x_block, *w_block, *y_block, *want_block;
    float *x = off_by(in * 4, 4, &x_block), *w = off_by(in * out * 4, 4, &w_block);
    float *y = off_by(out * 4, 4, &y_block), *want = off_by(out * 4, 4, &want_block);
    float *bias = aligned(sedge_fc_padded(out, SEDGE_FC_TILE) * sizeof *bias);
    for (size_t i = 0; i < in; i++)
        x[i] = number(r, f);
    for (size_t i = 0; i < in * out; i++)
        w[i] = number(r, f);
    for (size_t o = 0; o < out; o++)
        bias[o] = number(r, f);
    sedge_fc_f32 p = { .in = (uint32_t)in,
                       .out = (uint32_t)out,
                       .bias = in % 2 ? bias : NULL,
                       .y_low = -3e38f,
                       .y_high = out % 2 ? 6 : 3e38f };
    run_f32(&sedge_fully_connected_f32_scalar, p, w, x, want);
    run_f32(k, p, w, x, y);
    for (size_t o = 0; o < out; o++) /* the bits of a NaN are nobody's promise */
        if (memcmp(&y[o], &want[o], sizeof *y) != 0 && !(y[o] != y[o] && want[o] != want[o]))
            fail_msg("%s differs from scalar: in %zu, out %zu, filling %d, output %zu", k->name, in, out, (int)f, o);
    free(x_block);
    free(w_block);
    free(y_block);
    free(want_block);
    free(bias);
}

static void test_f32(void **state) {
    (void)state;
    static const sedge_fc_f32_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/fully_connected_f32.inc"
#undef K
    };
    sedge_random r;
    sedge_random_init(&r, 8);
    for (size_t k = 0; k < SEDGE_COUNT(kernels); k++) {
        if (kernels[k]->cpu & ~sedge_cpu_detect()) {
            print_message("skipped: %s (not on this CPU)\n", kernels[k]->name);
            continue;
        }
        for (size_t i = 0; i < SEDGE_COUNT(ins); i++)
            for (size_t o = 0; o < SEDGE_COUNT(outs); o++)
                for (filling f = RANDOM; f < FILLINGS; f++)
                    compare_f32(kernels[k], ins[i], outs[o], f, &r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_s8), cmocka_unit_test(test_f32) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
