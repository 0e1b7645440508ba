/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <math.h>

#include "../include/sedge_test.h"

static void the_seed_decides(void **state) {
    (void)state;
    sedge_random a, b, c;
    sedge_random_init(&a, 7);
    sedge_random_init(&b, 7);
    sedge_random_init(&c, 8);
    int differ = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t v = sedge_random_u64(&a);
        assert_true(v == sedge_random_u64(&b));
        differ += v != sedge_random_u64(&c);
    }
    assert_true(differ > 90);
}

static void moments(void **state) {
    (void)state;
    sedge_random r;
    sedge_random_init(&r, 1);
    double sum = 0, squares = 0, units = 0;
    int n = 100000;
    unsigned counts[6] = { 0 };
    for (int i = 0; i < n; i++) {
        double z = sedge_random_normal(&r);
        sum += z;
        squares += z * z;
        units += sedge_random_unit(&r);
        counts[sedge_random_below(&r, 6)]++;
    }
    assert_true(fabs(sum / n) < 0.02);
    assert_true(fabs(squares / n - 1) < 0.02);
    assert_true(fabs(units / n - 0.5) < 0.01);
    for (int i = 0; i < 6; i++)
        assert_in_range(counts[i], n / 6 - 600, n / 6 + 600);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_seed_decides), cmocka_unit_test(moments) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
