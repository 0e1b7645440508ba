/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "../include/sedge_test.h"
#include "proto/cbor.h"
#include "proto/report.h"

#include "sample_messages.h"

static void there_and_back(void **state) {
    (void)state;
    sedge_report out = sample_report(), back;
    sedge_error err = SEDGE_ERROR_INIT;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF again = sedge_buf_init(1 << 20);
    if (sedge_report_encode(&out, &b, &err) || sedge_report_decode(sedge_buf_bytes(&b), &back, &err))
        fail_msg("%s", err.text);
    assert_string_equal(back.device, SAMPLE_DEVICE);
    assert_string_equal(back.boot, SAMPLE_BOOT);
    assert_int_equal(back.n_models, 2);
    assert_int_equal(back.models[0].state, SEDGE_STATE_ROLLED_BACK);
    assert_int_equal(back.models[0].error, SEDGE_EGATE);
    assert_int_equal(back.models[0].slot, 'b');
    assert_true(back.models[0].has_bundle && !back.models[1].has_bundle);
    assert_true(back.models[0].window.score_sum == 12.34);
    assert_true(sedge_bytes_equal(back.models[0].window.features, sedge_bytes_text("packed")));
    assert_string_equal(back.events[0].text, "too slow");
    assert_int_equal(sedge_report_encode(&back, &again, &err), SEDGE_OK);
    assert_true(sedge_bytes_equal(sedge_buf_bytes(&b), sedge_buf_bytes(&again)));
    sedge_report_done(&back);
    assert_null(back.models);
}

static void cut_and_changed(void **state) {
    (void)state;
    sedge_report out = sample_report(), back;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    assert_int_equal(sedge_report_encode(&out, &b, NULL), SEDGE_OK);
    for (size_t n = 0; n < b.n; n++) {
        SEDGE_AUTO_MEM uint8_t *exact = malloc(n + 1);
        memcpy(exact, b.data, n);
        assert_int_not_equal(sedge_report_decode(sedge_bytes_of(exact, n), &back, NULL), SEDGE_OK);
    }
    for (size_t i = 0; i < b.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            b.data[i] ^= (uint8_t)(1 << bit);
            if (sedge_report_decode(sedge_buf_bytes(&b), &back, NULL) == SEDGE_OK)
                sedge_report_done(&back);
            b.data[i] ^= (uint8_t)(1 << bit);
        }
    sedge_buf_u8(&b, 0);
    assert_int_equal(sedge_report_decode(sedge_buf_bytes(&b), &back, NULL), SEDGE_EINVALID);
}

static void put_minimum(sedge_buf *b, size_t extra) {
    uint8_t boot[16] = { 1 };
    sedge_cbor_put_map(b, 4 + extra);
    sedge_cbor_put_u64(b, 0);
    sedge_cbor_put_u64(b, 1);
    sedge_cbor_put_u64(b, 1);
    sedge_cbor_put_text(b, "dev");
    sedge_cbor_put_u64(b, 2);
    sedge_cbor_put_bytes(b, sedge_bytes_of(boot, sizeof boot));
    sedge_cbor_put_u64(b, 3);
    sedge_cbor_put_u64(b, 9);
}

static void later_versions(void **state) {
    (void)state;
    sedge_report r;
    sedge_error err = SEDGE_ERROR_INIT;
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    put_minimum(&b, 3);
    sedge_cbor_put_u64(&b, 63); /* unknown fields of every shape */
    sedge_cbor_put_array(&b, 1);
    sedge_cbor_put_map(&b, 0);
    sedge_cbor_put_u64(&b, 1000000);
    sedge_cbor_put_text(&b, "later");
    sedge_cbor_put_u64(&b, 10); /* a model with a state and an error that we do not know */
    sedge_cbor_put_array(&b, 1);
    sedge_cbor_put_map(&b, 3);
    sedge_cbor_put_u64(&b, 1);
    sedge_cbor_put_text(&b, "pump");
    sedge_cbor_put_u64(&b, 5);
    sedge_cbor_put_u64(&b, 99);
    sedge_cbor_put_u64(&b, 8);
    sedge_cbor_put_text(&b, "melted");
    if (sedge_report_decode(sedge_buf_bytes(&b), &r, &err))
        fail_msg("%s", err.text);
    assert_int_equal(r.seq, 9);
    assert_int_equal(r.models[0].state, SEDGE_STATE_UNKNOWN);
    assert_int_equal(r.models[0].error, SEDGE_EINTERNAL);
    sedge_report_done(&r);
}

static void refused(void **state) {
    (void)state;
    sedge_report r = sample_report(), back;
    sedge_error err = SEDGE_ERROR_INIT;
    SEDGE_AUTO_BUF twice = sedge_buf_init(1 << 20);
    put_minimum(&twice, 1);
    sedge_cbor_put_u64(&twice, 3);
    sedge_cbor_put_u64(&twice, 10);
    assert_int_equal(sedge_report_decode(sedge_buf_bytes(&twice), &back, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "seq stands there twice"));
    SEDGE_AUTO_BUF newer = sedge_buf_init(1 << 20);
    put_minimum(&newer, 0);
    newer.data[2] = 2;
    assert_int_equal(sedge_report_decode(sedge_buf_bytes(&newer), &back, &err), SEDGE_EUNSUPPORTED);

    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    r.models[0].state = SEDGE_STATE_UNKNOWN;
    assert_int_equal(sedge_report_encode(&r, &out, &err), SEDGE_EINVALID);
    r = sample_report();
    r.n_models = SEDGE_REPORT_MODELS_MAX + 1;
    sedge_report_model *many = calloc(r.n_models, sizeof *many);
    for (size_t i = 0; i < r.n_models; i++)
        many[i].name[0] = 'm';
    r.models = many;
    assert_int_equal(sedge_report_encode(&r, &out, &err), SEDGE_ELIMIT);
    free(many);
    r = sample_report();
    r.seq = 0;
    assert_int_equal(sedge_report_encode(&r, &out, &err), SEDGE_EINVALID);
    r = sample_report();
    r.models[1].name[0] = '/';
    assert_int_equal(sedge_report_encode(&r, &out, &err), SEDGE_EINVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(there_and_back), cmocka_unit_test(cut_and_changed),
                                        cmocka_unit_test(later_versions), cmocka_unit_test(refused) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
