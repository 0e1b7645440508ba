/* SPDX-License-Identifier: Apache-2.0 */
/* SCALER: (x - offset) * scale in float32, one pair for each column or one for all. Source: ai.onnx.ml Scaler-1. */
#include "ops/features.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_features x;
    uint32_t n;
    const float *offset, *scale; /* the graph's */
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    float *y = call->outputs[0];
    for (size_t r = 0; r < d->x.rows; r++, y += d->x.columns) {
        const float *x = sedge_features_row(&d->x, call->inputs[0], r, call->scratch);
        for (size_t c = 0; c < d->x.columns; c++) {
            size_t k = d->n == 1 ? 0 : c;
            y[c] = (x[c] - d->offset[k]) * d->scale[k];
        }
    }
}

sedge_status sedge_op_scaler_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t n = site->op->u.scaler.n;
    sedge_features f;
    sedge_status st = sedge_features_of(x, &f, err);
    if (st)
        return st;
    if (n == 0 || (n != 1 && n != f.columns))
        return sedge_fail(err, SEDGE_EINVALID, "%u offsets do not fit input '%s'", n, x->name);
    st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

sedge_status sedge_op_scaler_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d =
        (prepared){ .n = site->op->u.scaler.n, .offset = site->op->u.scaler.offset, .scale = site->op->u.scaler.scale };
    sedge_status st = sedge_features_of(x, &d->x, err);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "scaler_f32_scalar",
                             .scratch_bytes = sedge_features_scratch(&d->x),
                             .macs = sedge_op_elements(x),
                             .in_place = x->dtype == SEDGE_FLOAT32 };
    return SEDGE_OK;
}
