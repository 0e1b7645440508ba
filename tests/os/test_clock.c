/* SPDX-License-Identifier: Apache-2.0 */
#include "os/clock.h"

#include <string.h>

#include "../include/sedge_test.h"

static const struct {
    const char *text;
    bool good;
    int64_t ms;
    const char *canonical; /* NULL: the text itself */
} rows[] = {
    { "1970-01-01T00:00:00.000Z", true, 0, NULL },
    { "2026-11-23T03:38:38.123Z", true, 1795405118123, NULL },
    { "2026-11-23T03:38:38Z", true, 1795405118000, "2026-11-23T03:38:38.000Z" },
    { "2026-11-23t05:08:38.1239+01:30", true, 1795405118123, "2026-11-23T03:38:38.123Z" },
    { "1969-12-31T23:59:59.999Z", true, -1, NULL },
    { "2000-02-29T12:00:00.000Z", true, 951825600000, NULL },
    { "0000-01-01T00:00:00.000Z", true, -62167219200000, NULL },
    { "9999-12-31T23:59:59.999Z", true, 253402300799999, NULL },
    { "2016-12-31T23:59:60Z", true, 1483228799000, "2016-12-31T23:59:59.000Z" },
    { "1900-02-29T00:00:00Z", false, 0, NULL },
    { "2026-13-01T00:00:00Z", false, 0, NULL },
    { "2026-00-01T00:00:00Z", false, 0, NULL },
    { "2026-01-32T00:00:00Z", false, 0, NULL },
    { "2026-01-01T24:00:00Z", false, 0, NULL },
    { "2026-01-01T00:00:00", false, 0, NULL },
    { "2026-01-01T00:00:00.Z", false, 0, NULL },
    { "2026-01-01T00:00:00Zx", false, 0, NULL },
    { "2026-01-01T00:00:00+1:00", false, 0, NULL },
    { "", false, 0, NULL },
};

static void there_and_back(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        int64_t ms = 42;
        assert_int_equal(sedge_time_parse(rows[i].text, strlen(rows[i].text), &ms), rows[i].good);
        if (!rows[i].good) {
            assert_int_equal(ms, 42);
            continue;
        }
        assert_true(ms == rows[i].ms);
        char text[SEDGE_TIME_TEXT_MAX];
        sedge_time_format(ms, text);
        assert_string_equal(text, rows[i].canonical ? rows[i].canonical : rows[i].text);
        for (size_t n = 0; n < strlen(rows[i].text); n++)
            assert_false(sedge_time_parse(rows[i].text, n, &ms));
    }
}

static void every_day(void **state) {
    (void)state;
    for (int64_t day = -800000; day < 3000000; day += 37) {
        char text[SEDGE_TIME_TEXT_MAX];
        int64_t ms = day * 86400000;
        if (ms < -62167219200000 || ms > 253402300799999)
            continue;
        sedge_time_format(ms, text);
        int64_t back;
        assert_true(sedge_time_parse(text, strlen(text), &back));
        assert_true(back == ms);
    }
}

static void plain(void **state) {
    (void)state;
    int64_t ms;
    assert_true(sedge_time_parse_plain("2020-03-09 10:14:33", 19, &ms));
    assert_true(ms == 1583748873000);
    assert_false(sedge_time_parse_plain("2020-03-09 10:14:33Z", 20, &ms));
}

static void manual(void **state) {
    (void)state;
    sedge_clock_manual m = sedge_clock_manual_at(1000);
    sedge_clock_manual_advance(&m, 500);
    assert_int_equal(sedge_now_ms(&m.clock), 1500);
    assert_int_equal(sedge_monotonic_ms(&m.clock), 500);
    const sedge_clock *os = sedge_clock_os();
    int64_t before = sedge_monotonic_ns(os);
    int64_t cpu = sedge_thread_cpu_ns(os);
    sedge_sleep_ms(20);
    assert_true(sedge_monotonic_ns(os) - before >= 20000000);
    assert_true(sedge_thread_cpu_ns(os) - cpu < 20000000);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(every_day),
                                        cmocka_unit_test(plain), cmocka_unit_test(manual) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
