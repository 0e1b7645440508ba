/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAST (x, whose type is wanted or absent: then that of the declared output) between all number types: floating to
 * integer towards zero, where what does not fit is saturated and NaN becomes 0 (ONNX leaves the result open); between
 * integers the low bits; to bool x != 0.
 */
#include "ops/copy.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    sedge_dtype from, to;
    bool whole; /* by way of int64 */
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        const size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        int64_t whole[SEDGE_BLOCK];
        double real[SEDGE_BLOCK];
        if (d->whole) {
            sedge_load_i64(d->from, call->inputs[0], at, 1, n, whole);
            sedge_store_i64(d->to, call->outputs[0], at, n, whole);
        } else {
            sedge_load_f64(d->from, call->inputs[0], at, 1, n, real);
            sedge_store_f64(d->to, call->outputs[0], at, n, real);
        }
    }
}

static bool known(sedge_dtype dtype) {
    return sedge_is_integer(dtype) || sedge_is_float(dtype);
}

sedge_status sedge_op_cast_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    if (sedge_op_optional(site, 1)) {
        sedge_status st = sedge_op_set_type(y, sedge_op_input(site, 1)->dtype, err);
        if (st)
            return st;
    }
    if (x->dtype != y->dtype && (!known(x->dtype) || !known(y->dtype)))
        return sedge_op_bad_types(x, y, err);
    return sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_cast_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    if (x->dtype == y->dtype)
        return sedge_view_prepare(site, ret, err);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    const bool large = x->dtype == SEDGE_UINT64 && sedge_is_float(y->dtype); /* int64 does not hold it */
    *d = (prepared){ sedge_op_elements(x), x->dtype, y->dtype, sedge_is_integer(x->dtype) && !large };
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "cast_scalar",
                             .macs = d->n,
                             .in_place = sedge_dtype_size(x->dtype) == sedge_dtype_size(y->dtype) };
    return SEDGE_OK;
}
