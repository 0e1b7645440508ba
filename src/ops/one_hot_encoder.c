/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONE_HOT_ENCODER: numbers or texts [...] to float32 [..., categories], 1 at the category that the number, cut towards
 * zero, equals. A number that is none of them gives zeros, also where the file wants an error: a run cannot fail.
 * Source: ai.onnx.ml OneHotEncoder-1.
 */
#include <string.h>

#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_dtype dtype;
    size_t n;
    uint32_t n_categories;
    const int64_t *categories;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    float *y = call->outputs[0];
    memset(y, 0, d->n * d->n_categories * sizeof *y);
    for (size_t i = 0; i < d->n; i++, y += d->n_categories) {
        int64_t x;
        sedge_load_i64(d->dtype == SEDGE_STRING ? SEDGE_UINT32 : d->dtype, call->inputs[0], i, 1, 1, &x);
        for (uint32_t c = 0; c < d->n_categories; c++)
            if (d->categories[c] == x) {
                y[c] = 1;
                break;
            }
    }
}

sedge_status sedge_op_one_hot_encoder_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int32_t dims[SEDGE_RANK_MAX];
    bool texts = site->op->u.categories.texts;
    if (texts != (x->dtype == SEDGE_STRING) || (!texts && !sedge_is_float(x->dtype) && !sedge_is_integer(x->dtype)))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, %s are needed", x->name,
                          sedge_dtype_name(x->dtype), texts ? "texts" : "numbers");
    if (x->rank >= SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "tensor '%s' has rank %u", x->name, x->rank);
    memcpy(dims, x->dims, sizeof dims);
    dims[x->rank] = (int32_t)site->op->u.categories.n;
    sedge_status st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    return st ? st : sedge_op_set_shape(sedge_op_output(site, 0), x->rank + 1, dims, err);
}

sedge_status sedge_op_one_hot_encoder_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ x->dtype, sedge_op_elements(x), site->op->u.categories.n, site->op->u.categories.values };
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "one_hot_encoder_scalar", .macs = (uint64_t)d->n * d->n_categories
    };
    return SEDGE_OK;
}
