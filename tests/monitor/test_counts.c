/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/monitor.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "sample.h"

#include "../include/sedge_test.h"

static void bins(void **state) {
    (void)state;
    float edges[SEDGE_MONITOR_EDGES], equal[SEDGE_MONITOR_EDGES] = { 0 };
    for (int i = 0; i < SEDGE_MONITOR_EDGES; i++)
        edges[i] = (float)(i + 1);
    static const struct {
        float x;
        uint32_t bin;
    } rows[] = { { -FLT_MAX, 0 }, { 1, 0 }, { 1.5F, 1 }, { 2, 1 }, { 8, 7 }, { 8.5F, 8 }, { 15, 14 }, { 16, 15 } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        assert_int_equal(sedge_monitor_bin(edges, rows[i].x), rows[i].bin);
    assert_int_equal(sedge_monitor_bin(equal, 0), 0);
    assert_int_equal(sedge_monitor_bin(equal, FLT_MIN), 15);
    assert_int_equal(sedge_monitor_bin(edges, INFINITY), 15);
}

static void psi_of_merged_counts_is_exact(void **state) {
    (void)state;
    sedge_monitor *m = sample_monitor();
    void *memory[3];
    sedge_monitor_counts *a = sample_counts(3, &memory[0]), *b = sample_counts(3, &memory[1]),
                         *both = sample_counts(3, &memory[2]);
    sedge_random random;
    sedge_random_init(&random, 5);
    for (int i = 0; i < 300; i++) {
        float x[SAMPLE_FEATURES];
        for (int f = 0; f < SAMPLE_FEATURES; f++)
            x[f] = (float)(sedge_random_unit(&random) * 16 + (f == 2) * 6);
        x[1] = i % 50 ? x[1] : NAN;
        sedge_monitor_add(m, i % 3 ? a : b, x);
        sedge_monitor_add(m, both, x);
    }
    assert_int_equal(sedge_monitor_merge(a, b, NULL), SEDGE_OK);
    assert_int_equal(sedge_monitor_counts_total(a), 300);
    assert_int_equal(sedge_monitor_counts_nan(a, 1), 6);
    for (uint32_t f = 0; f < SAMPLE_FEATURES; f++) {
        assert_memory_equal(sedge_monitor_counts_bins(a, f), sedge_monitor_counts_bins(both, f), 64);
        assert_true(sedge_monitor_psi(m, a, f) == sedge_monitor_psi(m, both, f));
        assert_true(sedge_monitor_ks(m, a, f) == sedge_monitor_ks(m, both, f));
    }
    sedge_monitor_verdict v = sedge_monitor_evaluate(m, a);
    assert_true(v.enough && v.alarm);
    assert_int_equal(v.above, 1);
    assert_int_equal(v.worst, 2);
    assert_true(v.psi > 0.75 && v.threshold == 0.75);
    sedge_monitor_counts_clear(a);
    v = sedge_monitor_evaluate(m, a);
    assert_false(v.enough || v.alarm || v.above);
    for (int i = 0; i < 3; i++)
        free(memory[i]);
    sedge_monitor_free(m);
}

static void figures_by_hand(void **state) {
    (void)state;
    sedge_monitor *m = sample_monitor();
    void *memory;
    sedge_monitor_counts *c = sample_counts(3, &memory);
    static const float x[3] = { 0, 0, 0 };
    for (int i = 0; i < 8; i++)
        sedge_monitor_add(m, c, x);
    /* p = 8.5/16 in bin 0, 0.5/16 in 15 bins; q = 10.5/168 = 1/16 in all */
    double want = (8.5 / 16 - 1.0 / 16) * log(8.5) + 15 * (0.5 / 16 - 1.0 / 16) * log(0.5);
    assert_true(fabs(sedge_monitor_psi(m, c, 0) - want) < 1e-12);
    assert_true(fabs(sedge_monitor_ks(m, c, 0) - 15.0 / 16) < 1e-12);
    free(memory);
    sedge_monitor_free(m);
}

static void what_does_not_merge(void **state) {
    (void)state;
    void *memory[2];
    sedge_monitor_counts *a = sample_counts(3, &memory[0]), *b = sample_counts(4, &memory[1]), *c;
    assert_int_equal(sedge_monitor_merge(a, b, NULL), SEDGE_EUSAGE);
    assert_int_equal(sedge_monitor_counts_init(0, memory[0], 1000, &c, NULL), SEDGE_EUSAGE);
    assert_int_equal(sedge_monitor_counts_init(1025, memory[0], 1000000, &c, NULL), SEDGE_EUSAGE);
    assert_int_equal(sedge_monitor_counts_init(3, memory[0], sedge_monitor_counts_bytes(3) - 1, &c, NULL),
                     SEDGE_EUSAGE);
    free(memory[0]);
    free(memory[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(bins), cmocka_unit_test(psi_of_merged_counts_is_exact),
                                        cmocka_unit_test(figures_by_hand), cmocka_unit_test(what_does_not_merge) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
