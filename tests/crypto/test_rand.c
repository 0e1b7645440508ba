/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/rand.h"

#include <string.h>

#include "../include/sedge_test.h"

static void uuid_is_version_7(void **state) {
    (void)state;
    char a[SEDGE_UUID_MAX], b[SEDGE_UUID_MAX];
    assert_int_equal(sedge_uuid7(0x0123456789abLL, a, NULL), SEDGE_OK);
    assert_int_equal(sedge_uuid7(0x0123456789acLL, b, NULL), SEDGE_OK);
    assert_true(sedge_is_uuid(a));
    assert_memory_equal(a, "0123456789ab7", 13);
    assert_non_null(strchr("89ab", a[16]));
    assert_true(strcmp(a, b) < 0);
    assert_false(sedge_is_uuid("0123456789ab7"));
    assert_false(sedge_is_uuid("0123456789AB70000000000000000000"));
}

static void tokens_differ(void **state) {
    (void)state;
    char a[SEDGE_TOKEN_MAX], b[SEDGE_TOKEN_MAX];
    assert_int_equal(sedge_token_make(a, NULL), SEDGE_OK);
    assert_int_equal(sedge_token_make(b, NULL), SEDGE_OK);
    assert_int_equal(strlen(a), 54);
    assert_memory_equal(a, "sedge_", 6);
    assert_string_not_equal(a, b);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(uuid_is_version_7), cmocka_unit_test(tokens_differ) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
