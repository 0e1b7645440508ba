/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOFTMAX, LOG_SOFTMAX and HARDMAX along an axis of floating types; quantised ones in softmax_quant.c. With
 * u.softmax.flatten the axis stands for itself and all behind it.
 */
#include "ops/softmax.h"

#include "base/exact_math.h"
#include "ops/axis.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef void line_fn(double *x, size_t n, double beta);

typedef struct prepared {
    sedge_axis_view view;
    sedge_dtype dtype;
    float beta;
    line_fn *fn;
} prepared;

static double largest_of(const double *x, size_t n) {
    double largest = x[0];
    for (size_t i = 1; i < n; i++)
        largest = x[i] > largest ? x[i] : largest;
    return largest;
}

static void softmax_line(double *x, size_t n, double beta) {
    double largest = largest_of(x, n), sum = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = sedge_exp((x[i] - largest) * beta);
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= sum;
}

static void log_softmax_line(double *x, size_t n, double beta) {
    double largest = largest_of(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += sedge_exp((x[i] - largest) * beta);
    sum = sedge_log(sum);
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - largest) * beta - sum;
}

/* 1 at the first of the largest values */
static void hardmax_line(double *x, size_t n, double beta) {
    (void)beta;
    double largest = largest_of(x, n);
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        bool here = !found && x[i] == largest;
        found = found || here;
        x[i] = here ? 1 : 0;
    }
}

static void run_lines(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const sedge_axis_view *v = &d->view;
    double *line = call->scratch;
    for (size_t i = 0; i < v->outer * v->inner; i++) {
        size_t at = sedge_axis_line(v, i);
        sedge_load_f64(d->dtype, call->inputs[0], at, v->inner, v->depth, line);
        d->fn(line, v->depth, (double)d->beta);
        for (size_t k = 0; k < v->depth; k++)
            sedge_store_f64(d->dtype, call->outputs[0], at + k * v->inner, 1, &line[k]);
    }
}

static void run_softmax_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    size_t n = d->view.depth;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t row = 0; row < d->view.outer; row++, x += n, y += n) {
        float largest = x[0], sum = 0;
        for (size_t i = 1; i < n; i++)
            largest = x[i] > largest ? x[i] : largest;
        for (size_t i = 0; i < n; i++) {
            y[i] = sedge_expf((x[i] - largest) * d->beta);
            sum += y[i];
        }
        for (size_t i = 0; i < n; i++)
            y[i] /= sum;
    }
}

static bool is_last(const sedge_op_site *site, const sedge_tensor *x) {
    int32_t axis = site->op->u.softmax.axis;
    return axis == -1 || axis + 1 == (int32_t)x->rank;
}

static sedge_status quant_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    bool wider = x->dtype == SEDGE_INT8 && y->dtype == SEDGE_INT16;
    if (site->op->kind != SEDGE_OP_SOFTMAX || (y->dtype != x->dtype && !wider) ||
        (x->dtype != SEDGE_INT8 && x->dtype != SEDGE_UINT8 && x->dtype != SEDGE_INT16))
        return sedge_op_bad_types(x, y, err);
    sedge_status st = sedge_op_want_quant(x, err);
    if (!st && !is_last(site, x))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "axis %d of a quantised tensor, the last one is needed",
                        site->op->u.softmax.axis);
    return st ? st : sedge_op_want_quant(y, err);
}

sedge_status sedge_op_softmax_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = sedge_is_float(x->dtype) ? sedge_op_set_type(y, x->dtype, err) : quant_shape(site, err);
    uint32_t axis;
    if (!st && x->rank == 0)
        st = sedge_fail(err, SEDGE_EINVALID, "input '%s' is a scalar", x->name);
    if (!st)
        st = sedge_op_axis(site->op->u.softmax.axis, x->rank, &axis, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_softmax_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    float beta = site->op->u.softmax.beta;
    if (!(beta > 0 && beta < 1e6f))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "beta is %g, a positive number is needed", (double)beta);
    if (!sedge_is_float(x->dtype))
        return sedge_softmax_prepare_quant(site, ret, err);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    uint32_t axis;
    sedge_status st = sedge_op_axis(site->op->u.softmax.axis, x->rank, &axis, err);
    if (st)
        return st;
    sedge_op_kind kind = site->op->kind;
    *d = (prepared){ sedge_axis_view_of(x, axis, site->op->u.softmax.flatten ? x->rank - 1 : axis), x->dtype, beta,
                     kind == SEDGE_OP_SOFTMAX       ? softmax_line
                     : kind == SEDGE_OP_LOG_SOFTMAX ? log_softmax_line
                                                    : hardmax_line };
    bool fast = kind == SEDGE_OP_SOFTMAX && x->dtype == SEDGE_FLOAT32 && d->view.inner == 1;
    *ret = (sedge_prepared){ .run = fast ? run_softmax_f32 : run_lines,
                             .data = d,
                             .kernel = fast ? "softmax_f32_scalar" : "softmax_lines_scalar",
                             .scratch_bytes = fast ? 0 : d->view.depth * sizeof(double),
                             .macs = 2 * (uint64_t)sedge_op_elements(x),
                             .in_place = true };
    return SEDGE_OK;
}
