/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/report.h"

#include <string.h>

#include "base/own.h"
#include "proto/fields.h"

static const char *const state_names[] = { "none",      "downloading", "verifying", "probation",
                                           "committed", "rolled_back", "failed",    "unknown" };
_Static_assert(SEDGE_COUNT(state_names) == SEDGE_MODEL_STATES, "one name per state");
_Static_assert(sizeof(sedge_model_state) == sizeof(int), "enums are stored as int");

const char *sedge_model_state_name(sedge_model_state state) {
    return state_names[(unsigned)state < SEDGE_MODEL_STATES ? state : SEDGE_STATE_UNKNOWN];
}

#define AT(type, member)   .name = #member, .offset = offsetof(type, member)
#define TEXT(type, member) .kind = SEDGE_FIELD_TEXT, AT(type, member), .size = sizeof(((type *)0)->member)
#define FIELDS_OF(rows_, struct_)                                                                                      \
    { .rows = (rows_), .n = SEDGE_COUNT(rows_), .bytes = sizeof(struct_) }

static const sedge_field window_rows[] = {
    { 1, SEDGE_FIELD_I64, AT(sedge_window, from_ms) },
    { 2, SEDGE_FIELD_I64, AT(sedge_window, to_ms) },
    { 3, SEDGE_FIELD_U64, AT(sedge_window, rows) },
    { 4, SEDGE_FIELD_U64, AT(sedge_window, inferences) },
    { 5, SEDGE_FIELD_U64, AT(sedge_window, failures) },
    { 6, SEDGE_FIELD_U64, AT(sedge_window, anomalies) },
    { 7, SEDGE_FIELD_U64, AT(sedge_window, cpu_us_sum) },
    { 8, SEDGE_FIELD_U64, AT(sedge_window, cpu_us_max) },
    { 9, SEDGE_FIELD_F64, AT(sedge_window, score_sum) },
    { 10, SEDGE_FIELD_BYTES, AT(sedge_window, latency), .size = SEDGE_REPORT_LATENCY_MAX },
    { 11, SEDGE_FIELD_BYTES, AT(sedge_window, features), .size = SEDGE_REPORT_HISTOGRAM_MAX },
};
static const sedge_fields window_fields = FIELDS_OF(window_rows, sedge_window);

static const sedge_field model_rows[] = {
    { 1, TEXT(sedge_report_model, name) },
    { 2, SEDGE_FIELD_U64, AT(sedge_report_model, release) },
    { 3, SEDGE_FIELD_DIGEST, AT(sedge_report_model, bundle), .second = offsetof(sedge_report_model, has_bundle) },
    { 4, SEDGE_FIELD_CHAR, AT(sedge_report_model, slot) },
    { 5, SEDGE_FIELD_ENUM, AT(sedge_report_model, state), .size = SEDGE_MODEL_STATES },
    { 6, SEDGE_FIELD_U64, AT(sedge_report_model, target_release) },
    { 7, SEDGE_FIELD_UUID, AT(sedge_report_model, rollout) },
    { 8, SEDGE_FIELD_STATUS, AT(sedge_report_model, error) },
    { 9, TEXT(sedge_report_model, error_text) },
    { 10, SEDGE_FIELD_STRUCT, AT(sedge_report_model, window), .of = &window_fields },
};
static const sedge_fields model_fields = FIELDS_OF(model_rows, sedge_report_model);

static const sedge_field event_rows[] = {
    { 1, SEDGE_FIELD_I64, AT(sedge_report_event, time_ms) },
    { 2, TEXT(sedge_report_event, kind) },
    { 3, TEXT(sedge_report_event, model) },
    { 4, SEDGE_FIELD_U64, AT(sedge_report_event, release) },
    { 5, TEXT(sedge_report_event, text) },
};
static const sedge_fields event_fields = FIELDS_OF(event_rows, sedge_report_event);

/* The message: the report and the version, which callers need not set. */
typedef struct message {
    uint64_t version;
    sedge_report report;
} message;

static const sedge_field report_rows[] = {
    { 0, SEDGE_FIELD_U64, AT(message, version) },
    { 1, TEXT(message, report.device) },
    { 2, SEDGE_FIELD_UUID, AT(message, report.boot) },
    { 3, SEDGE_FIELD_U64, AT(message, report.seq) },
    { 4, SEDGE_FIELD_I64, AT(message, report.time_ms) },
    { 5, SEDGE_FIELD_U64, AT(message, report.uptime_ms) },
    { 6, TEXT(message, report.agent) },
    { 7, SEDGE_FIELD_U64, AT(message, report.bytes_sent) },
    { 8, SEDGE_FIELD_U64, AT(message, report.bytes_received) },
    { 9, SEDGE_FIELD_U64, AT(message, report.raw_bytes) },
    { 10, SEDGE_FIELD_LIST, AT(message, report.models), .size = SEDGE_REPORT_MODELS_MAX,
      .second = offsetof(message, report.n_models), .of = &model_fields },
    { 11, SEDGE_FIELD_LIST, AT(message, report.events), .size = SEDGE_REPORT_EVENTS_MAX,
      .second = offsetof(message, report.n_events), .of = &event_fields },
};
static const sedge_fields report_fields = FIELDS_OF(report_rows, message);

static sedge_status check(const sedge_report *r, sedge_error *err) {
    if (!sedge_is_device_id(r->device))
        return sedge_fail(err, SEDGE_EINVALID, "report: '%s' is no device id", r->device);
    if (!sedge_is_uuid(r->boot) || r->seq == 0)
        return sedge_fail(err, SEDGE_EINVALID, "report: boot and seq must be set");
    for (size_t i = 0; i < r->n_models; i++)
        if (!sedge_is_name(r->models[i].name))
            return sedge_fail(err, SEDGE_EINVALID, "report: models[%zu]: '%s' is no model name: " SEDGE_NAME_RULE, i,
                              r->models[i].name);
    for (size_t i = 0; i < r->n_events; i++)
        if (!sedge_is_name(r->events[i].kind) || (r->events[i].model[0] && !sedge_is_name(r->events[i].model)))
            return sedge_fail(err, SEDGE_EINVALID, "report: events[%zu]: kind '%s', model '%s': " SEDGE_NAME_RULE, i,
                              r->events[i].kind, r->events[i].model);
    return SEDGE_OK;
}

sedge_status sedge_report_encode(const sedge_report *report, sedge_buf *out, sedge_error *err) {
    sedge_status st = check(report, err);
    if (st)
        return st;
    message m = { .version = SEDGE_REPORT_VERSION, .report = *report };
    st = sedge_fields_encode(&report_fields, &m, out, err);
    return st ? sedge_wrap(err, st, "report") : SEDGE_OK;
}

static sedge_status decode(sedge_bytes bytes, message *m, sedge_error *err) {
    if (bytes.n > SEDGE_REPORT_BYTES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "report: %zu bytes, the limit is %d", bytes.n, SEDGE_REPORT_BYTES_MAX);
    sedge_cbor in = sedge_cbor_of(bytes);
    sedge_status st = sedge_fields_decode(&report_fields, &in, m, err);
    if (st)
        return sedge_wrap(err, st, "report");
    if (m->version != SEDGE_REPORT_VERSION)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "report: version %llu, this hub knows %d",
                          (unsigned long long)m->version, SEDGE_REPORT_VERSION);
    if (!sedge_cbor_at_end(&in))
        return sedge_fail(err, SEDGE_EINVALID, "report: %zu bytes behind its end", in.rest.n);
    return check(&m->report, err);
}

sedge_status sedge_report_decode(sedge_bytes bytes, sedge_report *ret, sedge_error *err) {
    message m = { 0 };
    sedge_status st = decode(bytes, &m, err);
    if (st)
        sedge_fields_done(&report_fields, &m);
    else
        *ret = m.report;
    return st;
}

void sedge_report_done(sedge_report *report) {
    message m = { .report = *report };
    sedge_fields_done(&report_fields, &m);
    *report = m.report;
}
