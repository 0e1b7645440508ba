/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/sedge_test.h"

#define CASE(want, ...)                                                                                                \
    do {                                                                                                               \
        char got[128];                                                                                                 \
        size_t n = sedge_format(got, sizeof got, __VA_ARGS__);                                                         \
        assert_string_equal(got, want);                                                                                \
        assert_int_equal(n, strlen(want));                                                                             \
    } while (0)

static void directives(void **state) {
    (void)state;
    CASE("100% a-b", "%d%% %c-%s", 100, 'a', "b");
    CASE("-9223372036854775808", "%" PRId64, INT64_MIN);
    CASE("18446744073709551615 ff", "%" PRIu64 " %x", UINT64_MAX, 255u);
    CASE("[   7][7   ][0007][-007]", "[%4d][%-4d][%04d][%04d]", 7, 7, 7, -7);
    CASE("abc|ab|a", "%s|%.2s|%.*s", "abc", "abc", 1, "abc");
    CASE("5 6", "%zu %ld", (size_t)5, 6L);
    CASE("0 1 0.5 -2.25 1e+20 1e-07 123456", "%g %g %g %g %g %g %g", 0.0, 1.0, 0.5, -2.25, 1e20, 1e-7, 123456.0);
    CASE("nan inf -inf", "%g %g %g", (double)NAN, (double)INFINITY, -(double)INFINITY);
    CASE("37.2 0.0 -0.50 1 0.05 [  3.10] 2.000000", "%.1f %.1f %.2f %.0f %.2f [%6.2f] %f", 37.17, 0.04, -0.5, 0.6,
         0.049, 3.1, 2.0);
    CASE("999999999.9 1e+12 inf", "%.1f %.1f %.1f", 999999999.9, 1e12, (double)INFINITY);
    CASE("0.333333 0.333333333333333", "%g %.15g", 1.0 / 3, 1.0 / 3);
}

static void a_float_survives_nine_digits(void **state) {
    (void)state;
    uint32_t bits = 1;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 1664525u + 1013904223u;
        float v;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        char text[64];
        sedge_format(text, sizeof text, "%.9g", (double)v);
        assert_true(strtof(text, NULL) == v);
    }
}

static void the_length_is_that_of_the_whole_text(void **state) {
    (void)state;
    char out[4] = "zzz";
    assert_int_equal(sedge_format(out, sizeof out, "%s", "abcdef"), 6);
    assert_string_equal(out, "abc");
    assert_int_equal(sedge_format(NULL, 0, "%d", 1234), 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directives),
        cmocka_unit_test(a_float_survives_nine_digits),
        cmocka_unit_test(the_length_is_that_of_the_whole_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
