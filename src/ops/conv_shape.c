/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/own.h"
#include "ops/conv.h"

/* weights [out, ..., in / groups], or with the channels first [out, in / groups, ...]; depthwise [1, ..., out] */
static sedge_status describe_channels(const sedge_window *w, const sedge_layout *layout, sedge_conv_shape *c,
                                      sedge_error *err) {
    uint32_t last = layout->channels;
    c->in = (size_t)c->x->dims[last];
    c->out = (size_t)c->w->dims[c->depthwise ? last : 0];
    size_t seen = (size_t)(c->depthwise ? 1 : c->w->dims[last]);
    c->groups = c->in / seen;
    bool fits = c->in % seen == 0 && c->out % c->groups == 0 && (!c->depthwise || c->w->dims[0] == 1) &&
                (w->groups == 0 || c->depthwise || c->groups == (size_t)w->groups);
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "the weights, tensor '%s', do not fit the %zu channels of '%s'",
                          c->w->name, c->in, c->x->name);
    return SEDGE_OK;
}

static sedge_status describe_bias(const sedge_conv_shape *c, sedge_error *err) {
    if (c->b && sedge_op_elements(c->b) != c->out)
        return sedge_fail(err, SEDGE_EINVALID, "the bias, tensor '%s', has %zu values for %zu channels", c->b->name,
                          sedge_op_elements(c->b), c->out);
    return SEDGE_OK;
}

static void count_points(sedge_conv_shape *c) {
    c->taps = c->x_points = c->y_points = 1;
    for (uint32_t d = 0; d < c->space; d++) { /* they divide the sizes of tensors, but for y, which is checked later */
        c->taps *= (size_t)c->span[d].kernel;
        c->x_points *= (size_t)c->span[d].in;
        c->y_points *= (size_t)c->span[d].out;
    }
}

sedge_status sedge_conv_describe_roles(const sedge_op_site *site, sedge_conv_roles roles, bool depthwise,
                                       sedge_conv_shape *ret, sedge_error *err) {
    const sedge_window *window = &site->op->u.window;
    sedge_conv_shape c = { .x = sedge_op_input(site, roles.x),
                           .w = sedge_op_input(site, roles.w),
                           .b = sedge_op_optional(site, roles.b),
                           .y = sedge_op_output(site, 0),
                           .depthwise = depthwise,
                           .channels_first = window->channels_first };
    sedge_layout layout = { 0 };
    sedge_status st = sedge_window_layout(window, c.x, &layout, err);
    if (st)
        return st;
    if (c.w->rank != c.x->rank)
        return sedge_fail(err, SEDGE_EINVALID, "the weights, tensor '%s', have rank %u, %u is needed", c.w->name,
                          c.w->rank, c.x->rank);
    c.space = layout.space;
    c.batch = (size_t)c.x->dims[0];
    st = describe_channels(window, &layout, &c, err);
    if (!st)
        st = describe_bias(&c, err);
    if (!st)
        st = sedge_window_settle(window, c.x, c.w->dims + layout.first, c.span, err);
    if (st)
        return st;
    count_points(&c);
    c.weights = c.w->data;
    *ret = c;
    return SEDGE_OK;
}

sedge_status sedge_conv_describe(const sedge_op_site *site, bool depthwise, sedge_conv_shape *ret, sedge_error *err) {
    return sedge_conv_describe_roles(site, (sedge_conv_roles){ 0, 1, 2 }, depthwise, ret, err);
}

/* int16 has biases of 32 or of 64 bits */
static sedge_status check_bias_type(const sedge_tensor *x, const sedge_tensor *b, sedge_error *err) {
    if (x->dtype == SEDGE_INT16 && b->dtype == SEDGE_INT64)
        return SEDGE_OK;
    return sedge_op_want_type(b, x->dtype == SEDGE_FLOAT32 ? SEDGE_FLOAT32 : SEDGE_INT32, err);
}

sedge_status sedge_conv_check_types(const sedge_op_site *site, sedge_error *err) {
    static const struct {
        sedge_dtype x, w;
    } rows[] = { { SEDGE_FLOAT32, SEDGE_FLOAT32 },
                 { SEDGE_INT8, SEDGE_INT8 },
                 { SEDGE_UINT8, SEDGE_UINT8 },
                 { SEDGE_INT16, SEDGE_INT8 } };
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *b = sedge_op_optional(site, 2);
    size_t i = 0;
    while (i < SEDGE_COUNT(rows) && (rows[i].x != x->dtype || rows[i].w != w->dtype))
        i++;
    bool hybrid = site->op->kind == SEDGE_OP_CONV && x->dtype == SEDGE_FLOAT32 && w->dtype == SEDGE_INT8;
    if (i == SEDGE_COUNT(rows) && !hybrid)
        return sedge_op_bad_types(x, w, err);
    sedge_status st = b ? check_bias_type(x, b, err) : SEDGE_OK;
    return st ? st : sedge_op_set_type(sedge_op_output(site, 0), x->dtype, err);
}

sedge_status sedge_conv_settle(const sedge_op_site *site, bool depthwise, sedge_error *err) {
    sedge_conv_shape c;
    sedge_layout layout = { 0 };
    sedge_status st = sedge_op_constant(site, 1, "the weights", err);
    if (!st && sedge_op_optional(site, 2))
        st = sedge_op_constant(site, 2, "the bias values", err);
    if (!st)
        st = sedge_conv_check_types(site, err);
    if (!st)
        st = sedge_conv_describe(site, depthwise, &c, err);
    if (!st)
        st = sedge_window_layout(&site->op->u.window, c.x, &layout, err);
    return st ? st : sedge_window_output(&layout, c.x, (int32_t)c.out, c.span, sedge_op_output(site, 0), err);
}

uint64_t sedge_conv_macs(const sedge_conv_shape *c) {
    size_t n;
    bool fits = sedge_mul_size(c->batch, c->transposed ? c->x_points : c->y_points, &n) &&
                sedge_mul_size(n, c->out, &n) && sedge_mul_size(n, c->taps, &n) &&
                sedge_mul_size(n, c->in / c->groups, &n);
    return fits ? n : UINT64_MAX;
}

/* ---- pictures ---- */

void sedge_conv_rows(const sedge_conv_shape *c, sedge_rows *ret) {
    static const sedge_span one = { 1, 1, 1, 1, 1, 0, 0 };
    const sedge_span *last = &c->span[c->space - 1];
    bool column = c->space == 2 && last->in == 1 && last->kernel == 1 && last->out == 1;
    *ret = (sedge_rows){ .down = c->space == 2 && !column ? c->span[0] : one,
                         .across = column ? c->span[0] : *last,
                         .channels = c->in,
                         .repeat = 1,
                         .phases = 1 };
}

bool sedge_conv_is_points(const sedge_conv_shape *c) {
    for (uint32_t d = 0; d < c->space; d++)
        if (c->span[d].kernel != 1 || c->span[d].stride != 1 || !sedge_rows_fit(&c->span[d]))
            return false;
    return true;
}

size_t sedge_conv_cut_points(const sedge_conv_shape *c, size_t pixels, sedge_rows *r) {
    size_t all = c->batch * c->x_points;
    r->down.in = r->down.out = 1;
    r->across.in = r->across.out = (int32_t)(pixels < all ? pixels : all);
    return all;
}

void *sedge_conv_transposed(const sedge_conv_shape *c) {
    size_t size = sedge_dtype_size(c->w->dtype);
    const uint8_t *from = c->weights;
    uint8_t *to = malloc(c->taps * c->out * size);
    for (size_t i = 0; to && i < c->taps * c->out; i++)
        memcpy(to + (i % c->out * c->taps + i / c->out) * size, from + i * size, size);
    return to;
}

/* ---- quantisation ---- */

static sedge_status check_weight_scales(const sedge_conv_shape *c, sedge_error *err) {
    const sedge_quant *q = &c->w->quant;
    uint32_t axis = c->depthwise ? c->w->rank - 1 : 0;
    if (q->count != 1 && (q->axis != axis || q->count != c->out))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have %u scales along dimension %u",
                          c->w->name, q->count, q->axis);
    sedge_range r = sedge_dtype_range(c->w->dtype);
    for (uint32_t i = 0; q->zero_points && i < q->count; i++) {
        bool fits = c->w->dtype == SEDGE_INT8 ? q->zero_points[i] == 0
                                              : q->zero_points[i] == q->zero_points[0] && q->zero_points[i] >= r.low &&
                                                    q->zero_points[i] <= r.high;
        if (!fits)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have zero point %d", c->w->name,
                              q->zero_points[i]);
    }
    return SEDGE_OK;
}

static uint8_t flip_of(const sedge_tensor *t) {
    return t->dtype == SEDGE_UINT8 ? 0x80 : 0;
}

sedge_status sedge_conv_quant_of(const sedge_op_site *site, const sedge_conv_shape *c, sedge_conv_quant *ret,
                                 sedge_error *err) {
    sedge_status st = sedge_op_want_quant(c->x, err);
    if (!st)
        st = sedge_op_want_quant(c->y, err);
    if (!st)
        st = check_weight_scales(c, err);
    if (st)
        return st;
    sedge_conv_quant q = { .x_flip = flip_of(c->x), .w_flip = flip_of(c->w), .y_flip = flip_of(c->y) };
    q.x_zero = sedge_zero_point(c->x) - q.x_flip;
    q.w_zero = sedge_zero_point(c->w) - q.w_flip;
    q.y_zero = sedge_zero_point(c->y) - q.y_flip;
    q.y_range = sedge_activation_range(site->op->activation, c->y);
    q.y_range.low -= q.y_flip;
    q.y_range.high -= q.y_flip;
    *ret = q;
    return SEDGE_OK;
}

/* uint8 multiplies its scales in float32, int8 in float64: as the reference does */
static double factor_of(const sedge_conv_shape *c, size_t o) {
    float x_scale = c->x->quant.scales[0], w_scale = c->w->quant.scales[c->w->quant.count == 1 ? 0 : o];
    float product = x_scale * w_scale;
    double y_scale = (double)c->y->quant.scales[0];
    return c->x->dtype == SEDGE_UINT8 ? (double)product / y_scale : (double)x_scale * (double)w_scale / y_scale;
}

sedge_status sedge_conv_factors(const sedge_conv_shape *c, sedge_factor *ret, sedge_error *err) {
    for (size_t o = 0; o < c->out; o++)
        if (!sedge_factor_of(factor_of(c, o), &ret[o]))
            return sedge_fail(err, SEDGE_EUNSUPPORTED,
                              "channel %zu: the scales of '%s' and '%s' are too far from the output's", o, c->x->name,
                              c->w->name);
    return SEDGE_OK;
}
