/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/intent.h"

#include "agent_files.h"

#include "../include/sedge_test.h"

#define D1 "1111111111111111111111111111111111111111111111111111111111111111"
#define D2 "2222222222222222222222222222222222222222222222222222222222222222"

static sedge_intent full_intent(void) {
    sedge_intent in = { .step = SEDGE_STEP_PROBATION,
                        .current = SEDGE_SLOT_B,
                        .target = SEDGE_SLOT_NONE,
                        .floor = 7,
                        .starts = 3,
                        .slots = { { 7, D1, "", 10000 }, { UINT64_MAX, D2, "0190b0c0", 0 } } };
    for (int i = 0; i < SEDGE_INTENT_BAD_MAX; i++) {
        char digest[SEDGE_DIGEST_HEX_MAX];
        memset(digest, '0' + i, sizeof digest - 1);
        digest[sizeof digest - 1] = '\0';
        sedge_intent_add_bad(&in, digest, i % 2 ? "r1" : "");
    }
    return in;
}

static void store_full(const char *dir, char path[SEDGE_PATH_MAX], char *ret_text, size_t size, size_t *ret_n) {
    sedge_intent in = full_intent();
    snprintf(path, SEDGE_PATH_MAX, "%s/intent", dir);
    assert_int_equal(sedge_intent_store(sedge_fs_os(), path, &in, NULL), SEDGE_OK);
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    assert_int_equal(sedge_file_read(NULL, path, size, &data, ret_n, NULL), SEDGE_OK);
    memcpy(ret_text, data, *ret_n);
}

static void there_and_back(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX], path[SEDGE_PATH_MAX], text[SEDGE_INTENT_FILE_MAX];
    size_t n;
    test_dir_make(dir);
    store_full(dir, path, text, sizeof text, &n);
    sedge_intent want = full_intent(), got;
    assert_int_equal(sedge_intent_load(sedge_fs_os(), path, &got, NULL), SEDGE_OK);
    assert_int_equal(got.step, want.step);
    assert_int_equal(got.current, want.current);
    assert_int_equal(got.floor, want.floor);
    assert_int_equal(got.starts, want.starts);
    assert_string_equal(got.slots[1].rollout, "0190b0c0");
    assert_true(got.slots[1].release == UINT64_MAX);
    assert_string_equal(got.slots[0].digest, D1);
    assert_int_equal(got.n_bad, SEDGE_INTENT_BAD_MAX);
    assert_string_equal(got.bad[7].digest, want.bad[7].digest);
    assert_string_equal(got.bad[7].rollout, "r1");
    assert_string_equal(got.bad[6].rollout, "");
    test_dir_remove(dir);
}

static void missing_is_empty(void **state) {
    (void)state;
    sedge_intent got;
    assert_int_equal(sedge_intent_load(sedge_fs_os(), "/nonexistent/intent", &got, NULL), SEDGE_OK);
    assert_int_equal(got.step, SEDGE_STEP_EMPTY);
    assert_null(sedge_intent_current(&got));
}

/* Cut at every length and with every byte flipped: refused, never half read. */
static void damage_is_refused(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX], path[SEDGE_PATH_MAX], text[SEDGE_INTENT_FILE_MAX];
    size_t n;
    test_dir_make(dir);
    store_full(dir, path, text, sizeof text, &n);
    sedge_intent got;
    for (size_t cut = 0; cut < n; cut++) {
        SEDGE_AUTO_MEM char *part = malloc(cut ? cut : 1);
        memcpy(part, text, cut);
        assert_int_equal(sedge_intent_parse(part, cut, &got, NULL), SEDGE_EINVALID);
    }
    for (size_t i = 0; i < n; i++) {
        text[i] ^= 0x11;
        assert_int_equal(sedge_intent_parse(text, n, &got, NULL), SEDGE_EINVALID);
        text[i] ^= 0x11;
    }
    test_dir_remove(dir);
}

static const struct row {
    const char *name, *body, *words;
} rows[] = {
    { "another version", "sedge-intent 2\n", "line 1" },
    { "unknown step", "sedge-intent 1\nstep resting\n", "line 2" },
    { "unknown key", "sedge-intent 1\ncolour red\n", "line 2" },
    { "a number that does not fit", "sedge-intent 1\nfloor 18446744073709551616\n", "line 2" },
    { "a digest too short", "sedge-intent 1\nbad 1234 -\n", "line 2" },
    { "two blanks", "sedge-intent 1\nstep  empty\n", "line 2" },
    { "no value", "sedge-intent 1\nstep\n", "line 2" },
    { "a slot without the rest", "sedge-intent 1\na 7\n", "line 2" },
    { "current is empty", "sedge-intent 1\ncurrent a\n", "empty slot" },
    { "target is current", "sedge-intent 1\ncurrent a\ntarget a\na 7 " D1 " - 0\n", "same slot" },
};

static void rules(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_digest sum;
        char hex[SEDGE_DIGEST_HEX_MAX], text[1024];
        assert_int_equal(sedge_digest_of(sedge_bytes_text(rows[i].body), &sum, NULL), SEDGE_OK);
        sedge_digest_hex(&sum, hex);
        int n = snprintf(text, sizeof text, "%ssum %s\n", rows[i].body, hex);
        sedge_intent got;
        sedge_error err = SEDGE_ERROR_INIT;
        print_message("# %s\n", rows[i].name);
        assert_int_equal(sedge_intent_parse(text, (size_t)n, &got, &err), SEDGE_EINVALID);
        assert_non_null(strstr(err.text, rows[i].words));
    }
}

static void bad_list(void **state) {
    (void)state;
    sedge_intent in = full_intent();
    sedge_intent_add_bad(&in, D1, "r1"); /* already there: becomes the newest */
    assert_int_equal(in.n_bad, SEDGE_INTENT_BAD_MAX);
    assert_string_equal(in.bad[SEDGE_INTENT_BAD_MAX - 1].digest, D1);
    sedge_intent_add_bad(&in, "f", "r2");
    assert_int_equal(in.n_bad, SEDGE_INTENT_BAD_MAX);
    assert_true(sedge_intent_is_bad(&in, "f", "r2"));
    assert_false(sedge_intent_is_bad(&in, "f", "r3"));
    assert_true(sedge_intent_is_bad(&in, D1, "r1"));
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(missing_is_empty),
                                        cmocka_unit_test(damage_is_refused), cmocka_unit_test(rules),
                                        cmocka_unit_test(bad_list) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
