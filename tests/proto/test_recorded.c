/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as version 0.1 sent them, in tests/proto/recorded: every later version must read them to the same content.
 * Missing ones are recorded when SEDGE_RECORD=1 is set; files that are there are never recorded again. */
#include <stdio.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "os/file.h"
#include "proto/cose.h"

#include "sample_messages.h"

static sedge_error err;

static void path_of(const char *name, char path[SEDGE_PATH_MAX]) {
    const char *root = getenv("SEDGE_TEST_SOURCE");
    assert_non_null(root);
    assert_int_equal(sedge_path_format(path, &err, "%s/tests/proto/recorded/%s", root, name), SEDGE_OK);
}

static uint8_t *read_recorded(const char *name, size_t *ret_n) {
    char path[SEDGE_PATH_MAX];
    uint8_t *data;
    path_of(name, path);
    if (sedge_file_read(NULL, path, 1 << 20, &data, ret_n, &err))
        fail_msg("%s", err.text);
    return data;
}

static void record(const char *name, sedge_bytes bytes) {
    char path[SEDGE_PATH_MAX];
    path_of(name, path);
    if (!sedge_file_exists(NULL, path))
        assert_int_equal(sedge_file_write_atomic(NULL, path, bytes, 0644, &err), SEDGE_OK);
}

static int make_missing(void **state) {
    (void)state;
    if (!getenv("SEDGE_RECORD"))
        return 0;
    sedge_report report = sample_report();
    sedge_samples samples = sample_samples();
    sedge_desired desired = sample_desired();
    sedge_enrol_request request = sample_enrol_request();
    sedge_enrol_answer answer = sample_enrol_answer();
    sedge_auto(sedge_key) key = NULL;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF sealed = sedge_buf_init(1 << 20);
    assert_int_equal(sedge_report_encode(&report, &b, &err), SEDGE_OK);
    record("report-0.1.cbor", sedge_buf_bytes(&b));
    assert_int_equal(sedge_key_generate(SEDGE_KEY_P256, &key, &err), SEDGE_OK);
    assert_int_equal(sedge_cose_sign(key, SEDGE_REPORT_TYPE, SAMPLE_DEVICE, sedge_buf_bytes(&b), &sealed, &err),
                     SEDGE_OK);
    record("report-0.1.cose", sedge_buf_bytes(&sealed));
    sedge_buf_clear(&b);
    assert_int_equal(sedge_key_public_pem(key, &b, &err), SEDGE_OK);
    record("report-0.1.pem", sedge_buf_bytes(&b));
    sedge_buf_clear(&b);
    assert_int_equal(sedge_samples_encode(&samples, &b, &err), SEDGE_OK);
    record("samples-0.1.cbor", sedge_buf_bytes(&b));
    sedge_buf_clear(&b);
    assert_int_equal(sedge_desired_encode(&desired, &b, &err), SEDGE_OK);
    record("desired-0.1.json", sedge_buf_bytes(&b));
    sedge_buf_clear(&b);
    assert_int_equal(sedge_enrol_request_encode(&request, &b, &err), SEDGE_OK);
    record("enrol-request-0.1.json", sedge_buf_bytes(&b));
    sedge_buf_clear(&b);
    assert_int_equal(sedge_enrol_answer_encode(&answer, &b, &err), SEDGE_OK);
    record("enrol-answer-0.1.json", sedge_buf_bytes(&b));
    return 0;
}

static void check_report(sedge_bytes bytes) {
    sedge_report want = sample_report(), got;
    SEDGE_AUTO_BUF a = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    if (sedge_report_decode(bytes, &got, &err))
        fail_msg("%s", err.text);
    assert_int_equal(sedge_report_encode(&want, &a, &err), SEDGE_OK);
    assert_int_equal(sedge_report_encode(&got, &b, &err), SEDGE_OK);
    sedge_report_done(&got);
    assert_true(sedge_bytes_equal(sedge_buf_bytes(&a), sedge_buf_bytes(&b)));
}

static void report(void **state) {
    (void)state;
    size_t n;
    SEDGE_AUTO_MEM uint8_t *data = read_recorded("report-0.1.cbor", &n);
    check_report(sedge_bytes_of(data, n));
}

static void signed_report(void **state) {
    (void)state;
    size_t n, n_pem;
    SEDGE_AUTO_MEM uint8_t *data = read_recorded("report-0.1.cose", &n);
    SEDGE_AUTO_MEM uint8_t *pem = read_recorded("report-0.1.pem", &n_pem);
    sedge_auto(sedge_key) key = NULL;
    sedge_cose c;
    assert_int_equal(sedge_key_from_public_pem(sedge_bytes_of(pem, n_pem), &key, &err), SEDGE_OK);
    assert_int_equal(sedge_cose_parse(sedge_bytes_of(data, n), &c, &err), SEDGE_OK);
    assert_string_equal(c.device, SAMPLE_DEVICE);
    assert_int_equal(sedge_cose_verify(&c, SEDGE_REPORT_TYPE, key, &err), SEDGE_OK);
    check_report(c.payload);
}

static void samples(void **state) {
    (void)state;
    size_t n;
    SEDGE_AUTO_MEM uint8_t *data = read_recorded("samples-0.1.cbor", &n);
    sedge_samples want = sample_samples(), got;
    if (sedge_samples_decode(sedge_bytes_of(data, n), &got, &err))
        fail_msg("%s", err.text);
    assert_string_equal(got.request, want.request);
    assert_string_equal(got.channels[1], want.channels[1]);
    assert_memory_equal(got.times_ms, want.times_ms, sizeof sample_times);
    assert_memory_equal(got.values, want.values, sizeof sample_values);
    sedge_samples_done(&got);
}

static void desired(void **state) {
    (void)state;
    size_t n;
    SEDGE_AUTO_MEM uint8_t *data = read_recorded("desired-0.1.json", &n);
    sedge_desired want = sample_desired(), got;
    SEDGE_AUTO_BUF a = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    if (sedge_desired_decode(sedge_bytes_of(data, n), &got, &err))
        fail_msg("%s", err.text);
    assert_int_equal(sedge_desired_encode(&want, &a, &err), SEDGE_OK);
    assert_int_equal(sedge_desired_encode(&got, &b, &err), SEDGE_OK);
    assert_string_equal(sedge_buf_cstr(&a), sedge_buf_cstr(&b));
}

static void enrolment(void **state) {
    (void)state;
    size_t n, m;
    SEDGE_AUTO_MEM uint8_t *request = read_recorded("enrol-request-0.1.json", &n);
    SEDGE_AUTO_MEM uint8_t *answer = read_recorded("enrol-answer-0.1.json", &m);
    sedge_enrol_request r;
    sedge_enrol_answer a;
    assert_int_equal(sedge_enrol_request_decode(sedge_bytes_of(request, n), &r, &err), SEDGE_OK);
    assert_string_equal(r.csr, sample_csr);
    assert_string_equal(sedge_labels_get(&r.labels, "line"), "2");
    sedge_enrol_request_done(&r);
    assert_int_equal(sedge_enrol_answer_decode(sedge_bytes_of(answer, m), &a, &err), SEDGE_OK);
    assert_string_equal(a.tuf_root, sample_root);
    sedge_enrol_answer_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(report), cmocka_unit_test(signed_report),
                                        cmocka_unit_test(samples), cmocka_unit_test(desired),
                                        cmocka_unit_test(enrolment) };
    return cmocka_run_group_tests(tests, make_missing, NULL);
}
