/* SPDX-License-Identifier: Apache-2.0 */
#include "data/fit_features.h"

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "temp.h"

#include "../include/sedge_test.h"

static sedge_features_source *source(const char *text) {
    const char *dir = temp_dir();
    sedge_features_source *s = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_features_source_load(NULL, temp_file(dir, "f.yaml", text), &s, &err))
        fail_msg("%s", err.text);
    temp_remove(dir);
    return s;
}

static void standard_scaling(void **state) {
    (void)state;
    static const float x[] = { 1, 5, 0.1F, 3, 5, 0.1F, 5, 5, 0.1F, 7, 5, 0.1F };
    double mean[3], scale[3];
    sedge_fit_standard(x, 4, 3, mean, scale);
    assert_true(mean[0] == 4 && scale[0] == sqrt(5));
    assert_true(mean[1] == 5 && scale[1] == 1);
    assert_true(fabs(mean[2] - (double)0.1F) < 1e-15 && scale[2] == 1);
}

static void scaled_vectors_are_standard(void **state) {
    (void)state;
    sedge_features_source *s = source("version: 1\nrate_hz: 1\nchannels: [{name: a}, {name: b, impute: mean}]\n"
                                      "window: {length: 4}\nfeatures: [{channels: '*', stats: [mean, std, last]}]\n");
    enum { ROWS = 500 };
    static float rows[ROWS][2];
    static uint8_t use[ROWS];
    sedge_random random;
    sedge_random_init(&random, 1);
    for (int i = 0; i < ROWS; i++) {
        rows[i][0] = (float)(3 + sedge_random_normal(&random));
        rows[i][1] = i % 9 ? (float)(100 * sedge_random_unit(&random)) : NAN;
        use[i] = i < 200 || i >= 250;
        if (!use[i])
            rows[i][0] = 1000;
    }
    sedge_fit_block blocks[2] = { { rows[0], 300, use }, { rows[300], 200, NULL } };
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_fit_fills(s, blocks, 2, &err) || sedge_fit_scaling(s, blocks, 2, &err))
        fail_msg("%s", err.text);
    assert_true(fabsf(s->channels[0].fill - 3) < 0.2F);
    assert_true(fabsf(s->channels[1].fill - 50) < 4);

    sedge_features *f = NULL;
    assert_int_equal(sedge_features_source_open(s, &f, NULL), SEDGE_OK);
    sedge_fit_matrix m = { 0 };
    assert_int_equal(sedge_fit_vectors(f, blocks, 2, &m, NULL), SEDGE_OK);
    assert_int_equal(m.rows, 300 - 3 - 50 + 200 - 3);
    assert_int_equal(m.places[0].row, 3);
    assert_int_equal(m.places[m.rows - 1].block, 1);
    assert_int_equal(m.places[m.rows - 1].row, 199);
    double mean[6], scale[6];
    sedge_fit_standard(m.values, m.rows, m.columns, mean, scale);
    for (int i = 0; i < 6; i++)
        assert_true(fabs(mean[i]) < 1e-6 && fabs(scale[i] - 1) < 1e-6);
    sedge_fit_matrix_done(&m);
    sedge_features_free(f);
    sedge_features_source_free(s);
}

static void nothing_to_learn_from(void **state) {
    (void)state;
    sedge_features_source *s = source("version: 1\nrate_hz: 1\nchannels: [{name: a}]\nwindow: {length: 4}\n"
                                      "features: [{channels: a, stats: mean}]\n");
    static const float rows[3] = { NAN, NAN, NAN };
    sedge_fit_block block = { rows, 3, NULL };
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_fit_fills(s, &block, 1, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "'a' has no sample"));
    assert_int_equal(sedge_fit_scaling(s, &block, 1, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "no window of 4 rows"));
    sedge_features_source_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(standard_scaling),
                                        cmocka_unit_test(scaled_vectors_are_standard),
                                        cmocka_unit_test(nothing_to_learn_from) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
