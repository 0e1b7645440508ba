/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/conv_plain.h"

#include "base/exact_math.h"

/* ---- layouts ---- */

static void fill_places(sedge_conv_steps *s, size_t step, const int32_t *sizes) {
    for (uint32_t d = SEDGE_SPACE_MAX; d-- > 0;) {
        s->place[d] = step;
        step *= (size_t)sizes[d];
    }
}

void sedge_conv_plain_fill(const sedge_conv_shape *c, sedge_conv_plain *ret) {
    static const sedge_span one = { 1, 1, 1, 1, 1, 0, 0 };
    sedge_conv_plain d = { .transposed = c->transposed,
                           .x_type = c->x->dtype,
                           .w_type = c->w->dtype,
                           .pictures = c->batch,
                           .groups = c->groups,
                           .in = c->in / c->groups,
                           .out = c->out / c->groups,
                           .weights = c->weights,
                           .bias = c->b ? c->b->data : NULL,
                           .b_type = c->b ? c->b->dtype : c->x->dtype };
    int32_t x_sizes[SEDGE_SPACE_MAX], y_sizes[SEDGE_SPACE_MAX], kernel[SEDGE_SPACE_MAX];
    for (uint32_t i = 0; i < SEDGE_SPACE_MAX; i++) {
        uint32_t unused = SEDGE_SPACE_MAX - c->space;
        d.span[i] = i < unused ? one : c->span[i - unused];
        x_sizes[i] = c->transposed ? d.span[i].out : d.span[i].in;
        y_sizes[i] = c->transposed ? d.span[i].in : d.span[i].out;
        kernel[i] = d.span[i].kernel;
    }
    bool first = c->channels_first;
    d.x = (sedge_conv_steps){ c->in * c->x_points, d.in * (first ? c->x_points : 1), first ? c->x_points : 1, { 0 } };
    d.y = (sedge_conv_steps){ c->out * c->y_points, d.out * (first ? c->y_points : 1), first ? c->y_points : 1, { 0 } };
    fill_places(&d.x, first ? 1 : c->in, x_sizes);
    fill_places(&d.y, first ? 1 : c->out, y_sizes);
    if (c->depthwise) /* [taps][out] */
        d.w = (sedge_conv_steps){ 1, d.out, 0, { 0 } };
    else if (first && c->transposed) /* [in][out of the group][taps] */
        d.w = (sedge_conv_steps){ c->taps, d.in * d.out * c->taps, d.out * c->taps, { 0 } };
    else if (first) /* [out][in of the group][taps] */
        d.w = (sedge_conv_steps){ d.in * c->taps, d.out * d.in * c->taps, c->taps, { 0 } };
    else /* [out][taps][in of the group] */
        d.w = (sedge_conv_steps){ d.in * c->taps, d.out * d.in * c->taps, 1, { 0 } };
    fill_places(&d.w, c->depthwise ? c->out : first ? 1 : d.in, kernel);
    *ret = d;
}

/* ---- sums ---- */

typedef struct sum {
    int64_t integer;
    float real;
} sum;

static int32_t load(sedge_dtype dtype, const void *p, size_t i) {
    switch (dtype) {
    case SEDGE_INT8:
        return ((const int8_t *)p)[i];
    case SEDGE_UINT8:
        return ((const uint8_t *)p)[i];
    default:
        return ((const int16_t *)p)[i];
    }
}

/* all channels of one tap */
static void add_tap(const sedge_conv_plain *d, const void *x, size_t x_at, size_t w_at, int32_t w_zero, sum *s) {
    if (!d->store) {
        const float *from = (const float *)x + x_at, *w = (const float *)d->weights + w_at;
        for (size_t c = 0; c < d->in; c++)
            s->real += from[c * d->x.channel] * w[c * d->w.channel];
        return;
    }
    for (size_t c = 0; c < d->in; c++) {
        int32_t xc = load(d->x_type, x, x_at + c * d->x.channel),
                wc = load(d->w_type, d->weights, w_at + c * d->w.channel);
        s->integer += (int64_t)(xc - d->x_zero) * (wc - w_zero);
    }
}

/* the place of x that tap k of output place o sees; -1: none */
static int32_t source(const sedge_conv_plain *d, const sedge_span *s, int32_t o, int32_t k) {
    if (!d->transposed) {
        int32_t i = o * s->stride - s->before + k * s->dilation;
        return i < 0 || i >= s->in ? -1 : i;
    }
    int32_t t = o + s->before - k * s->dilation;
    return t < 0 || t % s->stride != 0 || t / s->stride >= s->out ? -1 : t / s->stride;
}

static sum sum_window(const sedge_conv_plain *d, const void *x, size_t x_at, size_t w_at, int32_t w_zero,
                      const int32_t *o) {
    sum s = { 0 };
    int32_t k[SEDGE_SPACE_MAX], i[SEDGE_SPACE_MAX];
    for (k[0] = 0; k[0] < d->span[0].kernel; k[0]++) {
        if ((i[0] = source(d, &d->span[0], o[0], k[0])) < 0)
            continue;
        for (k[1] = 0; k[1] < d->span[1].kernel; k[1]++) {
            if ((i[1] = source(d, &d->span[1], o[1], k[1])) < 0)
                continue;
            for (k[2] = 0; k[2] < d->span[2].kernel; k[2]++) {
                if ((i[2] = source(d, &d->span[2], o[2], k[2])) < 0)
                    continue;
                size_t xi = x_at, wi = w_at;
                for (uint32_t n = 0; n < SEDGE_SPACE_MAX; n++) {
                    xi += (size_t)i[n] * d->x.place[n];
                    wi += (size_t)k[n] * d->w.place[n];
                }
                add_tap(d, x, xi, wi, w_zero, &s);
            }
        }
    }
    return s;
}

/* ---- results ---- */

void sedge_conv_plain_store_scaled(const sedge_conv_plain *d, int64_t s, size_t o, void *y, size_t at) {
    int32_t scaled = sedge_scale((int32_t)(uint32_t)(uint64_t)s, d->factor[o]);
    int32_t v = sedge_clamp((int32_t)((uint32_t)scaled + (uint32_t)d->y_zero), d->low, d->high);
    if (d->x_type == SEDGE_INT16)
        ((int16_t *)y)[at] = (int16_t)v;
    else
        ((uint8_t *)y)[at] = (uint8_t)v;
}

void sedge_conv_plain_store_wide(const sedge_conv_plain *d, int64_t s, size_t o, void *y, size_t at) {
    sedge_factor f = d->factor[o];
    int32_t reduced = f.multiplier < 0x7fff0000 ? (f.multiplier + (1 << 15)) >> 16 : 0x7fff;
    int32_t shift = 15 - f.shift;
    int64_t v = (int64_t)((uint64_t)s * (uint64_t)(int64_t)reduced + (UINT64_C(1) << (shift - 1))) >> shift;
    ((int16_t *)y)[at] = (int16_t)(v < d->low ? d->low : v > d->high ? d->high : v);
}

void sedge_conv_plain_store_real(const sedge_conv_plain *d, int64_t s, size_t o, void *y, size_t at) {
    double v = sedge_round_even((double)((float)s * d->scale[o])) + d->y_zero;
    ((uint8_t *)y)[at] = (uint8_t)(int32_t)(v < d->low ? d->low : v > d->high ? d->high : v);
}

void sedge_conv_plain_store_sum(const sedge_conv_plain *d, int64_t s, size_t o, void *y, size_t at) {
    (void)d;
    (void)o;
    ((int32_t *)y)[at] = (int32_t)(uint32_t)(uint64_t)s;
}

static int64_t bias_at(const sedge_conv_plain *d, size_t o) {
    if (!d->bias)
        return 0;
    return d->b_type == SEDGE_INT64 ? ((const int64_t *)d->bias)[o] : ((const int32_t *)d->bias)[o];
}

static void store(const sedge_conv_plain *d, sum s, size_t o, void *y, size_t at) {
    if (d->store) {
        d->store(d, (int64_t)((uint64_t)s.integer + (uint64_t)bias_at(d, o)), o, y, at);
        return;
    }
    float v = s.real + (d->bias ? ((const float *)d->bias)[o] : 0);
    v = v < d->low_f32 ? d->low_f32 : v; /* NaN stays */
    ((float *)y)[at] = v > d->high_f32 ? d->high_f32 : v;
}

/* all places of one output channel */
static void run_channel(const sedge_conv_plain *d, const void *x, size_t x_at, size_t group, size_t c, void *y,
                        size_t y_at) {
    size_t channel = group * d->out + c, w_at = group * d->w.group + c * d->w.picture;
    int32_t o[SEDGE_SPACE_MAX], ends[SEDGE_SPACE_MAX];
    for (uint32_t i = 0; i < SEDGE_SPACE_MAX; i++)
        ends[i] = d->transposed ? d->span[i].in : d->span[i].out;
    for (o[0] = 0; o[0] < ends[0]; o[0]++)
        for (o[1] = 0; o[1] < ends[1]; o[1]++)
            for (o[2] = 0; o[2] < ends[2]; o[2]++) {
                size_t at = y_at;
                for (uint32_t i = 0; i < SEDGE_SPACE_MAX; i++)
                    at += (size_t)o[i] * d->y.place[i];
                store(d, sum_window(d, x, x_at, w_at, d->w_zero ? d->w_zero[channel] : 0, o), channel, y, at);
            }
}

void sedge_conv_plain_run(const sedge_op_call *call) {
    const sedge_conv_plain *d = call->prepared;
    for (size_t i = 0; i < d->pictures; i++)
        for (size_t g = 0; g < d->groups; g++)
            for (size_t c = 0; c < d->out; c++)
                run_channel(d, call->inputs[0], i * d->x.picture + g * d->x.group, g, c, call->outputs[0],
                            i * d->y.picture + g * d->y.group + c * d->y.channel);
}

/* ---- int16 ---- */

sedge_status sedge_conv_prepare_s16(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                    sedge_error *err) {
    sedge_conv_quant q;
    sedge_status st = sedge_conv_quant_of(site, c, &q, err);
    if (st)
        return st;
    if (q.x_zero || q.y_zero)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "int16 with a zero point that is not 0");
    if (c->depthwise && c->b && c->b->dtype != SEDGE_INT64)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "depthwise on int16 with a bias of 32 bits");
    sedge_conv_plain *d = sedge_pool_take(site->pool, 1, sizeof *d);
    sedge_factor *factor = sedge_pool_take(site->pool, c->out, sizeof *factor);
    if (!d || !factor)
        return sedge_op_no_memory(err);
    st = sedge_conv_factors(c, factor, err);
    if (st)
        return st;
    sedge_conv_plain_fill(c, d);
    bool wide = c->transposed || c->depthwise || (c->b && d->b_type == SEDGE_INT64);
    for (size_t o = 0; wide && o < c->out; o++)
        if (factor[o].shift > 7)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "channel %zu: a factor of 2^%d in 64 bits", o, factor[o].shift);
    d->factor = factor;
    d->low = q.y_range.low;
    d->high = q.y_range.high;
    d->store = wide ? sedge_conv_plain_store_wide : sedge_conv_plain_store_scaled;
    *ret = (sedge_prepared){ .run = sedge_conv_plain_run,
                             .data = d,
                             .kernel = "conv_s16_scalar",
                             .packed_bytes = c->out * sizeof *factor,
                             .macs = sedge_conv_macs(c) };
    return SEDGE_OK;
}
