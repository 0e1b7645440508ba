/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IMPUTER: a value that means "missing" becomes the column's own value, or one for all columns; the others stay.
 * float32 (NaN may be the value) and int64. Source: ai.onnx.ml Imputer-1.
 */
#include "ops/features.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n, columns;
    const sedge_imputer *o;
} prepared;

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0], missing = d->o->missing_f32;
    for (size_t i = 0; i < d->n; i++) {
        bool is_missing = x[i] == missing || (x[i] != x[i] && missing != missing);
        y[i] = is_missing ? d->o->floats[d->o->n == 1 ? 0 : i % d->columns] : x[i];
    }
}

static void run_s64(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int64_t *x = call->inputs[0];
    int64_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        y[i] = x[i] == d->o->missing_s64 ? d->o->ints[d->o->n == 1 ? 0 : i % d->columns] : x[i];
}

sedge_status sedge_op_imputer_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const sedge_imputer *o = site->op->u.imputer;
    sedge_features f;
    sedge_status st = sedge_features_of(x, &f, err);
    if (!st)
        st = sedge_op_want_type(x, o->floats ? SEDGE_FLOAT32 : SEDGE_INT64, err);
    if (!st && o->n != 1 && o->n != f.columns)
        st = sedge_fail(err, SEDGE_EINVALID, "%u values for %zu columns", o->n, f.columns);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), x->dtype, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

sedge_status sedge_op_imputer_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(x), (size_t)x->dims[x->rank - 1], site->op->u.imputer };
    bool wide = x->dtype == SEDGE_INT64;
    *ret = (sedge_prepared){ .run = wide ? run_s64 : run_f32,
                             .data = d,
                             .kernel = wide ? "imputer_s64_scalar" : "imputer_f32_scalar",
                             .macs = d->n,
                             .in_place = true };
    return SEDGE_OK;
}
