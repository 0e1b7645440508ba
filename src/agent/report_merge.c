/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/report_merge.h"

#include <string.h>

#include "base/own.h"
#include "proto/report.h"
#include "sedge/monitor.h"

enum { PACKED_MAX = 256 << 10 };

/** How many features packed counts are about; 0: none, or not packed counts. */
static uint32_t packed_features(sedge_bytes packed) {
    uint32_t n = 0;
    uint8_t byte = 0x80;
    if (!sedge_take_u8(&packed, &byte) || byte != 1)
        return 0;
    byte = 0x80;
    for (unsigned shift = 0; shift <= 14 && (byte & 0x80); shift += 7) {
        if (!sedge_take_u8(&packed, &byte))
            return 0;
        n |= (uint32_t)(byte & 0x7f) << shift;
    }
    return (byte & 0x80) || n > SEDGE_MONITOR_FEATURES_MAX ? 0 : n;
}

static sedge_status merge_features(sedge_bytes older, sedge_bytes newer, sedge_buf *out, sedge_error *err) {
    uint32_t n = packed_features(older);
    if (older.n == 0 || newer.n == 0) {
        sedge_buf_put(out, older.n ? older.p : newer.p, older.n + newer.n);
        return SEDGE_OK;
    }
    if (n == 0)
        return sedge_fail(err, SEDGE_ECONFLICT, "a histogram that is none");
    size_t bytes = sedge_monitor_counts_bytes(n), max = sedge_monitor_pack_max(n), packed;
    SEDGE_AUTO_MEM void *memory = malloc(bytes);
    sedge_monitor_counts *counts;
    if (!memory)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to merge reports");
    sedge_status st = sedge_monitor_counts_init(n, memory, bytes, &counts, err);
    if (!st)
        st = sedge_monitor_unpack(counts, older.p, older.n, err);
    if (!st)
        st = sedge_monitor_unpack(counts, newer.p, newer.n, err);
    uint8_t *at = st ? NULL : sedge_buf_add(out, max);
    if (!st && !at)
        st = sedge_fail(err, SEDGE_ELIMIT, "a histogram that is too large");
    if (!st)
        st = sedge_monitor_pack(counts, at, max, &packed, err);
    if (!st)
        out->n -= max - packed;
    return st;
}

static sedge_status merge_latency(sedge_bytes older, sedge_bytes newer, sedge_buf *out, sedge_error *err) {
    sedge_latency sum = { 0 };
    size_t packed;
    sedge_status st = older.n ? sedge_latency_unpack(&sum, older.p, older.n, err) : SEDGE_OK;
    if (!st && newer.n)
        st = sedge_latency_unpack(&sum, newer.p, newer.n, err);
    uint8_t *at = st ? NULL : sedge_buf_add(out, SEDGE_LATENCY_PACK_MAX);
    if (!st && !at)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory to merge reports");
    if (!st)
        st = sedge_latency_pack(&sum, at, SEDGE_LATENCY_PACK_MAX, &packed, err);
    if (!st)
        out->n -= SEDGE_LATENCY_PACK_MAX - packed;
    return st;
}

/** newer += older. What the window borrows is put into the two buffers, which must stay. */
static sedge_status merge_windows(const sedge_window *older, sedge_window *newer, sedge_buf *latency,
                                  sedge_buf *features, sedge_error *err) {
    sedge_status st = merge_latency(older->latency, newer->latency, latency, err);
    if (!st)
        st = merge_features(older->features, newer->features, features, err);
    if (st)
        return st;
    newer->latency = sedge_buf_bytes(latency);
    newer->features = sedge_buf_bytes(features);
    if (older->from_ms && (!newer->from_ms || older->from_ms < newer->from_ms))
        newer->from_ms = older->from_ms;
    if (older->to_ms > newer->to_ms)
        newer->to_ms = older->to_ms;
    newer->rows += older->rows;
    newer->inferences += older->inferences;
    newer->failures += older->failures;
    newer->anomalies += older->anomalies;
    newer->cpu_us_sum += older->cpu_us_sum;
    if (older->cpu_us_max > newer->cpu_us_max)
        newer->cpu_us_max = older->cpu_us_max;
    newer->score_sum += older->score_sum;
    return SEDGE_OK;
}

/** Room for the windows of one report that were merged. */
typedef struct scratch {
    sedge_buf latency[SEDGE_REPORT_MODELS_MAX], features[SEDGE_REPORT_MODELS_MAX];
    sedge_report_model models[SEDGE_REPORT_MODELS_MAX];
    size_t n;
    sedge_report_event events[SEDGE_MERGE_EVENTS_MAX];
} scratch;

static bool same_release(const sedge_report_model *a, const sedge_report_model *b) {
    return strcmp(a->name, b->name) == 0 && a->release == b->release;
}

static sedge_report_model *find(const sedge_report *r, const sedge_report_model *like) {
    for (size_t i = 0; i < r->n_models; i++)
        if (same_release(&r->models[i], like))
            return &r->models[i];
    return NULL;
}

/** Old windows without a partner come first, so that the newest state of a model is its last. */
static sedge_status merge_models(const sedge_report *older, const sedge_report *newer, scratch *s, sedge_error *err) {
    for (size_t i = 0; i < older->n_models; i++) {
        if (find(newer, &older->models[i]))
            continue;
        if (s->n == SEDGE_REPORT_MODELS_MAX)
            return sedge_fail(err, SEDGE_ECONFLICT, "more than %d windows", SEDGE_REPORT_MODELS_MAX);
        s->models[s->n++] = older->models[i];
    }
    for (size_t i = 0; i < newer->n_models; i++) {
        if (s->n == SEDGE_REPORT_MODELS_MAX)
            return sedge_fail(err, SEDGE_ECONFLICT, "more than %d windows", SEDGE_REPORT_MODELS_MAX);
        sedge_report_model *m = &s->models[s->n], *before = find(older, &newer->models[i]);
        *m = newer->models[i];
        sedge_status st =
            before ? merge_windows(&before->window, &m->window, &s->latency[s->n], &s->features[s->n], err) : SEDGE_OK;
        if (st)
            return st;
        s->n++;
    }
    return SEDGE_OK;
}

static void merge_events(const sedge_report *older, const sedge_report *newer, scratch *s, sedge_report *ret) {
    size_t all = older->n_events + newer->n_events;
    size_t skip = all > SEDGE_MERGE_EVENTS_MAX ? all - SEDGE_MERGE_EVENTS_MAX : 0;
    ret->events = s->events;
    ret->n_events = 0;
    for (size_t i = skip; i < all; i++)
        s->events[ret->n_events++] = i < older->n_events ? older->events[i] : newer->events[i - older->n_events];
}

static sedge_status merge_decoded(const sedge_report *older, const sedge_report *newer, sedge_buf *out,
                                  sedge_error *err) {
    SEDGE_AUTO_MEM scratch *s = calloc(1, sizeof *s);
    if (!s)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to merge reports");
    for (size_t i = 0; i < SEDGE_REPORT_MODELS_MAX; i++)
        s->latency[i] = s->features[i] = sedge_buf_init(PACKED_MAX);
    sedge_report both = *newer;
    sedge_status st = merge_models(older, newer, s, err);
    if (!st) {
        both.models = s->models;
        both.n_models = s->n;
        merge_events(older, newer, s, &both);
        st = sedge_report_encode(&both, out, err);
    }
    for (size_t i = 0; i < SEDGE_REPORT_MODELS_MAX; i++) {
        sedge_buf_done(&s->latency[i]);
        sedge_buf_done(&s->features[i]);
    }
    return st;
}

sedge_status sedge_report_merge(void *ctx, sedge_bytes older, sedge_bytes newer, sedge_buf *out, sedge_error *err) {
    sedge_report a, b;
    (void)ctx;
    sedge_status st = sedge_report_decode(older, &a, err);
    if (st)
        return sedge_fail(err, SEDGE_ECONFLICT, "a spooled report that cannot be read");
    st = sedge_report_decode(newer, &b, err);
    if (!st) {
        st = merge_decoded(&a, &b, out, err);
        sedge_report_done(&b);
    }
    sedge_report_done(&a);
    return st;
}
