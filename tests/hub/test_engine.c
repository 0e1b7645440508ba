/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/engine.h"

#include <string.h>

#include "base/random.h"
#include "hub/rollout/rank.h"

#include "../include/sedge_test.h"

enum { N = 20 };

static const rollout_spec spec = {
    .phases = { { 5, 10 }, { 50, 10 }, { 100, 0 } },
    .phases_n = 3,
    .gates = { .max_failed = 0, .max_error_rate = 0.01, .max_cpu_us = 100, .max_anomaly_rate = 0.5 },
};

/** Ten times i, so that device i is in when the threshold is at least 10 i. */
static void fill(rollout_device devices[N]) {
    for (int i = 0; i < N; i++)
        devices[i] = (rollout_device){ .rank = (uint64_t)(10 * i), .online = true };
}

typedef struct row {
    const char *name;
    rollout_spec spec;
    bool paused, soaking, started;
    size_t phase, installed, failed, offline; /**< of the first devices: so many installed, then failed, then offline */
    size_t in;                                /**< devices in the phase */
    int64_t age_s;                            /**< since the phase or its soak began */
    rollout_sums sums;
    rollout_action want;
    const char *words; /**< of the reason */
} row;

static rollout_spec with_limit(int64_t max_failed, double wait_timeout_s) {
    rollout_spec s = spec;
    s.gates.max_failed = max_failed;
    s.wait_timeout_s = wait_timeout_s;
    return s;
}

static rollout_step decide(const row *r, rollout_device devices[N], uint64_t ranks[N]) {
    fill(devices);
    size_t at = 0;
    for (size_t i = 0; i < r->installed; i++)
        devices[at++].state = ROLLOUT_DEVICE_INSTALLED;
    for (size_t i = 0; i < r->failed; i++)
        devices[at++].state = ROLLOUT_DEVICE_FAILED;
    for (size_t i = 0; i < r->offline; i++)
        devices[at++].online = false;
    rollout_view v = {
        .spec = &r->spec,
        .now_ms = 1000000,
        .paused = r->paused,
        .soaking = r->soaking,
        .started = r->started,
        .phase = r->phase,
        .threshold = r->in ? 10 * (r->in - 1) : 0,
        .phase_ms = 1000000 - 1000 * r->age_s,
        .soak_ms = 1000000 - 1000 * r->age_s,
        .devices = devices,
        .devices_n = N,
        .sums = r->sums,
    };
    return rollout_decide(&v, ranks);
}

static void rows_of_decisions(void **state) {
    (void)state;
    const row rows[] = {
        { "begins with the canary", spec, .want = ROLLOUT_START_PHASE },
        { "waits for the canary", spec, .started = true, .in = 1, .want = ROLLOUT_WAIT, .words = "waiting for 1 of 1" },
        { "waits while it is offline", spec, .started = true, .in = 1, .offline = 1, .age_s = 100000,
          .want = ROLLOUT_WAIT, .words = "1 of them offline" },
        { "soaks when it is installed", spec, .started = true, .in = 1, .installed = 1, .want = ROLLOUT_SOAK },
        { "soaks long enough", spec, .started = true, .soaking = true, .in = 1, .installed = 1, .age_s = 9,
          .want = ROLLOUT_WAIT },
        { "goes on after the soak", spec, .started = true, .soaking = true, .in = 1, .installed = 1, .age_s = 10,
          .want = ROLLOUT_START_PHASE },
        { "a late joiner holds the soak", spec, .started = true, .soaking = true, .in = 2, .installed = 1, .age_s = 10,
          .want = ROLLOUT_WAIT, .words = "waiting for 1 of 2" },
        { "ends after the last phase", spec, .started = true, .soaking = true, .phase = 2, .in = N, .installed = N,
          .want = ROLLOUT_DONE },
        { "one failure is too many", spec, .started = true, .in = 1, .failed = 1, .want = ROLLOUT_ABORT,
          .words = "1 of 1 devices failed" },
        { "a failure during the soak too", spec, .started = true, .soaking = true, .phase = 1, .in = 10, .installed = 9,
          .failed = 1, .want = ROLLOUT_ABORT, .words = "the limit is 0" },
        { "tolerated failures", with_limit(1, 0), .started = true, .phase = 1, .in = 10, .installed = 9, .failed = 1,
          .want = ROLLOUT_SOAK },
        { "but somebody must have it", with_limit(1, 0), .started = true, .in = 1, .failed = 1, .want = ROLLOUT_ABORT,
          .words = "no device of the phase" },
        { "no limit on failures", with_limit(-1, 0), .started = true, .phase = 1, .in = 10, .installed = 1, .failed = 9,
          .want = ROLLOUT_SOAK },
        { "a failure out of the phase is none of ours", spec, .started = true, .in = 1, .installed = 1, .failed = 1,
          .want = ROLLOUT_SOAK },
        { "offline devices are passed over in the end", with_limit(0, 60), .started = true, .phase = 1, .in = 10,
          .installed = 4, .offline = 6, .age_s = 60, .want = ROLLOUT_SOAK },
        { "not before", with_limit(0, 60), .started = true, .phase = 1, .in = 10, .installed = 4, .offline = 6,
          .age_s = 59, .want = ROLLOUT_WAIT },
        { "not when nobody has it", with_limit(0, 60), .started = true, .in = 1, .offline = 1, .age_s = 60,
          .want = ROLLOUT_WAIT, .words = "all 1 devices" },
        { "an idle device fails in the end", with_limit(0, 60), .started = true, .phase = 1, .in = 10, .installed = 9,
          .age_s = 60, .want = ROLLOUT_ABORT, .words = "in time" },
        { "errors", spec, .started = true, .in = 1, .installed = 1, .sums = { 98, 2, 0, 0 }, .want = ROLLOUT_ABORT,
          .words = "2.00 % of the inferences failed" },
        { "few errors", spec, .started = true, .in = 1, .installed = 1, .sums = { 99, 1, 0, 0 }, .want = ROLLOUT_SOAK },
        { "only errors", spec, .started = true, .in = 1, .sums = { 0, 5, 0, 0 }, .want = ROLLOUT_ABORT },
        { "slow", spec, .started = true, .in = 1, .installed = 1, .sums = { 10, 0, 0, 1010 }, .want = ROLLOUT_ABORT,
          .words = "101 us" },
        { "anomalies", spec, .started = true, .in = 1, .installed = 1, .sums = { 10, 0, 6, 10 }, .want = ROLLOUT_ABORT,
          .words = "anomalies" },
        { "paused", spec, .paused = true, .started = true, .in = 1, .failed = 1, .want = ROLLOUT_WAIT },
        { "paused before the start", spec, .paused = true, .want = ROLLOUT_WAIT },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        rollout_device devices[N];
        uint64_t ranks[N];
        rollout_step step = decide(&rows[i], devices, ranks);
        if (step.action != rows[i].want || (rows[i].words && !strstr(step.reason, rows[i].words)))
            fail_msg("%s: action %d, reason '%s'", rows[i].name, (int)step.action, step.reason);
    }
}

static void nobody_matches(void **state) {
    (void)state;
    rollout_view v = { .spec = &spec };
    rollout_step step = rollout_decide(&v, NULL);
    assert_int_equal(step.action, ROLLOUT_WAIT);
    assert_string_equal(step.reason, "no device matches the selector");
}

static void the_canary_is_one_of_twenty(void **state) {
    (void)state;
    rollout_device devices[N];
    uint64_t ranks[N];
    fill(devices);
    rollout_view v = { .spec = &spec, .devices = devices, .devices_n = N };
    rollout_step step = rollout_decide(&v, ranks);
    assert_int_equal(step.phase, 0);
    assert_int_equal(step.threshold, 0);
    v = (rollout_view){
        .spec = &spec, .started = true, .soaking = true, .now_ms = 10000, .devices = devices, .devices_n = N
    };
    devices[0].state = ROLLOUT_DEVICE_INSTALLED;
    step = rollout_decide(&v, ranks);
    assert_int_equal(step.phase, 1);
    assert_int_equal(step.threshold, 90);
}

/** A threshold never falls, though devices have left. */
static void nobody_falls_out(void **state) {
    (void)state;
    rollout_device devices[2] = { { .rank = 1, .online = true, .state = ROLLOUT_DEVICE_INSTALLED },
                                  { .rank = 2, .online = true, .state = ROLLOUT_DEVICE_INSTALLED } };
    uint64_t ranks[2];
    rollout_view v = { .spec = &spec,
                       .started = true,
                       .soaking = true,
                       .now_ms = 20000,
                       .threshold = 500,
                       .devices = devices,
                       .devices_n = 2 };
    rollout_step step = rollout_decide(&v, ranks);
    assert_int_equal(step.action, ROLLOUT_START_PHASE);
    assert_int_equal(step.threshold, 500);
}

/**
 * Plays whole roll-outs on random fleets: devices take the release when they are in, some fail. It ends as done when
 * nobody in a phase failed, else aborted; who is not in never has it; at the canary at most one device is touched.
 */
static void random_fleets_end_as_they_should(void **state) {
    (void)state;
    sedge_random random;
    sedge_random_init(&random, 7);
    for (int round = 0; round < 500; round++) {
        rollout_device devices[N] = { { 0 } };
        bool bad[N];
        uint64_t ranks[N];
        size_t n = 1 + sedge_random_below(&random, N), any_bad = 0;
        for (size_t i = 0; i < n; i++) {
            devices[i] = (rollout_device){ .rank = sedge_random_u64(&random), .online = true };
            bad[i] = sedge_random_below(&random, 30) == 0;
            any_bad += bad[i];
        }
        rollout_view v = { .spec = &spec, .devices = devices, .devices_n = n };
        rollout_step step = { 0 };
        for (int tick = 0; tick < 10000; tick++) {
            v.now_ms += 500;
            size_t at = sedge_random_below(&random, n);
            if (v.started && devices[at].rank <= v.threshold)
                devices[at].state = bad[at] ? ROLLOUT_DEVICE_FAILED : ROLLOUT_DEVICE_INSTALLED;
            step = rollout_decide(&v, ranks);
            if (step.action == ROLLOUT_START_PHASE) {
                assert_true(!v.started || step.phase == v.phase + 1);
                assert_true(!v.started || step.threshold >= v.threshold);
                v.started = true;
                v.soaking = false;
                v.phase = step.phase;
                v.threshold = step.threshold;
                v.phase_ms = v.now_ms;
            } else if (step.action == ROLLOUT_SOAK) {
                v.soaking = true;
                v.soak_ms = v.now_ms;
            } else if (step.action != ROLLOUT_WAIT) {
                break;
            }
        }
        assert_int_equal(step.action, any_bad ? ROLLOUT_ABORT : ROLLOUT_DONE);
        size_t touched = 0;
        for (size_t i = 0; i < n; i++)
            touched += devices[i].state != ROLLOUT_DEVICE_WAITING;
        if (step.action == ROLLOUT_ABORT && v.phase == 0)
            assert_int_equal(touched, 1);
        if (step.action == ROLLOUT_DONE)
            assert_int_equal(touched, n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_decisions),
        cmocka_unit_test(nobody_matches),
        cmocka_unit_test(the_canary_is_one_of_twenty),
        cmocka_unit_test(nobody_falls_out),
        cmocka_unit_test(random_fleets_end_as_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
