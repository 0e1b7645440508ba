/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/frame.h"

#include <string.h>

#include "../include/sedge_test.h"

static sedge_ready some_ready(void) {
    sedge_ready r = { .channels = 2, .length = 16, .step = 4, .features = 8, .names = { "Pressure", "Current" } };
    return r;
}

static void ready_there_and_back(void **state) {
    (void)state;
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
    sedge_ready want = some_ready(), got;
    sedge_ready_put(&out, &want);
    sedge_bytes in = sedge_buf_bytes(&out), body;
    sedge_frame_type type;
    assert_int_equal(sedge_frame_take(&in, &type, &body, NULL), SEDGE_OK);
    assert_int_equal(type, SEDGE_FRAME_READY);
    assert_int_equal(in.n, 0);
    assert_true(sedge_ready_take(body, &got));
    assert_int_equal(got.features, 8);
    assert_string_equal(got.names[1], "Current");
}

/* Cut anywhere: a frame waits for the rest; a body is refused. */
static void cut_anywhere(void **state) {
    (void)state;
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
    sedge_ready want = some_ready(), got;
    sedge_ready_put(&out, &want);
    for (size_t n = 0; n < out.n; n++) {
        SEDGE_AUTO_MEM uint8_t *part = malloc(n ? n : 1);
        memcpy(part, out.data, n);
        sedge_bytes in = sedge_bytes_of(part, n), body;
        sedge_frame_type type;
        assert_int_equal(sedge_frame_take(&in, &type, &body, NULL), SEDGE_ETRUNCATED);
        assert_int_equal(in.n, n);
        if (n >= SEDGE_FRAME_HEADER)
            assert_false(sedge_ready_take(sedge_bytes_of(part + SEDGE_FRAME_HEADER, n - SEDGE_FRAME_HEADER), &got));
    }
}

static void limits(void **state) {
    (void)state;
    uint8_t head[SEDGE_FRAME_HEADER] = { 0 };
    sedge_bytes in = sedge_bytes_of(head, sizeof head), body;
    sedge_frame_type type;
    sedge_store_u32(head, SEDGE_FRAME_MAX + 1);
    sedge_store_u32(head + 4, SEDGE_FRAME_DONE);
    assert_int_equal(sedge_frame_take(&in, &type, &body, NULL), SEDGE_ELIMIT);
    sedge_store_u32(head, 0);
    sedge_store_u32(head + 4, SEDGE_FRAME_TYPES);
    assert_int_equal(sedge_frame_take(&in, &type, &body, NULL), SEDGE_EINVALID);
}

/* What a worker could claim: each row breaks one rule of a sedge_done. */
static const struct claim {
    const char *name;
    uint32_t rows, inferences, failures, anomalies;
    double score_sum;
    bool ok;
} claims[] = {
    { "honest", 10, 4, 1, 2, 3.5, true },
    { "more rows than a frame", SEDGE_FRAME_ROWS_MAX + 1, 0, 0, 0, 0, false },
    { "more inferences than rows", 10, 11, 0, 0, 0, false },
    { "more failures than inferences", 10, 4, 5, 0, 0, false },
    { "more anomalies than inferences", 10, 4, 0, 5, 0, false },
    { "not a number", 10, 4, 0, 0, __builtin_nan(""), false },
};

static void a_worker_is_not_trusted(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(claims); i++) {
        static sedge_done want, got;
        want = (sedge_done){ .rows = claims[i].rows,
                             .inferences = claims[i].inferences,
                             .failures = claims[i].failures,
                             .anomalies = claims[i].anomalies,
                             .score_sum = claims[i].score_sum,
                             .text = "why" };
        SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
        sedge_done_put(&out, &want);
        print_message("# %s\n", claims[i].name);
        assert_int_equal(sedge_done_take(sedge_buf_bytes(&out), &got), claims[i].ok);
        if (claims[i].ok)
            assert_string_equal(got.text, "why");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(ready_there_and_back), cmocka_unit_test(cut_anywhere),
                                        cmocka_unit_test(limits), cmocka_unit_test(a_worker_is_not_trusted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
