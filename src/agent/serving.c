/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serving.h"

#include <string.h>

#include "base/format.h"

typedef struct pending {
    struct pending *next;
    uint64_t id;
    sedge_http_exchange *exchange;
    uint8_t *body; /* owned copy: the worker may die */
    size_t n;
    sedge_child *with; /* NULL: waits */
    unsigned tries;
    int64_t since_ms;
} pending;

struct sedge_serving {
    sedge_serving_options o;
    sedge_child *active, *next, *draining;
    sedge_ready ready, next_ready;
    bool has_ready, next_is_ready;
    sedge_rows rows;
    int64_t warm_until;
    bool held;                /* rows wait until the draining worker has acknowledged and told its counts */
    uint32_t window_features; /* of the release that the window is about */
    int64_t drain_since_ms, heard_ms;
    uint64_t died_at; /* rows acknowledged when a worker died, and how often there */
    unsigned deaths_there;
    pending *requests, **requests_end;
    size_t n_requests;
    uint64_t next_id;
    sedge_tally window, totals;
    void *counts_memory;
    sedge_monitor_counts *counts; /* NULL: no histogram yet */
};

static void on_ready(void *ctx, sedge_child *child, const sedge_ready *ready);
static void on_done(void *ctx, sedge_child *child, const sedge_done *done);
static void on_answer(void *ctx, sedge_child *child, uint64_t id, int status, const sedge_done *done, sedge_bytes json);
static void on_stats(void *ctx, sedge_child *child, sedge_bytes packed);
static void on_gone(void *ctx, sedge_child *child, const char *why);

static const sedge_child_events child_events = { on_ready, on_done, on_answer, on_stats, on_gone };

void sedge_tally_add(sedge_tally *t, const sedge_done *done, uint64_t rows) {
    t->rows += rows;
    t->inferences += done->inferences;
    t->failures += done->failures;
    t->anomalies += done->anomalies;
    t->score_sum += done->score_sum;
    for (uint32_t i = 0; i < done->inferences; i++)
        sedge_latency_add(&t->cpu, done->cpu_ns[i]);
}

sedge_status sedge_serving_new(const sedge_serving_options *options, sedge_serving **ret, sedge_error *err) {
    sedge_serving *s = calloc(1, sizeof *s);
    if (!s)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a model");
    s->o = *options;
    s->requests_end = &s->requests;
    s->next_id = 1;
    *ret = s;
    return SEDGE_OK;
}

static int64_t now_ms(const sedge_serving *s) {
    return sedge_monotonic_ms(s->o.clock);
}

/* ---- requests ---- */

static void drop_request(sedge_serving *s, pending **at) {
    pending *r = *at;
    *at = r->next;
    if (!r->next)
        s->requests_end = at;
    s->n_requests--;
    free(r->body);
    free(r);
}

static void fail_request(sedge_serving *s, pending **at, sedge_status status, const char *sentence) {
    sedge_http_exchange_fail((*at)->exchange, status, sentence);
    drop_request(s, at);
}

static void send_requests(sedge_serving *s) {
    for (pending *r = s->requests; r && s->active; r = r->next)
        if (!r->with) {
            r->with = s->active;
            r->tries++;
            sedge_child_send_request(s->active, r->id, sedge_bytes_of(r->body, r->n));
        }
}

/** A worker is gone: its requests wait for the next one, unless they have been tried often enough. */
static void take_back_requests(sedge_serving *s, const sedge_child *child) {
    pending **at = &s->requests;
    while (*at) {
        pending *r = *at;
        if (r->with == child)
            r->with = NULL;
        if (!r->with && r->tries >= SEDGE_REQUEST_TRIES_MAX)
            fail_request(s, at, SEDGE_EINTERNAL, "the model's worker died of this request");
        else
            at = &r->next;
    }
}

static void expire_requests(sedge_serving *s) {
    pending **at = &s->requests;
    while (*at) {
        if (!(*at)->with && now_ms(s) - (*at)->since_ms > SEDGE_REQUEST_WAIT_MS)
            fail_request(s, at, SEDGE_EBUSY, "no worker is ready for this model");
        else
            at = &(*at)->next;
    }
}

void sedge_serving_request(sedge_serving *s, sedge_http_exchange *x) {
    sedge_bytes body = sedge_http_exchange_body(x);
    if (s->n_requests >= SEDGE_REQUESTS_MAX) {
        sedge_http_exchange_fail(x, SEDGE_EBUSY, "too many requests wait for this model");
        return;
    }
    pending *r = calloc(1, sizeof *r);
    uint8_t *copy = malloc(body.n ? body.n : 1);
    if (!r || !copy) {
        free(r);
        free(copy);
        sedge_http_exchange_fail(x, SEDGE_ENOMEM, "no memory for the request");
        return;
    }
    if (body.n)
        memcpy(copy, body.p, body.n);
    *r = (pending){ .id = s->next_id++, .exchange = x, .body = copy, .n = body.n, .since_ms = now_ms(s) };
    *s->requests_end = r;
    s->requests_end = &r->next;
    s->n_requests++;
    send_requests(s);
}

static void on_answer(void *ctx, sedge_child *child, uint64_t id, int status, const sedge_done *done,
                      sedge_bytes json) {
    sedge_serving *s = ctx;
    for (pending **at = &s->requests; *at; at = &(*at)->next)
        if ((*at)->id == id && (*at)->with == child) {
            sedge_http_exchange_answer((*at)->exchange, status, "application/json", json);
            drop_request(s, at);
            break;
        }
    sedge_tally_add(&s->window, done, 0);
    sedge_tally_add(&s->totals, done, 0);
    if (child == s->active)
        s->o.events->done(s->o.ctx, done, 0);
}

/* ---- histograms ---- */

static void retire(sedge_serving *s);

static bool make_counts(sedge_serving *s) {
    uint32_t n = s->window_features;
    if (s->counts && sedge_monitor_counts_features(s->counts) == n)
        return true;
    free(s->counts_memory);
    s->counts = NULL;
    size_t bytes = n >= 1 && n <= SEDGE_MONITOR_FEATURES_MAX ? sedge_monitor_counts_bytes(n) : 0;
    s->counts_memory = bytes ? malloc(bytes) : NULL;
    return s->counts_memory && !sedge_monitor_counts_init(n, s->counts_memory, bytes, &s->counts, NULL);
}

static void on_stats(void *ctx, sedge_child *child, sedge_bytes packed) {
    sedge_serving *s = ctx;
    sedge_error err = SEDGE_ERROR_INIT;
    if (packed.n > 0 && make_counts(s) && sedge_monitor_unpack(s->counts, packed.p, packed.n, &err))
        sedge_log_warn(s->o.log, "worker.histogram_dropped model=%s why=%s", s->o.name, err.text);
    if (child == s->draining && s->held)
        retire(s);
}

void sedge_serving_pull_counts(sedge_serving *s) {
    if (s->active)
        sedge_child_send_stats(s->active);
}

sedge_status sedge_serving_take_window(sedge_serving *s, sedge_tally *ret, sedge_buf *packed, sedge_error *err) {
    if (s->counts && sedge_monitor_counts_total(s->counts) > 0) {
        size_t max = sedge_monitor_pack_max(sedge_monitor_counts_features(s->counts)), n, before = packed->n;
        uint8_t *at = sedge_buf_add(packed, max);
        if (!at)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for a histogram");
        sedge_status st = sedge_monitor_pack(s->counts, at, max, &n, err);
        packed->n = before + (st ? 0 : n);
        if (st)
            return st;
        sedge_monitor_counts_clear(s->counts);
    }
    *ret = s->window;
    s->window = (sedge_tally){ 0 };
    return SEDGE_OK;
}

const sedge_tally *sedge_serving_totals(const sedge_serving *s) {
    return &s->totals;
}

/* ---- rows ---- */

uint64_t sedge_serving_room(const sedge_serving *s) {
    uint64_t open = s->rows.end - s->rows.acknowledged;
    return !s->rows.capacity || open >= SEDGE_ROWS_OPEN_MAX ? 0 : SEDGE_ROWS_OPEN_MAX - open;
}

void sedge_serving_add(sedge_serving *s, const float *values, sedge_row_info info) {
    sedge_rows_add(&s->rows, values, info);
}

void sedge_serving_warm_until(sedge_serving *s, int64_t offset) {
    s->warm_until = offset;
}

const sedge_rows *sedge_serving_rows(const sedge_serving *s) {
    return s->rows.capacity ? &s->rows : NULL;
}

/** Rows that were counted before the agent restarted only warm the worker, and count as acknowledged. */
static void send_warm(sedge_serving *s) {
    uint64_t until = s->rows.sent;
    while (until < s->rows.end && sedge_rows_info(&s->rows, until)->offset < s->warm_until)
        until++;
    if (until == s->rows.sent)
        return;
    sedge_child_send_rows(s->active, &s->rows, s->rows.sent, until, false);
    s->rows.acknowledged += until - s->rows.sent;
    s->rows.sent = until;
}

static void send_rows(sedge_serving *s) {
    if (!s->active || s->held || !s->rows.capacity)
        return;
    if (s->rows.sent == s->rows.acknowledged)
        send_warm(s);
    uint64_t flight = s->rows.sent - s->rows.acknowledged, waiting = s->rows.end - s->rows.sent;
    uint64_t n = flight >= SEDGE_ROWS_FLIGHT_MAX ? 0 : SEDGE_ROWS_FLIGHT_MAX - flight;
    if (n > waiting)
        n = waiting;
    if (n == 0)
        return;
    if (flight == 0)
        s->heard_ms = now_ms(s);
    uint64_t from = s->rows.sent;
    s->rows.sent += n;
    sedge_child_send_rows(s->active, &s->rows, from, from + n, true);
}

/** The first rows that a new worker sees: those that fill its windows. */
static void warm_up(sedge_serving *s) {
    if (!s->rows.capacity)
        return;
    uint64_t from = sedge_rows_warm_from(&s->rows, s->rows.sent, s->ready.length, s->ready.step);
    sedge_child_send_rows(s->active, &s->rows, from, s->rows.sent, false);
    s->heard_ms = now_ms(s);
}

/**
 * The worker before has done what it was given and told its counts, or is gone, or there was none: its window ends, and
 * the new worker goes on.
 */
static void retire(sedge_serving *s) {
    if (s->draining)
        sedge_child_send_stop(s->draining);
    s->o.events->retired(s->o.ctx);
    s->held = false;
    s->window_features = s->ready.features;
    sedge_rows_rewind(&s->rows);
    if (s->active)
        warm_up(s);
    send_rows(s);
}

static void on_done(void *ctx, sedge_child *child, const sedge_done *done) {
    sedge_serving *s = ctx;
    bool holds_rows = child == (s->held ? s->draining : s->active);
    if (!holds_rows)
        return;
    sedge_rows_acknowledge(&s->rows, done->rows);
    s->heard_ms = now_ms(s);
    sedge_tally_add(&s->window, done, done->rows);
    sedge_tally_add(&s->totals, done, done->rows);
    if (s->held && s->rows.acknowledged == s->rows.sent)
        sedge_child_send_stats(child);
    send_rows(s);
    if (child == s->active)
        s->o.events->done(s->o.ctx, done, done->rows);
}

/* ---- workers ---- */

static void on_ready(void *ctx, sedge_child *child, const sedge_ready *ready) {
    sedge_serving *s = ctx;
    if (child != s->next || s->next_is_ready)
        return;
    s->next_ready = *ready;
    s->next_is_ready = true;
    s->o.events->ready(s->o.ctx, &s->next_ready);
}

/** A row that kills every worker must not stop the stream: after three deaths at one place the rows there are skipped.
 */
static void skip_poison(sedge_serving *s) {
    s->deaths_there = s->died_at == s->rows.acknowledged ? s->deaths_there + 1 : 1;
    s->died_at = s->rows.acknowledged;
    if (s->deaths_there < 3)
        return;
    uint64_t n = s->rows.sent - s->rows.acknowledged;
    sedge_log_error(s->o.log, "worker.rows_skipped model=%s rows=%llu", s->o.name, (unsigned long long)n);
    s->window.failures += n;
    s->totals.failures += n;
    sedge_rows_acknowledge(&s->rows, n);
}

static void on_gone(void *ctx, sedge_child *child, const char *why) {
    sedge_serving *s = ctx;
    take_back_requests(s, child);
    sedge_child_free(child);
    if (child == s->next) {
        s->next = NULL;
        s->next_is_ready = false;
        s->o.events->not_ready(s->o.ctx, why);
    } else if (child == s->draining) {
        s->draining = NULL;
        send_requests(s);
        if (s->held)
            retire(s);
    } else if (child == s->active) {
        s->active = NULL;
        if (s->rows.capacity && !s->held && s->rows.sent > s->rows.acknowledged)
            skip_poison(s);
        sedge_rows_rewind(&s->rows);
        s->o.events->died(s->o.ctx, why);
    }
}

sedge_status sedge_serving_prepare(sedge_serving *s, const char *bundle, int64_t memory_bytes, sedge_error *err) {
    sedge_serving_cancel(s);
    sedge_child_options o = { .loop = s->o.loop,
                              .program = s->o.program,
                              .bundle = bundle,
                              .dump_fd = s->o.dump_fd,
                              .memory_bytes = memory_bytes,
                              .events = &child_events,
                              .ctx = s };
    return sedge_child_start(&o, &s->next, err);
}

void sedge_serving_cancel(sedge_serving *s) {
    sedge_child_free(s->next);
    s->next = NULL;
    s->next_is_ready = false;
}

static bool same_channels(const sedge_ready *a, const sedge_ready *b) {
    if (a->channels != b->channels)
        return false;
    for (uint32_t i = 0; i < a->channels; i++)
        if (strcmp(a->names[i], b->names[i]) != 0)
            return false;
    return true;
}

/** Kills the draining worker, if there is one: its successor takes over at once. */
static void end_draining(sedge_serving *s) {
    if (!s->draining)
        return;
    sedge_child *child = s->draining;
    s->draining = NULL;
    take_back_requests(s, child);
    sedge_child_free(child);
    if (s->held)
        retire(s);
}

sedge_status sedge_serving_hand_over(sedge_serving *s, sedge_error *err) {
    bool fresh = !s->has_ready || !same_channels(&s->ready, &s->next_ready);
    if (fresh) {
        sedge_rows rows;
        sedge_status st = sedge_rows_init(&rows, s->next_ready.channels, SEDGE_ROWS_KEPT, err);
        if (st)
            return st;
        sedge_rows_done(&s->rows);
        s->rows = rows;
    }
    end_draining(s);
    s->draining = s->active;
    s->active = s->next;
    s->next = NULL;
    s->next_is_ready = false;
    s->ready = s->next_ready;
    s->has_ready = true;
    s->drain_since_ms = now_ms(s);
    s->held = true;
    if (!s->draining)
        retire(s);
    else if (s->rows.sent == s->rows.acknowledged)
        sedge_child_send_stats(s->draining);
    send_requests(s);
    return SEDGE_OK;
}

void sedge_serving_stop(sedge_serving *s) {
    sedge_child *child = s->active;
    if (!child)
        return;
    s->active = NULL;
    if (!s->held)
        sedge_rows_rewind(&s->rows);
    take_back_requests(s, child);
    sedge_child_free(child);
}

void sedge_serving_feed(sedge_serving *s) {
    expire_requests(s);
    if (s->draining && now_ms(s) - s->drain_since_ms > SEDGE_DRAIN_MS)
        end_draining(s);
    bool stalled =
        s->active && !s->held && s->rows.sent > s->rows.acknowledged && now_ms(s) - s->heard_ms > SEDGE_STALL_MS;
    if (stalled)
        on_gone(s, s->active, "the worker has not answered for too long");
    else
        send_rows(s);
}

bool sedge_serving_is_active(const sedge_serving *s) {
    return s->active != NULL;
}

pid_t sedge_serving_pid(const sedge_serving *s) {
    return s->active ? sedge_child_pid(s->active) : 0;
}

const sedge_ready *sedge_serving_wants(const sedge_serving *s) {
    return s->has_ready ? &s->ready : NULL;
}

void sedge_serving_free(sedge_serving *s) {
    if (!s)
        return;
    sedge_child_free(s->active);
    sedge_child_free(s->next);
    sedge_child_free(s->draining);
    while (s->requests)
        fail_request(s, &s->requests, SEDGE_EBUSY, "the agent is stopping");
    sedge_rows_done(&s->rows);
    free(s->counts_memory);
    free(s);
}
