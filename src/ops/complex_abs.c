/* SPDX-License-Identifier: Apache-2.0 */
/* COMPLEX_ABS: complex64 (pairs of float32) to their magnitude, computed in double. */
#include <math.h>

#include "ops/ops.h"

typedef struct prepared {
    size_t n;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++) {
        double re = (double)x[2 * i], im = (double)x[2 * i + 1];
        y[i] = (float)sqrt(re * re + im * im);
    }
}

sedge_status sedge_op_complex_abs_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_status st = sedge_op_want_type(x, SEDGE_COMPLEX64, err);
    if (!st)
        st = sedge_op_want_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

sedge_status sedge_op_complex_abs_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = sedge_op_elements(sedge_op_input(site, 0));
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "complex_abs_f32_scalar", .macs = 2 * (uint64_t)d->n };
    return SEDGE_OK;
}
