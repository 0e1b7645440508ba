/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV_TRANSPOSE on float32, int8, uint8 and int16: see model/graph.h. Source: the reference kernels of TensorFlow Lite
 * Micro (TRANSPOSE_CONV); ConvTranspose of ONNX.
 */
#include "ops/conv_plain.h"
#include "ops/ops.h"

/* the span of the convolution that takes y to x */
static sedge_status settle(const sedge_window *w, uint32_t d, int32_t x, int32_t kernel, sedge_span *ret,
                           sedge_error *err) {
    int64_t stride = w->stride[d], dilation = w->dilation[d], extra = w->extra[d], before = 0, after = 0;
    if (kernel < 1 || stride < 1 || dilation < 1 || extra < 0 || extra > SEDGE_SPAN_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "window %d, stride %d, dilation %d, padding of the output %d", kernel,
                          w->stride[d], w->dilation[d], w->extra[d]);
    int64_t reach = (kernel - 1) * dilation + 1, covered = (x - 1) * stride + reach, y;
    if (w->out[d] || w->padding == SEDGE_PADDING_SAME || w->padding == SEDGE_PADDING_SAME_LOWER) {
        y = w->out[d] ? w->out[d] : x * stride;
        int64_t total = covered + extra - y;
        total = total > 0 ? total : 0;
        before = w->padding == SEDGE_PADDING_SAME_LOWER ? total - total / 2 : total / 2;
    } else {
        before = w->padding == SEDGE_PADDING_EXPLICIT ? w->pad_before[d] : 0;
        after = w->padding == SEDGE_PADDING_EXPLICIT ? w->pad_after[d] : 0;
        y = covered + extra - before - after;
    }
    if (before < 0 || after < 0 || y < 1)
        return sedge_fail(err, SEDGE_EINVALID, "an output of %lld places with a padding of %lld before", (long long)y,
                          (long long)before);
    if (covered > SEDGE_SPAN_MAX || y > SEDGE_SPAN_MAX || before > SEDGE_SPAN_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "an output dimension is larger than %d", SEDGE_SPAN_MAX);
    *ret = (sedge_span){ (int32_t)y, x, kernel, w->stride[d], w->dilation[d], (int32_t)before, 0 };
    return SEDGE_OK;
}

static sedge_status settle_all(const sedge_window *w, const sedge_layout *layout, sedge_conv_shape *c,
                               sedge_error *err) {
    c->taps = c->x_points = c->y_points = 1;
    for (uint32_t d = 0; d < c->space; d++) {
        uint32_t at = layout->first + d;
        sedge_status st = settle(w, d, c->x->dims[at], c->w->dims[at], &c->span[d], err);
        if (st)
            return sedge_wrap(err, st, "spatial dimension %u of '%s'", d, c->x->name);
        c->taps *= (size_t)c->span[d].kernel;
        c->x_points *= (size_t)c->span[d].out;
        c->y_points *= (size_t)c->span[d].in;
    }
    return SEDGE_OK;
}

static sedge_status describe(const sedge_op_site *site, sedge_layout *layout, sedge_conv_shape *ret, sedge_error *err) {
    const sedge_window *w = &site->op->u.window;
    sedge_conv_shape c = { .x = sedge_op_input(site, 0),
                           .w = sedge_op_input(site, 1),
                           .b = sedge_op_optional(site, 2),
                           .y = sedge_op_output(site, 0),
                           .channels_first = w->channels_first,
                           .transposed = true };
    sedge_status st = sedge_window_layout(w, c.x, layout, err);
    if (st)
        return st;
    uint32_t in_at = w->channels_first ? 0 : layout->channels, out_at = w->channels_first ? 1 : 0;
    if (c.w->rank != c.x->rank || c.w->dims[in_at] != c.x->dims[layout->channels])
        return sedge_fail(err, SEDGE_EINVALID, "the weights, tensor '%s', do not fit the %d channels of '%s'",
                          c.w->name, c.x->dims[layout->channels], c.x->name);
    c.space = layout->space;
    c.batch = (size_t)c.x->dims[0];
    c.in = (size_t)c.x->dims[layout->channels];
    c.groups = w->groups > 0 ? (size_t)w->groups : 1;
    c.out = (size_t)c.w->dims[out_at] * c.groups;
    c.weights = c.w->data;
    if (c.in % c.groups || c.out > INT32_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "%zu groups of %zu channels", c.groups, c.in);
    if (c.b && sedge_op_elements(c.b) != c.out)
        return sedge_fail(err, SEDGE_EINVALID, "the bias, tensor '%s', has %zu values for %zu channels", c.b->name,
                          sedge_op_elements(c.b), c.out);
    st = settle_all(w, layout, &c, err);
    *ret = c;
    return st;
}

static sedge_status check_types(const sedge_op_site *site, sedge_error *err) {
    sedge_status st = sedge_op_constant(site, 1, "the weights", err);
    if (!st && sedge_op_optional(site, 2))
        st = sedge_op_constant(site, 2, "the bias values", err);
    return st ? st : sedge_conv_check_types(site, err);
}

sedge_status sedge_op_conv_transpose_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_conv_shape c;
    sedge_layout layout = { 0 };
    sedge_status st = check_types(site, err);
    if (!st)
        st = describe(site, &layout, &c, err);
    if (st)
        return st;
    int32_t dims[SEDGE_RANK_MAX] = { c.x->dims[0] };
    dims[layout.channels] = (int32_t)c.out;
    for (uint32_t d = 0; d < c.space; d++)
        dims[layout.first + d] = c.span[d].in;
    return sedge_op_set_shape(sedge_op_output(site, 0), c.x->rank, dims, err);
}

/* ---- preparation ---- */

static sedge_status prepare_8bit(const sedge_op_site *site, const sedge_conv_shape *c, sedge_conv_plain *d,
                                 sedge_error *err) {
    sedge_conv_quant q;
    sedge_status st = sedge_conv_quant_of(site, c, &q, err);
    if (st)
        return st;
    sedge_factor *factor = sedge_pool_take(site->pool, c->out, sizeof *factor);
    int32_t *w_zero = sedge_pool_take(site->pool, c->out, sizeof *w_zero);
    if (!factor || !w_zero)
        return sedge_op_no_memory(err);
    for (size_t o = 0; o < c->out; o++)
        w_zero[o] = q.w_zero + q.w_flip;
    d->factor = factor;
    d->w_zero = w_zero;
    d->x_zero = q.x_zero + q.x_flip;
    d->y_zero = q.y_zero + q.y_flip;
    d->low = q.y_range.low + q.y_flip;
    d->high = q.y_range.high + q.y_flip;
    d->store = sedge_conv_plain_store_scaled;
    return sedge_conv_factors(c, factor, err);
}

sedge_status sedge_op_conv_transpose_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_conv_shape c;
    sedge_layout layout;
    sedge_status st = describe(site, &layout, &c, err);
    if (st)
        return st;
    if (c.x->dtype == SEDGE_INT16)
        return sedge_conv_prepare_s16(site, &c, ret, err);
    sedge_conv_plain *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_conv_plain_fill(&c, d);
    sedge_activation_range_f32(site->op->activation, &d->low_f32, &d->high_f32);
    if (c.x->dtype != SEDGE_FLOAT32)
        st = prepare_8bit(site, &c, d, err);
    *ret = (sedge_prepared){
        .run = sedge_conv_plain_run, .data = d, .kernel = "conv_transpose_scalar", .macs = sedge_conv_macs(&c)
    };
    return st;
}
