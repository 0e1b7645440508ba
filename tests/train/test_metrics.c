/* SPDX-License-Identifier: Apache-2.0 */
#include "train/metrics.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"

typedef struct row {
    const char *name;
    sedge_counts counts;
    double accuracy, precision, recall, f1, far, mar;
} row;

static const row rows[] = {
    { "all kinds", { 6, 2, 8, 4 }, 0.7, 0.75, 0.6, 2.0 / 3, 0.2, 0.4 },
    { "perfect", { 5, 0, 5, 0 }, 1, 1, 1, 1, 0, 0 },
    { "flag everything", { 5, 5, 0, 0 }, 0.5, 0.5, 1, 2.0 / 3, 1, 0 },
    { "never flag", { 0, 0, 5, 5 }, 0.5, 0, 0, 0, 0, 1 },
    { "no anomaly, none said", { 0, 0, 9, 0 }, 1, 0, 0, 0, 0, 0 },
    { "no normal", { 3, 0, 0, 1 }, 0.75, 1, 0.75, 6.0 / 7, 0, 0.25 },
    { "nothing", { 0, 0, 0, 0 }, 0, 0, 0, 0, 0, 0 },
};

static void close_to(const char *name, double is, double should) {
    if (fabs(is - should) > 1e-12)
        fail_msg("%s: %g, not %g", name, is, should);
}

static void of_counts(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_metrics m = sedge_metrics_of_counts(&rows[i].counts);
        close_to(rows[i].name, m.accuracy, rows[i].accuracy);
        close_to(rows[i].name, m.precision, rows[i].precision);
        close_to(rows[i].name, m.recall, rows[i].recall);
        close_to(rows[i].name, m.f1, rows[i].f1);
        close_to(rows[i].name, m.far, rows[i].far);
        close_to(rows[i].name, m.mar, rows[i].mar);
    }
}

static void two_classes(void **state) {
    (void)state;
    const int32_t truth[] = { 0, 0, 0, 1, 1, 0 }, answer[] = { 0, 1, 0, 1, 0, 0 };
    sedge_confusion c;
    assert_int_equal(sedge_confusion_count(truth, answer, 6, 2, &c, NULL), SEDGE_OK);
    sedge_metrics m = sedge_metrics_of_confusion(&c, 0);
    close_to("f1", m.f1, 0.5);
    close_to("far", m.far, 0.25);
    close_to("mar", m.mar, 0.5);
    close_to("accuracy", m.accuracy, 4.0 / 6);
}

/** Mean of the F1 of three classes; an anomaly taken for another anomaly is no miss. */
static void three_classes(void **state) {
    (void)state;
    const int32_t truth[] = { 0, 0, 1, 1, 2, 2 }, answer[] = { 0, 1, 1, 2, 2, 0 };
    sedge_confusion c;
    assert_int_equal(sedge_confusion_count(truth, answer, 6, 3, &c, NULL), SEDGE_OK);
    sedge_metrics m = sedge_metrics_of_confusion(&c, 0);
    close_to("accuracy", m.accuracy, 0.5);
    close_to("f1", m.f1, 0.5);
    close_to("far", m.far, 0.5);
    close_to("mar", m.mar, 0.25);
}

static void class_out_of_range(void **state) {
    (void)state;
    const int32_t truth[] = { 0, 2 }, answer[] = { 0, 1 };
    sedge_confusion c;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_confusion_count(truth, answer, 2, 2, &c, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "row 1"));
    assert_int_equal(sedge_confusion_count(truth, answer, 2, 65, &c, &err), SEDGE_EINVALID);
}

static void squares(void **state) {
    (void)state;
    const float a[] = { 1, 2, 3 }, b[] = { 1, 4, 0 };
    close_to("mse", sedge_mean_squared_error(a, b, 3), 13.0 / 3);
    close_to("of nothing", sedge_mean_squared_error(a, b, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(of_counts), cmocka_unit_test(two_classes),
                                        cmocka_unit_test(three_classes), cmocka_unit_test(class_out_of_range),
                                        cmocka_unit_test(squares) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
