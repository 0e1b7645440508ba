/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/sum.h"

#include "ops/binary.h"

enum { LEFT_SHIFT = 20 };

typedef struct prepared {
    sedge_binary walk;
    float sign_f32, low, high;
    int32_t sign;
    int32_t a_zero, b_zero, y_zero;
    sedge_factor a, b, y;
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
            float v = a[row.a + i * w->step_a[last]] + d->sign_f32 * b[row.b + i * w->step_b[last]];
            v = v < d->low ? d->low : v;
            y[row.y + i] = v > d->high ? d->high : v;
        }
    } while (sedge_binary_next(w, index, &row));
}

static int32_t wide(int32_t q, int32_t zero, sedge_factor f) {
    return sedge_scale((q - zero) * (1 << LEFT_SHIFT), f);
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
            int32_t sum = wide(a[row.a + i * w->step_a[last]], d->a_zero, d->a) +
                          d->sign * wide(b[row.b + i * w->step_b[last]], d->b_zero, d->b);
            y[row.y + i] = (int8_t)sedge_clamp(sedge_scale(sum, d->y) + d->y_zero, d->range.low, d->range.high);
        }
    } while (sedge_binary_next(w, index, &row));
}

static bool factor_below_one(double real, sedge_factor *ret) {
    return real > 0 && real < 1 && sedge_factor_of(real, ret) && ret->shift <= 0;
}

static sedge_status init_s8(prepared *d, const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    float a_scale = a->quant.scales[0], b_scale = b->quant.scales[0];
    double twice_larger = 2 * (double)(a_scale > b_scale ? a_scale : b_scale);
    if (!factor_below_one((double)a_scale / twice_larger, &d->a) ||
        !factor_below_one((double)b_scale / twice_larger, &d->b) ||
        !factor_below_one(twice_larger / ((1 << LEFT_SHIFT) * (double)y->quant.scales[0]), &d->y))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s', '%s' and '%s' are too far apart", a->name,
                          b->name, y->name);
    d->a_zero = sedge_zero_point(a);
    d->b_zero = sedge_zero_point(b);
    d->y_zero = sedge_zero_point(y);
    d->range = sedge_activation_range(site->op->activation, y);
    return SEDGE_OK;
}

sedge_status sedge_sum_prepare(const sedge_op_site *site, int sign, const char *kernel_f32, const char *kernel_s8,
                               sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->walk = sedge_binary_walk(a, b, y);
    d->sign = sign;
    d->sign_f32 = (float)sign;
    sedge_activation_range_f32(site->op->activation, &d->low, &d->high);
    bool int8 = a->dtype == SEDGE_INT8;
    sedge_status st = int8 ? init_s8(d, site, err) : SEDGE_OK;
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = int8 ? run_s8 : run_f32,
                             .data = d,
                             .kernel = int8 ? kernel_s8 : kernel_f32,
                             .macs = d->walk.n,
                             .in_place = sedge_binary_in_place(a, y) };
    return SEDGE_OK;
}
