/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "hub/alerts/drift.h"
#include "hub/events.h"
#include "hub/fleet/message.h"
#include "hub/fleet/stats.h"
#include "hub/handlers.h"
#include "proto/report.h"

typedef struct arrival {
    hub_request *rq;
    sedge_report report;
    int64_t now_ms;
} arrival;

/** Has this report of this start of the agent, or a later one, been counted? */
static sedge_status is_double(store_tx *tx, const sedge_report *r, bool *ret, sedge_error *err) {
    int64_t seq = 0;
    sedge_status st = store_get_int(tx, &seq, err, "SELECT seq FROM device_boots WHERE device = $1 AND boot = $2",
                                    STORE_ARGS(STORE_TEXT(r->device), STORE_TEXT(r->boot)));
    *ret = !st && (int64_t)r->seq <= seq;
    return st == SEDGE_ENOTFOUND ? SEDGE_OK : st;
}

static sedge_status store_counters(store_tx *tx, const arrival *a, sedge_error *err) {
    const sedge_report *r = &a->report;
    sedge_status st =
        store_exec(tx, NULL, err,
                   "INSERT INTO device_boots (device, boot, seq, bytes_sent, bytes_received, bytes_raw, updated_ms)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (device, boot) DO UPDATE SET seq = excluded.seq,"
                   " bytes_sent = excluded.bytes_sent, bytes_received = excluded.bytes_received,"
                   " bytes_raw = excluded.bytes_raw, updated_ms = excluded.updated_ms",
                   STORE_ARGS(STORE_TEXT(r->device), STORE_TEXT(r->boot), STORE_INT((int64_t)r->seq),
                              STORE_INT((int64_t)r->bytes_sent), STORE_INT((int64_t)r->bytes_received),
                              STORE_INT((int64_t)r->raw_bytes), STORE_INT(a->now_ms)));
    if (st)
        return st;
    return store_exec(tx, NULL, err, "UPDATE devices SET agent = $1, uptime_ms = $2 WHERE id = $3",
                      STORE_ARGS(STORE_TEXT(r->agent), STORE_INT((int64_t)r->uptime_ms), STORE_TEXT(r->device)));
}

static sedge_status store_model(store_tx *tx, const arrival *a, const sedge_report_model *m, sedge_error *err) {
    char digest[SEDGE_DIGEST_TEXT_MAX] = "", slot[2] = { m->slot, 0 };
    if (m->has_bundle)
        sedge_digest_text(&m->bundle, digest);
    return store_exec(
        tx, NULL, err,
        "INSERT INTO device_models (device, model, release, digest, slot, state, target, rollout, error, error_text,"
        " updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (device, model) DO UPDATE SET"
        " release = excluded.release, digest = excluded.digest, slot = excluded.slot, state = excluded.state,"
        " target = excluded.target, rollout = excluded.rollout, error = excluded.error,"
        " error_text = excluded.error_text, updated_ms = excluded.updated_ms",
        STORE_ARGS(STORE_TEXT(a->report.device), STORE_TEXT(m->name), STORE_INT((int64_t)m->release),
                   STORE_TEXT(digest), STORE_TEXT(slot), STORE_TEXT(sedge_model_state_name(m->state)),
                   STORE_INT((int64_t)m->target_release), STORE_TEXT(m->rollout),
                   STORE_TEXT(m->error ? sedge_status_name(m->error) : ""), STORE_TEXT(m->error_text),
                   STORE_INT(a->now_ms)));
}

static sedge_status store_events(store_tx *tx, const arrival *a, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < a->report.n_events; i++) {
        const sedge_report_event *e = &a->report.events[i];
        char kind[SEDGE_NAME_MAX + 8];
        snprintf(kind, sizeof kind, "device.%s", e->kind);
        st = hub_event_add(tx, a->now_ms,
                           &(hub_event){ .kind = kind,
                                         .device = a->report.device,
                                         .model = e->model,
                                         .release = (int64_t)e->release,
                                         .text = e->text },
                           err);
    }
    return st;
}

static sedge_status take_report(store_tx *tx, void *ctx, sedge_error *err) {
    const arrival *a = ctx;
    bool again = false;
    sedge_status st = is_double(tx, &a->report, &again, err);
    if (st || again)
        return st;
    st = store_counters(tx, a, err);
    for (size_t i = 0; !st && i < a->report.n_models; i++) {
        const sedge_report_model *m = &a->report.models[i];
        st = store_model(tx, a, m, err);
        if (!st && m->release)
            st = fleet_stats_add(tx, a->rq->hub->options->window_ms, a->now_ms, a->report.device, m, err);
        if (!st && m->release)
            st = drift_add(tx, a->now_ms, m->name, (int64_t)m->release, a->report.device, m->window.features, err);
    }
    return st ? st : store_events(tx, a, err);
}

sedge_status device_post_report(hub_request *rq, sedge_error *err) {
    arrival a = { .rq = rq, .now_ms = hub_now_ms(rq->hub) };
    sedge_bytes payload;
    sedge_status st = fleet_open_message(rq, SEDGE_REPORT_TYPE, &payload, err);
    if (!st)
        st = sedge_report_decode(payload, &a.report, err);
    if (st)
        return st;
    if (strcmp(a.report.device, rq->who.device) != 0)
        st = sedge_fail(err, SEDGE_EREFUSED, "the report is of device '%s', sent by '%s'", a.report.device,
                        rq->who.device);
    if (!st)
        st = store_write(rq->hub->store, take_report, &a, err);
    sedge_report_done(&a.report);
    return st ? st : hub_answer_empty(rq, 204);
}
