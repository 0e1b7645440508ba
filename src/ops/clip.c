/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLIP: input 1 is the lowest, input 2 the highest value, scalars of the input's type; either may be absent. Where they
 * cross, the highest wins. NaN stays.
 */
#include <math.h>

#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    sedge_dtype dtype;
    uint32_t n_inputs;
} prepared;

/* the lowest (1) or highest (2) value; NULL when it is absent */
static const void *bound(const sedge_op_call *call, uint32_t i) {
    return i < ((const prepared *)call->prepared)->n_inputs ? call->inputs[i] : NULL;
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0], *least = bound(call, 1), *most = bound(call, 2);
    float *y = call->outputs[0], low = least ? *least : -INFINITY, high = most ? *most : INFINITY;
    for (size_t i = 0; i < d->n; i++) {
        float v = x[i] < low ? low : x[i];
        y[i] = v > high ? high : v;
    }
}

static void run_float(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    double x[SEDGE_BLOCK], low = -INFINITY, high = INFINITY;
    if (bound(call, 1))
        sedge_load_f64(d->dtype, bound(call, 1), 0, 1, 1, &low);
    if (bound(call, 2))
        sedge_load_f64(d->dtype, bound(call, 2), 0, 1, 1, &high);
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        sedge_load_f64(d->dtype, call->inputs[0], at, 1, n, x);
        for (size_t i = 0; i < n; i++) {
            x[i] = x[i] < low ? low : x[i];
            x[i] = x[i] > high ? high : x[i];
        }
        sedge_store_f64(d->dtype, call->outputs[0], at, n, x);
    }
}

static bool below(sedge_dtype dtype, int64_t a, int64_t b) {
    return dtype == SEDGE_UINT64 ? (uint64_t)a < (uint64_t)b : a < b;
}

static void run_integer(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    int64_t x[SEDGE_BLOCK], low = 0, high = 0;
    bool has_low = bound(call, 1) != NULL, has_high = bound(call, 2) != NULL;
    if (bound(call, 1))
        sedge_load_i64(d->dtype, bound(call, 1), 0, 1, 1, &low);
    if (bound(call, 2))
        sedge_load_i64(d->dtype, bound(call, 2), 0, 1, 1, &high);
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        sedge_load_i64(d->dtype, call->inputs[0], at, 1, n, x);
        for (size_t i = 0; i < n; i++) {
            if (has_low && below(d->dtype, x[i], low))
                x[i] = low;
            if (has_high && below(d->dtype, high, x[i]))
                x[i] = high;
        }
        sedge_store_i64(d->dtype, call->outputs[0], at, n, x);
    }
}

sedge_status sedge_op_clip_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    if (!sedge_is_float(x->dtype) && !sedge_is_integer(x->dtype))
        return sedge_op_bad_types(x, x, err);
    for (uint32_t i = 1; i < 3; i++) {
        const sedge_tensor *t = sedge_op_optional(site, i);
        sedge_status st = t ? sedge_op_want_type(t, x->dtype, err) : SEDGE_OK;
        if (!st && t && sedge_op_elements(t) != 1)
            st = sedge_fail(err, SEDGE_EINVALID, "the bound '%s' has %zu values", t->name, sedge_op_elements(t));
        if (st)
            return st;
    }
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_clip_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(x), x->dtype, site->op->n_inputs };
    *ret = (sedge_prepared){ .run = x->dtype == SEDGE_FLOAT32  ? run_f32
                                    : sedge_is_float(x->dtype) ? run_float
                                                               : run_integer,
                             .data = d,
                             .kernel = "clip_scalar",
                             .macs = d->n,
                             .in_place = true };
    return SEDGE_OK;
}
