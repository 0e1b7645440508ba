/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESIZE of ONNX, any rank: an axis at a time, from the first to the last. Nearest takes every type, linear and cubic
 * float32. Scales or sizes (and roi) must be known at open. Source: the operator's documentation and reference.
 */
#include <string.h>

#include "base/checked.h"
#include "base/exact_math.h"
#include "ops/copy.h"
#include "ops/ops.h"
#include "ops/resize_taps.h"

enum { X, ROI, SCALES, SIZES };

/* one axis: [outer, in, inner] becomes [outer, out, inner] */
typedef struct pass {
    size_t outer, in, out, inner;
    sedge_resize_taps taps;
} pass;

typedef struct prepared {
    uint32_t n_passes;
    pass passes[SEDGE_RANK_MAX];
    size_t element;
    size_t half_scratch;
    float extrapolation;
} prepared;

/* ---- run ---- */

static void fill(float *y, size_t n, float value) {
    for (size_t i = 0; i < n; i++)
        y[i] = value;
}

static void copy_rows(const pass *s, size_t element, float extrapolation, const uint8_t *x, uint8_t *y) {
    size_t n = s->inner * element;
    for (size_t o = 0; o < s->outer; o++, x += s->in * n)
        for (size_t i = 0; i < s->out; i++, y += n) {
            if (s->taps.index[i] == SEDGE_RESIZE_OUTSIDE)
                fill((float *)(void *)y, s->inner, extrapolation);
            else
                memcpy(y, x + s->taps.index[i] * n, n);
        }
}

static void copy_words(const pass *s, const uint32_t *x, uint32_t *y) {
    for (size_t o = 0; o < s->outer; o++, x += s->in)
        for (size_t i = 0; i < s->out; i++)
            *y++ = x[s->taps.index[i]];
}

static void mix_row(const uint32_t *index, const float *weight, uint32_t n, size_t inner, const float *x, float *y) {
    for (size_t j = 0; j < inner; j++)
        y[j] = weight[0] * x[index[0] * inner + j];
    for (uint32_t k = 1; k < n; k++)
        for (size_t j = 0; j < inner; j++)
            y[j] += weight[k] * x[index[k] * inner + j];
}

static void mix(const pass *s, float extrapolation, const float *x, float *y) {
    uint32_t n = s->taps.n;
    for (size_t o = 0; o < s->outer; o++, x += s->in * s->inner)
        for (size_t i = 0; i < s->out; i++, y += s->inner) {
            if (s->taps.index[i * n] == SEDGE_RESIZE_OUTSIDE)
                fill(y, s->inner, extrapolation);
            else
                mix_row(s->taps.index + i * n, s->taps.weight + i * n, n, s->inner, x, y);
        }
}

static bool has_outside(const pass *s) {
    for (size_t i = 0; i < s->out; i++)
        if (s->taps.index[i * s->taps.n] == SEDGE_RESIZE_OUTSIDE)
            return true;
    return false;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const void *x = call->inputs[0];
    for (uint32_t i = 0; i < d->n_passes; i++) {
        const pass *s = &d->passes[i];
        void *y = i + 1 == d->n_passes ? call->outputs[0] : (uint8_t *)call->scratch + i % 2 * d->half_scratch;
        if (s->taps.weight)
            mix(s, d->extrapolation, x, y);
        else if (s->inner == 1 && d->element == 4 && !has_outside(s))
            copy_words(s, x, y);
        else
            copy_rows(s, d->element, d->extrapolation, x, y);
        x = y;
    }
}

/* ---- the axes ---- */

static bool given(const sedge_op_site *site, uint32_t i) {
    const sedge_tensor *t = sedge_op_optional(site, i);
    return t && t->size_bytes;
}

static sedge_status constant_floats(const sedge_op_site *site, uint32_t i, const char *what, uint32_t n,
                                    const float **ret, sedge_error *err) {
    const sedge_tensor *t = sedge_op_input(site, i);
    sedge_status st = sedge_op_want_type(t, SEDGE_FLOAT32, err);
    if (!st && (t->rank != 1 || sedge_op_elements(t) != n))
        st = sedge_fail(err, SEDGE_EINVALID, "%s '%s' must be a list of %u", what, t->name, n);
    if (!st)
        st = sedge_op_constant(site, i, what, err);
    *ret = t->data;
    return st;
}

/* which axes the lists speak of */
static sedge_status list_axes(const sedge_op_site *site, uint32_t *axes, uint32_t *ret_n, sedge_error *err) {
    const sedge_resize *p = site->op->u.resize;
    uint32_t rank = sedge_op_input(site, X)->rank, seen = 0;
    *ret_n = p->n_axes ? p->n_axes : rank;
    for (uint32_t i = 0; i < *ret_n; i++) {
        axes[i] = i;
        sedge_status st = p->n_axes ? sedge_op_axis(p->axes[i], rank, &axes[i], err) : SEDGE_OK;
        if (st)
            return st;
        if (seen & 1u << axes[i])
            return sedge_fail(err, SEDGE_EINVALID, "axis %u is given twice", axes[i]);
        seen |= 1u << axes[i];
    }
    return SEDGE_OK;
}

static sedge_status check_axis(const sedge_resize_axis *a, double out, sedge_error *err) {
    if (!(a->scale > 0 && a->scale < 1e9f))
        return sedge_fail(err, SEDGE_EINVALID, "a scale is %g", (double)a->scale);
    if (!(out >= 1 && out <= INT32_MAX))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "a dimension would have the size %g", out);
    return SEDGE_OK;
}

static sedge_status use_scales(const sedge_op_site *site, const uint32_t *at, uint32_t n, sedge_resize_axis *axes,
                               sedge_error *err) {
    const float *scales;
    sedge_status st = constant_floats(site, SCALES, "the scales", n, &scales, err);
    for (uint32_t i = 0; !st && i < n; i++) {
        sedge_resize_axis *a = &axes[at[i]];
        a->scale = scales[i];
        double part = site->op->u.resize->place == SEDGE_RESIZE_CROP ? (double)(a->roi_high - a->roi_low) : 1;
        double out = sedge_floor((double)((float)a->in * a->scale) * part);
        st = check_axis(a, out, err);
        a->out = st ? 1 : (uint32_t)out;
    }
    return st;
}

static sedge_status use_sizes(const sedge_op_site *site, const uint32_t *at, uint32_t n, sedge_resize_axis *axes,
                              sedge_error *err) {
    const sedge_resize *p = site->op->u.resize;
    int64_t sizes[SEDGE_RANK_MAX];
    uint32_t n_sizes;
    sedge_status st = sedge_op_constant_ints(site, SIZES, "the sizes", SEDGE_RANK_MAX, sizes, &n_sizes, err);
    if (!st && n_sizes != n)
        st = sedge_fail(err, SEDGE_EINVALID, "%u sizes, %u are needed", n_sizes, n);
    float common = 0;
    for (uint32_t i = 0; !st && i < n; i++) {
        float scale = (float)sizes[i] / (float)axes[at[i]].in;
        bool better = p->fit == SEDGE_RESIZE_NOT_LARGER ? scale < common : scale > common;
        common = i == 0 || better ? scale : common;
    }
    for (uint32_t i = 0; !st && i < n; i++) {
        sedge_resize_axis *a = &axes[at[i]];
        bool keep = p->fit != SEDGE_RESIZE_STRETCH;
        double out = keep ? sedge_floor((double)(common * (float)a->in) + 0.5) : (double)sizes[i];
        a->scale = keep ? common : (float)sizes[i] / (float)a->in;
        st = check_axis(a, out, err);
        a->out = st ? 1 : (uint32_t)out;
    }
    return st;
}

static sedge_status find_axes(const sedge_op_site *site, sedge_resize_axis *axes, sedge_error *err) {
    const sedge_resize *p = site->op->u.resize;
    const sedge_tensor *x = sedge_op_input(site, X);
    uint32_t at[SEDGE_RANK_MAX], n;
    sedge_status st = list_axes(site, at, &n, err);
    for (uint32_t i = 0; i < x->rank; i++)
        axes[i] = (sedge_resize_axis){ (uint32_t)x->dims[i], (uint32_t)x->dims[i], 1, 0, 1 };
    if (!st && p->place == SEDGE_RESIZE_CROP) {
        const float *roi = NULL;
        if (!given(site, ROI))
            st = sedge_fail(err, SEDGE_EINVALID, "tf_crop_and_resize without roi");
        if (!st)
            st = constant_floats(site, ROI, "the roi", 2 * n, &roi, err);
        for (uint32_t i = 0; !st && i < n; i++) {
            axes[at[i]].roi_low = roi[i];
            axes[at[i]].roi_high = roi[n + i];
        }
    }
    if (!st && given(site, SCALES) == given(site, SIZES))
        st = sedge_fail(err, SEDGE_EINVALID, "either scales or sizes are needed");
    if (st)
        return st;
    return given(site, SIZES) ? use_sizes(site, at, n, axes, err) : use_scales(site, at, n, axes, err);
}

/* ---- the operator ---- */

static sedge_status check_type(const sedge_op_site *site, sedge_error *err) {
    const sedge_resize *p = site->op->u.resize;
    const sedge_tensor *x = sedge_op_input(site, X);
    if (x->size_bytes == 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has no elements", x->name);
    if (p->mode != SEDGE_RESIZE_NEAREST || p->place == SEDGE_RESIZE_CROP)
        return sedge_op_want_type(x, SEDGE_FLOAT32, err);
    return SEDGE_OK;
}

sedge_status sedge_op_resize_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_resize_axis axes[SEDGE_RANK_MAX];
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = check_type(site, err);
    if (!st)
        st = find_axes(site, axes, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    for (uint32_t i = 0; !st && i < x->rank; i++)
        dims[i] = (int32_t)axes[i].out;
    return st ? st : sedge_op_set_shape(y, x->rank, dims, err);
}

/* an axis whose elements stay where they are needs no pass */
static bool unchanged(const sedge_resize *p, const sedge_resize_axis *a) {
    return a->in == a->out && a->scale == 1 &&
           (p->place != SEDGE_RESIZE_CROP || (a->roi_low == 0 && a->roi_high == 1)) &&
           p->place != SEDGE_RESIZE_TF_HALF_PIXEL_FOR_NN;
}

static sedge_status add_pass(const sedge_op_site *site, prepared *d, const sedge_resize_axis *axes, uint32_t i,
                             const size_t *dims, sedge_error *err) {
    pass *s = &d->passes[d->n_passes++];
    *s = (pass){ .outer = 1, .in = axes[i].in, .out = axes[i].out, .inner = 1 };
    uint32_t rank = sedge_op_input(site, X)->rank;
    for (uint32_t k = 0; k < rank; k++)
        if (k != i)
            *(k < i ? &s->outer : &s->inner) *= dims[k];
    if (sedge_resize_make_taps(site->op->u.resize, &axes[i], site->pool, &s->taps))
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_ELIMIT, "more than %d weights for axis %u, or no memory", SEDGE_RESIZE_ENTRIES_MAX, i);
}

sedge_status sedge_op_resize_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X);
    sedge_resize_axis axes[SEDGE_RANK_MAX];
    size_t dims[SEDGE_RANK_MAX], n = sedge_op_elements(x);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = find_axes(site, axes, err);
    for (uint32_t i = 0; i < x->rank; i++)
        dims[i] = (size_t)x->dims[i];
    d->element = sedge_dtype_size(x->dtype);
    d->extrapolation = site->op->u.resize->extrapolation;
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "resize_scalar" };
    for (uint32_t i = 0; !st && i < x->rank; i++) {
        if (unchanged(site->op->u.resize, &axes[i]))
            continue;
        size_t done = n * d->element;
        d->half_scratch = d->n_passes && done > d->half_scratch ? done : d->half_scratch;
        st = add_pass(site, d, axes, i, dims, err);
        n = n / dims[i];
        dims[i] = axes[i].out;
        if (!st && (!sedge_mul_size(n, dims[i], &n) || n > SEDGE_TENSOR_BYTES_MAX / d->element))
            st = sedge_fail(err, SEDGE_ELIMIT, "an intermediate result does not fit");
        ret->macs += st ? 0 : (uint64_t)n * d->passes[d->n_passes - 1].taps.n;
    }
    if (st)
        return st;
    if (!sedge_align_size(d->half_scratch, 64, &d->half_scratch))
        return sedge_fail(err, SEDGE_ELIMIT, "an intermediate result does not fit");
    ret->scratch_bytes = d->n_passes > 2 ? 2 * d->half_scratch : d->half_scratch;
    return d->n_passes ? SEDGE_OK : sedge_view_prepare(site, ret, err);
}
