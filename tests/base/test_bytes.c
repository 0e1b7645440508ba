/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"

#include "base/checked.h"

#include "../include/sedge_test.h"

static void taking_too_much_changes_nothing(void **state) {
    (void)state;
    const uint8_t raw[] = { 1, 2, 3 };
    sedge_bytes in = sedge_bytes_of(raw, sizeof raw);
    uint32_t v = 77;
    assert_false(sedge_take_u32(&in, &v));
    assert_int_equal(v, 77);
    assert_int_equal(in.n, 3);
    uint16_t w = 0;
    assert_true(sedge_take_u16(&in, &w));
    assert_int_equal(w, 0x0201);
    assert_int_equal(in.n, 1);
}

static void slices_stay_inside(void **state) {
    (void)state;
    const uint8_t raw[8] = { 0 };
    sedge_bytes in = sedge_bytes_of(raw, sizeof raw), part;
    assert_true(sedge_bytes_slice(in, 8, 0, &part));
    assert_false(sedge_bytes_slice(in, 8, 1, &part));
    assert_false(sedge_bytes_slice(in, UINT64_MAX, 2, &part));
    assert_false(sedge_bytes_slice(in, 1, UINT64_MAX, &part));
}

static void stores_and_loads_agree(void **state) {
    (void)state;
    uint8_t raw[8];
    sedge_store_u64(raw, 0x0102030405060708u);
    assert_int_equal(raw[0], 8);
    assert_true(sedge_load_u64(raw) == 0x0102030405060708u);
    sedge_store_f32(raw, -1.5f);
    assert_true(sedge_load_f32(raw) == -1.5f);
    sedge_store_f64(raw, 1e300);
    assert_true(sedge_load_f64(raw) == 1e300);
}

static void arithmetic_says_when_it_overflows(void **state) {
    (void)state;
    size_t r = 5;
    assert_false(sedge_mul_size(SIZE_MAX / 2, 3, &r));
    assert_false(sedge_add_size(SIZE_MAX, 1, &r));
    assert_false(sedge_align_size(SIZE_MAX - 3, 16, &r));
    assert_int_equal(r, 5);
    assert_true(sedge_align_size(17, 16, &r));
    assert_int_equal(r, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taking_too_much_changes_nothing),
        cmocka_unit_test(slices_stay_inside),
        cmocka_unit_test(stores_and_loads_agree),
        cmocka_unit_test(arithmetic_says_when_it_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
