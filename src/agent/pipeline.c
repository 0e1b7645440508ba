/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/pipeline.h"

#include <string.h>

#include "agent/decision_json.h"
#include "bundle/golden.h"
#include "sedge/real.h"

struct sedge_pipeline {
    sedge_bytes bytes;
    const sedge_clock *clock;
    sedge_bundle *bundle;
    sedge_features *features;
    sedge_monitor *monitor; /* NULL: the bundle has none */
    sedge_model *model;
    sedge_instance *instance;
    sedge_decision decision;
    sedge_decision_state stream;
    uint32_t output; /* which of the model's outputs is decided on */
    uint32_t n_outputs;
    void *features_memory, *window_memory, *counts_memory;
    sedge_features_state *state;
    sedge_monitor_counts *counts;
    float *vector, *result;
};

void sedge_pipeline_free(sedge_pipeline *p) {
    if (!p)
        return;
    sedge_instance_free(p->instance);
    sedge_model_free(p->model);
    sedge_monitor_free(p->monitor);
    sedge_features_free(p->features);
    sedge_bundle_free(p->bundle);
    free(p->features_memory);
    free(p->window_memory);
    free(p->counts_memory);
    free(p->vector);
    free(p->result);
    free(p);
}

const sedge_manifest *sedge_pipeline_manifest(const sedge_pipeline *p) {
    return sedge_bundle_manifest(p->bundle);
}

const sedge_features *sedge_pipeline_features(const sedge_pipeline *p) {
    return p->features;
}

uint32_t sedge_pipeline_outputs(const sedge_pipeline *p) {
    return p->n_outputs;
}

sedge_monitor_counts *sedge_pipeline_counts(sedge_pipeline *p) {
    return p->counts;
}

/* ---- opening ---- */

/** The bytes of the bundle's file of this role, where they lie; empty when there is none. */
static sedge_bytes file_of(const sedge_pipeline *p, sedge_bundle_role role) {
    const sedge_bundle_file *file = sedge_manifest_file(sedge_pipeline_manifest(p), role);
    sedge_bytes bytes = { p->bytes.p, 0 };
    if (!file || !sedge_bytes_slice(p->bytes, file->offset, file->size, &bytes))
        return (sedge_bytes){ p->bytes.p, 0 };
    return bytes;
}

static void *make(size_t bytes, sedge_status *st, sedge_error *err) {
    void *memory = *st ? NULL : calloc(1, bytes ? bytes : 1);
    if (!*st && !memory)
        *st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the pipeline");
    return memory;
}

static sedge_status open_features(sedge_pipeline *p, sedge_error *err) {
    sedge_bytes file = file_of(p, SEDGE_ROLE_FEATURES);
    sedge_status st = sedge_features_open(file.p, file.n, &p->features, err);
    if (st)
        return sedge_wrap(err, st, "features");
    size_t bytes = sedge_features_state_bytes(p->features);
    p->features_memory = make(bytes, &st, err);
    p->window_memory = make(bytes, &st, err);
    p->vector = make(sedge_features_count(p->features) * sizeof(float), &st, err);
    return st ? st : sedge_features_state_init(p->features, p->features_memory, bytes, &p->state, err);
}

static sedge_status open_monitor(sedge_pipeline *p, sedge_error *err) {
    sedge_bytes file = file_of(p, SEDGE_ROLE_MONITOR);
    if (file.n == 0)
        return SEDGE_OK;
    sedge_status st = sedge_monitor_open(file.p, file.n, &p->monitor, err);
    if (st)
        return sedge_wrap(err, st, "monitor");
    uint32_t n = sedge_features_count(p->features);
    if (sedge_monitor_features(p->monitor) != n)
        return sedge_fail(err, SEDGE_EINVALID, "monitor: made for %u features, there are %u",
                          sedge_monitor_features(p->monitor), n);
    size_t bytes = sedge_monitor_counts_bytes(n);
    p->counts_memory = make(bytes, &st, err);
    return st ? st : sedge_monitor_counts_init(n, p->counts_memory, bytes, &p->counts, err);
}

/** The output that is decided on: the first one of real numbers (a classifier of trees also has labels). */
static bool find_output(sedge_pipeline *p) {
    for (uint32_t i = 0; i < sedge_model_output_count(p->model); i++) {
        p->output = i;
        p->n_outputs = (uint32_t)sedge_real_count(sedge_model_output(p->model, i));
        if (p->n_outputs > 0)
            return true;
    }
    return false;
}

static sedge_status open_model(sedge_pipeline *p, uint32_t cpu_mask, sedge_error *err) {
    sedge_bytes file = file_of(p, SEDGE_ROLE_MODEL);
    sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    options.cpu_mask = cpu_mask;
    sedge_status st = sedge_model_open(file.p, file.n, &options, &p->model, err);
    if (st)
        return sedge_wrap(err, st, "model");
    size_t takes = sedge_model_input_count(p->model) == 1 ? sedge_real_count(sedge_model_input(p->model, 0)) : 0;
    if (takes != sedge_features_count(p->features))
        return sedge_fail(err, SEDGE_EINVALID,
                          "model: one input of %u numbers is needed, this has %u inputs, %zu numbers",
                          sedge_features_count(p->features), sedge_model_input_count(p->model), takes);
    if (!find_output(p))
        return sedge_fail(err, SEDGE_EINVALID, "model: no output of float32 or int8");
    p->result = make(p->n_outputs * sizeof(float), &st, err);
    return st ? st : sedge_instance_new(p->model, &p->instance, err);
}

static sedge_status open_decision(sedge_pipeline *p, sedge_error *err) {
    sedge_status st = sedge_decision_from_json(sedge_pipeline_manifest(p)->decision, &p->decision, err);
    return st ? st : sedge_decision_check(&p->decision, sedge_features_count(p->features), p->n_outputs, err);
}

sedge_status sedge_pipeline_open(const sedge_pipeline_options *options, sedge_pipeline **ret, sedge_error *err) {
    sedge_auto(sedge_pipeline) p = calloc(1, sizeof *p);
    if (!p)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the pipeline");
    p->bytes = options->bundle;
    p->clock = options->clock ? options->clock : sedge_clock_os();
    sedge_status st = sedge_bundle_open_bytes(options->bundle, &p->bundle, err);
    if (!st)
        st = open_features(p, err);
    if (!st)
        st = open_monitor(p, err);
    if (!st)
        st = open_model(p, options->cpu_mask, err);
    if (!st)
        st = open_decision(p, err);
    if (!st)
        *ret = SEDGE_STEAL(p);
    return st;
}

/* ---- golden vectors ---- */

static sedge_status run_golden(void *ctx, sedge_bytes input, uint8_t *output, size_t output_bytes, sedge_error *err) {
    sedge_pipeline *p = ctx;
    sedge_status st = sedge_instance_set_input(p->instance, 0, input.p, input.n, err);
    if (!st)
        st = sedge_instance_invoke(p->instance, err);
    return st ? st : sedge_instance_get_output(p->instance, 0, output, output_bytes, err);
}

sedge_status sedge_pipeline_check_golden(sedge_pipeline *p, sedge_error *err) {
    sedge_golden golden;
    sedge_status st = sedge_golden_parse(file_of(p, SEDGE_ROLE_GOLDEN), &golden, err);
    if (!st)
        st = sedge_golden_check(&golden, sedge_model_input(p->model, 0)->size_bytes,
                                sedge_model_output(p->model, 0)->size_bytes, run_golden, p, err);
    sedge_instance_reset(p->instance);
    return st;
}

/* ---- running ---- */

static sedge_status run_model(sedge_pipeline *p, const float *vector, sedge_error *err) {
    sedge_status st = sedge_real_set_input(p->instance, 0, vector, sedge_features_count(p->features), err);
    if (!st)
        st = sedge_instance_invoke(p->instance, err);
    return st ? st : sedge_real_get_output(p->instance, p->output, p->result, p->n_outputs, err);
}

static void infer(sedge_pipeline *p, const float *vector, sedge_decision_state *state, sedge_inference *ret,
                  sedge_error *err) {
    int64_t begin = sedge_thread_cpu_ns(p->clock);
    sedge_status st = run_model(p, vector, err);
    *ret = (sedge_inference){ .vector = vector, .output = p->result, .cpu_ns = sedge_thread_cpu_ns(p->clock) - begin };
    if (!st)
        st = sedge_decide(&p->decision, state, vector, sedge_features_count(p->features), p->result, p->n_outputs,
                          &ret->verdict, err);
    ret->status = st;
    if (st)
        ret->verdict = (sedge_verdict){ 0 };
}

bool sedge_pipeline_push(sedge_pipeline *p, const float *row, bool counted, sedge_inference *ret, sedge_error *err) {
    if (!sedge_features_push(p->state, row, p->vector))
        return false;
    if (counted && p->counts)
        sedge_monitor_add(p->monitor, p->counts, p->vector);
    infer(p, p->vector, &p->stream, ret, err);
    return true;
}

void sedge_pipeline_vector(sedge_pipeline *p, const float *vector, sedge_inference *ret, sedge_error *err) {
    sedge_decision_state fresh = { 0 };
    infer(p, vector, &fresh, ret, err);
}

void sedge_pipeline_window(sedge_pipeline *p, const float *rows, sedge_inference *ret, sedge_error *err) {
    size_t bytes = sedge_features_state_bytes(p->features);
    sedge_status st = sedge_features_window(p->features, rows, p->window_memory, bytes, p->vector, err);
    if (st)
        *ret = (sedge_inference){ .status = st, .vector = p->vector, .output = p->result };
    else
        sedge_pipeline_vector(p, p->vector, ret, err);
}
