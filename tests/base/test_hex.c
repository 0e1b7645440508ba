/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include "../include/sedge_test.h"

static void there_and_back(void **state) {
    (void)state;
    const uint8_t raw[] = { 0x00, 0x7f, 0xff, 0xa5 };
    char text[9];
    sedge_hex_encode(raw, sizeof raw, text);
    assert_string_equal(text, "007fffa5");
    uint8_t back[4];
    assert_true(sedge_hex_decode("007FfFa5", 8, back, 4));
    assert_memory_equal(back, raw, 4);
    assert_false(sedge_hex_decode("007fffa", 7, back, 4));
    assert_false(sedge_hex_decode("007fffag", 8, back, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
