/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdio.h>

#include "../include/sedge_test.h"

static void labels(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        { "", true },
        { "Volume Flow RateRMS", true },
        { "\xc2\xb0"
          "C",
          true },
        { "\xe2\x82\xac", true },
        { "\xf0\x9f\x98\x80", true },
        { "\xf4\x8f\xbf\xbf", true },
        { "a\tb", false },
        { "a\x7f", false },
        { "\x80", false },
        { "\xc0\xaf", false },         /* overlong */
        { "\xe0\x80\xaf", false },     /* overlong */
        { "\xed\xa0\x80", false },     /* surrogate */
        { "\xf4\x90\x80\x80", false }, /* above U+10FFFF */
        { "\xe2\x82", false },         /* cut */
        { "\xe2\x82x", false },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        assert_int_equal(sedge_utf8_is_label(sedge_bytes_text(rows[i].text)), rows[i].good);
}

static void cleaned(void **state) {
    (void)state;
    static const struct {
        const char *text, *clean;
    } rows[] = {
        { "", "" },
        { "caf\xc3\xa9", "caf\xc3\xa9" },
        { "caf\xc3", "caf?" },
        { "\xf0\x9f\x98", "???" },
        { "a\nb\x01\xff\x7f", "a b???" },
        { "\xed\xa0\x80.", "???." },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        char text[16];
        snprintf(text, sizeof text, "%s", rows[i].text);
        sedge_utf8_clean(text);
        assert_string_equal(text, rows[i].clean);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(labels), cmocka_unit_test(cleaned) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
