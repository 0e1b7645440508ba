/* SPDX-License-Identifier: Apache-2.0 */
/* BINARIZER: 1 where x > threshold, else 0, in the type of x. Source: ai.onnx.ml Binarizer-1. */
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_dtype dtype;
    size_t n;
    double threshold;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    double block[SEDGE_BLOCK];
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        sedge_load_f64(d->dtype, call->inputs[0], at, 1, n, block);
        for (size_t i = 0; i < n; i++)
            block[i] = block[i] > d->threshold;
        sedge_store_f64(d->dtype, call->outputs[0], at, n, block);
    }
}

sedge_status sedge_op_binarizer_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    if (!sedge_is_float(x->dtype) && !sedge_is_integer(x->dtype))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, numbers are needed", x->name,
                          sedge_dtype_name(x->dtype));
    sedge_status st = sedge_op_set_type(sedge_op_output(site, 0), x->dtype, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

sedge_status sedge_op_binarizer_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ x->dtype, sedge_op_elements(x), (double)site->op->u.threshold };
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "binarizer_scalar", .macs = d->n, .in_place = true };
    return SEDGE_OK;
}
