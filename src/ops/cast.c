/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAST between float32, int32 and int64, as ONNX has it: towards zero; what does not fit is saturated and NaN becomes
 * 0, where ONNX leaves the result open.
 */
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    sedge_dtype from, to;
} prepared;

static int64_t whole(float x) {
    if (x != x)
        return 0;
    return x >= 0x1p63f ? INT64_MAX : x < -0x1p63f ? INT64_MIN : (int64_t)x;
}

static int64_t load(const void *p, size_t i, sedge_dtype dtype) {
    if (dtype == SEDGE_INT64)
        return ((const int64_t *)p)[i];
    return dtype == SEDGE_INT32 ? ((const int32_t *)p)[i] : whole(((const float *)p)[i]);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const void *x = call->inputs[0];
    void *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++) {
        if (d->to == SEDGE_FLOAT32)
            ((float *)y)[i] = (float)load(x, i, d->from);
        else if (d->to == SEDGE_INT64)
            ((int64_t *)y)[i] = load(x, i, d->from);
        else {
            int64_t v = load(x, i, d->from);
            ((int32_t *)y)[i] = v > INT32_MAX ? INT32_MAX : v < INT32_MIN ? INT32_MIN : (int32_t)v;
        }
    }
}

static bool known(const sedge_tensor *t) {
    return t->dtype == SEDGE_FLOAT32 || t->dtype == SEDGE_INT32 || t->dtype == SEDGE_INT64;
}

sedge_status sedge_op_cast_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    if (x->dtype != y->dtype && (!known(x) || !known(y)))
        return sedge_op_bad_types(x, y, err);
    return sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_cast_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    if (x->dtype == y->dtype) {
        *ret = (sedge_prepared){ .kernel = "view", .view = true };
        return SEDGE_OK;
    }
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(x), x->dtype, y->dtype };
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "cast_scalar", .macs = d->n };
    return SEDGE_OK;
}
