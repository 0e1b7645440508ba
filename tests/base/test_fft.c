/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fft.h"

#include <math.h>

#include "base/exact_math.h"
#include "base/random.h"

#include "../include/sedge_test.h"

enum { N_MAX = 4096 };

/** X[k] by its definition. */
static void naive(uint32_t n, const double *x, uint32_t k, double *re, double *im) {
    *re = *im = 0;
    for (uint32_t i = 0; i < n; i++) {
        double angle = 2 * SEDGE_PI * ((uint64_t)i * k % n) / n;
        *re += x[i] * sedge_cos(angle);
        *im -= x[i] * sedge_sin(angle);
    }
}

static void equals_the_definition(void **state) {
    (void)state;
    static double table[N_MAX], x[N_MAX], y[N_MAX];
    sedge_random random;
    sedge_random_init(&random, 7);
    for (uint32_t n = 2; n <= N_MAX; n *= 2) {
        sedge_fft_table(n, table);
        for (uint32_t i = 0; i < n; i++)
            x[i] = y[i] = sedge_random_normal(&random);
        sedge_fft_real(n, table, y);
        double tolerance = 1e-13 * n;
        uint32_t stride = n > 256 ? 37 : 1;
        for (uint32_t k = 0; k <= n / 2; k += stride) {
            double re, im;
            naive(n, x, k, &re, &im);
            double got_re = k == n / 2 ? y[1] : y[2 * k], got_im = k == 0 || k == n / 2 ? 0 : y[2 * k + 1];
            assert_true(fabs(re - got_re) < tolerance);
            assert_true(fabs(im - got_im) < tolerance);
        }
    }
}

static void lengths(void **state) {
    (void)state;
    static const struct {
        uint32_t n, length;
    } rows[] = { { 1, 2 }, { 2, 2 }, { 3, 4 }, { 32, 32 }, { 33, 64 }, { 4096, 4096 } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        assert_int_equal(sedge_fft_length(rows[i].n), rows[i].length);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(equals_the_definition), cmocka_unit_test(lengths) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
