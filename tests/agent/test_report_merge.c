/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/report_merge.h"

#include <stdio.h>
#include <string.h>

#include "proto/report.h"
#include "sedge/monitor.h"

#include "../include/sedge_test.h"

enum { FEATURES = 200 };

/** Packed counts of n vectors, all in one bin; the caller's to free. */
static uint8_t *pack_counts(uint32_t n, size_t *ret_n) {
    size_t bytes = sedge_monitor_counts_bytes(FEATURES), max = sedge_monitor_pack_max(FEATURES);
    SEDGE_AUTO_MEM void *memory = malloc(bytes);
    uint8_t *packed = malloc(max);
    sedge_monitor_counts *counts;
    assert_int_equal(sedge_monitor_counts_init(FEATURES, memory, bytes, &counts, NULL), SEDGE_OK);
    uint8_t one[1 + 2 + 1 + 1 + FEATURES * 3], *p = one; /* by hand: monitor/format.h */
    *p++ = 1;
    *p++ = (FEATURES & 0x7f) | 0x80;
    *p++ = FEATURES >> 7;
    *p++ = 1; /* total */
    *p++ = 0; /* no NaN */
    for (int f = 0; f < FEATURES; f++) {
        *p++ = 1; /* only bin 0, whose count is what is missing to the total */
        *p++ = 0;
    }
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(sedge_monitor_unpack(counts, one, (size_t)(p - one), NULL), SEDGE_OK);
    assert_int_equal(sedge_monitor_pack(counts, packed, max, ret_n, NULL), SEDGE_OK);
    return packed;
}

static void make(sedge_buf *out, uint64_t seq, uint64_t release, uint32_t inferences, size_t n_events) {
    size_t features_n, latency_n;
    SEDGE_AUTO_MEM uint8_t *features = pack_counts(inferences, &features_n);
    uint8_t packed[SEDGE_LATENCY_PACK_MAX];
    sedge_latency latency = { 0 };
    for (uint32_t i = 0; i < inferences; i++)
        sedge_latency_add(&latency, 1000 * seq);
    assert_int_equal(sedge_latency_pack(&latency, packed, sizeof packed, &latency_n, NULL), SEDGE_OK);
    sedge_report_model m = { .name = "pump",
                             .release = release,
                             .state = SEDGE_STATE_COMMITTED,
                             .window = { .from_ms = (int64_t)(seq * 1000),
                                         .to_ms = (int64_t)(seq * 1000 + 999),
                                         .rows = 4 * inferences,
                                         .inferences = inferences,
                                         .cpu_us_max = seq,
                                         .score_sum = 0.5,
                                         .latency = { packed, latency_n },
                                         .features = { features, features_n } } };
    SEDGE_AUTO_MEM sedge_report_event *events = calloc(n_events + 1, sizeof *events);
    for (size_t i = 0; i < n_events; i++) {
        events[i].time_ms = (int64_t)(seq * 1000 + i);
        snprintf(events[i].kind, sizeof events[i].kind, "event");
    }
    sedge_report r = { .device = "d1",
                       .boot = "0190b0c0d1e2730485f60718293a4b5c",
                       .seq = seq,
                       .agent = "1",
                       .models = &m,
                       .n_models = 1,
                       .events = events,
                       .n_events = n_events };
    assert_int_equal(sedge_report_encode(&r, out, NULL), SEDGE_OK);
}

static void windows_of_a_release_add_up(void **state) {
    (void)state;
    SEDGE_AUTO_BUF older = sedge_buf_init(1 << 20), newer = sedge_buf_init(1 << 20), out = sedge_buf_init(1 << 20);
    make(&older, 1, 7, 3, 2);
    make(&newer, 2, 7, 5, 1);
    assert_int_equal(sedge_report_merge(NULL, sedge_buf_bytes(&older), sedge_buf_bytes(&newer), &out, NULL), SEDGE_OK);
    sedge_report r;
    assert_int_equal(sedge_report_decode(sedge_buf_bytes(&out), &r, NULL), SEDGE_OK);
    assert_int_equal(r.seq, 2);
    assert_int_equal(r.n_models, 1);
    assert_int_equal(r.n_events, 3);
    const sedge_window *w = &r.models[0].window;
    assert_int_equal(w->inferences, 8);
    assert_int_equal(w->rows, 32);
    assert_int_equal(w->from_ms, 1000);
    assert_int_equal(w->to_ms, 2999);
    assert_int_equal(w->cpu_us_max, 2);
    assert_float_equal(w->score_sum, 1, 0);
    sedge_latency latency = { 0 };
    assert_int_equal(sedge_latency_unpack(&latency, w->latency.p, w->latency.n, NULL), SEDGE_OK);
    assert_int_equal(latency.count, 8);
    size_t want_n;
    SEDGE_AUTO_MEM uint8_t *want = pack_counts(8, &want_n);
    assert_int_equal(w->features.n, want_n);
    assert_memory_equal(w->features.p, want, want_n);
    sedge_report_done(&r);
}

static void windows_of_two_releases_stay_apart(void **state) {
    (void)state;
    SEDGE_AUTO_BUF older = sedge_buf_init(1 << 20), newer = sedge_buf_init(1 << 20), out = sedge_buf_init(1 << 20);
    make(&older, 1, 7, 3, 0);
    make(&newer, 2, 8, 5, 0);
    assert_int_equal(sedge_report_merge(NULL, sedge_buf_bytes(&older), sedge_buf_bytes(&newer), &out, NULL), SEDGE_OK);
    sedge_report r;
    assert_int_equal(sedge_report_decode(sedge_buf_bytes(&out), &r, NULL), SEDGE_OK);
    assert_int_equal(r.n_models, 2);
    assert_int_equal(r.models[0].release, 7);
    assert_int_equal(r.models[1].release, 8); /* the newest state is the last */
    assert_int_equal(r.models[0].window.inferences, 3);
    sedge_report_done(&r);
}

static void events_are_bounded_and_the_newest_stay(void **state) {
    (void)state;
    SEDGE_AUTO_BUF older = sedge_buf_init(1 << 20), newer = sedge_buf_init(1 << 20), out = sedge_buf_init(1 << 20);
    make(&older, 1, 7, 1, 50);
    make(&newer, 2, 7, 1, 50);
    assert_int_equal(sedge_report_merge(NULL, sedge_buf_bytes(&older), sedge_buf_bytes(&newer), &out, NULL), SEDGE_OK);
    sedge_report r;
    assert_int_equal(sedge_report_decode(sedge_buf_bytes(&out), &r, NULL), SEDGE_OK);
    assert_int_equal(r.n_events, SEDGE_MERGE_EVENTS_MAX);
    assert_int_equal(r.events[SEDGE_MERGE_EVENTS_MAX - 1].time_ms, 2049);
    sedge_report_done(&r);
}

static void rubbish_is_a_conflict(void **state) {
    (void)state;
    SEDGE_AUTO_BUF newer = sedge_buf_init(1 << 20), out = sedge_buf_init(1 << 20);
    make(&newer, 2, 7, 1, 0);
    assert_int_equal(sedge_report_merge(NULL, sedge_bytes_text("rubbish"), sedge_buf_bytes(&newer), &out, NULL),
                     SEDGE_ECONFLICT);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(windows_of_a_release_add_up),
                                        cmocka_unit_test(windows_of_two_releases_stay_apart),
                                        cmocka_unit_test(events_are_bounded_and_the_newest_stay),
                                        cmocka_unit_test(rubbish_is_a_conflict) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
