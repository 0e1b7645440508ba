/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of sum_s8.inc against the scalar one: lengths around the tiles, misaligned, still inputs, extreme
 * scales. */
#include "ops/kernels/sum_s8.h"

#include <string.h>

#include "../include/sedge_test.h"
#include "base/own.h"
#include "base/random.h"
#include "ops/op.h"

enum { LENGTH_MAX = 70, ROWS = 400 };

static const sedge_sum_s8_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/sum_s8.inc"
#undef K
};

static sedge_factor some_factor(sedge_random *random, int most) {
    static const int32_t ends[] = { 1 << 30, INT32_MAX, 0 };
    uint64_t r = sedge_random_u64(random);
    int32_t multiplier = r % 5 < 3 ? ends[r % 5] : (int32_t)(r >> 32 & 0x3fffffff) | 1 << 30;
    return (sedge_factor){ multiplier, -(int32_t)((r >> 16) % (uint64_t)most) };
}

static sedge_sum_s8_params some_params(sedge_random *random) {
    uint64_t r = sedge_random_u64(random);
    sedge_sum_s8_params p = { .step_a = r & 1,
                              .step_b = r >> 1 & 1,
                              .flip = r & 4 ? 0x80 : 0,
                              .sign = r & 8 ? 1 : -1,
                              .a_zero = (int8_t)(r >> 8),
                              .b_zero = (int8_t)(r >> 16),
                              .y_zero = (int8_t)(r >> 24),
                              .low = r & 16 ? -128 : -20,
                              .high = r & 32 ? 127 : 30 };
    p.a = some_factor(random, 12);
    p.b = some_factor(random, 12);
    p.y = some_factor(random, 32);
    return p;
}

static void check(const sedge_sum_s8_kernel *k, const sedge_sum_s8_params *p, sedge_random *random) {
    uint8_t a[LENGTH_MAX + 1], b[LENGTH_MAX + 1], want[LENGTH_MAX], got[LENGTH_MAX + 1];
    for (size_t i = 0; i <= LENGTH_MAX; i++) {
        uint64_t r = sedge_random_u64(random);
        a[i] = r & 0x300 ? (uint8_t)r : (uint8_t)(r & 1 ? 0x80 : 0x7f);
        b[i] = (uint8_t)(r >> 16);
    }
    const sedge_sum_s8_kernel *oracle = kernels[SEDGE_COUNT(kernels) - 1];
    for (size_t n = 1; n < LENGTH_MAX; n++) {
        memset(got, 0x55, sizeof got);
        oracle->run(p, a + 1, b, want, n);
        k->run(p, a + 1, b, got, n);
        assert_memory_equal(got, want, n);
        assert_int_equal(got[n], 0x55);
    }
    if (!p->step_a)
        return;
    memcpy(got, a, sizeof got);
    oracle->run(p, a, b, want, LENGTH_MAX);
    k->run(p, got, b, got, LENGTH_MAX); /* in place */
    assert_memory_equal(got, want, LENGTH_MAX);
}

static void test_kernels(void **state) {
    (void)state;
    sedge_random random;
    sedge_random_init(&random, 7);
    for (size_t k = 0; k < SEDGE_COUNT(kernels); k++) {
        if (!SEDGE_KERNEL_FITS(kernels[k]->cpu, sedge_cpu_detect())) {
            print_message("skipped: %s, this CPU cannot run it\n", kernels[k]->name);
            continue;
        }
        for (int i = 0; i < ROWS; i++) {
            sedge_sum_s8_params p = some_params(&random);
            check(kernels[k], &p, &random);
        }
    }
}

/* parameters as networks have them: a line is mostly found, and the kernels that use it give every pair's result */
static void test_lines(void **state) {
    (void)state;
    enum { TRIES = 40, PAIRS = 65536 };
    static uint8_t a[PAIRS], b[PAIRS], want[PAIRS], got[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        a[i] = (uint8_t)i;
        b[i] = (uint8_t)(i >> 8);
    }
    sedge_random random;
    sedge_random_init(&random, 11);
    int found = 0;
    for (int i = 0; i < TRIES; i++) {
        sedge_sum_s8_params p = some_params(&random);
        double scale = 0.2 + sedge_random_unit(&random), smaller = 0.5 * sedge_random_unit(&random);
        p.step_a = p.step_b = 1;
        p.a = (sedge_factor){ 1 << 30, 0 };
        assert_true(sedge_factor_of(smaller, &p.b));
        assert_true(sedge_factor_of(scale / (1 << (SEDGE_SUM_S8_SHIFT - 1)), &p.y));
        p.line = sedge_sum_s8_find_line(&p);
        found += p.line.valid;
        kernels[SEDGE_COUNT(kernels) - 1]->run(&p, a, b, want, PAIRS);
        for (size_t k = 0; k < SEDGE_COUNT(kernels); k++) {
            if (!SEDGE_KERNEL_FITS(kernels[k]->cpu, sedge_cpu_detect()))
                continue;
            kernels[k]->run(&p, a, b, got, PAIRS);
            assert_memory_equal(got, want, PAIRS);
            for (size_t n = 1; n < LENGTH_MAX; n++) {
                memset(got, 0x55, LENGTH_MAX + 1);
                kernels[k]->run(&p, a + 1, b + 1, got, n);
                assert_memory_equal(got, want + 1, n);
                assert_int_equal(got[n], 0x55);
            }
        }
    }
    assert_true(found > TRIES / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_kernels), cmocka_unit_test(test_lines) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
