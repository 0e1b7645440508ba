/* SPDX-License-Identifier: Apache-2.0 */
/* libm is the oracle here: the functions must agree with it to a few units in the last place. */
#include "base/exact_math.h"

#include <math.h>

#include "../include/sedge_test.h"

static void close_to(double got, double want, double relative) {
    if (isnan(want)) {
        assert_true(isnan(got));
        return;
    }
    if (got == want)
        return;
    if (!(fabs(got - want) <= relative * fabs(want)))
        print_error("got %.17g, want %.17g\n", got, want);
    assert_true(fabs(got - want) <= relative * fabs(want));
}

static void exponentials(void **state) {
    (void)state;
    for (double x = -700; x < 700; x += 0.3701)
        close_to(sedge_exp(x), exp(x), 1e-15);
    close_to(sedge_exp(0), 1, 0);
    close_to(sedge_exp(1e9), INFINITY, 0);
    close_to(sedge_exp(-1e9), 0, 0);
    close_to(sedge_exp(-740), exp(-740), 0.01);
    close_to(sedge_exp(NAN), NAN, 0);
}

static void logarithms(void **state) {
    (void)state;
    for (double x = 1e-300; x < 1e300; x *= 1.7)
        close_to(sedge_log(x), log(x), 1e-15);
    for (double x = 0.5; x < 2; x += 0.001)
        close_to(sedge_log(x), log(x), 4e-16 + 1e-15);
    close_to(sedge_log(5e-324), log(5e-324), 1e-15);
    close_to(sedge_log(0), -INFINITY, 0);
    close_to(sedge_log(-1), NAN, 0);
    close_to(sedge_log(INFINITY), INFINITY, 0);
}

static void circular_functions(void **state) {
    (void)state;
    for (double x = -1000; x < 1000; x += 0.0917) {
        assert_true(fabs(sedge_sin(x) - sin(x)) < 3e-16 * 2);
        assert_true(fabs(sedge_cos(x) - cos(x)) < 3e-16 * 2);
    }
    close_to(sedge_sin(1e7), NAN, 0);
    close_to(sedge_cos(INFINITY), NAN, 0);
}

static void hyperbolic_tangent(void **state) {
    (void)state;
    for (double x = -25; x < 25; x += 0.0093)
        close_to(sedge_tanh(x), tanh(x), 3e-14);
    close_to(sedge_tanh(NAN), NAN, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponentials),
        cmocka_unit_test(logarithms),
        cmocka_unit_test(circular_functions),
        cmocka_unit_test(hyperbolic_tangent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
