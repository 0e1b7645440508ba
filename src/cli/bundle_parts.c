/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bundle_parts.h"

#include <string.h>

#include "bundle/golden.h"
#include "sedge/features.h"
#include "sedge/monitor.h"
#include "sedge/real.h"

struct sedge_bundle_parts {
    sedge_features *features;
    sedge_monitor *monitor; /* NULL: none */
    sedge_model *model;
    sedge_instance *instance;
};

void sedge_bundle_parts_free(sedge_bundle_parts *p) {
    if (!p)
        return;
    sedge_instance_free(p->instance);
    sedge_model_free(p->model);
    sedge_monitor_free(p->monitor);
    sedge_features_free(p->features);
    free(p);
}

uint32_t sedge_bundle_parts_width(const sedge_bundle_parts *p) {
    return sedge_features_count(p->features);
}

static sedge_status check_fit(const sedge_bundle_parts *p, sedge_error *err) {
    uint32_t width = sedge_bundle_parts_width(p);
    size_t inputs = sedge_real_count(sedge_model_input(p->model, 0));
    if (inputs != width)
        return sedge_fail(err, SEDGE_EINVALID, "the features give %u values, the model takes %zu", width, inputs);
    if (p->monitor && sedge_monitor_features(p->monitor) != width)
        return sedge_fail(err, SEDGE_EINVALID, "the features give %u values, the monitor counts %u", width,
                          sedge_monitor_features(p->monitor));
    return SEDGE_OK;
}

static sedge_status open_parts(const sedge_bundle_parts_bytes *b, sedge_bundle_parts *p, sedge_error *err) {
    sedge_status st;
    if ((st = sedge_features_open(b->features.p, b->features.n, &p->features, err)))
        return sedge_wrap(err, st, "features");
    if (b->monitor.n > 0 && (st = sedge_monitor_open(b->monitor.p, b->monitor.n, &p->monitor, err)))
        return sedge_wrap(err, st, "monitor");
    if ((st = sedge_model_open(b->model.p, b->model.n, NULL, &p->model, err)) ||
        (st = sedge_instance_new(p->model, &p->instance, err)))
        return sedge_wrap(err, st, "model");
    return check_fit(p, err);
}

sedge_status sedge_bundle_parts_open(const sedge_bundle_parts_bytes *bytes, sedge_bundle_parts **ret,
                                     sedge_error *err) {
    sedge_auto(sedge_bundle_parts) p = calloc(1, sizeof *p);
    if (!p)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to open a model");
    sedge_status st = open_parts(bytes, p, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(p);
    return SEDGE_OK;
}

static sedge_status run(void *ctx, sedge_bytes input, uint8_t *output, size_t output_bytes, sedge_error *err) {
    sedge_bundle_parts *p = ctx;
    sedge_status st = sedge_instance_set_input(p->instance, 0, input.p, input.n, err);
    if (!st)
        st = sedge_instance_invoke(p->instance, err);
    return st ? st : sedge_instance_get_output(p->instance, 0, output, output_bytes, err);
}

sedge_status sedge_bundle_parts_make_golden(sedge_bundle_parts *p, const float *vectors, uint32_t count, sedge_buf *out,
                                            sedge_error *err) {
    uint32_t width = sedge_bundle_parts_width(p);
    size_t input_bytes = sedge_model_input(p->model, 0)->size_bytes;
    SEDGE_AUTO_BUF inputs = sedge_buf_init(SEDGE_GOLDEN_BYTES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        sedge_status st = sedge_real_set_input(p->instance, 0, vectors + (size_t)i * width, width, err);
        if (st)
            return sedge_wrap(err, st, "golden input %u", i);
        sedge_buf_put(&inputs, sedge_instance_input(p->instance, 0), input_bytes);
    }
    if (inputs.failed)
        return sedge_fail(err, SEDGE_ELIMIT, "golden inputs of more than %d bytes; take fewer", SEDGE_GOLDEN_BYTES_MAX);
    sedge_instance_reset(p->instance);
    return sedge_golden_make(sedge_buf_bytes(&inputs), count, (uint32_t)sedge_model_output(p->model, 0)->size_bytes,
                             run, p, out, err);
}

sedge_status sedge_bundle_parts_check_golden(sedge_bundle_parts *p, sedge_bytes bytes, bool rerun, uint32_t *ret_count,
                                             sedge_error *err) {
    sedge_golden golden;
    sedge_status st = sedge_golden_parse(bytes, &golden, err);
    if (st)
        return st;
    size_t input_bytes = sedge_model_input(p->model, 0)->size_bytes;
    size_t output_bytes = sedge_model_output(p->model, 0)->size_bytes;
    sedge_instance_reset(p->instance);
    if (rerun)
        st = sedge_golden_check(&golden, input_bytes, output_bytes, run, p, err);
    else if (golden.input_bytes != input_bytes || golden.output_bytes != output_bytes)
        st = sedge_fail(err, SEDGE_EINVALID,
                        "golden vectors have %u input and %u output bytes, the model has %zu and %zu",
                        golden.input_bytes, golden.output_bytes, input_bytes, output_bytes);
    if (!st && ret_count)
        *ret_count = golden.count;
    return st;
}
