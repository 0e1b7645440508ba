/* SPDX-License-Identifier: Apache-2.0 */
#include "sedge/features.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "sample.h"

#include "../include/sedge_test.h"

static sedge_features *opened(const sedge_features_spec *spec) {
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 17);
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_features_write(spec, &out, &err))
        fail_msg("%s", err.text);
    sedge_features *f = NULL;
    assert_int_equal(sedge_features_open(out.data, out.n, &f, &err), SEDGE_OK);
    return f;
}

/** One channel, one feature, no scaling. */
static sedge_features *single(uint32_t length, sedge_stat stat, sedge_impute impute, float fill) {
    sedge_features_channel channel = { "x", "", impute, fill };
    sedge_features_entry entry = { .stat = stat, .scale = 1 };
    sedge_features_spec spec = { 2, length, 1, 1, &channel, 1, &entry };
    return opened(&spec);
}

static float value_of(uint32_t length, sedge_stat stat, const float *x) {
    sedge_features *f = single(length, stat, SEDGE_IMPUTE_ZERO, 0);
    size_t bytes = sedge_features_state_bytes(f);
    void *scratch = malloc(bytes);
    float y = -1;
    assert_int_equal(sedge_features_window(f, x, scratch, bytes, &y, NULL), SEDGE_OK);
    free(scratch);
    sedge_features_free(f);
    return y;
}

static void statistics_by_hand(void **state) {
    (void)state;
    static const float x[] = { 1, -2, 4, 5 }; /* at 2 Hz */
    static const struct {
        sedge_stat stat;
        double want;
    } rows[] = {
        { SEDGE_STAT_MEAN, 2 },
        { SEDGE_STAT_STD, 2.7386127875258306 },
        { SEDGE_STAT_RMS, 3.391164991562634 },
        { SEDGE_STAT_PEAK_TO_PEAK, 7 },
        { SEDGE_STAT_MIN, -2 },
        { SEDGE_STAT_MAX, 5 },
        { SEDGE_STAT_LAST, 5 },
        { SEDGE_STAT_SLOPE, 3.6 },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        assert_true(value_of(4, rows[i].stat, x) == (float)rows[i].want);
    assert_true(value_of(1, SEDGE_STAT_SLOPE, x) == 0);
    static const float constant[] = { 0.1F, 0.1F, 0.1F };
    assert_true(value_of(3, SEDGE_STAT_STD, constant) == 0);
    assert_true(value_of(3, SEDGE_STAT_RMS, constant) == 0.1F);
}

static void huge_samples_stay_finite(void **state) {
    (void)state;
    static const float x[] = { FLT_MAX, -FLT_MAX, FLT_MAX, -FLT_MAX };
    for (sedge_stat stat = SEDGE_STAT_MEAN; stat < SEDGE_STAT_BAND; stat++)
        assert_true(isfinite(value_of(4, stat, x)));
    assert_true(value_of(4, SEDGE_STAT_PEAK_TO_PEAK, x) == FLT_MAX);
}

static void imputation(void **state) {
    (void)state;
    static const struct {
        sedge_impute impute;
        float fill, x[4], want[4];
    } rows[] = {
        { SEDGE_IMPUTE_HOLD, 9, { NAN, 1, NAN, INFINITY }, { 9, 1, 1, 1 } },
        { SEDGE_IMPUTE_MEAN, 9, { 3, NAN, 4, -INFINITY }, { 3, 9, 4, 9 } },
        { SEDGE_IMPUTE_ZERO, 0, { NAN, 1, NAN, 2 }, { 0, 1, 0, 2 } },
        { SEDGE_IMPUTE_VALUE, -7, { NAN, NAN, 1, NAN }, { -7, -7, 1, -7 } },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_features *f = single(2, SEDGE_STAT_LAST, rows[i].impute, rows[i].fill);
        size_t bytes = sedge_features_state_bytes(f);
        void *memory = malloc(bytes);
        sedge_features_state *s;
        assert_int_equal(sedge_features_state_init(f, memory, bytes, &s, NULL), SEDGE_OK);
        float y = 42;
        assert_false(sedge_features_push(s, &rows[i].x[0], &y));
        assert_true(y == 42);
        for (int k = 1; k < 4; k++) {
            assert_true(sedge_features_push(s, &rows[i].x[k], &y));
            assert_true(y == rows[i].want[k]);
        }
        assert_int_equal(sedge_features_rows(s), 4);
        free(memory);
        sedge_features_free(f);
    }
}

static void a_tone_lands_in_its_band(void **state) {
    (void)state;
    sedge_features_channel channel = { "x", "g", SEDGE_IMPUTE_ZERO, 0 };
    sedge_features_entry entries[] = {
        { .stat = SEDGE_STAT_BAND, .lo_hz = 0, .hi_hz = 100, .scale = 1 },
        { .stat = SEDGE_STAT_BAND, .lo_hz = 100, .hi_hz = 200, .scale = 1 },
        { .stat = SEDGE_STAT_BAND, .lo_hz = 200, .hi_hz = 500, .scale = 1 },
        { .stat = SEDGE_STAT_STD, .scale = 1 },
    };
    sedge_features_spec spec = { 1000, 400, 1, 1, &channel, 4, entries };
    sedge_features *f = opened(&spec);
    float x[400], y[4];
    for (int i = 0; i < 400; i++)
        x[i] = (float)(5 + 2 * sin(2 * 3.14159265358979 * 150 * i / 1000.0));
    size_t bytes = sedge_features_state_bytes(f);
    void *scratch = malloc(bytes);
    assert_int_equal(sedge_features_window(f, x, scratch, bytes, y, NULL), SEDGE_OK);
    free(scratch);
    sedge_features_free(f);
    assert_true(fabs((double)y[1] - 2) < 0.01); /* a sine of amplitude 2 has power 2 */
    assert_true(y[0] < 1e-3F && y[2] < 1e-3F);
    assert_true(fabs((double)(y[0] + y[1] + y[2]) - (double)(y[3] * y[3])) < 0.01);
}

static void streaming_equals_windows(void **state) {
    (void)state;
    sedge_features_spec spec = sample_spec();
    sedge_features *f = opened(&spec);
    enum { ROWS = 100 };
    float rows[ROWS][SAMPLE_CHANNELS];
    sedge_random random;
    sedge_random_init(&random, 3);
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < SAMPLE_CHANNELS; c++) /* channel 0 holds: it is complete here, see sedge_features_window */
            rows[i][c] = c && sedge_random_below(&random, 10) == 0 ? NAN : (float)sedge_random_normal(&random);

    size_t bytes = sedge_features_state_bytes(f);
    uint8_t *memory = malloc(bytes + 1), *scratch = malloc(bytes);
    memset(memory, 0xA5, bytes + 1);
    memset(scratch, 0x5A, bytes);
    sedge_features_state *s; /* at an odd address too */
    assert_int_equal(sedge_features_state_init(f, memory + 1, bytes, &s, NULL), SEDGE_OK);
    float streamed[SAMPLE_ENTRIES], whole[SAMPLE_ENTRIES];
    int vectors = 0;
    for (int round = 0; round < 2; round++, sedge_features_reset(s)) {
        for (int i = 0; i < ROWS; i++) {
            bool ready = sedge_features_push(s, rows[i], streamed);
            assert_int_equal(ready, i >= SAMPLE_LENGTH - 1 && (i - (SAMPLE_LENGTH - 1)) % 3 == 0);
            if (!ready)
                continue;
            vectors++;
            assert_int_equal(sedge_features_window(f, rows[i - (SAMPLE_LENGTH - 1)], scratch, bytes, whole, NULL),
                             SEDGE_OK);
            assert_memory_equal(streamed, whole, sizeof streamed);
        }
    }
    assert_int_equal(vectors, 2 * 30);
    free(memory);
    free(scratch);
    sedge_features_free(f);
}

static void too_little_memory(void **state) {
    (void)state;
    sedge_features_spec spec = sample_spec();
    sedge_features *f = opened(&spec);
    size_t bytes = sedge_features_state_bytes(f);
    void *memory = malloc(bytes);
    sedge_features_state *s = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    float rows[SAMPLE_LENGTH * SAMPLE_CHANNELS] = { 0 }, y[SAMPLE_ENTRIES];
    assert_int_equal(sedge_features_state_init(f, memory, bytes - 1, &s, &err), SEDGE_EUSAGE);
    assert_int_equal(sedge_features_window(f, rows, memory, bytes - 1, y, &err), SEDGE_EUSAGE);
    assert_null(s);
    free(memory);
    sedge_features_free(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_by_hand),
        cmocka_unit_test(huge_samples_stay_finite),
        cmocka_unit_test(imputation),
        cmocka_unit_test(a_tone_lands_in_its_band),
        cmocka_unit_test(streaming_equals_windows),
        cmocka_unit_test(too_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
