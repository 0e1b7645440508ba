/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rounding of the NEON kernels against model/quant.h: every shift with every pair of extreme sums and multipliers,
 * ties of both signs, and random ones.
 */
#include "ops/kernels/requantize_neon.h"

#include "../include/sedge_test.h"

#include "base/random.h"
#include "model/quant.h"

static const int32_t multipliers[] = {
    0, 1 << 30, (1 << 30) + 1, 0x5a82799a, 0x60000000, INT32_MAX - 1, INT32_MAX,
};
static const int32_t sums[] = {
    INT32_MIN, INT32_MIN + 1, INT32_MIN + 2, -0x40000001, -0x40000000,   -0x3fffffff, -1, 0,
    1,         0x3fffffff,    0x40000000,    0x40000001,  INT32_MAX - 1, INT32_MAX,
};

static void check_lanes(int32x4_t got, const int32_t *x, const int32_t *m, const int32_t *shift, const char *what) {
    int32_t lanes[4];
    vst1q_s32(lanes, got);
    for (int i = 0; i < 4; i++) {
        int32_t want = sedge_scale(x[i], (sedge_factor){ m[i], shift[i] });
        if (lanes[i] != want)
            fail_msg("%s: %d * %d, shift %d: %d, not %d", what, x[i], m[i], shift[i], lanes[i], want);
    }
}

static void check_four(const int32_t *x, const int32_t *m, const int32_t *shift) {
    int32x4_t vx = vld1q_s32(x), vm = vld1q_s32(m), vs = vld1q_s32(shift);
    check_lanes(sedge_scale_neon(vx, vm, vs), x, m, shift, "any shift");
    if (shift[0] < 0 && shift[1] < 0 && shift[2] < 0 && shift[3] < 0)
        check_lanes(sedge_scale_right_neon(vx, vm, vs), x, m, shift, "right shift");
}

/* x, and the neighbours of it */
static void check_around(int32_t x, int32_t m, int32_t shift) {
    uint32_t u = (uint32_t)x;
    check_four((int32_t[]){ x, (int32_t)(u - 1), (int32_t)(u + 1), (int32_t)(0 - u) }, (int32_t[]){ m, m, m, m },
               (int32_t[]){ shift, shift, shift, shift });
}

static void test_extremes(void **state) {
    (void)state;
    for (int32_t shift = -31; shift <= 30; shift++)
        for (size_t m = 0; m < SEDGE_COUNT(multipliers); m++)
            for (size_t x = 0; x < SEDGE_COUNT(sums); x++)
                check_around(sums[x], multipliers[m], shift);
}

/* 2^30 halves exactly, so that x = (2k + 1) * 2^n is a tie of the right shift by n */
static void test_ties(void **state) {
    (void)state;
    for (int32_t n = 1; n <= 29; n++)
        for (int32_t k = 0; k < 64; k++)
            check_around((int32_t)((uint32_t)(2 * k + 1) << n), 1 << 30, -n);
}

static void test_random(void **state) {
    (void)state;
    sedge_random r;
    sedge_random_init(&r, 5);
    for (int round = 0; round < 200000; round++) {
        int32_t x[4], m[4], shift[4];
        for (int i = 0; i < 4; i++) {
            x[i] = (int32_t)(uint32_t)sedge_random_u64(&r) >> sedge_random_below(&r, 32);
            m[i] = (int32_t)((UINT32_C(1) << 30) + sedge_random_below(&r, UINT32_C(1) << 30));
            shift[i] = (int32_t)sedge_random_below(&r, round % 2 ? 62 : 31) - 31;
        }
        check_four(x, m, shift);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_extremes), cmocka_unit_test(test_ties),
                                        cmocka_unit_test(test_random) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
