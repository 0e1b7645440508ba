/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "hub/handlers.h"
#include "hub/ui/page.h"

sedge_status hub_get_page(hub_request *rq, sedge_error *err) {
    hub_answer_header(rq, "Content-Security-Policy",
                      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self';"
                      " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    hub_answer_header(rq, "Cache-Control", "no-cache");
    return hub_answer_bytes(rq, 200, "text/html; charset=utf-8", sedge_bytes_of(hub_page, hub_page_n), err);
}

sedge_status hub_get_health(hub_request *rq, sedge_error *err) {
    return hub_answer_bytes(rq, 200, "text/plain; charset=utf-8", sedge_bytes_text("OK"), err);
}

static sedge_status probe(store_tx *tx, void *ctx, sedge_error *err) {
    (void)ctx;
    int64_t one = 0;
    return store_get_int(tx, &one, err, "SELECT 1", STORE_NONE);
}

sedge_status hub_get_ready(hub_request *rq, sedge_error *err) {
    if (!atomic_load(&rq->hub->ready) || atomic_load(&rq->hub->stopping))
        return sedge_fail(err, SEDGE_EBUSY, "the hub is starting or stopping");
    sedge_status st = store_read(rq->hub->store, probe, NULL, err);
    return st ? st : hub_answer_bytes(rq, 200, "text/plain; charset=utf-8", sedge_bytes_text("ready"), err);
}

/** A gauge or counter whose samples come from SQL: one value, or label and value. */
typedef struct metric {
    const char *name, *type, *help, *sql, *label;
} metric;

static const metric metrics[] = {
    { "sedge_hub_devices", "gauge", "enrolled devices that are not revoked",
      "SELECT count(*) FROM devices WHERE revoked_ms IS NULL", NULL },
    { "sedge_hub_device_models", "gauge", "models on devices by state",
      "SELECT count(*), state FROM device_models GROUP BY state ORDER BY state", "state" },
    { "sedge_hub_rollouts", "gauge", "roll-outs by state",
      "SELECT count(*), state FROM rollouts GROUP BY state ORDER BY state", "state" },
    { "sedge_hub_alerts_open", "gauge", "alarms that are raised now",
      "SELECT count(*) FROM alerts WHERE state = 'open'", NULL },
    { "sedge_hub_jobs", "gauge", "jobs by state", "SELECT count(*), state FROM jobs GROUP BY state ORDER BY state",
      "state" },
    { "sedge_hub_events", "counter", "events since the hub was made", "SELECT coalesce(max(seq), 0) FROM events",
      NULL },
    { "sedge_hub_device_sent_bytes", "counter", "bytes that devices sent, as they report it",
      "SELECT coalesce(sum(bytes_sent), 0) FROM device_boots", NULL },
    { "sedge_hub_device_raw_bytes", "counter", "float32 bytes of the rows that devices read",
      "SELECT coalesce(sum(bytes_raw), 0) FROM device_boots", NULL },
    { "sedge_hub_inferences", "counter", "inferences by model, as devices report them",
      "SELECT sum(inferences), model FROM stats GROUP BY model ORDER BY model", "model" },
};

static void put_head(sedge_buf *b, const char *name, const char *type, const char *help) {
    sedge_buf_printf(b, "# TYPE %s %s\n# HELP %s %s\n", name, type, name, help);
}

static sedge_status put_metrics(store_tx *tx, void *ctx, sedge_error *err) {
    sedge_buf *b = ctx;
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && i < SEDGE_COUNT(metrics); i++) {
        const metric *m = &metrics[i];
        const char *suffix = strcmp(m->type, "counter") == 0 ? "_total" : "";
        store_rows *rows = NULL;
        put_head(b, m->name, m->type, m->help);
        st = store_query(tx, &rows, err, m->sql, STORE_NONE);
        while (!st && store_next(rows)) {
            sedge_buf_printf(b, "%s%s", m->name, suffix);
            if (m->label)
                sedge_buf_printf(b, "{%s=\"%s\"}", m->label, store_text(rows, 1));
            sedge_buf_printf(b, " %lld\n", (long long)store_int(rows, 0));
        }
        st = store_end(rows, st, err);
    }
    return st;
}

sedge_status hub_get_metrics(hub_request *rq, sedge_error *err) {
    SEDGE_AUTO_BUF b = sedge_buf_init(1 << 20);
    put_head(&b, "sedge_hub_requests", "counter", "HTTP requests answered");
    sedge_buf_printf(&b, "sedge_hub_requests_total %llu\n", atomic_load(&rq->hub->requests));
    put_head(&b, "sedge_hub_request_errors", "counter", "HTTP requests answered with 5xx");
    sedge_buf_printf(&b, "sedge_hub_request_errors_total %llu\n", atomic_load(&rq->hub->request_errors));
    sedge_status st = store_read(rq->hub->store, put_metrics, &b, err);
    sedge_buf_text(&b, "# EOF\n");
    if (!st && b.failed)
        st = sedge_fail(err, SEDGE_ELIMIT, "too many metrics");
    if (!st)
        st = hub_answer_bytes(rq, 200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                              sedge_buf_bytes(&b), err);
    return st;
}
