/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "agent/agent_state.h"
#include "base/format.h"
#include "proto/samples.h"

enum { COLLECT_MS = 30, PACKED_MAX = 256 << 10 };

/** Buffers that the windows of one report borrow. */
typedef struct packed {
    sedge_buf features[SEDGE_DESIRED_MODELS_MAX], latency[SEDGE_DESIRED_MODELS_MAX];
    sedge_report_model models[SEDGE_DESIRED_MODELS_MAX];
    size_t n;
} packed;

static void free_packed(packed *p) {
    for (size_t i = 0; p && i < SEDGE_DESIRED_MODELS_MAX; i++) {
        sedge_buf_done(&p->features[i]);
        sedge_buf_done(&p->latency[i]);
    }
    free(p);
}

static packed *new_packed(void) {
    packed *p = calloc(1, sizeof *p);
    for (size_t i = 0; p && i < SEDGE_DESIRED_MODELS_MAX; i++) {
        p->features[i] = sedge_buf_init(PACKED_MAX);
        p->latency[i] = sedge_buf_init(SEDGE_LATENCY_PACK_MAX + 1);
    }
    return p;
}

static sedge_status pack_latency(const sedge_latency *latency, sedge_buf *out, sedge_error *err) {
    size_t n;
    uint8_t *at = sedge_buf_add(out, SEDGE_LATENCY_PACK_MAX);
    if (!at)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a report");
    sedge_status st = sedge_latency_pack(latency, at, SEDGE_LATENCY_PACK_MAX, &n, err);
    out->n = st ? 0 : n;
    return st;
}

static sedge_status add_model(packed *p, sedge_supervised *m, sedge_error *err) {
    sedge_report_model *out = &p->models[p->n];
    sedge_buf *features = &p->features[p->n], *latency = &p->latency[p->n];
    sedge_tally tally;
    sedge_supervised_describe(m, out);
    sedge_status st = sedge_serving_take_window(sedge_supervised_serving(m), &tally, features, err);
    if (!st && tally.cpu.count > 0)
        st = pack_latency(&tally.cpu, latency, err);
    if (st)
        return st;
    out->window = (sedge_window){ .rows = tally.rows,
                                  .inferences = tally.inferences,
                                  .failures = tally.failures,
                                  .anomalies = tally.anomalies,
                                  .cpu_us_sum = tally.cpu.sum_ns / 1000,
                                  .cpu_us_max = tally.cpu.max_ns / 1000,
                                  .score_sum = tally.score_sum,
                                  .latency = sedge_buf_bytes(latency),
                                  .features = sedge_buf_bytes(features) };
    p->n++;
    return SEDGE_OK;
}

static void send_packed(sedge_agent *a, packed *p, sedge_status st, sedge_error *err) {
    sedge_net_counters bytes = sedge_agent_bytes(a);
    if (!st)
        st = sedge_reporter_add(&a->reporter, p->models, p->n, bytes.sent, bytes.received, sedge_agent_raw_bytes(a),
                                err);
    if (st && !a->reporter.disk_failed)
        sedge_log_error(a->log, "report.lost why=%s", err->text);
}

void sedge_agent_report_now(sedge_agent *a) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (!a->enrolled)
        return;
    packed *p = new_packed();
    sedge_status st = p ? SEDGE_OK : sedge_fail(&err, SEDGE_ENOMEM, "no memory for a report");
    for (size_t i = 0; !st && i < a->n_models; i++)
        st = add_model(p, a->models[i], &err);
    send_packed(a, p, st, &err);
    free_packed(p);
}

void sedge_agent_report_window(sedge_agent *a, sedge_supervised *m) {
    sedge_error err = SEDGE_ERROR_INIT;
    const sedge_installed *of = sedge_supervised_window_of(m);
    packed *p = a->enrolled ? new_packed() : NULL;
    if (!p)
        return;
    sedge_status st = add_model(p, m, &err);
    if (!st && of->digest[0] && p->models[0].window.rows + p->models[0].window.inferences > 0) {
        p->models[0].release = of->release;
        p->models[0].has_bundle = sedge_digest_from_hex(of->digest, &p->models[0].bundle);
        p->models[0].slot = 0;
        send_packed(a, p, st, &err);
    }
    free_packed(p);
}

static void on_build(void *ctx) {
    sedge_agent *a = ctx;
    a->build_timer = 0;
    sedge_agent_report_now(a);
}

void sedge_agent_report_soon(sedge_agent *a) {
    sedge_error err = SEDGE_ERROR_INIT;
    if (a->build_timer || !a->enrolled)
        return;
    for (size_t i = 0; i < a->n_models; i++)
        sedge_serving_pull_counts(sedge_supervised_serving(a->models[i]));
    if (sedge_loop_after(a->loop, COLLECT_MS, on_build, a, &a->build_timer, &err))
        sedge_log_error(a->log, "report.lost why=%s", err.text);
}

/* ---- samples ---- */

static void fill_rows(const sedge_rows *rows, sedge_samples *s) {
    uint64_t first = rows->end - s->n_rows;
    for (uint64_t i = 0; i < s->n_rows; i++) {
        s->times_ms[i] = sedge_rows_info(rows, first + i)->time_ms;
        memcpy(s->values + i * rows->channels, sedge_rows_values(rows, first + i), rows->channels * sizeof(float));
    }
}

static sedge_status make_samples(sedge_agent *a, sedge_supervised *m, sedge_samples *s, sedge_error *err) {
    const sedge_rows *rows = sedge_serving_rows(sedge_supervised_serving(m));
    const sedge_ready *wants = sedge_serving_wants(sedge_supervised_serving(m));
    const sedge_installed *runs = sedge_intent_current(&sedge_supervised_slots(m)->intent);
    uint64_t there = rows->end - rows->oldest;
    s->n_rows = there < a->desired.samples.rows ? there : a->desired.samples.rows;
    s->n_channels = rows->channels;
    s->release = runs ? runs->release : 0;
    sedge_format(s->device, sizeof s->device, "%s", a->identity.device);
    sedge_format(s->request, sizeof s->request, "%s", a->desired.samples.request);
    sedge_format(s->model, sizeof s->model, "%s", sedge_supervised_name(m));
    s->channels = calloc(s->n_channels, sizeof s->channels[0]);
    s->times_ms = calloc(s->n_rows, sizeof s->times_ms[0]);
    s->values = calloc(s->n_rows * s->n_channels, sizeof s->values[0]);
    if (!s->channels || !s->times_ms || !s->values)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu rows", s->n_rows);
    for (size_t i = 0; i < s->n_channels; i++)
        sedge_format(s->channels[i], sizeof s->channels[i], "%s", wants->names[i]);
    fill_rows(rows, s);
    return SEDGE_OK;
}

void sedge_agent_send_samples(sedge_agent *a) {
    const sedge_desired_samples *asked = &a->desired.samples;
    if (!a->has_desired || !a->desired.has_samples || a->samples_in_flight || !a->link ||
        strcmp(asked->request, a->samples_done) == 0)
        return;
    sedge_supervised *m = sedge_agent_find(a, asked->model);
    const sedge_rows *rows = m ? sedge_serving_rows(sedge_supervised_serving(m)) : NULL;
    if (!rows || rows->end == rows->oldest)
        return; /* none yet: asked again at the next tick */
    sedge_samples s = { 0 };
    sedge_error err = SEDGE_ERROR_INIT;
    SEDGE_AUTO_BUF payload = sedge_buf_init(SEDGE_SAMPLES_BYTES_MAX);
    sedge_status st = make_samples(a, m, &s, &err);
    if (!st)
        st = sedge_samples_encode(&s, &payload, &err);
    if (!st)
        st = sedge_link_send_samples(a->link, asked->request, sedge_buf_bytes(&payload), &err);
    a->samples_in_flight = !st;
    if (st)
        sedge_log_error(a->log, "samples.not_sent why=%s", err.text);
    else
        sedge_log_info(a->log, "samples.sending request=%s model=%s rows=%zu bytes=%zu", asked->request, asked->model,
                       s.n_rows, payload.n);
    sedge_samples_done(&s);
}

void sedge_agent_samples_sent(sedge_agent *a, const char *request, sedge_status status) {
    char path[SEDGE_PATH_MAX];
    sedge_error err = SEDGE_ERROR_INIT;
    a->samples_in_flight = false;
    sedge_format(a->samples_done, sizeof a->samples_done, "%s", request);
    sedge_status st = sedge_agent_path(a, "samples.done", path, &err);
    if (!st)
        st = sedge_file_write_atomic(a->fs, path, sedge_bytes_text(request), 0600, &err);
    if (st)
        sedge_log_error(a->log, "samples.not_noted why=%s", err.text);
    if (!status)
        sedge_reporter_event(&a->reporter, "samples_sent", a->desired.samples.model, 0, request);
}
