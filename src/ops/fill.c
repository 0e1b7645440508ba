/* SPDX-License-Identifier: Apache-2.0 */
/* FILL (shape, value): a tensor of this shape in which every element is the value. */
#include <string.h>

#include "ops/ops.h"

typedef struct prepared {
    size_t n, unit;
} prepared;

sedge_status sedge_op_fill_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *value = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    int64_t shape[SEDGE_RANK_MAX];
    int32_t dims[SEDGE_RANK_MAX];
    uint32_t n;
    sedge_status st = sedge_op_set_type(y, value->dtype, err);
    if (!st && sedge_op_elements(value) != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "the value '%s' has %zu elements", value->name, sedge_op_elements(value));
    if (!st)
        st = sedge_op_constant_ints(site, 0, "the shape", SEDGE_RANK_MAX, shape, &n, err);
    for (uint32_t i = 0; !st && i < n; i++) {
        dims[i] = (int32_t)shape[i];
        if (shape[i] < 0 || shape[i] > INT32_MAX)
            st = sedge_fail(err, SEDGE_EINVALID, "dimension %u is %lld", i, (long long)shape[i]);
    }
    return st ? st : sedge_op_set_shape(y, n, dims, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint8_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        memcpy(y + i * d->unit, call->inputs[1], d->unit);
}

sedge_status sedge_op_fill_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(y), sedge_dtype_size(y->dtype) };
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "fill", .macs = d->n };
    return SEDGE_OK;
}
