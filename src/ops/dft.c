/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DFT (x, length, axis) and STFT (signal, step, window, frame length) of ONNX on float32; the numbers that decide
 * shapes must be known at open. Real or complex input (last dimension 1 or 2), complex output. Each value is the plain
 * sum over the frame in float64, so that lengths need not be powers of two; LENGTH_MAX bounds them.
 */
#include "base/checked.h"
#include "base/exact_math.h"
#include "ops/ops.h"

enum { LENGTH_MAX = 1 << 14 };

typedef struct prepared {
    size_t outer, inner; /* DFT: before and after the axis. STFT: the batch and 1 */
    size_t in, out, n;   /* elements of the axis, results, length of the transform */
    size_t parts;        /* 1 real, 2 complex */
    size_t frames, step; /* STFT */
    double sign, scale;
    double *circle; /* cos, sin of 2 pi k / n */
} prepared;

/* one result: the sum over x[i * stride] * window[i] * exp(sign j 2 pi i k / n) */
static void transform(const prepared *d, const float *x, size_t stride, const float *window, size_t k, float *y) {
    double re = 0, im = 0;
    size_t n = d->in < d->n ? d->in : d->n, at = 0;
    for (size_t i = 0; i < n; i++) {
        const float *p = x + i * stride * d->parts;
        double w = window ? (double)window[i] : 1, a = (double)p[0] * w, b = d->parts == 2 ? (double)p[1] * w : 0;
        double c = d->circle[2 * at], s = d->sign * d->circle[2 * at + 1];
        re += a * c - b * s;
        im += a * s + b * c;
        at += k;
        at -= at >= d->n ? d->n : 0;
    }
    y[0] = (float)(re * d->scale);
    y[1] = (float)(im * d->scale);
}

static void run_dft(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t o = 0; o < d->outer; o++, x += d->in * d->inner * d->parts)
        for (size_t k = 0; k < d->out; k++)
            for (size_t i = 0; i < d->inner; i++, y += 2)
                transform(d, x + i * d->parts, d->inner, NULL, k, y);
}

static void run_stft(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0], *window = d->inner ? call->inputs[2] : NULL;
    float *y = call->outputs[0];
    for (size_t b = 0; b < d->outer; b++)
        for (size_t f = 0; f < d->frames; f++)
            for (size_t k = 0; k < d->out; k++, y += 2)
                transform(d, x + (b * d->in + f * d->step) * d->parts, 1, window, k, y);
}

static sedge_status fill_circle(const sedge_op_site *site, prepared *d, sedge_error *err) {
    d->circle = sedge_pool_take(site->pool, 2 * d->n, sizeof *d->circle);
    if (!d->circle)
        return sedge_op_no_memory(err);
    for (size_t k = 0; k < d->n; k++) {
        d->circle[2 * k] = sedge_cos(2 * SEDGE_PI * (double)k / (double)d->n);
        d->circle[2 * k + 1] = sedge_sin(2 * SEDGE_PI * (double)k / (double)d->n);
    }
    return SEDGE_OK;
}

/* ---- DFT ---- */

static sedge_status check_signal(const sedge_op_site *site, uint32_t least_rank, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_status st = sedge_op_want_type(x, SEDGE_FLOAT32, err);
    if (!st && (x->rank < least_rank || x->dims[x->rank - 1] > 2))
        st = sedge_fail(err, SEDGE_EINVALID, "input '%s' must have at least rank %u and 1 or 2 as its last dimension",
                        x->name, least_rank);
    return st;
}

static size_t product(const sedge_tensor *t, uint32_t from, uint32_t to) {
    size_t n = 1;
    for (uint32_t i = from; i < to; i++)
        n *= (size_t)t->dims[i];
    return n;
}

static sedge_status load_dft(const sedge_op_site *site, prepared *d, uint32_t *axis, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int64_t n = 0, at = site->op->u.dft.axis;
    sedge_status st = check_signal(site, 2, err);
    if (!st && sedge_op_optional(site, 2))
        st = sedge_op_constant_int(site, 2, "the axis", -SEDGE_RANK_MAX, SEDGE_RANK_MAX, &at, err);
    if (!st)
        st = sedge_op_axis(at, x->rank, axis, err);
    if (!st && *axis == x->rank - 1)
        st = sedge_fail(err, SEDGE_EINVALID, "the axis is that of real and imaginary part");
    if (!st)
        n = x->dims[*axis];
    if (!st && sedge_op_optional(site, 1))
        st = sedge_op_constant_int(site, 1, "the length", 1, LENGTH_MAX, &n, err);
    if (!st && n > LENGTH_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "a transform of %lld, the limit is %d", (long long)n, LENGTH_MAX);
    if (!st && site->op->u.dft.onesided && (site->op->u.dft.inverse || x->dims[x->rank - 1] == 2))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "half of an inverse or complex transform");
    if (st)
        return st;
    *d = (prepared){ .outer = product(x, 0, *axis),
                     .inner = product(x, *axis + 1, x->rank - 1),
                     .in = (size_t)x->dims[*axis],
                     .out = site->op->u.dft.onesided ? (size_t)n / 2 + 1 : (size_t)n,
                     .n = (size_t)n,
                     .parts = (size_t)x->dims[x->rank - 1],
                     .sign = site->op->u.dft.inverse ? 1 : -1,
                     .scale = site->op->u.dft.inverse ? 1 / (double)n : 1 };
    return SEDGE_OK;
}

sedge_status sedge_op_dft_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared d;
    uint32_t axis;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = load_dft(site, &d, &axis, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < x->rank; i++)
        dims[i] = i == axis ? (int32_t)d.out : i + 1 == x->rank ? 2 : x->dims[i];
    return sedge_op_set_shape(sedge_op_output(site, 0), x->rank, dims, err);
}

sedge_status sedge_op_dft_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    uint32_t axis;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = load_dft(site, d, &axis, err);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = run_dft,
                             .data = d,
                             .kernel = "dft_f32",
                             .packed_bytes = 2 * d->n * sizeof *d->circle,
                             .macs = 2 * (uint64_t)sedge_op_elements(sedge_op_output(site, 0)) * d->n };
    return fill_circle(site, d, err);
}

/* ---- STFT ---- */

enum { SIGNAL, STEP, WINDOW, FRAME };

/* the length of a frame: told, else that of the window */
static sedge_status load_frame(const sedge_op_site *site, int64_t *ret, sedge_error *err) {
    const sedge_tensor *window = sedge_op_optional(site, WINDOW);
    sedge_status st = SEDGE_OK;
    if (sedge_op_optional(site, FRAME))
        st = sedge_op_constant_int(site, FRAME, "the length of a frame", 1, LENGTH_MAX, ret, err);
    else if (!window)
        st = sedge_fail(err, SEDGE_EINVALID, "neither a window nor the length of a frame");
    else
        *ret = (int64_t)sedge_op_elements(window);
    if (!st && window)
        st = sedge_op_want_type(window, SEDGE_FLOAT32, err);
    if (!st && (*ret > LENGTH_MAX || (window && sedge_op_elements(window) != (size_t)*ret)))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "frames of %lld; the window must be as long, and at most %d",
                        (long long)*ret, LENGTH_MAX);
    return st;
}

static sedge_status load_stft(const sedge_op_site *site, prepared *d, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, SIGNAL);
    int64_t step = 1, n = 1;
    sedge_status st = check_signal(site, 3, err);
    if (!st && x->rank != 3)
        st = sedge_fail(err, SEDGE_EINVALID, "signal '%s' has rank %u, 3 is needed", x->name, x->rank);
    if (!st)
        st = sedge_op_constant_int(site, STEP, "the step", 1, INT32_MAX, &step, err);
    if (!st)
        st = load_frame(site, &n, err);
    if (!st && n > x->dims[1])
        st = sedge_fail(err, SEDGE_EINVALID, "frames of %lld in a signal of %d", (long long)n, x->dims[1]);
    if (!st && site->op->u.dft.onesided && x->dims[2] == 2)
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "half of a complex transform");
    if (st)
        return st;
    *d = (prepared){ .outer = (size_t)x->dims[0],
                     .inner = sedge_op_optional(site, WINDOW) != NULL,
                     .in = (size_t)x->dims[1],
                     .out = site->op->u.dft.onesided ? (size_t)n / 2 + 1 : (size_t)n,
                     .n = (size_t)n,
                     .parts = (size_t)x->dims[2],
                     .frames = ((size_t)x->dims[1] - (size_t)n) / (size_t)step + 1,
                     .step = (size_t)step,
                     .sign = -1,
                     .scale = 1 };
    return SEDGE_OK;
}

sedge_status sedge_op_stft_shape(const sedge_op_site *site, sedge_error *err) {
    prepared d;
    sedge_status st = load_stft(site, &d, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    if (st)
        return st;
    int32_t dims[] = { (int32_t)d.outer, (int32_t)d.frames, (int32_t)d.out, 2 };
    return sedge_op_set_shape(sedge_op_output(site, 0), 4, dims, err);
}

sedge_status sedge_op_stft_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = load_stft(site, d, err);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = run_stft,
                             .data = d,
                             .kernel = "stft_f32",
                             .packed_bytes = 2 * d->n * sizeof *d->circle,
                             .macs = 2 * (uint64_t)sedge_op_elements(sedge_op_output(site, 0)) * d->n };
    return fill_circle(site, d, err);
}
