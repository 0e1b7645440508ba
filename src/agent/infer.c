/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/infer.h"

#include <math.h>
#include <string.h>

#include "base/format.h"
#include "conf/json.h"

static const sedge_json_limits request_limits = { .bytes = 4 << 20, .depth = 8, .values = 1 << 19 };

typedef struct request {
    bool windows;   /**< else vectors */
    size_t n;       /**< vectors or windows */
    size_t each;    /**< numbers of one */
    float *data;    /**< owned */
    const char *id; /**< or NULL; lives in the document */
} request;

/* ---- reading ---- */

/** Appends the numbers of a flat or nested array; gaps: null is allowed. */
static sedge_status take_data(const sedge_json *at, bool gaps, float *data, size_t max, size_t *n, sedge_error *err) {
    if (json_is_array(at->value)) {
        for (size_t i = 0; i < sedge_json_count(at); i++) {
            sedge_json item = sedge_json_item(at, i);
            sedge_status st = take_data(&item, gaps, data, max, n, err);
            if (st)
                return st;
        }
        return SEDGE_OK;
    }
    if (*n == max)
        return sedge_json_fail(at, SEDGE_EINVALID, err, "more than the %zu numbers that shape says", max);
    if (gaps && json_is_null(at->value)) { /* JSON knows no NaN: null is a missing value */
        data[(*n)++] = NAN;
        return SEDGE_OK;
    }
    double value;
    sedge_status st = sedge_json_double(at, NULL, -3.4028234663852886e38, 3.4028234663852886e38, &value, err);
    if (!st)
        data[(*n)++] = (float)value;
    return st;
}

static sedge_status take_shape(const sedge_json *input, int64_t dims[3], size_t *ret_rank, sedge_error *err) {
    sedge_json shape;
    sedge_status st = sedge_json_array(input, "shape", &shape, err);
    size_t rank = sedge_json_count(&shape);
    if (!st && (rank < 1 || rank > 3))
        st = sedge_json_fail(&shape, SEDGE_EINVALID, err, "%zu dimensions; 1 to 3 are possible", rank);
    for (size_t i = 0; !st && i < rank; i++) {
        sedge_json dim = sedge_json_item(&shape, i);
        st = sedge_json_int(&dim, NULL, 1, 1 << 20, &dims[i], err);
    }
    if (!st)
        *ret_rank = rank;
    return st;
}

/** Compares with [n, features] or [n, length, channels]; the first dimension may be left out. */
static sedge_status check_shape(const sedge_pipeline *p, const sedge_json *input, request *r, sedge_error *err) {
    const sedge_features *f = sedge_pipeline_features(p);
    int64_t want[2] = { sedge_features_count(f), 0 }, dims[3];
    size_t want_rank = 1, rank;
    if (r->windows) {
        want[0] = sedge_features_length(f);
        want[1] = sedge_features_channels(f);
        want_rank = 2;
    }
    sedge_status st = take_shape(input, dims, &rank, err);
    if (st)
        return st;
    size_t skip = rank > want_rank ? rank - want_rank : 0;
    bool fits =
        rank >= want_rank && skip <= 1 && dims[skip] == want[0] && (want_rank == 1 || dims[skip + 1] == want[1]);
    if (!fits && r->windows)
        return sedge_json_fail(input, SEDGE_EINVALID, err, "shape must be [n, %lld, %lld]", (long long)want[0],
                               (long long)want[1]);
    if (!fits)
        return sedge_json_fail(input, SEDGE_EINVALID, err, "shape must be [n, %lld]", (long long)want[0]);
    r->n = skip ? (size_t)dims[0] : 1;
    r->each = (size_t)(r->windows ? want[0] * want[1] : want[0]);
    if (r->n > SEDGE_INFER_BATCH_MAX)
        return sedge_json_fail(input, SEDGE_ELIMIT, err, "%zu at once, the limit is %d", r->n, SEDGE_INFER_BATCH_MAX);
    return SEDGE_OK;
}

static sedge_status take_input(const sedge_pipeline *p, const sedge_json *input, request *r, sedge_error *err) {
    static const char *const names[] = { "features", "window", NULL };
    static const char *const types[] = { "FP32", NULL };
    int name = 0, type = 0;
    sedge_json data;
    sedge_status st = sedge_json_enum(input, "name", names, &name, err);
    if (!st)
        st = sedge_json_enum(input, "datatype", types, &type, err);
    if (st)
        return st;
    r->windows = name == 1;
    st = check_shape(p, input, r, err);
    if (!st)
        st = sedge_json_array(input, "data", &data, err);
    if (st)
        return st;
    size_t n = 0;
    r->data = malloc(r->n * r->each * sizeof(float));
    if (!r->data)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the request");
    st = take_data(&data, r->windows, r->data, r->n * r->each, &n, err);
    if (!st && n != r->n * r->each)
        st = sedge_json_fail(&data, SEDGE_EINVALID, err, "%zu numbers, shape says %zu", n, r->n * r->each);
    return st;
}

static sedge_status take_request(const sedge_pipeline *p, const json_t *doc, request *r, sedge_error *err) {
    sedge_json root = sedge_json_root("request", doc), inputs;
    sedge_status st = sedge_json_string_or(&root, "id", NULL, &r->id, err);
    if (!st)
        st = sedge_json_array(&root, "inputs", &inputs, err);
    if (!st && sedge_json_count(&inputs) != 1)
        st = sedge_json_fail(&inputs, SEDGE_EINVALID, err, "%zu inputs; one is wanted, features or window",
                             sedge_json_count(&inputs));
    if (st)
        return st;
    sedge_json input = sedge_json_item(&inputs, 0);
    return take_input(p, &input, r, err);
}

/* ---- running and writing ---- */

typedef struct results {
    float *outputs; /**< [n, outputs] */
    float *scores;  /**< [n] */
    bool *anomalies;
} results;

static sedge_status run_all(sedge_pipeline *p, const request *r, results *out, sedge_done *tally, sedge_error *err) {
    uint32_t width = sedge_pipeline_outputs(p);
    for (size_t i = 0; i < r->n; i++) {
        sedge_inference one;
        (r->windows ? sedge_pipeline_window : sedge_pipeline_vector)(p, r->data + i * r->each, &one, err);
        tally->rows++;
        tally->cpu_ns[tally->inferences++] = (uint32_t)(one.cpu_ns > UINT32_MAX ? UINT32_MAX : one.cpu_ns);
        if (one.status) {
            tally->failures++;
            sedge_format(tally->text, sizeof tally->text, "%s", err->text);
            return sedge_wrap(err, one.status, "item %zu", i);
        }
        tally->anomalies += one.verdict.anomaly;
        tally->score_sum += one.verdict.score;
        memcpy(out->outputs + i * width, one.output, width * sizeof(float));
        out->scores[i] = (float)one.verdict.score;
        out->anomalies[i] = one.verdict.anomaly;
    }
    return SEDGE_OK;
}

static void put_text(sedge_buf *out, const char *text) {
    sedge_buf_u8(out, '"');
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\')
            sedge_buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            sedge_buf_u8(out, (uint8_t)*text);
    }
    sedge_buf_u8(out, '"');
}

static void put_floats(sedge_buf *out, const float *values, size_t n) {
    for (size_t i = 0; i < n; i++)
        sedge_buf_printf(out, "%s%.9g", i ? "," : "", (double)values[i]);
}

static void put_results(sedge_pipeline *p, const request *r, const results *res, sedge_buf *out) {
    const sedge_manifest *m = sedge_pipeline_manifest(p);
    uint32_t width = sedge_pipeline_outputs(p);
    sedge_buf_text(out, "{\"model_name\":");
    put_text(out, m->model);
    sedge_buf_printf(out, ",\"model_version\":\"%llu\"", (unsigned long long)m->release);
    if (r->id) {
        sedge_buf_text(out, ",\"id\":");
        put_text(out, r->id);
    }
    sedge_buf_printf(out, ",\"outputs\":[{\"name\":\"output\",\"datatype\":\"FP32\",\"shape\":[%zu,%u],\"data\":[",
                     r->n, width);
    put_floats(out, res->outputs, r->n * width);
    sedge_buf_printf(out, "]},{\"name\":\"score\",\"datatype\":\"FP32\",\"shape\":[%zu],\"data\":[", r->n);
    put_floats(out, res->scores, r->n);
    sedge_buf_printf(out, "]},{\"name\":\"anomaly\",\"datatype\":\"BOOL\",\"shape\":[%zu],\"data\":[", r->n);
    for (size_t i = 0; i < r->n; i++)
        sedge_buf_printf(out, "%s%s", i ? "," : "", res->anomalies[i] ? "true" : "false");
    sedge_buf_text(out, "]}]}");
}

static sedge_status answer(sedge_pipeline *p, const request *r, sedge_buf *out, sedge_done *tally, sedge_error *err) {
    size_t width = sedge_pipeline_outputs(p);
    SEDGE_AUTO_MEM float *numbers = calloc(r->n * (width + 1), sizeof(float));
    SEDGE_AUTO_MEM bool *anomalies = calloc(r->n, sizeof(bool));
    if (!numbers || !anomalies)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the answer");
    results res = { numbers, numbers + r->n * width, anomalies };
    sedge_status st = run_all(p, r, &res, tally, err);
    if (!st)
        put_results(p, r, &res, out);
    return st;
}

int sedge_infer(sedge_pipeline *p, sedge_bytes text, sedge_buf *out, sedge_done *ret_done) {
    *ret_done = (sedge_done){ 0 };
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    request r = { 0 };
    size_t begin = out->n;
    bool ran = false;
    sedge_status st = sedge_json_load(text, &request_limits, "request", &doc, &err);
    if (!st)
        st = take_request(p, doc, &r, &err);
    if (!st) {
        ran = true;
        st = answer(p, &r, out, ret_done, &err);
    }
    free(r.data);
    if (!st)
        return 200;
    out->n = begin;
    sedge_buf_text(out, "{\"error\":");
    put_text(out, err.text);
    sedge_buf_text(out, "}");
    return ran ? 500 : sedge_status_http(st);
}
