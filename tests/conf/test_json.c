/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/json.h"

#include <string.h>

#include "../include/sedge_test.h"

static const char text[] = "{\"name\": \"pump\", \"n\": 7, \"x\": 0.5, \"on\": true, \"none\": null,"
                           " \"phases\": [{\"share\": 5}, {\"share\": 140}, {\"shore\": 1}], \"kind\": \"trees\"}";

static void getters(void **state) {
    (void)state;
    SEDGE_AUTO_JSON json_t *doc = NULL;
    assert_int_equal(sedge_json_load(sedge_bytes_text(text), &SEDGE_JSON_LIMITS, "request", &doc, NULL), SEDGE_OK);
    sedge_json root = sedge_json_root("request", doc);
    const char *s;
    int64_t n;
    double x;
    bool on;
    int kind;
    static const char *const kinds[] = { "dense", "trees", NULL };
    assert_int_equal(sedge_json_string(&root, "name", &s, NULL), SEDGE_OK);
    assert_string_equal(s, "pump");
    assert_int_equal(sedge_json_int(&root, "n", 0, 9, &n, NULL), SEDGE_OK);
    assert_int_equal(n, 7);
    assert_int_equal(sedge_json_double(&root, "n", 0, 9, &x, NULL), SEDGE_OK);
    assert_true(x == 7);
    assert_int_equal(sedge_json_bool(&root, "on", &on, NULL), SEDGE_OK);
    assert_int_equal(sedge_json_enum(&root, "kind", kinds, &kind, NULL), SEDGE_OK);
    assert_int_equal(kind, 1);
    assert_int_equal(sedge_json_int_or(&root, "none", 0, 9, 3, &n, NULL), SEDGE_OK);
    assert_int_equal(n, 3);
    assert_int_equal(sedge_json_string_or(&root, "absent", "else", &s, NULL), SEDGE_OK);
    assert_string_equal(s, "else");

    sedge_json phases;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_json_array(&root, "phases", &phases, NULL), SEDGE_OK);
    assert_int_equal(sedge_json_count(&phases), 3);
    sedge_json phase = sedge_json_item(&phases, 1);
    assert_int_equal(sedge_json_double(&phase, "share", 0, 100, &x, &err), SEDGE_EINVALID);
    assert_string_equal(err.text, "request: $.phases[1].share: 140 is outside 0..100");
    phase = sedge_json_item(&phases, 2);
    assert_int_equal(sedge_json_double(&phase, "share", 0, 100, &x, &err), SEDGE_EINVALID);
    assert_string_equal(err.text, "request: $.phases[2].share: missing, a number is wanted");
    static const char *const keys[] = { "share", NULL };
    assert_int_equal(sedge_json_only(&phase, keys, &err), SEDGE_EINVALID);
    assert_string_equal(err.text, "request: $.phases[2]: unknown key 'shore'; known are share");
    phase = sedge_json_item(&phases, 3);
    assert_int_equal(sedge_json_want_object(&phase, &err), SEDGE_EINVALID);
    assert_string_equal(err.text, "request: $.phases[3]: missing, an object is wanted");
    assert_int_equal(sedge_json_int(&root, "x", 0, 9, &n, &err), SEDGE_EINVALID);
    assert_string_equal(err.text, "request: $.x: is a number, an integer is wanted");
    assert_int_equal(sedge_json_enum(&root, "name", kinds, &kind, &err), SEDGE_EINVALID);
    assert_string_equal(err.text, "request: $.name: 'pump' is none of dense, trees");
}

static void refuses(void **state) {
    (void)state;
    static const sedge_json_limits small = { .bytes = 40, .depth = 3, .values = 5 };
    static const struct {
        const char *text;
        sedge_status status;
        const char *words;
    } rows[] = {
        { "", SEDGE_ETRUNCATED, "doc:1: not JSON" },
        { "{\"a\":", SEDGE_ETRUNCATED, "doc:1: not JSON" },
        { "{\"a\":1,\n\"a\":2}", SEDGE_EINVALID, "doc:2: not JSON: duplicate" },
        { "{} {}", SEDGE_EINVALID, "doc:1: not JSON: end of file expected" },
        { "\"\\u0000\"", SEDGE_EINVALID, "doc:1: not JSON: \\u0000" },
        { "\"\xff\"", SEDGE_EINVALID, "doc:1: not JSON: unable to decode" },
        { "[[[[1]]]]", SEDGE_ELIMIT, "doc: JSON nested deeper than 3 levels" },
        { "[1,2,3,4,5,6]", SEDGE_ELIMIT, "doc: more than 5 JSON values" },
        { "[1,                                      2]", SEDGE_ELIMIT, "the limit is 40" },
        { "\"[[[[,,,,,,,,\\\"[[[[\"", SEDGE_OK, "" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        SEDGE_AUTO_JSON json_t *doc = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_json_load(sedge_bytes_text(rows[i].text), &small, "doc", &doc, &err), rows[i].status);
        assert_non_null(strstr(err.text, rows[i].words));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(getters), cmocka_unit_test(refuses) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
