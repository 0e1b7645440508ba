/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normalisations of floating types, computed in double.
 *
 * BATCH_NORMALIZATION     x [n, c, ...], scale, offset, mean, variance [c]
 * INSTANCE_NORMALIZATION  x [n, c, ...], scale, offset [c]; mean and variance of each picture and channel
 * GROUP_NORMALIZATION     as it, over u.norm.groups groups of channels; scale, offset [c] or [groups]
 * LAYER_NORMALIZATION     over dimensions u.norm.axis to the last; scale and offset fit them; outputs 1 and 2, which
 * may be absent, are mean and 1 / deviation
 */
#include <math.h>

#include "base/own.h"
#include "ops/axis.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_dtype x, scale;
    size_t groups, count; /* runs of elements that are normalised together */
    size_t inner;         /* elements that share a scale */
    size_t scales;        /* element e has scale e / inner % scales */
    double epsilon;
    uint32_t n_outputs;
    bool has_offset;
} prepared;

/* y = x * factor + shift for n elements from `at` on */
static void affine(const prepared *d, const sedge_op_call *call, size_t at, size_t n, double factor, double shift) {
    double x[SEDGE_BLOCK];
    for (size_t k = 0; k < n; k += SEDGE_BLOCK) {
        size_t m = n - k < SEDGE_BLOCK ? n - k : SEDGE_BLOCK;
        sedge_load_f64(d->x, call->inputs[0], at + k, 1, m, x);
        for (size_t i = 0; i < m; i++)
            x[i] = x[i] * factor + shift;
        sedge_store_f64(d->x, call->outputs[0], at + k, m, x);
    }
}

static double value(const prepared *d, const sedge_op_call *call, uint32_t input, size_t i) {
    double v;
    sedge_load_f64(d->scale, call->inputs[input], i, 1, 1, &v);
    return v;
}

/* mean of (x - center)^power, power 1 or 2 */
static double moment(const prepared *d, const sedge_op_call *call, size_t at, double center, bool square) {
    double x[SEDGE_BLOCK], sum = 0;
    for (size_t k = 0; k < d->count; k += SEDGE_BLOCK) {
        size_t m = d->count - k < SEDGE_BLOCK ? d->count - k : SEDGE_BLOCK;
        sedge_load_f64(d->x, call->inputs[0], at + k, 1, m, x);
        for (size_t i = 0; i < m; i++)
            sum += square ? (x[i] - center) * (x[i] - center) : x[i];
    }
    return sum / (double)d->count;
}

static void store(const prepared *d, const sedge_op_call *call, uint32_t output, size_t group, double v) {
    if (output < d->n_outputs && call->outputs[output])
        sedge_store_f64(d->x, call->outputs[output], group, 1, &v);
}

static void run_groups(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t g = 0; g < d->groups; g++) {
        size_t at = g * d->count;
        double mean = moment(d, call, at, 0, false);
        double inverse = 1 / sqrt(moment(d, call, at, mean, true) + d->epsilon);
        for (size_t k = 0; k < d->count;) {
            size_t s = (at + k) / d->inner % d->scales, n = d->inner - (at + k) % d->inner;
            n = n < d->count - k ? n : d->count - k;
            double factor = inverse * value(d, call, 1, s);
            double offset = d->has_offset ? value(d, call, 2, s) : 0;
            affine(d, call, at + k, n, factor, offset - mean * factor);
            k += n;
        }
        store(d, call, 1, g, mean);
        store(d, call, 2, g, inverse);
    }
}

static void run_batch(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t g = 0; g < d->groups; g++) {
        size_t c = g % d->scales;
        double factor = value(d, call, 1, c) / sqrt(value(d, call, 4, c) + d->epsilon);
        affine(d, call, g * d->count, d->count, factor, value(d, call, 2, c) - value(d, call, 3, c) * factor);
    }
}

/* ---- shape ---- */

/* parameters from input 1 on: of one floating type, n or all or_n elements each */
static sedge_status check_params(const sedge_op_site *site, size_t n, size_t or_n, sedge_error *err) {
    for (uint32_t i = 1; i < site->op->n_inputs; i++) {
        const sedge_tensor *t = sedge_op_optional(site, i);
        if (t && (!sedge_is_float(t->dtype) || t->dtype != sedge_op_input(site, 1)->dtype))
            return sedge_op_bad_types(sedge_op_input(site, 1), t, err);
        size_t has = t ? sedge_op_elements(t) : n;
        if (t && ((has != n && has != or_n) || has != sedge_op_elements(sedge_op_input(site, 1))))
            return sedge_fail(err, SEDGE_EINVALID, "input '%s' has %zu values, %zu are needed", t->name,
                              sedge_op_elements(t), n);
    }
    return SEDGE_OK;
}

sedge_status sedge_op_norm_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    int32_t groups = site->op->kind == SEDGE_OP_GROUP_NORMALIZATION ? site->op->u.norm.groups : 1;
    if (!sedge_is_float(x->dtype))
        return sedge_op_bad_types(x, x, err);
    if (x->rank < 2 || groups < 1 || x->dims[1] % groups)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' of rank %u in %d groups of channels", x->name, x->rank,
                          groups);
    sedge_status st =
        check_params(site, (size_t)x->dims[1],
                     site->op->kind == SEDGE_OP_GROUP_NORMALIZATION ? (size_t)groups : (size_t)x->dims[1], err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

static sedge_status settle_moment(const sedge_op_site *site, uint32_t output, uint32_t axis, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    if (output >= site->op->n_outputs || site->op->outputs[output] < 0)
        return SEDGE_OK;
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i < x->rank; i++)
        dims[i] = i < axis ? x->dims[i] : 1;
    sedge_status st = sedge_op_set_type(sedge_op_output(site, output), x->dtype, err);
    return st ? st : sedge_op_set_shape(sedge_op_output(site, output), x->rank, dims, err);
}

sedge_status sedge_op_layer_norm_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis;
    if (!sedge_is_float(x->dtype) || x->rank == 0)
        return sedge_op_bad_types(x, x, err);
    if (site->op->n_outputs < 1 || site->op->n_outputs > 3)
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs, 1 to 3 are needed", site->op->n_outputs);
    sedge_status st = sedge_op_axis(site->op->u.norm.axis, x->rank, &axis, err);
    if (st)
        return st;
    size_t n = sedge_axis_view_of(x, axis, x->rank - 1).depth;
    st = check_params(site, n, n, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = sedge_op_same_shape(y, x, err);
    for (uint32_t i = 1; !st && i < 3; i++)
        st = settle_moment(site, i, axis, err);
    return st;
}

/* ---- preparation ---- */

static sedge_status finish(const sedge_op_site *site, prepared *d, sedge_op_run *run, sedge_prepared *ret) {
    d->x = sedge_op_input(site, 0)->dtype;
    d->scale = sedge_op_input(site, 1)->dtype;
    d->epsilon = (double)site->op->u.norm.epsilon;
    d->n_outputs = site->op->n_outputs;
    d->has_offset = sedge_op_optional(site, 2) != NULL;
    *ret =
        (sedge_prepared){ .run = run, .data = d, .kernel = "norm_scalar", .macs = 3 * (uint64_t)d->groups * d->count };
    return SEDGE_OK;
}

sedge_status sedge_op_norm_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    size_t n = (size_t)x->dims[0], c = (size_t)x->dims[1], inner = sedge_op_elements(x) / n / c;
    bool grouped = site->op->kind == SEDGE_OP_GROUP_NORMALIZATION;
    size_t groups = grouped ? (size_t)site->op->u.norm.groups : c;
    d->groups = n * groups;
    d->count = c / groups * inner;
    d->scales = sedge_op_elements(sedge_op_input(site, 1));
    d->inner = inner * (c / d->scales);
    return finish(site, d, site->op->kind == SEDGE_OP_BATCH_NORMALIZATION ? run_batch : run_groups, ret);
}

sedge_status sedge_op_layer_norm_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    uint32_t axis;
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_op_axis(site->op->u.norm.axis, x->rank, &axis, err);
    if (st)
        return st;
    sedge_axis_view v = sedge_axis_view_of(x, axis, x->rank - 1);
    d->groups = v.outer;
    d->count = d->scales = v.depth;
    d->inner = 1;
    return finish(site, d, run_groups, ret);
}
