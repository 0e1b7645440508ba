/* SPDX-License-Identifier: Apache-2.0 */
#include "train/evaluate.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"
#include "train/net_write.h"

/** A net of one layer that gives back half of each of two inputs. */
static void write_half(sedge_buf *out) {
    const uint32_t widths[] = { 2, 2 };
    sedge_auto(sedge_dense_net) net = NULL;
    assert_int_equal(sedge_dense_net_new(widths, 1, SEDGE_NET_RELU, SEDGE_NET_LINEAR, 1, &net, NULL), SEDGE_OK);
    const float weights[] = { 0.5f, 0, 0, 0.5f };
    memcpy(net->layers[0].weights, weights, sizeof weights);
    assert_int_equal(sedge_dense_net_write(net, out, NULL), SEDGE_OK);
}

/** Scores are the smoothed mean of (x / 2)^2; a new stretch forgets the one before. */
static void stretches_start_anew(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = sedge_buf_init(4096);
    write_half(&file);
    sedge_auto(sedge_runner) runner = NULL;
    assert_int_equal(sedge_runner_open(sedge_buf_bytes(&file), &runner, NULL), SEDGE_OK);
    const float x[] = { 2, 2, 4, 4, 2, 2, 0, 0 };
    const int32_t labels[] = { 0, 1, 0, 1 };
    const size_t lengths[] = { 2, 2 };
    sedge_vectors v = { .width = 2, .n = 4, .x = x, .labels = labels, .lengths = lengths, .n_stretches = 2 };
    sedge_decision d = { .kind = SEDGE_DECISION_RECONSTRUCTION, .alpha = 0.5, .threshold = 1 };
    double scores[4];
    int32_t answers[4];
    sedge_metrics m;
    assert_int_equal(sedge_evaluate(runner, &d, 2, &v, scores, answers, &m, NULL), SEDGE_OK);
    const double want[] = { 1, 2.5, 1, 0.5 };
    for (int i = 0; i < 4; i++) {
        assert_true(fabs(scores[i] - want[i]) < 1e-6);
        assert_int_equal(answers[i], want[i] > 1);
    }
    assert_true(fabs(m.recall - 0.5) < 1e-12 && m.far == 0 && fabs(m.mse - 1) < 1e-6);
    v.lengths = NULL;
    assert_int_equal(sedge_evaluate(runner, &d, 2, &v, scores, NULL, &m, NULL), SEDGE_OK);
    assert_true(fabs(scores[2] - 1.75) < 1e-6);
}

static void what_does_not_fit(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = sedge_buf_init(4096);
    write_half(&file);
    sedge_auto(sedge_runner) runner = NULL;
    assert_int_equal(sedge_runner_open(sedge_buf_bytes(&file), &runner, NULL), SEDGE_OK);
    const float x[] = { 2, 2, 4 };
    sedge_vectors v = { .width = 3, .n = 1, .x = x };
    sedge_decision d = { .kind = SEDGE_DECISION_RECONSTRUCTION, .alpha = 0.5, .threshold = 1 };
    sedge_metrics m;
    assert_int_equal(sedge_evaluate(runner, &d, 2, &v, NULL, NULL, &m, NULL), SEDGE_EINVALID);
    d.kind = SEDGE_DECISION_CLASS;
    v.width = 2;
    assert_int_equal(sedge_evaluate(runner, &d, 3, &v, NULL, NULL, &m, NULL), SEDGE_EINVALID);
    double us;
    v.n = 0;
    assert_int_equal(sedge_measure_latency(runner, &v, 10, sedge_clock_os(), &us, NULL), SEDGE_EINVALID);
    v.n = 1;
    assert_int_equal(sedge_measure_latency(runner, &v, 10, sedge_clock_os(), &us, NULL), SEDGE_OK);
    assert_true(us > 0);
}

typedef struct row {
    size_t n;
    double rate, want;
} row;

/* of the scores 1..n */
static const row rows[] = { { 0, 0.1, 0 },     { 1, 0.5, 1 },    { 100, 0, 100 },
                            { 100, 0.01, 99 }, { 100, 0.1, 90 }, { 3, 1, 1 } };

static void thresholds(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        double scores[100];
        for (size_t k = 0; k < rows[i].n; k++)
            scores[k] = (double)(rows[i].n - k);
        double got = sedge_threshold_of(scores, rows[i].n, rows[i].rate);
        if (fabs(got - rows[i].want) > 1e-12)
            fail_msg("row %zu: %g, not %g", i, got, rows[i].want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(stretches_start_anew), cmocka_unit_test(what_does_not_fit),
                                        cmocka_unit_test(thresholds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
