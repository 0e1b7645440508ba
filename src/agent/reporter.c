/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/reporter.h"

#include <string.h>

#include "agent/report_merge.h"
#include "base/format.h"
#include "crypto/rand.h"

static const sedge_spool_limits limits = { .count = 64, .bytes = 1 << 20, .message_bytes = 256 << 10 };

sedge_status sedge_reporter_init(sedge_reporter *r, const sedge_fs *fs, const char *dir, const sedge_clock *clock,
                                 const sedge_log *log, sedge_error *err) {
    *r = (sedge_reporter){ .clock = clock, .log = log };
    r->flying = sedge_buf_init(limits.message_bytes);
    r->started_ms = sedge_monotonic_ms(clock);
    r->window_from_ms = sedge_now_ms(clock);
    sedge_status st = sedge_spool_open(fs, dir, &limits, sedge_report_merge, NULL, &r->spool, err);
    if (st)
        return sedge_wrap(err, st, "spool");
    st = sedge_uuid7(sedge_now_ms(clock), r->boot, err);
    r->events = calloc(SEDGE_EVENTS_KEPT, sizeof r->events[0]);
    if (!st && !r->events)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for events");
    if (st)
        sedge_reporter_done(r);
    return st;
}

void sedge_reporter_done(sedge_reporter *r) {
    sedge_spool_done(&r->spool);
    sedge_buf_done(&r->flying);
    free(r->events);
    r->events = NULL;
}

void sedge_reporter_event(sedge_reporter *r, const char *kind, const char *model, uint64_t release, const char *text) {
    if (r->n_events == SEDGE_EVENTS_KEPT)
        memmove(&r->events[0], &r->events[1], --r->n_events * sizeof r->events[0]);
    sedge_report_event *e = &r->events[r->n_events++];
    *e = (sedge_report_event){ .time_ms = sedge_now_ms(r->clock), .release = release };
    sedge_format(e->kind, sizeof e->kind, "%s", kind);
    sedge_format(e->model, sizeof e->model, "%s", model);
    sedge_format(e->text, sizeof e->text, "%s", text);
}

/** Only the change is said: a full disk fails every time. */
static void note_disk(sedge_reporter *r, sedge_status st, const sedge_error *err) {
    if (st && !r->disk_failed)
        sedge_log_error(r->log, "spool.failed why=%s", err->text);
    if (!st && r->disk_failed)
        sedge_log_info(r->log, "spool.works_again");
    r->disk_failed = st != SEDGE_OK;
}

static sedge_status push(sedge_reporter *r, sedge_bytes payload, sedge_error *err) {
    sedge_error why = SEDGE_ERROR_INIT;
    sedge_status st = sedge_spool_push(&r->spool, payload, &why);
    note_disk(r, st, &why);
    return st ? sedge_fail(err, st, "%s", why.text) : SEDGE_OK;
}

/** What is under way stands before everything that is spooled from now on. */
void sedge_reporter_offline(sedge_reporter *r) {
    if (!r->in_flight || r->spooled)
        return;
    r->spooled = !push(r, sedge_buf_bytes(&r->flying), NULL);
}

static void fly(sedge_reporter *r, uint64_t number, sedge_bytes payload) {
    sedge_error err = SEDGE_ERROR_INIT;
    r->in_flight = !sedge_link_send_report(r->link, number, payload, &err);
    if (!r->in_flight)
        sedge_log_error(r->log, "report.not_sent why=%s", err.text);
}

void sedge_reporter_kick(sedge_reporter *r) {
    uint64_t number;
    sedge_error err = SEDGE_ERROR_INIT;
    if (r->in_flight || !r->link || r->spool.n == 0)
        return;
    SEDGE_AUTO_BUF payload = sedge_buf_init(limits.message_bytes);
    if (sedge_spool_first(&r->spool, &number, &payload, &err)) {
        sedge_log_error(r->log, "spool.unreadable why=%s", err.text);
        sedge_status st = sedge_spool_pop(&r->spool, r->spool.items[0].number, &err);
        note_disk(r, st, &err);
        return;
    }
    r->spooled = true;
    fly(r, number, sedge_buf_bytes(&payload));
}

void sedge_reporter_sent(sedge_reporter *r) {
    sedge_error err = SEDGE_ERROR_INIT;
    r->in_flight = false;
    if (r->spooled && r->spool.n > 0) {
        sedge_status st = sedge_spool_pop(&r->spool, r->spool.items[0].number, &err);
        note_disk(r, st, &err);
    }
    r->spooled = false;
    sedge_reporter_kick(r);
}

static sedge_status encode(sedge_reporter *r, sedge_report *report, sedge_buf *out, sedge_error *err) {
    int64_t now = sedge_now_ms(r->clock);
    report->seq = ++r->seq;
    report->time_ms = now;
    report->uptime_ms = (uint64_t)(sedge_monotonic_ms(r->clock) - r->started_ms);
    report->events = r->events;
    report->n_events = r->n_events;
    sedge_format(report->device, sizeof report->device, "%s", r->device);
    sedge_format(report->boot, sizeof report->boot, "%s", r->boot);
    sedge_format(report->agent, sizeof report->agent, "%s", SEDGE_VERSION);
    for (size_t i = 0; i < report->n_models; i++) {
        report->models[i].window.from_ms = r->window_from_ms;
        report->models[i].window.to_ms = now;
    }
    r->window_from_ms = now;
    return sedge_report_encode(report, out, err);
}

sedge_status sedge_reporter_add(sedge_reporter *r, sedge_report_model *models, size_t n, uint64_t bytes_sent,
                                uint64_t bytes_received, uint64_t raw_bytes, sedge_error *err) {
    SEDGE_AUTO_BUF payload = sedge_buf_init(limits.message_bytes);
    sedge_report report = { .models = models,
                            .n_models = n,
                            .bytes_sent = bytes_sent,
                            .bytes_received = bytes_received,
                            .raw_bytes = raw_bytes };
    sedge_status st = encode(r, &report, &payload, err);
    if (st)
        return sedge_wrap(err, st, "report");
    r->n_events = 0;
    if (!r->in_flight && r->link && r->spool.n == 0) {
        sedge_buf_clear(&r->flying);
        sedge_buf_put(&r->flying, payload.data, payload.n);
        r->spooled = false;
        fly(r, 0, sedge_buf_bytes(&r->flying));
        return SEDGE_OK;
    }
    sedge_reporter_offline(r);
    st = push(r, sedge_buf_bytes(&payload), err);
    sedge_reporter_kick(r);
    return st;
}
