/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/backoff.h"

#include "../include/sedge_test.h"

static void grows_to_the_cap_and_resets(void **state) {
    (void)state;
    sedge_random random;
    sedge_random_init(&random, 7);
    sedge_backoff b = { .base_ms = 500, .max_ms = 8000 };
    const int64_t top[] = { 500, 1000, 2000, 4000, 8000, 8000, 8000 };
    for (size_t i = 0; i < SEDGE_COUNT(top); i++)
        assert_in_range(sedge_backoff_next_ms(&b, &random), top[i] / 2, top[i]);
    sedge_backoff_reset(&b);
    assert_in_range(sedge_backoff_next_ms(&b, &random), 250, 500);
}

static void jitter_is_a_tenth(void **state) {
    (void)state;
    sedge_random random;
    sedge_random_init(&random, 8);
    int64_t lowest = INT64_MAX, highest = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t wait = sedge_jitter_ms(&random, 2000);
        lowest = wait < lowest ? wait : lowest;
        highest = wait > highest ? wait : highest;
    }
    assert_in_range(lowest, 1800, 1850);
    assert_in_range(highest, 2150, 2200);
    assert_int_equal(sedge_jitter_ms(&random, 0), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(grows_to_the_cap_and_resets),
                                        cmocka_unit_test(jitter_is_a_tenth) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
