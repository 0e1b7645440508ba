/* SPDX-License-Identifier: Apache-2.0 */
#include "train/split.h"

#include <string.h>

#include "../include/sedge_test.h"

typedef struct row {
    uint64_t rows;
    double holdout, check;
    uint64_t fit_end, train_end;
} row;

static const row rows[] = {
    { 100, 0.3, 0, 70, 70 }, { 100, 0.3, 0.1, 63, 70 },  { 10, 0.25, 0, 7, 7 }, { 0, 0.3, 0.1, 0, 0 },
    { 1, 0.3, 0.1, 1, 1 },   { 1000, 0, 0, 1000, 1000 }, { 3, 0.5, 0.5, 0, 1 },
};

static void borders(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_split s;
        assert_int_equal(sedge_split_make(rows[i].rows, rows[i].holdout, rows[i].check, &s, NULL), SEDGE_OK);
        assert_int_equal(s.fit_end, rows[i].fit_end);
        assert_int_equal(s.train_end, rows[i].train_end);
    }
}

/** Every window has at most one part, and no row of a held-out window is in a window that trains. */
static void no_window_crosses(void **state) {
    (void)state;
    for (uint64_t length = 1; length < 20; length += 6) {
        sedge_split s;
        assert_int_equal(sedge_split_make(100, 0.3, 0.2, &s, NULL), SEDGE_OK);
        uint64_t last_trained = 0, first_held = 100;
        for (uint64_t first = 0; first + length <= 100; first++) {
            uint64_t last = first + length - 1;
            assert_true(sedge_split_trains(&s, last) + sedge_split_holds_out(&s, first) <= 1);
            assert_true(sedge_split_fits(&s, last) + sedge_split_checks(&s, first, last) <=
                        sedge_split_trains(&s, last));
            if (sedge_split_trains(&s, last))
                last_trained = last;
            if (sedge_split_holds_out(&s, first) && first < first_held)
                first_held = first;
        }
        assert_true(last_trained < first_held);
        assert_int_equal(last_trained, 69);
        assert_int_equal(first_held, 70);
    }
}

static void shares_out_of_range(void **state) {
    (void)state;
    sedge_split s = { .rows = 7 };
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_split_make(10, 1, 0, &s, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "hold-out share is 1"));
    assert_int_equal(sedge_split_make(10, 0, -0.1, &s, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "check share"));
    assert_int_equal(s.rows, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(borders), cmocka_unit_test(no_window_crosses),
                                        cmocka_unit_test(shares_out_of_range) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
