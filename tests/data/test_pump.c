/* SPDX-License-Identifier: Apache-2.0 */
#include "data/pump.h"

#include <math.h>
#include <string.h>

#include "../include/sedge_test.h"

enum { ROWS = 600 };

/** Mean and deviation of each channel over rows [from, ROWS). */
typedef struct summary {
    double mean[SEDGE_PUMP_CHANNELS], deviation[SEDGE_PUMP_CHANNELS];
} summary;

static sedge_pump_options options(uint64_t seed, sedge_pump_fault fault) {
    return (sedge_pump_options){ .rows = ROWS, .seed = seed, .rate_hz = 1, .fault = fault, .fault_row = 100 };
}

static summary summarise(const sedge_pump_options *o, uint64_t from) {
    sedge_pump pump;
    sedge_pump_row row;
    summary s = { 0 };
    double n = (double)(o->rows - from);
    sedge_pump_init(&pump, o);
    for (uint64_t i = 0; i < o->rows; i++) {
        sedge_pump_next(&pump, &row);
        for (int c = 0; c < SEDGE_PUMP_CHANNELS && i >= from; c++) {
            s.mean[c] += row.values[c] / n;
            s.deviation[c] += row.values[c] * row.values[c] / n;
        }
    }
    for (int c = 0; c < SEDGE_PUMP_CHANNELS; c++)
        s.deviation[c] = sqrt(s.deviation[c] - s.mean[c] * s.mean[c]);
    return s;
}

static void the_same_seed_gives_the_same_bytes(void **state) {
    (void)state;
    SEDGE_AUTO_BUF a = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF c = sedge_buf_init(1 << 20);
    sedge_pump_options o = options(7, SEDGE_PUMP_ALL), other = options(8, SEDGE_PUMP_ALL);
    o.rows = other.rows = 50;
    assert_int_equal(sedge_pump_record(&o, &a, NULL), SEDGE_OK);
    assert_int_equal(sedge_pump_record(&o, &b, NULL), SEDGE_OK);
    assert_int_equal(sedge_pump_record(&other, &c, NULL), SEDGE_OK);
    assert_true(sedge_bytes_equal(sedge_buf_bytes(&a), sedge_buf_bytes(&b)));
    assert_false(sedge_bytes_equal(sedge_buf_bytes(&a), sedge_buf_bytes(&c)));
    assert_memory_equal(a.data,
                        "datetime;Accelerometer1RMS;Accelerometer2RMS;Current;Pressure;Temperature;Thermocouple;"
                        "Voltage;Volume Flow RateRMS;anomaly;changepoint\n1970-01-01 00:00:00;",
                        140);
}

static void units_are_alike(void **state) {
    (void)state;
    sedge_pump_options o = options(1, SEDGE_PUMP_NONE);
    o.rows = 2000;
    summary first = summarise(&o, 0);
    for (uint64_t seed = 2; seed < 5; seed++) {
        o.seed = seed;
        summary s = summarise(&o, 0);
        for (int c = 0; c < SEDGE_PUMP_CHANNELS; c++)
            if (fabs(s.mean[c] - first.mean[c]) > first.deviation[c])
                fail_msg("seed %d: %s is %g, of the first %g", (int)seed, sedge_pump_channels[c], s.mean[c],
                         first.mean[c]);
    }
}

static void faults_show_where_physics_says(void **state) {
    (void)state;
    /* in deviations of normal operation: at least, or with a minus sign at most; 0: unchanged */
    static const struct {
        sedge_pump_fault fault;
        double change[SEDGE_PUMP_CHANNELS];
    } rows[] = {
        { SEDGE_PUMP_IMBALANCE, { 10, 10, 0, 0, 0, 0, 0, 0 } },
        { SEDGE_PUMP_BEARING, { 10, 5, 0, 0, 0, 0, 0, 0 } },
        { SEDGE_PUMP_VALVE, { 5, 5, -1.5, 0.5, -5, -0.3, 0, -10 } },
    };
    sedge_pump_options normal = options(3, SEDGE_PUMP_NONE);
    summary n = summarise(&normal, 300);
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_pump_options o = options(3, rows[i].fault);
        summary s = summarise(&o, 300);
        for (int c = 0; c < SEDGE_PUMP_CHANNELS; c++) {
            double change = (s.mean[c] - n.mean[c]) / n.deviation[c], want = rows[i].change[c];
            bool good = want > 0 ? change > want : want < 0 ? change < want : fabs(change) < 0.1;
            if (!good)
                fail_msg("fault %d: %s changed by %g deviations", (int)rows[i].fault, sedge_pump_channels[c], change);
        }
    }
}

static void labels_and_drifts(void **state) {
    (void)state;
    sedge_pump_options o = options(1, SEDGE_PUMP_ALL), drifting;
    o.rows = 60;
    o.fault_row = 30;
    drifting = o;
    drifting.n_drifts = 1;
    assert_int_equal(sedge_pump_drift_parse("Pressure=-0.5@20", &drifting.drifts[0], NULL), SEDGE_OK);
    sedge_pump a, b;
    sedge_pump_init(&a, &o);
    sedge_pump_init(&b, &drifting);
    for (uint64_t i = 0; i < o.rows; i++) {
        sedge_pump_row x, y;
        sedge_pump_next(&a, &x);
        sedge_pump_next(&b, &y);
        assert_int_equal(x.anomaly, i >= 30 && (i - 30) / 5 % 2 == 0);
        assert_int_equal(x.changepoint, i >= 30 && (i - 30) % 5 == 0);
        assert_int_equal(x.time_ms, i * 1000);
        assert_true(fabs(y.values[3] - x.values[3] - (i >= 20 ? -0.5 : 0)) < 1e-12);
        assert_true(y.values[4] == x.values[4]);
    }
    static const struct {
        const char *text, *words;
    } rows[] = { { "Pressure", "is no drift" },
                 { "Pressure=1", "is no drift" },
                 { "Pressur=1@2", "'Pressur' is no channel" },
                 { "Pressure=x@2", "an offset" },
                 { "Pressure=1@-2", "a row" } };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_pump_drift drift;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_pump_drift_parse(rows[i].text, &drift, &err), SEDGE_EUSAGE);
        assert_non_null(strstr(err.text, rows[i].words));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_same_seed_gives_the_same_bytes),
                                        cmocka_unit_test(units_are_alike),
                                        cmocka_unit_test(faults_show_where_physics_says),
                                        cmocka_unit_test(labels_and_drifts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
