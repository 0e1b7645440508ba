/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/desired.h"

#include <string.h>

#include "proto/json_text.h"

static json_t *models_to_json(const sedge_desired *d) {
    json_t *models = json_array();
    for (size_t i = 0; models && i < d->n_models; i++) {
        const sedge_desired_model *m = &d->models[i];
        json_t *item = json_pack("{s:s, s:I, s:s, s:s, s:f}", "name", m->name, "release", (json_int_t)m->release,
                                 "target", m->target, "rollout", m->rollout, "probation_s", m->probation_s);
        if (json_array_append_new(models, item) != 0) {
            json_decref(models);
            return NULL;
        }
    }
    return models;
}

sedge_status sedge_desired_encode(const sedge_desired *d, sedge_buf *out, sedge_error *err) {
    if (d->n_models > SEDGE_DESIRED_MODELS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "desired state: %zu models, the limit is %d", d->n_models,
                          SEDGE_DESIRED_MODELS_MAX);
    json_t *doc = json_pack("{s:i, s:f, s:f, s:o}", "version", SEDGE_DESIRED_VERSION, "poll_s", d->poll_s, "report_s",
                            d->report_s, "models", models_to_json(d));
    const sedge_desired_samples *s = &d->samples;
    if (doc && d->has_samples &&
        json_object_set_new(
            doc, "samples",
            json_pack("{s:s, s:s, s:I}", "request", s->request, "model", s->model, "rows", (json_int_t)s->rows)) != 0) {
        json_decref(doc);
        doc = NULL;
    }
    return sedge_proto_put(doc, "desired state", out, err);
}

static sedge_status read_model(const sedge_json *at, sedge_desired_model *m, sedge_error *err) {
    int64_t release;
    sedge_status st;
    if ((st = sedge_json_want_object(at, err)) || (st = sedge_proto_copy(at, "name", m->name, sizeof m->name, err)) ||
        (st = sedge_json_int(at, "release", 1, INT64_MAX, &release, err)) ||
        (st = sedge_proto_copy(at, "target", m->target, sizeof m->target, err)) ||
        (st = sedge_proto_copy(at, "rollout", m->rollout, sizeof m->rollout, err)) ||
        (st = sedge_json_double(at, "probation_s", 0, SEDGE_PROTO_SECONDS_MAX, &m->probation_s, err)))
        return st;
    m->release = (uint64_t)release;
    if (!sedge_is_name(m->name))
        return sedge_json_fail(at, SEDGE_EINVALID, err, "'%s' is no model name: " SEDGE_NAME_RULE, m->name);
    if (m->rollout[0] != '\0' && !sedge_is_uuid(m->rollout))
        return sedge_json_fail(at, SEDGE_EINVALID, err, "rollout '%s' is no id", m->rollout);
    return SEDGE_OK;
}

static sedge_status read_samples(const sedge_json *root, sedge_desired *d, sedge_error *err) {
    sedge_json at;
    int64_t rows;
    sedge_status st;
    if (!sedge_json_has(root, "samples"))
        return SEDGE_OK;
    sedge_desired_samples *s = &d->samples;
    if ((st = sedge_json_object(root, "samples", &at, err)) ||
        (st = sedge_proto_copy(&at, "request", s->request, sizeof s->request, err)) ||
        (st = sedge_proto_copy(&at, "model", s->model, sizeof s->model, err)) ||
        (st = sedge_json_int(&at, "rows", 1, INT32_MAX, &rows, err)))
        return st;
    if (!sedge_is_uuid(s->request) || !sedge_is_name(s->model))
        return sedge_json_fail(&at, SEDGE_EINVALID, err, "request '%s' or model '%s' is malformed", s->request,
                               s->model);
    s->rows = (uint32_t)rows;
    d->has_samples = true;
    return SEDGE_OK;
}

static sedge_status read_desired(const json_t *doc, sedge_desired *d, sedge_error *err) {
    sedge_json root = sedge_json_root("desired state", doc), models;
    sedge_status st;
    if ((st = sedge_json_double(&root, "poll_s", SEDGE_PROTO_SECONDS_MIN, SEDGE_PROTO_SECONDS_MAX, &d->poll_s, err)) ||
        (st = sedge_json_double(&root, "report_s", SEDGE_PROTO_SECONDS_MIN, SEDGE_PROTO_SECONDS_MAX, &d->report_s,
                                err)) ||
        (st = sedge_json_array(&root, "models", &models, err)))
        return st;
    size_t n = sedge_json_count(&models);
    if (n > SEDGE_DESIRED_MODELS_MAX)
        return sedge_json_fail(&models, SEDGE_ELIMIT, err, "%zu models, the limit is %d", n, SEDGE_DESIRED_MODELS_MAX);
    for (; d->n_models < n; d->n_models++) {
        sedge_json at = sedge_json_item(&models, d->n_models);
        if ((st = read_model(&at, &d->models[d->n_models], err)))
            return st;
    }
    return read_samples(&root, d, err);
}

sedge_status sedge_desired_decode(sedge_bytes text, sedge_desired *ret, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_status st = sedge_proto_get(text, SEDGE_DESIRED_BYTES_MAX, "desired state", SEDGE_DESIRED_VERSION, &doc, err);
    if (st)
        return st;
    sedge_desired d = { .n_models = 0 };
    if ((st = read_desired(doc, &d, err)))
        return st;
    *ret = d;
    return SEDGE_OK;
}
