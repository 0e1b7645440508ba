/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/csv_line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../include/sedge_test.h"

static const struct split_row {
    const char *line;
    char separator;
    const char *fields; /**< joined with '|', or NULL when refused */
} split_rows[] = {
    { "a;b;c", ';', "a|b|c" },
    { "a;b;c\r", ';', "a|b|c" },
    { "", ',', "" },
    { "\r", ',', "" },
    { ",", ',', "|" },
    { " a , b\t", ',', "a|b" },
    { "\"a,b\",\"say \"\"no\"\"\",", ',', "a,b|say \"no\"|" },
    { "\"\"", ',', "" },
    { "\"\"\"\"", ',', "\"" },
    { "\" a \"", ',', " a " },
    { "a\"b,c", ',', "a\"b|c" },
    { "\"open,b", ',', NULL },
    { "\"a\"b,c", ',', NULL },
    { "1,2,3,4,5", ',', NULL }, /* more than 4 */
};

static void split(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(split_rows); i++) {
        size_t length = strlen(split_rows[i].line), n = 0;
        SEDGE_AUTO_MEM char *line = malloc(length ? length : 1); /* exactly as long, for AddressSanitizer */
        memcpy(line, split_rows[i].line, length);
        sedge_bytes fields[4];
        char joined[64] = "";
        bool ok = sedge_csv_split(line, length, split_rows[i].separator, fields, 4, &n);
        assert_int_equal(ok, split_rows[i].fields != NULL);
        for (size_t f = 0; ok && f < n; f++)
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%.*s", f ? "|" : "", (int)fields[f].n,
                     (const char *)fields[f].p);
        if (ok)
            assert_string_equal(joined, split_rows[i].fields);
    }
}

static void separator(void **state) {
    (void)state;
    assert_int_equal(sedge_csv_separator(sedge_bytes_text("a;b,c;d")), ';');
    assert_int_equal(sedge_csv_separator(sedge_bytes_text("a,b,c")), ',');
    assert_int_equal(sedge_csv_separator(sedge_bytes_text("a\tb")), '\t');
    assert_int_equal(sedge_csv_separator(sedge_bytes_text("\"a;b;c\",d")), ',');
    assert_int_equal(sedge_csv_separator(sedge_bytes_text("alone")), ',');
}

static const struct number_row {
    const char *cell;
    bool ok;
    float value;
} number_rows[] = {
    { "1.5", true, 1.5f },  { "-0", true, -0.0f },
    { "1e3", true, 1000 },  { "0.0265878", true, 0.0265878f },
    { "+2.", true, 2 },     { "", true, NAN },
    { "NaN", true, NAN },   { "na", true, NAN },
    { "null", true, NAN },  { "inf", false, 0 },
    { "0x10", false, 0 },   { "1,5", false, 0 },
    { "1.5 ", false, 0 },   { "--1", false, 0 },
    { "1e999", false, 0 },  { "-", false, 0 },
    { "3.5e38", false, 0 }, { "1e-60", true, 0 },
    { "12a", false, 0 },    { "1.00000000000000000000000000000000000000000000000000000000000000001", false, 0 },
};

static void numbers(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(number_rows); i++) {
        float value = -1;
        bool ok = sedge_csv_number(sedge_bytes_text(number_rows[i].cell), &value);
        if (ok != number_rows[i].ok || (ok && isnan(number_rows[i].value) != isnan(value)) ||
            (ok && !isnan(value) && value != number_rows[i].value))
            fail_msg("'%s' gave %d, %g", number_rows[i].cell, ok, (double)value);
    }
}

static void times(void **state) {
    (void)state;
    int64_t ms = -1;
    assert_true(sedge_csv_time(sedge_bytes_text("1970-01-02 00:00:01"), &ms));
    assert_int_equal(ms, 86401000);
    assert_true(sedge_csv_time(sedge_bytes_text("1970-01-01T00:00:00.5Z"), &ms));
    assert_int_equal(ms, 500);
    assert_true(sedge_csv_time(sedge_bytes_text("1583749000123"), &ms));
    assert_int_equal(ms, 1583749000123);
    assert_false(sedge_csv_time(sedge_bytes_text(""), &ms));
    assert_false(sedge_csv_time(sedge_bytes_text("yesterday"), &ms));
    assert_true(sedge_csv_is_time_name(sedge_bytes_text("DateTime")));
    assert_false(sedge_csv_is_time_name(sedge_bytes_text("Pressure")));
}

static void cells(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool missing, number, time;
        double value;
        int64_t ms;
    } rows[] = {
        { "", true, false, false, 0, 0 },
        { "NaN", true, false, false, 0, 0 },
        { "n/a", true, false, false, 0, 0 },
        { "1.5", false, true, true, 1.5, 1500 },
        { "-1.5e-3", false, true, false, -1.5e-3, 0 },
        { "1,5", false, false, false, 0, 0 },
        { "0x10", false, false, false, 0, 0 },
        { "inf", false, false, false, 0, 0 },
        { "1e999", false, false, false, 0, 0 },
        { "1 2", false, false, false, 0, 0 },
        { "-", false, false, false, 0, 0 },
        { "1583748873", false, true, true, 1583748873, 1583748873000 },
        { "1583748873123", false, true, true, 1583748873123, 1583748873123 },
        { "2020-03-09 10:14:33", false, false, true, 0, 1583748873000 },
        { "2020-03-09 10:14:33.5", false, false, true, 0, 1583748873500 },
        { "2020-03-09T12:14:33+02:00", false, false, true, 0, 1583748873000 },
        { "2020-03-09", false, false, false, 0, 0 },
        { "2020-13-09 10:14:33", false, false, false, 0, 0 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        double value = 0;
        int64_t ms = 0;
        sedge_bytes cell = sedge_bytes_text(rows[i].text);
        assert_int_equal(sedge_csv_is_missing(cell), rows[i].missing);
        assert_int_equal(sedge_csv_double(cell, &value), rows[i].number);
        assert_true(value == rows[i].value);
        if (sedge_csv_time(cell, &ms) != rows[i].time || ms != rows[i].ms)
            fail_msg("'%s' is %lld", rows[i].text, (long long)ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(split), cmocka_unit_test(separator), cmocka_unit_test(numbers),
                                        cmocka_unit_test(times), cmocka_unit_test(cells) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
