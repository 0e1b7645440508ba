/* SPDX-License-Identifier: Apache-2.0 */
#include "data/fit_monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#include "../include/sedge_test.h"

enum { FEATURES = 5, REPORT = 128 };

/** Rows of features that are correlated over about `memory` rows, mean 0, deviation 1; the last one is constant. */
static float *correlated(size_t rows, double memory, uint64_t seed) {
    float *x = calloc(rows * FEATURES, sizeof *x);
    assert_non_null(x);
    sedge_random random;
    sedge_random_init(&random, seed);
    double a = exp(-1 / memory), level[FEATURES] = { 0 };
    for (size_t i = 0; i < rows; i++) {
        for (int k = 0; k < FEATURES - 1; k++) {
            level[k] = i ? a * level[k] + sqrt(1 - a * a) * sedge_random_normal(&random) : sedge_random_normal(&random);
            x[i * FEATURES + k] = (float)level[k];
        }
    }
    return x;
}

static sedge_monitor *fitted(double memory, double rate) {
    size_t train = 6000, hold = 6000;
    float *x = correlated(train, memory, 1), *y = correlated(hold, memory, 2);
    size_t half[2] = { hold / 2, hold / 2 };
    sedge_monitor_sample baseline = { x, &train, 1 }, normal = { y, half, 2 };
    sedge_monitor_fit_options o = SEDGE_MONITOR_FIT_OPTIONS_INIT;
    o.report_rows = REPORT;
    o.false_alarm_rate = rate;
    o.trials = 1000;
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_monitor_fit(&baseline, &normal, FEATURES, &o, &out, &err))
        fail_msg("%s", err.text);
    sedge_monitor *m = NULL;
    assert_int_equal(sedge_monitor_open(out.data, out.n, &m, &err), SEDGE_OK);
    free(x);
    free(y);
    return m;
}

/** Share of fresh reports that raise an alarm when feature 0 is shifted. */
static double alarm_share(const sedge_monitor *m, double memory, float shift, int reports) {
    size_t bytes = sedge_monitor_counts_bytes(FEATURES);
    void *room = malloc(bytes);
    sedge_monitor_counts *counts = NULL;
    assert_int_equal(sedge_monitor_counts_init(FEATURES, room, bytes, &counts, NULL), SEDGE_OK);
    int alarms = 0;
    for (int r = 0; r < reports; r++) {
        float *x = correlated(REPORT, memory, 1000 + (uint64_t)r);
        sedge_monitor_counts_clear(counts);
        for (int i = 0; i < REPORT; i++) {
            x[i * FEATURES] += shift;
            sedge_monitor_add(m, counts, x + (size_t)i * FEATURES);
        }
        sedge_monitor_verdict v = sedge_monitor_evaluate(m, counts);
        assert_true(v.enough);
        alarms += v.alarm;
        free(x);
    }
    free(room);
    return (double)alarms / reports;
}

static void the_promise_holds_on_correlated_data(void **state) {
    (void)state;
    static const double memories[] = { 0.1, 8 };
    for (size_t i = 0; i < SEDGE_COUNT(memories); i++) {
        sedge_monitor *m = fitted(memories[i], 0.01);
        assert_true(sedge_monitor_get_promise(m).false_alarm_rate == 0.01);
        assert_true(alarm_share(m, memories[i], 0, 400) <= 0.03); /* 0.01 promised; 12 of 400 is past any luck */
        assert_true(alarm_share(m, memories[i], 2.5F, 50) > 0.9);
        sedge_monitor_free(m);
    }
}

static void edges_are_quantiles(void **state) {
    (void)state;
    sedge_monitor *m = fitted(0.1, 0.01);
    for (uint32_t k = 0; k + 1 < FEATURES; k++)
        for (int b = 0; b < SEDGE_MONITOR_BINS; b++)
            assert_true(sedge_monitor_baseline(m, k)[b] == 375);
    assert_true(fabsf(sedge_monitor_edges(m, 0)[7]) < 0.1F);
    assert_int_equal(sedge_monitor_baseline(m, FEATURES - 1)[0], 6000);
    sedge_monitor_free(m);
}

static void the_same_bytes_again(void **state) {
    (void)state;
    float *x = correlated(500, 3, 9);
    size_t n = 500;
    sedge_monitor_sample sample = { x, &n, 1 };
    sedge_monitor_fit_options o = SEDGE_MONITOR_FIT_OPTIONS_INIT;
    o.trials = 100;
    SEDGE_AUTO_BUF a = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    assert_int_equal(sedge_monitor_fit(&sample, &sample, FEATURES, &o, &a, NULL), SEDGE_OK);
    assert_int_equal(sedge_monitor_fit(&sample, &sample, FEATURES, &o, &b, NULL), SEDGE_OK);
    assert_true(sedge_bytes_equal(sedge_buf_bytes(&a), sedge_buf_bytes(&b)));
    free(x);
}

static void what_cannot_be_fitted(void **state) {
    (void)state;
    float x[FEATURES] = { 0, NAN };
    size_t one = 1;
    sedge_monitor_sample none = { 0 }, sample = { x, &one, 1 };
    sedge_monitor_fit_options o = SEDGE_MONITOR_FIT_OPTIONS_INIT;
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_monitor_fit(&none, &none, FEATURES, &o, &out, &err), SEDGE_EINVALID);
    assert_int_equal(sedge_monitor_fit(&sample, &none, FEATURES, &o, &out, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "vector 0: feature 1"));
    x[1] = 0;
    assert_int_equal(sedge_monitor_fit(&sample, &none, FEATURES, &o, &out, &err), SEDGE_OK);
    sedge_monitor *m = NULL;
    assert_int_equal(sedge_monitor_open(out.data, out.n, &m, &err), SEDGE_OK);
    assert_true(sedge_monitor_get_promise(m).false_alarm_rate == 0);
    sedge_monitor_free(m);
    o.false_alarm_rate = 0;
    assert_int_equal(sedge_monitor_fit(&sample, &sample, FEATURES, &o, &out, &err), SEDGE_EINVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_promise_holds_on_correlated_data),
                                        cmocka_unit_test(edges_are_quantiles), cmocka_unit_test(the_same_bytes_again),
                                        cmocka_unit_test(what_cannot_be_fitted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
