/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_text.h"

#include <math.h>

#include "../include/sedge_test.h"

static json_t *sample(void) {
    return json_pack("{s:s,s:i,s:f,s:b,s:n,s:{s:s,s:i},s:{},s:[i,i]}", "text", "x y", "int", 7, "real", 0.25, "yes", 1,
                     "null", "labels", "site", "a", "line", 2, "empty", "list", 1, 2);
}

static void members_as_text(void **state) {
    static const struct {
        const char *path, *text;
    } rows[] = {
        { "text", "x y" },
        { "int", "7" },
        { "real", "0.25" },
        { "yes", "yes" },
        { "null", "-" },
        { "missing", "-" },
        { "labels", "site=a,line=2" },
        { "labels.site", "a" },
        { "labels.none", "-" },
        { "empty", "-" },
        { "text.deeper", "-" },
    };
    char text[JSON_TEXT_MAX];
    json_t *doc = sample();
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        assert_string_equal(json_text(doc, rows[i].path, text), rows[i].text);
    assert_string_equal(json_text(NULL, "any", text), "-");
    json_decref(doc);
}

static void numbers(void **state) {
    json_t *doc = sample();
    (void)state;
    assert_float_equal(json_number(doc, "labels.line", 0), 2, 0);
    assert_float_equal(json_number(doc, "real", 0), 0.25, 0);
    assert_true(isnan(json_number(doc, "text", NAN)));
    json_decref(doc);
}

static void ages(void **state) {
    static const struct {
        json_int_t at;
        int64_t now;
        const char *text;
    } rows[] = {
        { 0, 1000, "-" },
        { 1000, 1999, "now" },
        { 1000, 13000, "12 s ago" },
        { 1000, 181000, "3 min ago" },
        { 1000, 7201000, "2 h ago" },
        { 5000, 1000, "now" },
    };
    char text[JSON_TEXT_MAX];
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        json_t *doc = json_pack("{s:I}", "at", rows[i].at);
        assert_string_equal(json_ago(doc, "at", rows[i].now, text), rows[i].text);
        json_decref(doc);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_as_text),
        cmocka_unit_test(numbers),
        cmocka_unit_test(ages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
