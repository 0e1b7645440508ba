/* SPDX-License-Identifier: Apache-2.0 */
/* FEATURE_VECTORIZER: columns of all inputs side by side, as float32. Source: ai.onnx.ml FeatureVectorizer-1. */
#include <string.h>

#include "ops/features.h"
#include "ops/ops.h"

typedef struct prepared {
    uint32_t n;
    size_t columns;
    sedge_features inputs[];
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    float *y = call->outputs[0];
    for (size_t r = 0; r < d->inputs[0].rows; r++)
        for (uint32_t i = 0; i < d->n; i++) {
            const float *row = sedge_features_row(&d->inputs[i], call->inputs[i], r, y);
            if (row != y)
                memcpy(y, row, d->inputs[i].columns * sizeof *y);
            y += d->inputs[i].columns;
        }
}

static sedge_status settle(const sedge_op_site *site, prepared *d, sedge_error *err) {
    d->n = site->op->n_inputs;
    for (uint32_t i = 0; i < d->n; i++) {
        const sedge_tensor *x = sedge_op_optional(site, i);
        if (!x)
            return sedge_fail(err, SEDGE_EINVALID, "input %u is absent", i);
        sedge_status st = sedge_features_of(x, &d->inputs[i], err);
        if (st)
            return st;
        d->columns += d->inputs[i].columns;
        if (d->inputs[i].rows != d->inputs[0].rows || d->columns > INT32_MAX)
            return sedge_fail(err, SEDGE_EINVALID, "input '%s' has %zu rows, the first one %zu", x->name,
                              d->inputs[i].rows, d->inputs[0].rows);
    }
    return SEDGE_OK;
}

sedge_status sedge_op_feature_vectorizer_shape(const sedge_op_site *site, sedge_error *err) {
    union {
        prepared d;
        uint8_t room[sizeof(prepared) + SEDGE_OP_ENDS_MAX * sizeof(sedge_features)];
    } u = { 0 };
    sedge_status st = settle(site, &u.d, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    return st ? st
              : sedge_op_set_shape(sedge_op_output(site, 0), 2,
                                   (int32_t[]){ (int32_t)u.d.inputs[0].rows, (int32_t)u.d.columns }, err);
}

sedge_status sedge_op_feature_vectorizer_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d + site->op->n_inputs * sizeof d->inputs[0]);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = settle(site, d, err);
    if (st)
        return st;
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "feature_vectorizer_scalar", .macs = (uint64_t)d->inputs[0].rows * d->columns
    };
    return SEDGE_OK;
}
