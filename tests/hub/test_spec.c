/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/spec.h"

#include <string.h>

#include "../include/sedge_test.h"

static void wrong_deployments_are_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        { "[]", "object" },
        { "{}", "model" },
        { "{\"model\":\"a b\"}", "no name" },
        { "{\"model\":\"m\",\"selector\":\"x\"}", "x" },
        { "{\"model\":\"m\",\"phases\":[]}", "phases" },
        { "{\"model\":\"m\",\"phases\":[{\"share\":140}]}", "140" },
        { "{\"model\":\"m\",\"phases\":[{\"share\":50}]}", "share 100" },
        { "{\"model\":\"m\",\"phases\":[{\"share\":50},{\"share\":50},{\"share\":100}]}", "phases[1]" },
        { "{\"model\":\"m\",\"phases\":[{\"share\":100,\"soak_s\":-1}]}", "soak_s" },
        { "{\"model\":\"m\",\"gates\":{\"max_error_rate\":2}}", "max_error_rate" },
        { "{\"model\":\"m\",\"retrain\":{\"psi\":\"high\"}}", "calibrated" },
        { "{\"model\":\"m\",\"retrain\":{\"min_devices\":9,\"max_devices\":3}}", "max_devices" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        rollout_spec s;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_not_equal(rollout_spec_parse(rows[i].text, &s, &err), SEDGE_OK);
        if (!strstr(err.text, rows[i].words))
            fail_msg("%s: %s", rows[i].text, err.text);
    }
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    rollout_spec a, b;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(
        rollout_spec_parse("{\"model\":\"pump\",\"selector\":\"site=a\",\"phases\":[{\"share\":5,\"soak_s\":2.5},"
                           "{\"share\":100}],\"gates\":{\"max_cpu_us\":500},\"retrain\":{\"enabled\":true,"
                           "\"psi\":0.25,\"min_devices\":12}}",
                           &a, &err),
        SEDGE_OK);
    assert_int_equal(a.retrain.max_devices, 12);
    assert_true(a.gates.max_error_rate < 0 && a.gates.max_failed == 0);
    json_t *doc = rollout_spec_json(&a);
    char *text = json_dumps(doc, JSON_COMPACT);
    assert_int_equal(rollout_spec_parse(text, &b, &err), SEDGE_OK);
    json_t *again = rollout_spec_json(&b);
    assert_true(json_equal(doc, again));
    json_decref(doc);
    json_decref(again);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_deployments_are_named),
        cmocka_unit_test(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
