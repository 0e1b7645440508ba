/* SPDX-License-Identifier: Apache-2.0 */
#include "features/decision.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"

static void reconstruction_is_smoothed(void **state) {
    (void)state;
    sedge_decision d = { SEDGE_DECISION_RECONSTRUCTION, 0.25, 1, 0 };
    sedge_decision_state s = { 0 };
    static const float x[2] = { 0, 0 };
    static const struct {
        float y[2];
        double raw, score;
        bool anomaly;
    } rows[] = {
        { { 1, 1 }, 1, 1, false },    { { 3, 1 }, 5, 2, true },        { { 0, 0 }, 0, 1.5, true },
        { { 0, 0 }, 0, 1.125, true }, { { 0, 0 }, 0, 0.84375, false },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_verdict v;
        assert_int_equal(sedge_decide(&d, &s, x, 2, rows[i].y, 2, &v, NULL), SEDGE_OK);
        assert_true(v.raw == rows[i].raw && v.score == rows[i].score);
        assert_int_equal(v.anomaly, rows[i].anomaly);
        assert_int_equal(v.class_index, rows[i].anomaly);
    }
}

static void classes(void **state) {
    (void)state;
    static const struct {
        uint32_t n, normal;
        float p[3];
        double score;
        uint32_t best;
        bool anomaly;
    } rows[] = {
        { 3, 0, { 0.5F, 0.25F, 0.25F }, 0.5, 0, false },
        { 3, 0, { 0.25F, 0.5F, 0.25F }, 0.75, 1, true },
        { 3, 2, { 0.25F, 0.25F, 0.5F }, 0.5, 2, false },
        { 2, 0, { 0.5F, 0.5F }, 0.5, 0, false },
        { 1, 0, { 0.75F }, 0.75, 1, true },
        { 1, 0, { 0.5F }, 0.5, 0, false },
        { 1, 1, { 0.75F }, 0.25, 1, false },
    };
    static const float x[5] = { 0 };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_decision d = { SEDGE_DECISION_CLASS, 1, 0, rows[i].normal };
        sedge_decision_state s = { 0 };
        sedge_verdict v;
        assert_int_equal(sedge_decide(&d, &s, x, 5, rows[i].p, rows[i].n, &v, NULL), SEDGE_OK);
        assert_true(v.score == rows[i].score);
        assert_int_equal(v.class_index, rows[i].best);
        assert_int_equal(v.anomaly, rows[i].anomaly);
    }
}

static void what_does_not_fit(void **state) {
    (void)state;
    static const struct {
        sedge_decision d;
        uint32_t n_features, n_outputs;
        const char *words;
    } rows[] = {
        { { SEDGE_DECISION_RECONSTRUCTION, 0, 1, 0 }, 2, 2, "alpha is 0" },
        { { SEDGE_DECISION_RECONSTRUCTION, 1.5, 1, 0 }, 2, 2, "alpha is 1.5" },
        { { SEDGE_DECISION_RECONSTRUCTION, 1, -1, 0 }, 2, 2, "threshold is -1" },
        { { SEDGE_DECISION_RECONSTRUCTION, 1, 1, 0 }, 2, 3, "2 features" },
        { { SEDGE_DECISION_CLASS, 1, 0, 2 }, 2, 2, "the normal class is 2" },
        { { SEDGE_DECISION_CLASS, 1, 0, 2 }, 2, 1, "2 classes" },
        { { SEDGE_DECISION_KIND_COUNT, 1, 0, 2 }, 2, 1, "kind 2" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_decision_check(&rows[i].d, rows[i].n_features, rows[i].n_outputs, &err), SEDGE_EINVALID);
        assert_non_null(strstr(err.text, rows[i].words));
    }
}

static void a_failed_inference_changes_nothing(void **state) {
    (void)state;
    sedge_decision d = SEDGE_DECISION_INIT;
    sedge_decision_state s = { true, 3 };
    static const float x[1] = { 0 }, y[1] = { NAN };
    sedge_verdict v = { .score = 7 };
    assert_int_equal(sedge_decide(&d, &s, x, 1, y, 1, &v, NULL), SEDGE_EINVALID);
    assert_true(s.score == 3 && v.score == 7);
}

static void names(void **state) {
    (void)state;
    sedge_decision_kind kind;
    assert_true(sedge_decision_kind_find("class", &kind));
    assert_int_equal(kind, SEDGE_DECISION_CLASS);
    assert_false(sedge_decision_kind_find("klass", &kind));
    assert_string_equal(sedge_decision_kind_name(SEDGE_DECISION_RECONSTRUCTION), "reconstruction");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reconstruction_is_smoothed),
        cmocka_unit_test(classes),
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(a_failed_inference_changes_nothing),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
