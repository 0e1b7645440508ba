/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/golden.h"

#include <string.h>

#include "../include/sedge_test.h"

/* A model: each output byte is the sum of the input plus a step, so that a changed step is another model. */
static sedge_status sum(void *ctx, sedge_bytes input, uint8_t *output, size_t output_bytes, sedge_error *err) {
    const int *step = ctx;
    if (*step < 0)
        return sedge_fail(err, SEDGE_EINTERNAL, "broken model");
    uint8_t total = 0;
    for (size_t i = 0; i < input.n; i++)
        total = (uint8_t)(total + input.p[i]);
    for (size_t i = 0; i < output_bytes; i++)
        output[i] = (uint8_t)(total + *step * (int)i);
    return SEDGE_OK;
}

static const uint8_t inputs[] = { 1, 2, 3, 4, 5, 6 };

static void make_and_check(void **state) {
    (void)state;
    int step = 1, other = 2, broken = -1;
    sedge_golden g;
    sedge_error err;
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    assert_int_equal(sedge_golden_make(sedge_bytes_of(inputs, 6), 2, 4, sum, &step, &out, &err), SEDGE_OK);
    assert_int_equal(sedge_golden_parse(sedge_buf_bytes(&out), &g, &err), SEDGE_OK);
    assert_int_equal(g.count, 2);
    assert_int_equal(sedge_golden_input(&g, 1).p[0], 4);
    assert_int_equal(sedge_golden_output(&g, 1).p[3], 18);
    assert_int_equal(sedge_golden_check(&g, 3, 4, sum, &step, &err), SEDGE_OK);
    assert_int_equal(sedge_golden_check(&g, 3, 4, sum, &other, &err), SEDGE_EGATE);
    assert_non_null(strstr(err.text, "golden vector 0: output byte 1 is 8, it must be 7"));
    assert_int_equal(sedge_golden_check(&g, 3, 4, sum, &broken, &err), SEDGE_EINTERNAL);
    assert_int_equal(sedge_golden_check(&g, 4, 4, sum, &step, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_golden_make(sedge_bytes_of(inputs, 6), 4, 4, sum, &step, &out, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_golden_make(sedge_bytes_of(inputs, 6), 0, 4, sum, &step, &out, &err), SEDGE_EINVALID);
}

static void foreign_bytes(void **state) {
    (void)state;
    int step = 1;
    sedge_golden g;
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    assert_int_equal(sedge_golden_make(sedge_bytes_of(inputs, 6), 2, 4, sum, &step, &out, NULL), SEDGE_OK);
    for (size_t n = 0; n < out.n; n++) {
        SEDGE_AUTO_MEM uint8_t *exact = malloc(n + 1);
        memcpy(exact, out.data, n);
        assert_int_equal(sedge_golden_parse(sedge_bytes_of(exact, n), &g, NULL), SEDGE_ETRUNCATED);
    }
    static const struct {
        size_t at;
        uint8_t value;
        sedge_status status;
    } rows[] = { { 0, 'x', SEDGE_EINVALID }, { 4, 2, SEDGE_EUNSUPPORTED }, { 8, 0, SEDGE_ELIMIT },
                 { 9, 255, SEDGE_ELIMIT },   { 12, 0, SEDGE_ELIMIT },      { 15, 255, SEDGE_ELIMIT },
                 { 8, 1, SEDGE_EINVALID },   { 8, 3, SEDGE_ETRUNCATED } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        uint8_t was = out.data[rows[i].at];
        out.data[rows[i].at] = rows[i].value;
        assert_int_equal(sedge_golden_parse(sedge_buf_bytes(&out), &g, NULL), rows[i].status);
        out.data[rows[i].at] = was;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(make_and_check), cmocka_unit_test(foreign_bytes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
