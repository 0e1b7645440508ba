/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/cbor.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "base/hex.h"

static void check_hex(const sedge_buf *b, const char *hex) {
    SEDGE_AUTO_MEM char *text = malloc(2 * b->n + 1);
    sedge_hex_encode(b->data, b->n, text);
    assert_string_equal(text, hex);
}

/* RFC 8949, appendix A. */
static void written_as_the_rfc_says(void **state) {
    (void)state;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 16);
    sedge_cbor_put_u64(&b, 23);
    sedge_cbor_put_u64(&b, 1000000000000ULL);
    sedge_cbor_put_i64(&b, -1);
    sedge_cbor_put_i64(&b, -1000);
    sedge_cbor_put_f64(&b, 100000.0);
    sedge_cbor_put_f64(&b, 1.1);
    sedge_cbor_put_text(&b, "\xc3\xbc");
    sedge_cbor_put_bytes(&b, sedge_bytes_text("\x01\x02"));
    sedge_cbor_put_array(&b, 2);
    sedge_cbor_put_map(&b, 1);
    sedge_cbor_put_tag(&b, 18);
    check_hex(&b, "17"
                  "1b000000e8d4a51000"
                  "20"
                  "3903e7"
                  "fa47c35000"
                  "fb3ff199999999999a"
                  "62c3bc"
                  "420102"
                  "82"
                  "a1"
                  "d2");
}

static void texts_are_cleaned(void **state) {
    (void)state;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 16);
    char text[16];
    sedge_cbor_put_text(&b, "a\nb\xff");
    sedge_cbor in = sedge_cbor_of(sedge_buf_bytes(&b));
    assert_true(sedge_cbor_text(&in, text, sizeof text));
    assert_string_equal(text, "a?b?");
}

typedef struct bytes_row {
    const char *hex;
    bool good;
} bytes_row;

static sedge_cbor of_hex(const char *hex, uint8_t *raw) {
    size_t n = strlen(hex) / 2;
    assert_true(sedge_hex_decode(hex, 2 * n, raw, n));
    return sedge_cbor_of(sedge_bytes_of(raw, n));
}

static void numbers(void **state) {
    (void)state;
    uint8_t raw[32];
    uint64_t u;
    int64_t i;
    double d;
    sedge_cbor in = of_hex("1bffffffffffffffff", raw);
    assert_true(sedge_cbor_u64(&in, UINT64_MAX, &u) && u == UINT64_MAX);
    in = of_hex("1bffffffffffffffff", raw);
    assert_false(sedge_cbor_i64(&in, &i));
    in = of_hex("3b7fffffffffffffff", raw);
    assert_true(sedge_cbor_i64(&in, &i) && i == INT64_MIN);
    in = of_hex("3bffffffffffffffff", raw);
    assert_false(sedge_cbor_i64(&in, &i));
    in = of_hex("1864", raw);
    assert_false(sedge_cbor_u64(&in, 99, &u));
    assert_true(in.failed);
    in = of_hex("f93c00", raw); /* half 1.0 */
    assert_true(sedge_cbor_f64(&in, &d) && d == 1.0);
    in = of_hex("f97e00", raw);
    assert_true(sedge_cbor_f64(&in, &d) && isnan(d));
    in = of_hex("3903e7", raw);
    assert_true(sedge_cbor_f64(&in, &d) && d == -1000);
    in = of_hex("f6", raw);
    assert_false(sedge_cbor_f64(&in, &d));
}

static void texts_and_bytes(void **state) {
    (void)state;
    uint8_t raw[32];
    char text[4];
    sedge_bytes bytes;
    static const bytes_row rows[] = { { "63616263", true },  { "6461626364", false }, { "636162", false },
                                      { "61ff", false },     { "6100", false },       { "7f6161ff", false },
                                      { "43616263", false }, { "60", true } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_cbor in = of_hex(rows[i].hex, raw);
        assert_int_equal(sedge_cbor_text(&in, text, sizeof text), rows[i].good);
        assert_int_equal(sedge_cbor_at_end(&in), rows[i].good);
    }
    sedge_cbor in = of_hex("43616263", raw);
    assert_false(sedge_cbor_bytes(&in, 2, &bytes));
    in = of_hex("43616263", raw);
    assert_true(sedge_cbor_bytes(&in, 3, &bytes));
    assert_int_equal(bytes.n, 3);
}

static void skipping(void **state) {
    (void)state;
    uint8_t raw[64];
    static const bytes_row rows[] = {
        { "8301820203a10405", true },
        { "c11a514b67b0", true },
        { "80", true },
        { "9bffffffffffffffff", false },   /* more entries than bytes */
        { "bbffffffffffffffff00", false }, /* twice that overflows */
        { "9f01ff", false },               /* indefinite */
        { "ff", false },
        { "8301", false },
        { "81818181818181818181818181818100", true },    /* 15 levels and a number */
        { "8181818181818181818181818181818100", false }, /* one too many */
        { "", false },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_cbor in = of_hex(rows[i].hex, raw);
        if (sedge_cbor_skip(&in) != rows[i].good || sedge_cbor_at_end(&in) != rows[i].good)
            fail_msg("%s", rows[i].hex);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_as_the_rfc_says), cmocka_unit_test(texts_are_cleaned), cmocka_unit_test(numbers),
        cmocka_unit_test(texts_and_bytes),         cmocka_unit_test(skipping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
