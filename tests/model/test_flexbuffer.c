/* SPDX-License-Identifier: Apache-2.0 */
#include "../include/sedge_test.h"

#include <stdlib.h>
#include <string.h>

#include "model/flexbuffer_read.h"

/* made with flatbuffers 25.12: {"h_scale": 5.5, "max": 300, "neg": -7, "on": True} */
static const uint8_t whole[] = { 0x68, 0x5f, 0x73, 0x63, 0x61, 0x6c, 0x65, 0x00, 0x6d, 0x61, 0x78, 0x00,
                                 0x6e, 0x65, 0x67, 0x00, 0x6f, 0x6e, 0x00, 0x04, 0x14, 0x0d, 0x0a, 0x07,
                                 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
                                 0x00, 0x00, 0xb0, 0x40, 0x2c, 0x01, 0x00, 0x00, 0xf9, 0xff, 0xff, 0xff,
                                 0x01, 0x00, 0x00, 0x00, 0x0e, 0x06, 0x06, 0x6a, 0x14, 0x26, 0x01 };
/* {"a": 1} in bytes, and the vector [1, 2] */
static const uint8_t narrow[] = { 0x61, 0x00, 0x01, 0x03, 0x01, 0x01, 0x01, 0x01, 0x04, 0x02, 0x24, 0x01 };
static const uint8_t vector[] = { 0x02, 0x01, 0x02, 0x04, 0x04, 0x04, 0x28, 0x01 };

static void test_values(void **state) {
    (void)state;
    sedge_flex_map m;
    assert_true(sedge_flex_open(sedge_bytes_of(whole, sizeof whole), &m));
    assert_int_equal(m.n, 4);
    sedge_flex_value v = sedge_flex_find(&m, "h_scale");
    assert_int_equal(v.type, SEDGE_FLEX_FLOAT);
    assert_true(v.f == 5.5);
    assert_int_equal(sedge_flex_find(&m, "max").i, 300);
    assert_int_equal(sedge_flex_find(&m, "neg").i, -7);
    assert_int_equal(sedge_flex_find(&m, "on").i, 1);
    assert_int_equal(sedge_flex_find(&m, "ma").type, SEDGE_FLEX_ABSENT);
    assert_true(sedge_flex_open(sedge_bytes_of(narrow, sizeof narrow), &m));
    assert_int_equal(sedge_flex_find(&m, "a").i, 1);
    assert_false(sedge_flex_open(sedge_bytes_of(vector, sizeof vector), &m));
}

/* copies of exact size, so that a byte too far is seen */
static void test_damage(void **state) {
    (void)state;
    sedge_flex_map m;
    for (size_t n = 0; n <= sizeof whole; n++)
        for (size_t at = 0; at < n; at++)
            for (int flip = 0; flip < 256; flip += 17) {
                uint8_t *copy = malloc(n);
                assert_non_null(copy);
                memcpy(copy, whole + sizeof whole - n, n); /* the root stands at the end */
                copy[at] ^= (uint8_t)flip;
                if (sedge_flex_open(sedge_bytes_of(copy, n), &m)) {
                    (void)sedge_flex_find(&m, "h_scale");
                    (void)sedge_flex_find(&m, "on");
                }
                free(copy);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_values), cmocka_unit_test(test_damage) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
