/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/error.h"

#include <string.h>

#include "../include/sedge_test.h"

static void every_status_has_a_row(void **state) {
    (void)state;
    for (int i = 0; i < SEDGE_STATUS_COUNT; i++) {
        assert_string_not_equal(sedge_status_name((sedge_status)i), "unknown");
        assert_true(strlen(sedge_status_meaning((sedge_status)i)) > 3);
        assert_in_range(sedge_status_http((sedge_status)i), 200, 599);
        assert_int_equal(sedge_status_exit((sedge_status)i) == 0, i == SEDGE_OK);
    }
    assert_string_equal(sedge_status_name((sedge_status)999), "unknown");
    assert_int_equal(sedge_status_exit((sedge_status)999), 70);
}

static void wrap_reads_from_the_outside_in(void **state) {
    (void)state;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_fail(&err, SEDGE_ELIMIT, "rank %d, the limit is %u", 12, 8u), SEDGE_ELIMIT);
    assert_int_equal(sedge_wrap(&err, SEDGE_EINVALID, "tensor %u '%s'", 17u, "conv1/w"), SEDGE_EINVALID);
    assert_string_equal(err.text, "tensor 17 'conv1/w': rank 12, the limit is 8");
    assert_int_equal(err.status, SEDGE_EINVALID);
    assert_int_equal(sedge_wrap(NULL, SEDGE_EIO, "x"), SEDGE_EIO);
}

static void a_long_sentence_is_cut_visibly(void **state) {
    (void)state;
    char text[2 * SEDGE_ERROR_TEXT_MAX];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_fail(&err, SEDGE_EINVALID, "%s", text);
    assert_int_equal(strlen(err.text), SEDGE_ERROR_TEXT_MAX - 1);
    assert_string_equal(err.text + SEDGE_ERROR_TEXT_MAX - 4, "...");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_row),
        cmocka_unit_test(wrap_reads_from_the_outside_in),
        cmocka_unit_test(a_long_sentence_is_cut_visibly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
