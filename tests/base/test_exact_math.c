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

/* each function over a range, with the largest relative error that is allowed */
static void more_functions(void **state) {
    (void)state;
    static const struct {
        double (*got)(double), (*want)(double), low, high, relative;
    } rows[] = {
        { sedge_expm1, expm1, -40, 40, 1e-15 },    { sedge_expm1, expm1, -1e-3, 1e-3, 1e-15 },
        { sedge_log1p, log1p, -0.999, 50, 1e-14 }, { sedge_log1p, log1p, -1e-6, 1e-6, 1e-15 },
        { sedge_sinh, sinh, -30, 30, 2e-15 },      { sedge_sinh, sinh, -1e-3, 1e-3, 1e-15 },
        { sedge_asinh, asinh, -1e3, 1e3, 2e-15 },  { sedge_asinh, asinh, -1e-3, 1e-3, 1e-15 },
        { sedge_atan, atan, -50, 50, 2e-15 },      { sedge_atan, atan, -1e-3, 1e-3, 1e-15 },
        { sedge_asin, asin, -1, 1, 2e-15 },        { sedge_acos, acos, -1, 0.99, 2e-15 },
        { sedge_erf, erf, -7, 7, 2e-15 },          { sedge_erf, erf, -1e-3, 1e-3, 2e-15 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int k = 0; k <= 1000; k++) {
            double x = rows[i].low + (rows[i].high - rows[i].low) * k / 1000;
            if (x != 0)
                close_to(rows[i].got(x), rows[i].want(x), rows[i].relative);
        }
    close_to(sedge_asin(1.5), NAN, 0);
    close_to(sedge_erf(NAN), NAN, 0);
    close_to(sedge_atan(INFINITY), atan(INFINITY), 1e-15);
}

static void powers(void **state) {
    (void)state;
    for (double x = 0.01; x < 100; x *= 1.37)
        for (double y = -6; y < 6; y += 0.37)
            close_to(sedge_pow(x, y), pow(x, y), (2 + fabs(y * log(x))) * 0x1p-52);
    static const double special[][2] = { { 0, 0 },    { 0, 3 },   { 0, -1 },        { -2, 3 },        { -2, 4 },
                                         { -8, 0.5 }, { 1, NAN }, { INFINITY, -1 }, { -1, INFINITY }, { 2, -2000 } };
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        close_to(sedge_pow(special[i][0], special[i][1]), pow(special[i][0], special[i][1]), 1e-15);
}

static void exact_functions(void **state) {
    (void)state;
    static const double values[] = { 0,    0.3, 0.5,   1.5,    2.5,    -0.5,    -1.5,   -2.7, 7,        1e15 + 0.5,
                                     1e20, 3.7, 1e300, 5e-324, 1e-310, -1e-310, 123.25, 0.1,  2.9e-308, -6 };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        double x = values[i];
        assert_true(sedge_floor(x) == floor(x));
        assert_true(sedge_trunc(x) == trunc(x));
        assert_true(sedge_round_even(x) == nearbyint(x));
        for (size_t k = 1; k < sizeof values / sizeof values[0]; k++)
            assert_true(sedge_fmod(x, values[k]) == fmod(x, values[k]));
    }
    close_to(sedge_fmod(1, 0), NAN, 0);
    close_to(sedge_fmod(INFINITY, 1), NAN, 0);
}

static void logistic_in_float32(void **state) {
    (void)state;
    for (float x = -86; x < 86; x += 0.00317f)
        close_to((double)sedge_logisticf(x), 1 / (1 + exp(-(double)x)), 3 * 0x1p-24);
    close_to((double)sedge_logisticf(NAN), NAN, 0);
    close_to((double)sedge_logisticf(INFINITY), 1, 0);
    assert_true(sedge_logisticf(-INFINITY) < 2e-38f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponentials),       cmocka_unit_test(logarithms),
        cmocka_unit_test(circular_functions), cmocka_unit_test(hyperbolic_tangent),
        cmocka_unit_test(more_functions),     cmocka_unit_test(powers),
        cmocka_unit_test(exact_functions),    cmocka_unit_test(logistic_in_float32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
