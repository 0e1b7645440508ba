/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/health.h"

#include <string.h>

#include "../include/sedge_test.h"

static const struct row {
    const char *name;
    int64_t after_ms;
    uint64_t inferences, failures, deaths, each_us;
    sedge_health_verdict verdict;
    const char *words;
} rows[] = {
    { "nothing yet", 0, 0, 0, 0, 0, SEDGE_HEALTH_PENDING, "" },
    { "good but too early", 9999, 100, 0, 0, 50, SEDGE_HEALTH_PENDING, "" },
    { "good and over", 10000, 100, 0, 0, 50, SEDGE_HEALTH_HEALTHY, "" },
    { "over with too few", 10000, 7, 0, 0, 50, SEDGE_HEALTH_PENDING, "" },
    { "too few, patience over", 60000, 0, 0, 0, 0, SEDGE_HEALTH_HEALTHY, "" },
    { "slow at once", 10, 8, 0, 0, 5000, SEDGE_HEALTH_SICK, "the limit is 500 us" },
    { "slow but too few to say", 10, 7, 0, 0, 5000, SEDGE_HEALTH_PENDING, "" },
    { "one failure in a hundred", 10000, 100, 1, 0, 50, SEDGE_HEALTH_HEALTHY, "" },
    { "two failures in a hundred", 10, 100, 2, 0, 50, SEDGE_HEALTH_SICK, "2 of 100 inferences failed" },
    { "all fail", 10, 8, 8, 0, 50, SEDGE_HEALTH_SICK, "8 of 8 inferences failed" },
    { "the worker died", 10, 0, 0, 1, 0, SEDGE_HEALTH_SICK, "died" },
};

static void verdicts(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_health h = { .limits = SEDGE_HEALTH_LIMITS,
                           .since_ms = 1000,
                           .inferences = rows[i].inferences,
                           .failures = rows[i].failures,
                           .deaths = rows[i].deaths };
        h.limits.cpu_us = 500;
        for (uint64_t n = 0; n < rows[i].inferences; n++)
            sedge_latency_add(&h.cpu, rows[i].each_us * 1000);
        sedge_error err = SEDGE_ERROR_INIT;
        print_message("# %s\n", rows[i].name);
        assert_int_equal(sedge_health_judge(&h, 1000 + rows[i].after_ms, &err), rows[i].verdict);
        assert_non_null(strstr(err.text, rows[i].words));
        assert_int_equal(err.status, rows[i].verdict == SEDGE_HEALTH_SICK ? SEDGE_EGATE : SEDGE_OK);
    }
}

static void no_limit_is_no_limit(void **state) {
    (void)state;
    sedge_health h = { .limits = SEDGE_HEALTH_LIMITS, .inferences = 100 };
    for (int i = 0; i < 100; i++)
        sedge_latency_add(&h.cpu, 1000000000);
    assert_int_equal(sedge_health_judge(&h, 10000, NULL), SEDGE_HEALTH_HEALTHY);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(verdicts), cmocka_unit_test(no_limit_is_no_limit) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
