/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COMPRESS (x, condition), outputs y and sizes: the slices along an axis for which the condition is true, or with no
 * axis the elements of x as a list; what the condition does not reach is left out. Their number depends on the values,
 * so y is declared for all of them and sizes, int32 [rank of y], holds the actual dimensions (sedge_tensor.sizes_in).
 */
#include <string.h>

#include "ops/ops.h"

typedef struct prepared {
    size_t outer, n, slab; /* x is [outer, dimension of the axis, slab bytes]; n is how far the condition reaches */
    size_t dim;
    uint32_t rank, axis;
    int32_t dims[SEDGE_RANK_MAX]; /* of y, but for the axis */
} prepared;

/* y's shape when all are taken; without an axis x is one list */
static sedge_status read_shape(const sedge_op_site *site, prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    if (site->op->u.compress.has_axis) {
        ret->rank = x->rank;
        memcpy(ret->dims, x->dims, sizeof ret->dims);
        return sedge_op_axis(site->op->u.compress.axis, x->rank, &ret->axis, err);
    }
    const size_t n = sedge_op_elements(x);
    if (n > INT32_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "'%s' has %zu elements, the limit is %d", x->name, n, INT32_MAX);
    ret->rank = 1;
    ret->axis = 0;
    ret->dims[0] = (int32_t)n;
    return SEDGE_OK;
}

sedge_status sedge_op_compress_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *condition = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0), *sizes = sedge_op_output(site, 1);
    prepared d;
    sedge_status st = read_shape(site, &d, err);
    if (!st)
        st = sedge_op_want_type(condition, SEDGE_BOOL, err);
    if (!st && (condition->rank != 1 || condition->dims[0] > d.dims[d.axis]))
        st = sedge_fail(err, SEDGE_EINVALID, "the condition '%s' does not fit dimension %u of '%s', which is %d",
                        condition->name, d.axis, x->name, d.dims[d.axis]);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = sedge_op_set_shape(y, d.rank, d.dims, err);
    if (!st)
        st = sedge_op_set_type(sizes, SEDGE_INT32, err);
    const int32_t rank = (int32_t)d.rank;
    y->sizes_in = (uint32_t)site->op->outputs[1] + 1;
    return st ? st : sedge_op_set_shape(sizes, 1, &rank, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *x = call->inputs[0], *condition = call->inputs[1];
    uint8_t *y = call->outputs[0];
    int32_t *sizes = call->outputs[1], taken = 0;
    for (size_t o = 0; o < d->outer; o++, x += d->dim * d->slab)
        for (size_t i = 0; i < d->n; i++)
            if (condition[i]) {
                memcpy(y, x + i * d->slab, d->slab);
                y += d->slab;
            }
    for (size_t i = 0; i < d->n; i++)
        taken += condition[i] != 0;
    for (uint32_t i = 0; i < d->rank; i++)
        sizes[i] = i == d->axis ? taken : d->dims[i];
}

sedge_status sedge_op_compress_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = read_shape(site, d, err);
    if (st)
        return st;
    d->outer = 1;
    d->slab = sedge_dtype_size(x->dtype);
    d->dim = (size_t)d->dims[d->axis];
    d->n = (size_t)sedge_op_input(site, 1)->dims[0];
    for (uint32_t i = 0; i < d->rank; i++)
        if (i < d->axis)
            d->outer *= (size_t)d->dims[i];
        else if (i > d->axis)
            d->slab *= (size_t)d->dims[i];
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "compress", .macs = sedge_op_elements(x) };
    return SEDGE_OK;
}
