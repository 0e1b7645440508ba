/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QLINEAR_CONV (x, its scale and zero point, weights, theirs, scale and zero point of y, bias) and CONV_INTEGER (x,
 * weights, their zero points): convolutions of int8 and uint8 whose quantisation lies in inputs. Source: QLinearConv
 * and ConvInteger of ONNX; results are rounded as ONNX Runtime does, by a factor in float32 to the nearest even.
 */
#include "ops/conv_plain.h"
#include "ops/ops.h"

enum { X = 0, X_SCALE = 1, X_ZERO = 2, W = 3, W_SCALE = 4, W_ZERO = 5, Y_SCALE = 6, Y_ZERO = 7, BIAS = 8 };
enum { INTEGER_X = 0, INTEGER_W = 1, INTEGER_X_ZERO = 2, INTEGER_W_ZERO = 3, ABSENT = 255 };

static const sedge_conv_roles qlinear_roles = { X, W, BIAS };
static const sedge_conv_roles integer_roles = { INTEGER_X, INTEGER_W, ABSENT };

static sedge_status check_8bit(const sedge_tensor *t, sedge_error *err) {
    if (t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, int8 or uint8 is needed", t->name,
                      sedge_dtype_name(t->dtype));
}

/* a constant of one element, or of `most`, and of type dtype */
static sedge_status check_numbers(const sedge_op_site *site, uint32_t i, sedge_dtype dtype, size_t most,
                                  sedge_error *err) {
    if (!sedge_op_optional(site, i))
        return SEDGE_OK;
    const sedge_tensor *t = sedge_op_input(site, i);
    sedge_status st = sedge_op_want_type(t, dtype, err);
    if (!st)
        st = sedge_op_constant(site, i, "scales and zero points", err);
    if (!st && sedge_op_elements(t) != 1 && sedge_op_elements(t) != most)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' has %zu values, 1 or %zu are needed", t->name,
                          sedge_op_elements(t), most);
    return st;
}

static sedge_status settle(const sedge_op_site *site, sedge_conv_roles roles, sedge_dtype y_type, sedge_error *err) {
    sedge_conv_shape c;
    sedge_layout layout = { 0 };
    sedge_status st = check_8bit(sedge_op_input(site, roles.x), err);
    if (!st)
        st = check_8bit(sedge_op_input(site, roles.w), err);
    if (!st)
        st = sedge_op_constant(site, roles.w, "the weights", err);
    if (!st && sedge_op_optional(site, roles.b))
        st = sedge_op_constant(site, roles.b, "the bias values", err);
    if (!st && sedge_op_optional(site, roles.b))
        st = sedge_op_want_type(sedge_op_input(site, roles.b), SEDGE_INT32, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), y_type, err);
    if (!st)
        st = sedge_conv_describe_roles(site, roles, false, &c, err);
    if (!st)
        st = sedge_window_layout(&site->op->u.window, c.x, &layout, err);
    return st ? st : sedge_window_output(&layout, c.x, (int32_t)c.out, c.span, sedge_op_output(site, 0), err);
}

sedge_status sedge_op_qlinear_conv_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X), *w = sedge_op_input(site, W),
                       *y_zero = sedge_op_input(site, Y_ZERO);
    size_t out = w->rank ? (size_t)w->dims[0] : 1;
    sedge_status st = check_8bit(y_zero, err);
    if (!st)
        st = check_numbers(site, X_SCALE, SEDGE_FLOAT32, 1, err);
    if (!st)
        st = check_numbers(site, X_ZERO, x->dtype, 1, err);
    if (!st)
        st = check_numbers(site, W_SCALE, SEDGE_FLOAT32, out, err);
    if (!st)
        st = check_numbers(site, W_ZERO, w->dtype, out, err);
    if (!st)
        st = check_numbers(site, Y_SCALE, SEDGE_FLOAT32, 1, err);
    if (!st)
        st = check_numbers(site, Y_ZERO, y_zero->dtype, 1, err);
    return st ? st : settle(site, qlinear_roles, y_zero->dtype, err);
}

sedge_status sedge_op_conv_integer_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, INTEGER_X), *w = sedge_op_input(site, INTEGER_W);
    sedge_status st = check_numbers(site, INTEGER_X_ZERO, x->dtype, 1, err);
    if (!st)
        st = check_numbers(site, INTEGER_W_ZERO, w->dtype, w->rank ? (size_t)w->dims[0] : 1, err);
    return st ? st : settle(site, integer_roles, SEDGE_INT32, err);
}

/* ---- preparation ---- */

static int32_t zero_of(const sedge_tensor *t, size_t i) {
    if (!t)
        return 0;
    i = sedge_op_elements(t) == 1 ? 0 : i;
    return t->dtype == SEDGE_INT8 ? ((const int8_t *)t->data)[i] : ((const uint8_t *)t->data)[i];
}

static float scale_of(const sedge_tensor *t, size_t i) {
    return ((const float *)t->data)[sedge_op_elements(t) == 1 ? 0 : i];
}

static sedge_conv_plain *take(const sedge_op_site *site, sedge_conv_roles roles, uint32_t x_zero, uint32_t w_zero,
                              sedge_conv_shape *c, sedge_error *err) {
    sedge_conv_plain *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (sedge_conv_describe_roles(site, roles, false, c, err) || !d)
        return NULL;
    int32_t *zeros = sedge_pool_take(site->pool, c->out, sizeof *zeros);
    if (!zeros)
        return NULL;
    sedge_conv_plain_fill(c, d);
    d->b_type = SEDGE_INT32;
    d->x_zero = zero_of(sedge_op_optional(site, x_zero), 0);
    for (size_t o = 0; o < c->out; o++)
        zeros[o] = zero_of(sedge_op_optional(site, w_zero), o);
    d->w_zero = zeros;
    return d;
}

static void prepared(const sedge_conv_plain *d, const sedge_conv_shape *c, sedge_prepared *ret) {
    *ret = (sedge_prepared){
        .run = sedge_conv_plain_run, .data = d, .kernel = "conv_8bit_scalar", .macs = sedge_conv_macs(c)
    };
}

sedge_status sedge_op_qlinear_conv_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_conv_shape c;
    sedge_conv_plain *d = take(site, qlinear_roles, X_ZERO, W_ZERO, &c, err);
    float *scale = d ? sedge_pool_take(site->pool, c.out, sizeof *scale) : NULL;
    if (!scale)
        return sedge_op_no_memory(err);
    const sedge_tensor *y_zero = sedge_op_input(site, Y_ZERO);
    float x_scale = scale_of(sedge_op_input(site, X_SCALE), 0), y_scale = scale_of(sedge_op_input(site, Y_SCALE), 0);
    for (size_t o = 0; o < c.out; o++) {
        scale[o] = x_scale * scale_of(sedge_op_input(site, W_SCALE), o) / y_scale;
        if (!(scale[o] >= 0 && scale[o] < 1e30f))
            return sedge_fail(err, SEDGE_EINVALID, "channel %zu: its scales are no positive numbers", o);
    }
    sedge_range r = sedge_dtype_range(y_zero->dtype);
    d->scale = scale;
    d->y_zero = zero_of(y_zero, 0);
    d->low = r.low;
    d->high = r.high;
    d->store = sedge_conv_plain_store_real;
    prepared(d, &c, ret);
    return SEDGE_OK;
}

sedge_status sedge_op_conv_integer_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_conv_shape c;
    sedge_conv_plain *d = take(site, integer_roles, INTEGER_X_ZERO, INTEGER_W_ZERO, &c, err);
    if (!d)
        return sedge_op_no_memory(err);
    d->store = sedge_conv_plain_store_sum;
    prepared(d, &c, ret);
    return SEDGE_OK;
}
