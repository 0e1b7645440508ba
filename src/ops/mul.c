/* SPDX-License-Identifier: Apache-2.0 */
/* MUL with broadcasting, float32 and int8. Source: the reference kernels of TensorFlow Lite Micro. */
#include "ops/binary.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_binary walk;
    float low, high;
    int32_t a_zero, b_zero, y_zero;
    sedge_factor factor;
    sedge_range range;
} prepared;

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *a = call->inputs[0], *b = call->inputs[1];
    float *y = call->outputs[0];
    const sedge_binary *w = &d->walk;
    size_t index[SEDGE_RANK_MAX] = { 0 }, last = w->rank - 1;
    sedge_binary_row row = { 0 };
    do {
        for (size_t i = 0; i < w->dims[last]; i++) {
            float v = a[row.a + i * w->step_a[last]] * b[row.b + i * w->step_b[last]];
            v = v < d->low ? d->low : v;
            y[row.y + i] = v > d->high ? d->high : v;
        }
    } while (sedge_binary_next(w, index, &row));
}

static void run_s8(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int8_t *a = call->inputs[0], *b = call->inputs[1];
    int8_t *y = call->outputs[0];
    const sedge_binary *w = &d->walk;
    size_t index[SEDGE_RANK_MAX] = { 0 }, last = w->rank - 1;
    sedge_binary_row row = { 0 };
    do {
        for (size_t i = 0; i < w->dims[last]; i++) {
            int32_t product =
                (a[row.a + i * w->step_a[last]] - d->a_zero) * (b[row.b + i * w->step_b[last]] - d->b_zero);
            int64_t v = (int64_t)sedge_scale(product, d->factor) + d->y_zero;
            y[row.y + i] = (int8_t)(v < d->range.low ? d->range.low : v > d->range.high ? d->range.high : v);
        }
    } while (sedge_binary_next(w, index, &row));
}

sedge_status sedge_op_mul_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_binary_shape(site, err);
}

static sedge_status init_s8(prepared *d, const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    double real = (double)a->quant.scales[0] * (double)b->quant.scales[0] / (double)y->quant.scales[0];
    if (!sedge_factor_of(real, &d->factor))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s', '%s' and '%s' are too far apart", a->name,
                          b->name, y->name);
    d->a_zero = sedge_zero_point(a);
    d->b_zero = sedge_zero_point(b);
    d->y_zero = sedge_zero_point(y);
    d->range = sedge_activation_range(site->op->activation, y);
    return SEDGE_OK;
}

sedge_status sedge_op_mul_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->walk = sedge_binary_walk(a, b, y);
    sedge_activation_range_f32(site->op->activation, &d->low, &d->high);
    bool int8 = a->dtype == SEDGE_INT8;
    sedge_status st = int8 ? init_s8(d, site, err) : SEDGE_OK;
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = int8 ? run_s8 : run_f32,
                             .data = d,
                             .kernel = int8 ? "mul_s8_scalar" : "mul_f32_scalar",
                             .macs = d->walk.n,
                             .in_place = sedge_binary_in_place(a, y) };
    return SEDGE_OK;
}
