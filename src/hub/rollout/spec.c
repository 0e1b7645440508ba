/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/rollout/spec.h"

#include <string.h>

#include "proto/labels.h"

static const double DAY_S = 86400;

static sedge_status read_name(const sedge_json *at, rollout_spec *s, sedge_error *err) {
    const char *model = NULL, *selector = NULL;
    sedge_labels labels;
    sedge_status st = sedge_json_string(at, "model", &model, err);
    if (!st && !sedge_is_name(model))
        st = sedge_fail(err, SEDGE_EINVALID, "model: '%.60s' is no name; write " SEDGE_NAME_RULE, model);
    if (!st)
        st = sedge_json_string_or(at, "selector", "", &selector, err);
    if (!st && strlen(selector) >= sizeof s->selector)
        st = sedge_fail(err, SEDGE_EINVALID, "selector: longer than %d bytes", ROLLOUT_SELECTOR_MAX - 1);
    if (!st)
        st = sedge_labels_from_text(selector, &labels, err);
    if (st)
        return st;
    strcpy(s->model, model);
    strcpy(s->selector, selector);
    return SEDGE_OK;
}

/** Shares rise and end at 100. */
static sedge_status read_phases(const sedge_json *at, rollout_spec *s, sedge_error *err) {
    sedge_json list;
    if (!sedge_json_has(at, "phases")) {
        s->phases[0] = (rollout_phase){ .share = 100 };
        s->phases_n = 1;
        return SEDGE_OK;
    }
    sedge_status st = sedge_json_array(at, "phases", &list, err);
    if (!st && (sedge_json_count(&list) == 0 || sedge_json_count(&list) > ROLLOUT_PHASES_MAX))
        st = sedge_json_fail(&list, SEDGE_EINVALID, err, "1 to %d phases are needed", ROLLOUT_PHASES_MAX);
    for (size_t i = 0; !st && i < sedge_json_count(&list); i++) {
        sedge_json item = sedge_json_item(&list, i);
        rollout_phase *p = &s->phases[i];
        st = sedge_json_double(&item, "share", 0, 100, &p->share, err);
        if (!st)
            st = sedge_json_double_or(&item, "soak_s", 0, 30 * DAY_S, 0, &p->soak_s, err);
        if (!st && i > 0 && p->share <= s->phases[i - 1].share)
            st = sedge_json_fail(&item, SEDGE_EINVALID, err, "the share must be more than the phase's before");
    }
    if (st)
        return st;
    s->phases_n = sedge_json_count(&list);
    if (s->phases[s->phases_n - 1].share < 100)
        return sedge_json_fail(&list, SEDGE_EINVALID, err, "the last phase must have share 100");
    return SEDGE_OK;
}

static sedge_status read_gates(const sedge_json *at, rollout_gates *g, sedge_error *err) {
    sedge_json in = sedge_json_member(at, "gates");
    sedge_status st = sedge_json_int_or(&in, "max_failed", -1, 1000000, 0, &g->max_failed, err);
    if (!st)
        st = sedge_json_double_or(&in, "max_error_rate", -1, 1, -1, &g->max_error_rate, err);
    if (!st)
        st = sedge_json_double_or(&in, "max_cpu_us", -1, 1e9, -1, &g->max_cpu_us, err);
    if (!st)
        st = sedge_json_double_or(&in, "max_anomaly_rate", -1, 1, -1, &g->max_anomaly_rate, err);
    return st;
}

/** "psi": "calibrated", or a number that holds for every feature. */
static sedge_status read_psi(const sedge_json *in, rollout_retrain *r, sedge_error *err) {
    sedge_json psi = sedge_json_member(in, "psi");
    r->calibrated = !json_is_number(psi.value);
    if (!r->calibrated)
        return sedge_json_double(in, "psi", 0, 1000, &r->psi, err);
    const char *text = NULL;
    sedge_status st = sedge_json_string_or(in, "psi", "calibrated", &text, err);
    if (!st && strcmp(text, "calibrated") != 0)
        st = sedge_json_fail(&psi, SEDGE_EINVALID, err, "write \"calibrated\" or a number");
    return st;
}

static sedge_status read_retrain(const sedge_json *at, rollout_retrain *r, sedge_error *err) {
    sedge_json in = sedge_json_member(at, "retrain");
    sedge_status st = sedge_json_bool_or(&in, "enabled", false, &r->enabled, err);
    if (!st)
        st = read_psi(&in, r, err);
    if (!st)
        st = sedge_json_int_or(&in, "consecutive", 1, 1000, 2, &r->consecutive, err);
    if (!st)
        st = sedge_json_int_or(&in, "rows", 1, 65536, 512, &r->rows, err);
    if (!st)
        st = sedge_json_int_or(&in, "min_devices", 1, 100000, 1, &r->min_devices, err);
    if (!st)
        st = sedge_json_int_or(&in, "max_devices", 1, 100000, r->min_devices > 8 ? r->min_devices : 8, &r->max_devices,
                               err);
    if (!st)
        st = sedge_json_double_or(&in, "wait_s", 0, DAY_S, 30, &r->wait_s, err);
    if (!st && r->max_devices < r->min_devices)
        st = sedge_json_fail(&in, SEDGE_EINVALID, err, "max_devices is less than min_devices");
    return st;
}

sedge_status rollout_spec_read(const sedge_json *at, double probation_s, rollout_spec *ret, sedge_error *err) {
    rollout_spec s = { 0 };
    sedge_status st = sedge_json_want_object(at, err);
    if (!st)
        st = read_name(at, &s, err);
    if (!st)
        st = read_phases(at, &s, err);
    if (!st)
        st = read_gates(at, &s.gates, err);
    if (!st)
        st = read_retrain(at, &s.retrain, err);
    if (!st)
        st = sedge_json_double_or(at, "probation_s", 0, DAY_S, probation_s, &s.probation_s, err);
    if (!st)
        st = sedge_json_double_or(at, "wait_timeout_s", 0, 365 * DAY_S, 0, &s.wait_timeout_s, err);
    if (!st)
        *ret = s;
    return st;
}

sedge_status rollout_spec_parse(const char *text, rollout_spec *ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_json_load(sedge_bytes_text(text), &SEDGE_JSON_LIMITS, "deployment", &doc, err);
    if (st)
        return st;
    sedge_json root = sedge_json_root("deployment", doc);
    return rollout_spec_read(&root, 0, ret, err);
}

static json_t *phases_json(const rollout_spec *s) {
    json_t *list = json_array();
    for (size_t i = 0; i < s->phases_n; i++)
        if (json_array_append_new(
                list, json_pack("{s:f, s:f}", "share", s->phases[i].share, "soak_s", s->phases[i].soak_s)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

json_t *rollout_spec_json(const rollout_spec *s) {
    const rollout_gates *g = &s->gates;
    const rollout_retrain *r = &s->retrain;
    return json_pack("{s:s, s:s, s:o, s:{s:I, s:f, s:f, s:f}, s:{s:b, s:o, s:I, s:I, s:I, s:I, s:f}, s:f, s:f}",
                     "model", s->model, "selector", s->selector, "phases", phases_json(s), "gates", "max_failed",
                     (json_int_t)g->max_failed, "max_error_rate", g->max_error_rate, "max_cpu_us", g->max_cpu_us,
                     "max_anomaly_rate", g->max_anomaly_rate, "retrain", "enabled", r->enabled, "psi",
                     r->calibrated ? json_string("calibrated") : json_real(r->psi), "consecutive",
                     (json_int_t)r->consecutive, "rows", (json_int_t)r->rows, "min_devices", (json_int_t)r->min_devices,
                     "max_devices", (json_int_t)r->max_devices, "wait_s", r->wait_s, "probation_s", s->probation_s,
                     "wait_timeout_s", s->wait_timeout_s);
}
