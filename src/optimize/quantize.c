/* SPDX-License-Identifier: Apache-2.0 */
#include "optimize/quantize.h"

#include <math.h>
#include <string.h>

#include "model/graph.h"
#include "model/tflite_write.h"
#include "optimize/ranges.h"

enum { WEIGHT_MAX = 127, MEMORY_MAX = 1 << 30, FILE_MAX = 512 << 20 };
/* a bias stays in this range of int32, so that the sums of a layer have room */
static const double bias_max = 1 << 30;
static const double better_enough = 0.5;
/* a scale a row costs bytes: a net of that many weights keeps to that share of its float file */
static const double share_max = 0.30;
enum { SHARE_WEIGHTS = 20000 };

typedef struct variant {
    const char *name;
    bool least_error, per_row;
} variant;

static const variant variants[] = {
    { "one weight scale, extremes", false, false },
    { "one weight scale, least error", true, false },
    { "a weight scale a row, extremes", false, true },
    { "a weight scale a row, least error", true, true },
};

/* ---- which operators, and what is known about their output without looking ---- */

typedef enum output_rule { OUTPUT_MEASURED, OUTPUT_FIXED, OUTPUT_AS_INPUT } output_rule;

static const struct {
    sedge_op_kind kind;
    output_rule rule;
    float scale;
    int32_t zero_point;
} op_rows[] = {
    { SEDGE_OP_FULLY_CONNECTED, OUTPUT_MEASURED, 0, 0 },
    { SEDGE_OP_RELU, OUTPUT_MEASURED, 0, 0 },
    { SEDGE_OP_RELU6, OUTPUT_MEASURED, 0, 0 },
    { SEDGE_OP_TANH, OUTPUT_FIXED, 1.0f / 128, 0 },
    { SEDGE_OP_LOGISTIC, OUTPUT_FIXED, 1.0f / 256, -128 },
    { SEDGE_OP_SOFTMAX, OUTPUT_FIXED, 1.0f / 256, -128 },
    { SEDGE_OP_RESHAPE, OUTPUT_AS_INPUT, 0, 0 },
};

static int find_row(sedge_op_kind kind) {
    for (size_t i = 0; i < SEDGE_COUNT(op_rows); i++)
        if (op_rows[i].kind == kind)
            return (int)i;
    return -1;
}

typedef struct builder {
    const sedge_graph *from;
    const sedge_range *ranges;
    const variant *variant;
    sedge_pool pool;
    sedge_tensor *tensors; /* [from->n_tensors] */
    bool *done;            /* weights and biases that are quantised already */
} builder;

static sedge_status no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory to quantise the model");
}

static sedge_status set_quant(builder *b, sedge_tensor *t, sedge_dtype dtype, uint32_t count, const float *scales,
                              int32_t zero_point, sedge_error *err) {
    float *s = sedge_pool_take(&b->pool, count, sizeof *s);
    int32_t *z = sedge_pool_take(&b->pool, count, sizeof *z);
    if (!s || !z)
        return no_memory(err);
    for (uint32_t i = 0; i < count; i++) {
        s[i] = scales[i];
        z[i] = zero_point;
    }
    t->dtype = dtype;
    t->quant = (sedge_quant){ .count = count, .axis = 0, .scales = s, .zero_points = z };
    return SEDGE_OK;
}

/** int8 over the measured range of an activation. */
static sedge_status quantize_activation(builder *b, int32_t index, sedge_error *err) {
    const sedge_range *r = &b->ranges[index];
    float min = r->min, max = r->max;
    if (b->variant->least_error)
        sedge_range_least_error(r, &min, &max);
    double scale = ((double)max - (double)min) / 255;
    if (!(scale > 1e-12))
        scale = 1.0 / 255; /* all zeros */
    double zero = -128 - (double)min / scale;
    int32_t zero_point = (int32_t)floor(zero + 0.5);
    zero_point = zero_point > 127 ? 127 : zero_point < -128 ? -128 : zero_point;
    return set_quant(b, &b->tensors[index], SEDGE_INT8, 1, &(float){ (float)scale }, zero_point, err);
}

static sedge_status quantize_output(builder *b, const sedge_op *op, sedge_error *err) {
    int row = find_row(op->kind);
    sedge_tensor *t = &b->tensors[op->outputs[0]];
    if (op_rows[row].rule == OUTPUT_FIXED)
        return set_quant(b, t, SEDGE_INT8, 1, &op_rows[row].scale, op_rows[row].zero_point, err);
    if (op_rows[row].rule == OUTPUT_AS_INPUT) {
        t->dtype = SEDGE_INT8;
        t->quant = b->tensors[op->inputs[0]].quant;
        return SEDGE_OK;
    }
    return quantize_activation(b, op->outputs[0], err);
}

static sedge_status take_constant(builder *b, int32_t index, uint32_t rank, sedge_error *err) {
    const sedge_tensor *t = &b->from->tensors[index];
    if (!t->data || t->dtype != SEDGE_FLOAT32 || t->rank != rank)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s': weights and biases must be float32 constants",
                          t->name);
    if (b->done[index])
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s': weights that layers share are not supported", t->name);
    b->done[index] = true;
    return SEDGE_OK;
}

static float largest(const float *p, size_t n) {
    float max = 0;
    for (size_t i = 0; i < n; i++)
        max = fabsf(p[i]) > max ? fabsf(p[i]) : max;
    return max;
}

/** Scale of the weights from..from + n, large enough that the biases, in steps of x_scale * scale, fit. */
static float weight_scale(const float *weights, size_t n, const float *bias, size_t n_bias, double x_scale) {
    double scale = (double)largest(weights, n) / WEIGHT_MAX;
    double for_bias = bias ? (double)largest(bias, n_bias) / (x_scale * bias_max) : 0;
    scale = scale > for_bias ? scale : for_bias;
    return scale > 1e-30 ? (float)scale : 1;
}

static int32_t round_to(double v, double limit) {
    v = v > limit ? limit : v < -limit ? -limit : v;
    return (int32_t)floor(v + 0.5);
}

static sedge_status quantize_layer(builder *b, const sedge_op *op, sedge_error *err) {
    int32_t wi = op->inputs[1], bi = op->n_inputs > 2 ? op->inputs[2] : -1;
    sedge_status st = take_constant(b, wi, 2, err);
    if (st || (bi >= 0 && (st = take_constant(b, bi, 1, err))))
        return st;
    const sedge_tensor *from = &b->from->tensors[wi];
    const float *weights = from->data, *bias = bi >= 0 ? b->from->tensors[bi].data : NULL;
    size_t out = (size_t)from->dims[0], in = (size_t)from->dims[1];
    uint32_t n_scales = b->variant->per_row ? (uint32_t)out : 1;
    int8_t *q = sedge_pool_take(&b->pool, out * in, sizeof *q);
    int32_t *qb = sedge_pool_take(&b->pool, out, sizeof *qb);
    float *scales = sedge_pool_take(&b->pool, n_scales, sizeof *scales);
    float *bias_scales = sedge_pool_take(&b->pool, n_scales, sizeof *bias_scales);
    if (!q || !qb || !scales || !bias_scales)
        return no_memory(err);
    float x_scale = b->tensors[op->inputs[0]].quant.scales[0];
    size_t rows = out / n_scales;
    for (size_t s = 0; s < n_scales; s++) {
        scales[s] =
            weight_scale(weights + s * rows * in, rows * in, bias ? bias + s * rows : NULL, rows, (double)x_scale);
        bias_scales[s] = x_scale * scales[s];
    }
    for (size_t o = 0; o < out; o++) {
        size_t s = o / rows;
        for (size_t i = 0; i < in; i++)
            q[o * in + i] = (int8_t)round_to((double)weights[o * in + i] / (double)scales[s], WEIGHT_MAX);
        qb[o] = bias ? round_to((double)bias[o] / (double)bias_scales[s], 2 * bias_max - 1) : 0;
    }
    b->tensors[wi].data = q;
    if ((st = set_quant(b, &b->tensors[wi], SEDGE_INT8, n_scales, scales, 0, err)) || bi < 0)
        return st;
    b->tensors[bi].data = qb;
    return set_quant(b, &b->tensors[bi], SEDGE_INT32, n_scales, bias_scales, 0, err);
}

static sedge_status build(builder *b, sedge_buf *out, sedge_error *err) {
    const sedge_graph *g = b->from;
    b->tensors = sedge_pool_take(&b->pool, g->n_tensors, sizeof *b->tensors);
    b->done = sedge_pool_take(&b->pool, g->n_tensors, sizeof *b->done);
    if (!b->tensors || !b->done)
        return no_memory(err);
    memcpy(b->tensors, g->tensors, g->n_tensors * sizeof *b->tensors);
    sedge_status st = quantize_activation(b, g->inputs[0], err);
    for (uint32_t i = 0; !st && i < g->n_ops; i++) {
        const sedge_op *op = &g->ops[i];
        if (op->kind == SEDGE_OP_FULLY_CONNECTED)
            st = quantize_layer(b, op, err);
        if (!st)
            st = quantize_output(b, op, err);
    }
    if (st)
        return st;
    sedge_graph quantised = *g;
    quantised.tensors = b->tensors;
    return sedge_tflite_write(&quantised, out, err);
}

/* ---- choosing ---- */

static sedge_status check_graph(const sedge_graph *g, size_t *ret_weights, sedge_error *err) {
    size_t weights = 0;
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_op *op = &g->ops[i];
        if (find_row(op->kind) < 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "operator %u is %s, which cannot be quantised", i,
                              sedge_op_kind_name(op->kind));
        if (op->n_inputs == 0 || op->inputs[0] < 0 ||
            (op->kind == SEDGE_OP_FULLY_CONNECTED && (op->n_inputs < 2 || op->inputs[1] < 0)))
            return sedge_fail(err, SEDGE_EINVALID, "operator %u lacks an input", i);
        if (g->tensors[op->inputs[0]].dtype != SEDGE_FLOAT32 || g->tensors[op->inputs[0]].data)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "operator %u works on %s, only float32 models can be quantised",
                              i, sedge_dtype_name(g->tensors[op->inputs[0]].dtype));
        if (op->kind == SEDGE_OP_FULLY_CONNECTED && g->tensors[op->inputs[1]].rank == 2)
            weights += (size_t)g->tensors[op->inputs[1]].dims[0] * (size_t)g->tensors[op->inputs[1]].dims[1];
    }
    *ret_weights = weights;
    return SEDGE_OK;
}

static sedge_status difference(sedge_runner *a, sedge_runner *b, const float *x, size_t n, double *ret,
                               sedge_error *err) {
    uint32_t outputs = sedge_runner_outputs(a);
    SEDGE_AUTO_MEM float *y = calloc(2 * (size_t)outputs, sizeof *y);
    if (!y)
        return no_memory(err);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i * sedge_runner_inputs(a);
        sedge_status st = sedge_runner_run(a, row, y, err);
        if (st || (st = sedge_runner_run(b, row, y + outputs, err)))
            return st;
        sum += sedge_mean_squared_error(y, y + outputs, outputs);
    }
    *ret = sum / (double)n;
    return SEDGE_OK;
}

typedef struct calibration {
    sedge_graph_file file;
    sedge_runner *runner;
    sedge_range *ranges;
} calibration;

static void calibration_done(calibration *c) {
    sedge_runner_free(c->runner);
    sedge_graph_file_done(&c->file);
    free(c->ranges);
}
#define AUTO_CALIBRATION SEDGE_CLEANUP(calibration_done) calibration

static void builder_done(builder *b) {
    sedge_pool_done(&b->pool);
}
#define AUTO_BUILDER SEDGE_CLEANUP(builder_done) builder

static sedge_status try_variant(const calibration *c, const variant *v, const float *x, size_t n, sedge_buf *ret_file,
                                double *ret_error, sedge_error *err) {
    AUTO_BUILDER b = { .from = &c->file.graph, .ranges = c->ranges, .variant = v, .pool = sedge_pool_init(MEMORY_MAX) };
    sedge_status st = build(&b, ret_file, err);
    if (st)
        return st;
    sedge_auto(sedge_runner) int8 = NULL;
    if ((st = sedge_runner_open(sedge_buf_bytes(ret_file), &int8, err)))
        return sedge_wrap(err, st, "the quantised model");
    return difference(c->runner, int8, x, n, ret_error, err);
}

sedge_status sedge_quantize(sedge_bytes model, const float *x, size_t n, sedge_buf *out, sedge_quantize_report *ret,
                            sedge_error *err) {
    if (n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "there are no calibration vectors");
    sedge_quantize_report report = { 0 };
    AUTO_CALIBRATION c = { 0 };
    sedge_status st = sedge_graph_read(model.p, model.n, &c.file, err);
    if (st || (st = check_graph(&c.file.graph, &report.weights, err)) ||
        (st = sedge_runner_open(model, &c.runner, err)))
        return st;
    if (sedge_model_tensor_count(sedge_instance_model(sedge_runner_instance(c.runner))) != c.file.graph.n_tensors)
        return sedge_fail(err, SEDGE_EINTERNAL, "the opened model has other tensors than its file");
    c.ranges = calloc(c.file.graph.n_tensors, sizeof *c.ranges);
    if (!c.ranges)
        return no_memory(err);
    if ((st = sedge_ranges_measure(c.runner, x, n, c.ranges, err)))
        return st;
    SEDGE_AUTO_BUF best = sedge_buf_init(FILE_MAX);
    for (size_t i = 0; i < SEDGE_COUNT(variants); i++) {
        SEDGE_AUTO_BUF file = sedge_buf_init(FILE_MAX);
        double error = 0;
        if ((st = try_variant(&c, &variants[i], x, n, &file, &error, err)))
            return st;
        bool too_big = report.weights >= SHARE_WEIGHTS && (double)file.n > share_max * (double)model.n;
        if (report.variant && (too_big || !(error < better_enough * report.error)))
            continue;
        report.variant = variants[i].name;
        report.error = error;
        sedge_buf swap = best;
        best = file;
        file = swap;
    }
    sedge_buf_put(out, best.data, best.n);
    if (out->failed)
        return no_memory(err);
    *ret = report;
    return SEDGE_OK;
}
