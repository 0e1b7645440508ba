/* SPDX-License-Identifier: Apache-2.0 */
#include "base/name.h"

#include "../include/sedge_test.h"

static void names(void **state) {
    (void)state;
    static const char *const good[] = { "pump", "a", "7", "Model-7_b.tflite",
                                        "0123456789012345678901234567890123456789012345678901234567890123" };
    static const char *const bad[] = { "",
                                       ".",
                                       "..",
                                       ".x",
                                       "-x",
                                       "_x",
                                       "a/b",
                                       "a b",
                                       "\xc3\xa9",
                                       "a\n",
                                       "01234567890123456789012345678901234567890123456789012345678901234" };
    for (size_t i = 0; i < SEDGE_COUNT(good); i++)
        assert_true(sedge_is_name(good[i]));
    for (size_t i = 0; i < SEDGE_COUNT(bad); i++)
        assert_false(sedge_is_name(bad[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(names) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
