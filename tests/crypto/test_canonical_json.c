/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/canonical_json.h"

#include <string.h>

#include "../include/sedge_test.h"
#include "conf/json.h"

static void vectors(void **state) {
    (void)state;
    static const struct {
        const char *in, *out, *stable_form; /* out NULL: refused; stable_form "": as out */
    } rows[] = {
        { "{\"b\": 1, \"a\": [true, false, null]}", "{\"a\":[true,false,null],\"b\":1}", "" },
        { "{\"a\":{\"\\u00e9\":1,\"z\":2}}", "{\"a\":{\"z\":2,\"\xc3\xa9\":1}}", "" },
        { "\"tab\\t quote\\\" back\\\\ nl\\n\"", "\"tab\t quote\\\" back\\\\ nl\n\"",
          "\"tab\\u0009 quote\\\" back\\\\ nl\\u000a\"" },
        { "[-7, 0, 9007199254740993]", "[-7,0,9007199254740993]", "" },
        { "{}", "{}", "" },
        { "[0.1, 1.0, 1e300, 0.30000000000000004]", NULL, "[0.1,1.0,1e300,0.30000000000000004]" },
        { "[-0.0, 100000.5]", NULL, "[-0.0,100000.5]" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        SEDGE_AUTO_JSON json_t *doc = json_loads(rows[i].in, JSON_DECODE_ANY, NULL);
        assert_non_null(doc);
        SEDGE_AUTO_BUF plain = sedge_buf_init(1 << 16);
        SEDGE_AUTO_BUF stable = sedge_buf_init(1 << 16);
        sedge_status st = sedge_canonical_json(doc, &plain, NULL);
        assert_int_equal(st, rows[i].out ? SEDGE_OK : SEDGE_EINVALID);
        if (rows[i].out)
            assert_string_equal(sedge_buf_cstr(&plain), rows[i].out);
        assert_int_equal(sedge_stable_json(doc, &stable, NULL), SEDGE_OK);
        assert_string_equal(sedge_buf_cstr(&stable), rows[i].stable_form[0] ? rows[i].stable_form : rows[i].out);
    }
}

static void limits(void **state) {
    (void)state;
    SEDGE_AUTO_JSON json_t *deep = json_array();
    for (int i = 0; i < SEDGE_CANONICAL_DEPTH_MAX + 1; i++) {
        json_t *outer = json_array();
        json_array_append_new(outer, deep);
        deep = outer;
    }
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
    assert_int_equal(sedge_canonical_json(deep, &out, NULL), SEDGE_EINVALID);
    SEDGE_AUTO_JSON json_t *text = json_string("longer than four");
    SEDGE_AUTO_BUF small = sedge_buf_init(4);
    assert_int_equal(sedge_canonical_json(text, &small, NULL), SEDGE_ENOMEM);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(vectors), cmocka_unit_test(limits) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
