/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CUMSUM: sums of the values so far along an axis, which input 1 holds as a constant. Floating types are summed in
 * double, integers wrap.
 */
#include "ops/axis.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_axis_view view;
    sedge_dtype dtype;
    bool exclusive, reverse;
} prepared;

static void line_f64(const prepared *d, const sedge_op_call *call, size_t at) {
    double sum = 0;
    for (size_t k = 0; k < d->view.depth; k++) {
        size_t place = at + (d->reverse ? d->view.depth - 1 - k : k) * d->view.inner;
        double x, before = sum;
        sedge_load_f64(d->dtype, call->inputs[0], place, 1, 1, &x);
        sum += x;
        sedge_store_f64(d->dtype, call->outputs[0], place, 1, d->exclusive ? &before : &sum);
    }
}

static void line_i64(const prepared *d, const sedge_op_call *call, size_t at) {
    int64_t sum = 0;
    for (size_t k = 0; k < d->view.depth; k++) {
        size_t place = at + (d->reverse ? d->view.depth - 1 - k : k) * d->view.inner;
        int64_t x, before = sum;
        sedge_load_i64(d->dtype, call->inputs[0], place, 1, 1, &x);
        sum = (int64_t)((uint64_t)sum + (uint64_t)x);
        sedge_store_i64(d->dtype, call->outputs[0], place, 1, d->exclusive ? &before : &sum);
    }
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t i = 0; i < d->view.outer * d->view.inner; i++) {
        if (sedge_is_float(d->dtype))
            line_f64(d, call, sedge_axis_line(&d->view, i));
        else
            line_i64(d, call, sedge_axis_line(&d->view, i));
    }
}

sedge_status sedge_op_cumsum_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis;
    if ((!sedge_is_float(x->dtype) && !sedge_is_integer(x->dtype)) || x->quant.count)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' of type %s%s is not supported", x->name,
                          x->quant.count ? "quantised " : "", sedge_dtype_name(x->dtype));
    sedge_status st = sedge_axis_input(site, 1, &axis, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_cumsum_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    uint32_t axis;
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_axis_input(site, 1, &axis, err);
    if (st)
        return st;
    *d = (prepared){ sedge_axis_view_of(x, axis, axis), x->dtype, site->op->u.cumsum.exclusive,
                     site->op->u.cumsum.reverse };
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "cumsum_scalar", .macs = sedge_op_elements(x), .in_place = true
    };
    return SEDGE_OK;
}
