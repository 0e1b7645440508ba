/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/plan.h"

#include "../include/sedge_test.h"

#include "base/random.h"

enum { BUFFERS = 120, STEPS = 30 };

/* no two buffers that live together touch; nothing lies beyond the arena */
static void check_plan(const sedge_plan_buffer *b, size_t n, size_t arena) {
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(b[i].offset % SEDGE_PLAN_ALIGN, 0);
        assert_true(b[i].offset <= arena && b[i].bytes <= arena - b[i].offset);
        for (size_t k = i + 1; k < n; k++)
            if (b[i].first <= b[k].last && b[k].first <= b[i].last)
                assert_true(b[i].offset + b[i].bytes <= b[k].offset || b[k].offset + b[k].bytes <= b[i].offset);
    }
}

static void test_random_lifetimes_never_collide(void **state) {
    (void)state;
    sedge_random r;
    sedge_random_init(&r, 5);
    for (int round = 0; round < 50; round++) {
        sedge_plan_buffer b[BUFFERS];
        size_t sum = 0, arena;
        for (size_t i = 0; i < BUFFERS; i++) {
            int32_t first = (int32_t)sedge_random_below(&r, STEPS);
            b[i] = (sedge_plan_buffer){ sedge_random_below(&r, 5000), first, first + (int32_t)sedge_random_below(&r, 6),
                                        0 };
            sum += b[i].bytes + SEDGE_PLAN_ALIGN;
        }
        sedge_pool work = sedge_pool_init(1 << 20);
        assert_int_equal(sedge_plan(b, BUFFERS, &work, &arena, NULL), SEDGE_OK);
        sedge_pool_done(&work);
        check_plan(b, BUFFERS, arena);
        assert_true(arena < sum / 2);
    }
}

static void test_a_chain_needs_two_neighbours(void **state) {
    (void)state;
    sedge_plan_buffer b[10];
    size_t arena;
    for (int32_t i = 0; i < 10; i++)
        b[i] = (sedge_plan_buffer){ 640, i, i + 1, 0 };
    sedge_pool work = sedge_pool_init(1 << 20);
    assert_int_equal(sedge_plan(b, 10, &work, &arena, NULL), SEDGE_OK);
    assert_int_equal(arena, 2 * 640);
    b[3].bytes = SIZE_MAX - 10;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_plan(b, 10, &work, &arena, &err), SEDGE_ELIMIT);
    sedge_pool_done(&work);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lifetimes_never_collide),
        cmocka_unit_test(test_a_chain_needs_two_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
