/* SPDX-License-Identifier: Apache-2.0 */
/* SCALER: (x - offset) * scale, one pair for each column or one for all. Source: ai.onnx.ml Scaler-1. */
#include "ops/ops.h"

typedef struct prepared {
    size_t rows, columns;
    uint32_t n;
    const float *offset, *scale; /* the graph's */
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t r = 0; r < d->rows; r++)
        for (size_t c = 0; c < d->columns; c++) {
            size_t k = d->n == 1 ? 0 : c, i = r * d->columns + c;
            y[i] = (x[i] - d->offset[k]) * d->scale[k];
        }
}

sedge_status sedge_op_scaler_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t n = site->op->u.scaler.n;
    sedge_status st = sedge_op_want_type(x, SEDGE_FLOAT32, err);
    if (!st)
        st = sedge_op_set_type(y, SEDGE_FLOAT32, err);
    if (st)
        return st;
    if (x->rank == 0 || n == 0 || (n != 1 && n != (uint32_t)x->dims[x->rank - 1]))
        return sedge_fail(err, SEDGE_EINVALID, "%u offsets do not fit input '%s'", n, x->name);
    return sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_scaler_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    size_t columns = (size_t)x->dims[x->rank - 1];
    *d = (prepared){ sedge_op_elements(x) / columns, columns, site->op->u.scaler.n, site->op->u.scaler.offset,
                     site->op->u.scaler.scale };
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "scaler_f32_scalar", .macs = sedge_op_elements(x), .in_place = true
    };
    return SEDGE_OK;
}
