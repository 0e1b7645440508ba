/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <string.h>

#include "../include/sedge_test.h"

static void test_pieces_are_zeroed_aligned_and_apart(void **state) {
    (void)state;
    sedge_pool pool = sedge_pool_init(1 << 20);
    uint8_t *last = NULL;
    size_t last_n = 0;
    for (size_t n = 1; n < 9000; n = n * 2 + 3) {
        uint8_t *p = sedge_pool_take(&pool, n, 1);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % (n >= 64 ? 64 : 16), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
        assert_true(!last || p >= last + last_n || p + n <= last);
        last = p;
        last_n = n;
    }
    assert_false(pool.failed);
    sedge_pool_done(&pool);
}

static void test_maximum_and_overflow_are_remembered(void **state) {
    (void)state;
    sedge_pool pool = sedge_pool_init(300);
    assert_non_null(sedge_pool_take(&pool, 200, 1));
    assert_null(sedge_pool_take(&pool, 64, 1));
    assert_true(pool.failed);
    assert_non_null(sedge_pool_take(&pool, 0, 8));
    assert_null(sedge_pool_take(&pool, SIZE_MAX, 2));
    sedge_pool_done(&pool);
    assert_false(pool.failed);
    assert_int_equal(pool.used, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_maximum_and_overflow_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
