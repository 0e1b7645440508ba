/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Norms along one axis of floating types.
 *
 * LOCAL_RESPONSE_NORMALIZATION  x / (bias + alpha * sum of squares of the u.lrn.before + 1 + u.lrn.after
 * neighbours)^beta L2_NORMALIZATION              x / max(|x|, epsilon) by the norm u.lrn.power (1 or 2) of the line
 */
#include <math.h>

#include "base/exact_math.h"
#include "ops/axis.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_axis_view view;
    sedge_dtype dtype;
    size_t before, after;
    double bias, alpha, beta;
    bool absolute;
} prepared;

static void lrn_line(const prepared *d, const double *x, double *y) {
    for (size_t i = 0; i < d->view.depth; i++) {
        size_t first = i < d->before ? 0 : i - d->before;
        size_t last = d->view.depth - 1 - i < d->after ? d->view.depth - 1 : i + d->after;
        double sum = 0;
        for (size_t k = first; k <= last; k++)
            sum += x[k] * x[k];
        y[i] = x[i] / sedge_pow(d->bias + d->alpha * sum, d->beta);
    }
}

static void l2_line(const prepared *d, const double *x, double *y) {
    double sum = 0;
    for (size_t i = 0; i < d->view.depth; i++)
        sum += !d->absolute ? x[i] * x[i] : x[i] < 0 ? -x[i] : x[i];
    double norm = d->absolute ? sum : sqrt(sum);
    norm = norm > d->bias ? norm : d->bias;
    for (size_t i = 0; i < d->view.depth; i++)
        y[i] = norm > 0 ? x[i] / norm : 0;
}

static void run(const sedge_op_call *call, void (*line)(const prepared *d, const double *x, double *y)) {
    const prepared *d = call->prepared;
    const sedge_axis_view *v = &d->view;
    double *x = call->scratch, *y = x + v->depth;
    for (size_t i = 0; i < v->outer * v->inner; i++) {
        size_t at = sedge_axis_line(v, i);
        sedge_load_f64(d->dtype, call->inputs[0], at, v->inner, v->depth, x);
        line(d, x, y);
        for (size_t k = 0; k < v->depth; k++)
            sedge_store_f64(d->dtype, call->outputs[0], at + k * v->inner, 1, &y[k]);
    }
}

static void run_lrn(const sedge_op_call *call) {
    run(call, lrn_line);
}

static void run_l2(const sedge_op_call *call) {
    run(call, l2_line);
}

sedge_status sedge_op_channel_norm_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis;
    if (!sedge_is_float(x->dtype) || x->rank == 0)
        return sedge_op_bad_types(x, x, err);
    if (site->op->u.lrn.before < 0 || site->op->u.lrn.after < 0)
        return sedge_fail(err, SEDGE_EINVALID, "%d neighbours before and %d after", site->op->u.lrn.before,
                          site->op->u.lrn.after);
    sedge_status st = sedge_op_axis(site->op->u.lrn.axis, x->rank, &axis, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_channel_norm_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    uint32_t axis;
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_op_axis(site->op->u.lrn.axis, x->rank, &axis, err);
    if (st)
        return st;
    *d = (prepared){ .view = sedge_axis_view_of(x, axis, axis),
                     .dtype = x->dtype,
                     .before = (size_t)site->op->u.lrn.before,
                     .after = (size_t)site->op->u.lrn.after,
                     .bias = (double)site->op->u.lrn.bias,
                     .alpha = (double)site->op->u.lrn.alpha,
                     .beta = (double)site->op->u.lrn.beta,
                     .absolute = site->op->u.lrn.absolute };
    *ret = (sedge_prepared){ .run = site->op->kind == SEDGE_OP_L2_NORMALIZATION ? run_l2 : run_lrn,
                             .data = d,
                             .kernel = "channel_norm_scalar",
                             .scratch_bytes = 2 * d->view.depth * sizeof(double),
                             .macs = sedge_op_elements(x),
                             .in_place = true };
    return SEDGE_OK;
}
