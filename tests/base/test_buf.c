/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "../include/sedge_test.h"

static void grows_and_ends_in_nul(void **state) {
    (void)state;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    assert_string_equal(sedge_buf_cstr(&b), "");
    for (int i = 0; i < 1000; i++)
        sedge_buf_printf(&b, "%d,", i);
    assert_false(b.failed);
    assert_int_equal(b.data[b.n], 0);
    assert_memory_equal(b.data, "0,1,2,", 6);
}

static void stops_at_its_maximum(void **state) {
    (void)state;
    SEDGE_AUTO_BUF b = sedge_buf_init(4);
    sedge_buf_u32(&b, 0x04030201);
    assert_false(b.failed);
    sedge_buf_u8(&b, 5);
    assert_true(b.failed);
    assert_int_equal(b.n, 4);
    assert_memory_equal(b.data, "\1\2\3\4", 4);
    sedge_buf_clear(&b);
    sedge_buf_text(&b, "ok");
    assert_string_equal(sedge_buf_cstr(&b), "ok");
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(grows_and_ends_in_nul),
                                        cmocka_unit_test(stops_at_its_maximum) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
