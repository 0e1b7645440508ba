/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV and DEPTHWISE_CONV on int8: micro/conv_s8.h, micro/depthwise_s8.h. A convolution of points is a dense layer; a
 * depthwise one of one channel is a convolution.
 */
#include "compile/emit_window.h"
#include "compile/micro/conv_s8.h"
#include "compile/micro/depthwise_s8.h"
#include "ops/conv.h"

typedef struct conv {
    sedge_conv_shape shape;
    sedge_conv_quant quant;
    sedge_emit_window window;
    bool depthwise; /* of more than one channel */
    size_t in;      /* weights of an output */
} conv;

static sedge_status describe(const sedge_emit_op *o, conv *ret, sedge_error *err) {
    bool depthwise = o->site.op->kind == SEDGE_OP_DEPTHWISE_CONV;
    conv c = { 0 };
    sedge_status st = sedge_emit_want_types(o, SEDGE_INT8, SEDGE_INT8, err);
    if (!st)
        st = sedge_op_want_type(sedge_op_input(&o->site, 1), SEDGE_INT8, err);
    if (!st)
        st = sedge_conv_describe(&o->site, depthwise, &c.shape, err);
    if (!st)
        st = sedge_conv_quant_of(&o->site, &c.shape, &c.quant, err);
    if (!st)
        st = sedge_emit_window_of(c.shape.channels_first, c.shape.space, c.shape.span, &c.window, err);
    if (st)
        return st;
    c.depthwise = depthwise && c.shape.in > 1;
    c.in = c.depthwise ? c.shape.taps : c.shape.taps * c.shape.in;
    if (c.quant.w_zero || (!depthwise && c.shape.groups > 1))
        return sedge_fail(err, SEDGE_EUNSUPPORTED,
                          "groups and weights with a zero point have no kernel for "
                          "microcontrollers");
    *ret = c;
    return SEDGE_OK;
}

static bool needs_columns(const conv *c) {
    return !c->depthwise && !sedge_emit_is_points(&c->window);
}

static sedge_status need(const sedge_emit_op *o, sedge_emit_need *ret, sedge_error *err) {
    conv c;
    sedge_status st = describe(o, &c, err);
    if (st)
        return st;
    if (c.depthwise)
        ret->scratch_bytes = SEDGE_MICRO_DEPTHWISE_SCRATCH(c.in);
    else if (needs_columns(&c))
        ret->scratch_bytes = SEDGE_MICRO_CONV_SCRATCH(c.in);
    else
        ret->scratch_bytes = sedge_emit_dense_scratch(c.in, c.shape.batch * c.shape.y_points);
    return SEDGE_OK;
}

/* from [taps][out] to [out][taps] where the operator is a depthwise one of one channel */
static const int8_t *weights_of(const sedge_emit_op *o, const conv *c) {
    const int8_t *from = c->shape.weights;
    if (c->depthwise || o->site.op->kind == SEDGE_OP_CONV)
        return from;
    int8_t *w = sedge_pool_take(o->e->pool, c->shape.out * c->in, 1);
    for (size_t i = 0; w && i < c->in; i++)
        for (size_t out = 0; out < c->shape.out; out++)
            w[out * c->in + i] = from[i * c->shape.out + out];
    return w;
}

/* the bias with what follows from x's zero point, where the kernel does not subtract it, and the largest sum */
static void fill_sums(const conv *c, const int8_t *weights, int32_t *bias, int64_t *largest) {
    const int32_t *values = c->shape.b ? c->shape.b->data : NULL;
    size_t row = c->depthwise ? 1 : c->in, step = c->depthwise ? c->shape.out : 1;
    int32_t zero = c->quant.x_zero, farthest = zero < 0 ? INT8_MAX - zero : zero - INT8_MIN;
    for (size_t o = 0; o < c->shape.out; o++) {
        int32_t start = values ? values[o] : 0;
        int64_t sum = 0;
        largest[o] = start < 0 ? -(int64_t)start : start;
        for (size_t i = 0; i < c->in; i++) {
            int32_t w = weights[o * row + i * step];
            sum += w;
            largest[o] += (int64_t)farthest * (w < 0 ? -w : w);
        }
        bias[o] = c->depthwise ? start : (int32_t)((uint32_t)start - (uint32_t)(zero * sum));
    }
}

static sedge_status fill_rows(const sedge_emit_op *o, const conv *c, const int8_t *weights, sedge_emit_rows *ret,
                              sedge_error *err) {
    size_t n = c->shape.out;
    int32_t *rows = sedge_pool_take(o->e->pool, 3 * n, sizeof *rows);
    int64_t *largest = sedge_pool_take(o->e->pool, n, sizeof *largest);
    sedge_factor *factors = sedge_pool_take(o->e->pool, n, sizeof *factors);
    if (!rows || !largest || !factors || !weights)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_conv_factors(&c->shape, factors, err);
    if (st)
        return st;
    fill_sums(c, weights, rows, largest);
    for (size_t i = 0; i < n; i++) {
        rows[n + i] = factors[i].multiplier;
        rows[2 * n + i] = factors[i].shift;
    }
    *ret = (sedge_emit_rows){
        n, rows, rows + n, rows + 2 * n, largest, c->quant.y_zero, c->quant.y_range.low, c->quant.y_range.high
    };
    return SEDGE_OK;
}

static void write_depthwise(const sedge_emit_op *o, const conv *c, const sedge_emit_rows *r) {
    sedge_buf *b = &o->e->constants;
    sedge_emit_use(o->e, "sedge_depthwise_s8.h");
    sedge_buf_printf(b,
                     "static const sedge_micro_depthwise_s8 op_%u = {\n    .batch = %zu, .channels = %zu, "
                     ".multiplier = %zu, .x_zero = %d, .weights = weights_%u,\n",
                     o->index, c->shape.batch, c->shape.in, c->shape.out / c->shape.in, c->quant.x_zero, o->index);
    sedge_emit_window_fields(o->e, &c->window);
    sedge_emit_row_fields(o, r);
    sedge_buf_text(b, "};\n");
    sedge_buf_printf(&o->e->calls, "    sedge_micro_run_depthwise_s8(&op_%u, %s, %s, %s);\n", o->index,
                     sedge_emit_input(o, 0), sedge_emit_output(o, 0), sedge_emit_scratch(o));
}

static void write_windows(const sedge_emit_op *o, const conv *c, const sedge_emit_rows *r) {
    sedge_buf *b = &o->e->constants;
    sedge_emit_use(o->e, "sedge_conv_s8.h");
    sedge_buf_printf(b,
                     "static const sedge_micro_conv_s8 op_%u = {\n    .batch = %zu, .channels = %zu, .x_zero = %d,\n",
                     o->index, c->shape.batch, c->shape.in, c->quant.x_zero);
    sedge_emit_window_fields(o->e, &c->window);
    sedge_buf_printf(b, "    .dense = { .in = %zu, .out = %zu, .weights = weights_%u,\n", c->in, c->shape.out,
                     o->index);
    sedge_emit_row_fields(o, r);
    sedge_buf_text(b, "    },\n};\n");
    sedge_buf_printf(&o->e->calls, "    sedge_micro_run_conv_s8(&op_%u, %s, %s, %s);\n", o->index,
                     sedge_emit_input(o, 0), sedge_emit_output(o, 0), sedge_emit_scratch(o));
}

static sedge_status write(const sedge_emit_op *o, sedge_error *err) {
    conv c;
    sedge_emit_rows r;
    sedge_status st = describe(o, &c, err);
    if (st)
        return st;
    const int8_t *weights = weights_of(o, &c);
    st = fill_rows(o, &c, weights, &r, err);
    if (st)
        return st;
    sedge_emit_array(o, "weights", SEDGE_INT8, weights, c.shape.out * c.in);
    sedge_emit_row_arrays(o, &r);
    if (c.depthwise)
        write_depthwise(o, &c, &r);
    else if (needs_columns(&c))
        write_windows(o, &c, &r);
    else
        sedge_emit_dense(o, c.in, c.shape.batch * c.shape.y_points, &r);
    return SEDGE_OK;
}

const sedge_emitter sedge_emitter_conv = { need, write };
