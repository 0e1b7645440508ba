/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"

#include "../include/sedge_test.h"

static sedge_buf written(void) {
    sedge_monitor_promise promise;
    sedge_monitor_feature features[SAMPLE_FEATURES];
    sample_fill(&promise, features);
    sedge_buf out = sedge_buf_init(1 << 20);
    assert_int_equal(sedge_monitor_write(&promise, features, SAMPLE_FEATURES, &out, NULL), SEDGE_OK);
    return out;
}

static sedge_status open_copy(const uint8_t *data, size_t n, sedge_error *err) {
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, data, n);
    sedge_monitor *monitor = NULL;
    sedge_status st = sedge_monitor_open(copy, n, &monitor, err);
    free(copy);
    if (!st)
        sedge_monitor_free(monitor);
    return st;
}

static void reads_what_was_written(void **state) {
    (void)state;
    sedge_monitor *m = sample_monitor();
    assert_int_equal(sedge_monitor_features(m), SAMPLE_FEATURES);
    assert_int_equal(sedge_monitor_get_promise(m).report_rows, 50);
    assert_true(sedge_monitor_get_promise(m).false_alarm_rate == 1e-3);
    assert_true(sedge_monitor_edges(m, 2)[14] == 15);
    assert_int_equal(sedge_monitor_baseline(m, 1)[15], 10);
    assert_true(sedge_monitor_threshold(m, 1) == 0.5);
    sedge_monitor_free(m);
}

static void damaged_files(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = written();
    for (size_t n = 0; n < file.n; n++)
        assert_int_equal(open_copy(file.data, n, NULL), SEDGE_ETRUNCATED);
    for (size_t i = 0; i < file.n; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            file.data[i] ^= (uint8_t)(1U << bit);
            sedge_error err = SEDGE_ERROR_INIT;
            if (open_copy(file.data, file.n, &err))
                assert_true(strlen(err.text) > 10);
            file.data[i] ^= (uint8_t)(1U << bit);
        }
    }
    sedge_buf_u8(&file, 0);
    assert_int_equal(open_copy(file.data, file.n, NULL), SEDGE_EINVALID);
}

static void broken_descriptions(void **state) {
    (void)state;
    static const struct {
        const char *words;
        int what;
    } rows[] = { { "edge 3 is 1", 0 },          { "its threshold is 0", 1 },
                 { "add up to 161", 2 },        { "for 0 rows is no promise", 3 },
                 { "edge 0 is nan", 4 },        { "baseline has no rows", 5 },
                 { "its threshold is 0.25", 6 } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_monitor_promise promise;
        sedge_monitor_feature f[SAMPLE_FEATURES];
        sample_fill(&promise, f);
        switch (rows[i].what) {
        case 0:
            f[0].edges[3] = 1;
            break;
        case 1:
            f[1].threshold = 0;
            break;
        case 2:
            f[2].baseline[0]++;
            break;
        case 3:
            promise.report_rows = 0;
            break;
        case 4:
            f[0].edges[0] = NAN;
            break;
        case 5:
            promise.baseline_rows = 0;
            break;
        case 6:
            promise.false_alarm_rate = 0;
            break;
        }
        SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_monitor_write(&promise, f, SAMPLE_FEATURES, &out, &err), SEDGE_EINVALID);
        if (!strstr(err.text, rows[i].words))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads_what_was_written), cmocka_unit_test(damaged_files),
                                        cmocka_unit_test(broken_descriptions) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
