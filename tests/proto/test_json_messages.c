/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "../include/sedge_test.h"

#include "sample_messages.h"

static void desired(void **state) {
    (void)state;
    sedge_desired d = sample_desired(), back;
    SEDGE_AUTO_BUF b = sedge_buf_init(SEDGE_DESIRED_BYTES_MAX);
    SEDGE_AUTO_BUF again = sedge_buf_init(SEDGE_DESIRED_BYTES_MAX);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_desired_encode(&d, &b, &err) || sedge_desired_decode(sedge_buf_bytes(&b), &back, &err))
        fail_msg("%s", err.text);
    assert_int_equal(back.models[0].release, 7);
    assert_string_equal(back.models[0].target, "pump/7.bundle");
    assert_true(back.report_s == 5.5);
    assert_int_equal(back.samples.rows, 512);
    assert_int_equal(sedge_desired_encode(&back, &again, &err), SEDGE_OK);
    assert_true(sedge_bytes_equal(sedge_buf_bytes(&b), sedge_buf_bytes(&again)));
}

static void foreign_desired(void **state) {
    (void)state;
    static const struct {
        const char *name, *text;
        sedge_status status;
        const char *words;
    } rows[] = {
        { "least", "{\"version\":1,\"poll_s\":1,\"report_s\":1,\"models\":[]}", SEDGE_OK, "" },
        { "unknown fields", "{\"version\":1,\"poll_s\":1,\"report_s\":1,\"models\":[],\"x\":{\"y\":[1]}}", SEDGE_OK,
          "" },
        { "newer", "{\"version\":2}", SEDGE_EUNSUPPORTED, "version 2" },
        { "no version", "{}", SEDGE_EINVALID, "version" },
        { "a busy loop", "{\"version\":1,\"poll_s\":0,\"report_s\":1,\"models\":[]}", SEDGE_EINVALID, "poll_s" },
        { "model name",
          "{\"version\":1,\"poll_s\":1,\"report_s\":1,\"models\":[{\"name\":\"../x\",\"release\":1,\"target\":\"t\","
          "\"rollout\":\"\",\"probation_s\":1}]}",
          SEDGE_EINVALID, "models[0]" },
        { "release 0",
          "{\"version\":1,\"poll_s\":1,\"report_s\":1,\"models\":[{\"name\":\"x\",\"release\":0,\"target\":\"t\","
          "\"rollout\":\"\",\"probation_s\":1}]}",
          SEDGE_EINVALID, "release" },
        { "an array", "[]", SEDGE_EINVALID, "desired state" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_desired d;
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = sedge_desired_decode(sedge_bytes_text(rows[i].text), &d, &err);
        if (st != rows[i].status || !strstr(err.text, rows[i].words))
            fail_msg("%s: %s '%s'", rows[i].name, sedge_status_name(st), err.text);
    }
}

static void enrolment(void **state) {
    (void)state;
    sedge_enrol_request request = sample_enrol_request(), r;
    sedge_enrol_answer answer = sample_enrol_answer(), a;
    SEDGE_AUTO_BUF b = sedge_buf_init(SEDGE_ENROL_BYTES_MAX);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_enrol_request_encode(&request, &b, &err) || sedge_enrol_request_decode(sedge_buf_bytes(&b), &r, &err))
        fail_msg("%s", err.text);
    assert_string_equal(r.token, "sedge_0123");
    assert_string_equal(r.csr, sample_csr);
    assert_string_equal(sedge_labels_get(&r.labels, "site"), "north");
    assert_int_equal(r.facts.cpus, 2);
    sedge_enrol_request_done(&r);
    for (size_t n = 0; n < b.n; n++)
        assert_int_not_equal(sedge_enrol_request_decode(sedge_bytes_of(b.data, n), &r, &err), SEDGE_OK);
    sedge_buf_clear(&b);
    if (sedge_enrol_answer_encode(&answer, &b, &err) || sedge_enrol_answer_decode(sedge_buf_bytes(&b), &a, &err))
        fail_msg("%s", err.text);
    assert_string_equal(a.device, SAMPLE_DEVICE);
    assert_string_equal(a.tuf_root, sample_root);
    assert_true(a.poll_s == 0.5);
    sedge_enrol_answer_done(&a);
    for (size_t n = 0; n < b.n; n++)
        assert_int_not_equal(sedge_enrol_answer_decode(sedge_bytes_of(b.data, n), &a, &err), SEDGE_OK);
}

static void labels(void **state) {
    (void)state;
    sedge_labels l, s;
    sedge_error err;
    assert_int_equal(sedge_labels_from_text("site=north,line=2,site=south,empty=", &l, &err), SEDGE_OK);
    assert_int_equal(l.n, 3);
    assert_string_equal(l.items[0].key, "empty");
    assert_string_equal(sedge_labels_get(&l, "site"), "south");
    static const struct {
        const char *selector;
        bool matches;
    } rows[] = { { "", true },         { "site=south", true }, { "site=south,line=2", true }, { "site=north", false },
                 { "other=1", false }, { "empty=", true } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        assert_int_equal(sedge_labels_from_text(rows[i].selector, &s, &err), SEDGE_OK);
        assert_int_equal(sedge_labels_match(&l, &s), rows[i].matches);
    }
    sedge_labels_remove(&l, "line");
    assert_int_equal(l.n, 2);
    assert_null(sedge_labels_get(&l, "line"));
    static const char *const bad[] = { "site",  "=x",
                                       "a b=1", "a=b c",
                                       "a=b=c", "k=01234567890123456789012345678901234567890123456789012345678901234" };
    for (size_t i = 0; i < SEDGE_COUNT(bad); i++)
        assert_int_equal(sedge_labels_from_text(bad[i], &l, &err), SEDGE_EINVALID);
    for (int i = 0; i <= SEDGE_LABELS_MAX; i++) {
        char key[3] = { 'k', (char)('0' + i), '\0' };
        if (i >= 10)
            key[1] = (char)('a' + i - 10);
        assert_int_equal(sedge_labels_set(&s, key, "v", &err), s.n < SEDGE_LABELS_MAX ? SEDGE_OK : SEDGE_ELIMIT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(desired), cmocka_unit_test(foreign_desired),
                                        cmocka_unit_test(enrolment), cmocka_unit_test(labels) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
