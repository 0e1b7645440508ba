/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/yaml.h"

#include <string.h>

#include "base/buf.h"

#include "../include/sedge_test.h"

static void tree(void **state) {
    (void)state;
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(
        sedge_yaml_load(sedge_bytes_text("a: 1\nb:\n  - x\n  - 'y z'\nc:\n  d: ~\n  e: '~'\n"), "f.yaml", &doc, &err),
        SEDGE_OK);
    const sedge_yaml_node *root = sedge_yaml_root(doc);
    assert_int_equal(root->count, 3);
    const sedge_yaml_node *b = sedge_yaml_get(root, "b");
    assert_int_equal(b->kind, SEDGE_YAML_SEQUENCE);
    assert_int_equal(b->key_line, 2);
    assert_int_equal(b->first->line, 3);
    assert_string_equal(b->first->next->text, "y z");
    assert_true(b->first->next->quoted);
    assert_null(b->first->next->next);
    const sedge_yaml_node *c = sedge_yaml_get(root, "c");
    assert_true(sedge_yaml_is_null(sedge_yaml_get(c, "d")));
    assert_false(sedge_yaml_is_null(sedge_yaml_get(c, "e")));
    assert_null(sedge_yaml_get(root, "z"));
    assert_int_equal(sedge_yaml_fail(doc, b, &err, "odd"), SEDGE_EINVALID);
    assert_string_equal(err.text, "f.yaml:2: odd");
}

static void sentences(void **state) {
    (void)state;
    static const struct {
        const char *text;
        sedge_status status;
        const char *sentence;
    } rows[] = {
        { "a: 1\nb: *x\n", SEDGE_EINVALID, "f.yaml:2: aliases (*name) are not accepted; write the value out" },
        { "a: &x 1\n", SEDGE_EINVALID, "f.yaml:1: anchors (&name) are not accepted; write the value out" },
        { "a: !x 1\n", SEDGE_EINVALID, "f.yaml:1: tags (!name) are not accepted; leave the tag out" },
        { "a: 1\nb: 2\na: 3\n", SEDGE_EINVALID, "f.yaml:3: the key 'a' stands already in line 1" },
        { "a: 1\n---\nb: 2\n", SEDGE_EINVALID, "f.yaml:2: a second document; one is wanted" },
        { "[1]: 2\n", SEDGE_EINVALID, "f.yaml:1: a key must be a plain word" },
        { "a: \"x\\0y\"\n", SEDGE_EINVALID, "f.yaml:1: a NUL character in a text" },
        { "a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", SEDGE_ELIMIT,
          "f.yaml:1: nested deeper than 16 levels, the limit" },
        { "a: 'x\n", SEDGE_EINVALID, "f.yaml:2: found unexpected end of stream" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_auto(sedge_yaml) doc = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_yaml_load(sedge_bytes_text(rows[i].text), "f.yaml", &doc, &err), rows[i].status);
        assert_string_equal(err.text, rows[i].sentence);
        assert_null(doc);
    }
}

static void many_keys(void **state) {
    (void)state;
    SEDGE_AUTO_BUF text = sedge_buf_init(SEDGE_YAML_BYTES_MAX);
    for (int i = 0; i <= SEDGE_YAML_KEYS_MAX; i++)
        sedge_buf_printf(&text, "k%d: 1\n", i);
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_yaml_load(sedge_buf_bytes(&text), "f", &doc, &err), SEDGE_ELIMIT);
    assert_string_equal(err.text, "f:1: more than 1000 keys, the limit");
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(tree), cmocka_unit_test(sentences),
                                        cmocka_unit_test(many_keys) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
