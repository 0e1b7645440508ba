/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NORMALIZER: each row divided by its largest value, the sum of its magnitudes, or its Euclidean length, in float32; a
 * row whose divisor is 0 stays. Source: ai.onnx.ml Normalizer-1.
 */
#include <math.h>

#include "ops/features.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_features x;
    sedge_norm norm;
} prepared;

static float divisor(sedge_norm norm, const float *x, size_t n) {
    float result = norm == SEDGE_NORM_MAX ? x[0] : 0;
    for (size_t i = 0; i < n; i++)
        if (norm == SEDGE_NORM_MAX)
            result = x[i] > result ? x[i] : result;
        else
            result += norm == SEDGE_NORM_L2 ? x[i] * x[i] : x[i] < 0 ? -x[i] : x[i];
    return norm == SEDGE_NORM_L2 ? (float)sqrt((double)result) : result;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    float *y = call->outputs[0];
    for (size_t r = 0; r < d->x.rows; r++, y += d->x.columns) {
        const float *x = sedge_features_row(&d->x, call->inputs[0], r, call->scratch);
        float by = divisor(d->norm, x, d->x.columns);
        for (size_t c = 0; c < d->x.columns; c++)
            y[c] = by != 0 ? x[c] / by : x[c];
    }
}

sedge_status sedge_op_normalizer_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_features f;
    sedge_status st = sedge_features_of(x, &f, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

sedge_status sedge_op_normalizer_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->norm = site->op->u.normalizer;
    sedge_status st = sedge_features_of(x, &d->x, err);
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "normalizer_f32_scalar",
                             .scratch_bytes = sedge_features_scratch(&d->x),
                             .macs = 2 * (uint64_t)sedge_op_elements(x) };
    return SEDGE_OK;
}
