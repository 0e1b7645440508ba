/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GATHER (x, indices): slices of x along an axis, which the dimensions of the indices replace; the first batch_dims
 * dimensions of both run together. See index.h for indices out of range.
 */
#include <string.h>

#include "ops/index.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t batches, outer, dim, indices; /* x is [batches, outer, dim, slab], the indices are [batches, indices] */
    size_t slab;                         /* bytes */
    bool wide;
} prepared;

static sedge_status read_axes(const sedge_op_site *site, uint32_t *ret_axis, uint32_t *ret_batch, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *indices = sedge_op_input(site, 1);
    sedge_status st = sedge_op_axis(site->op->u.gather.axis, x->rank, ret_axis, err);
    if (st)
        return st;
    int64_t batch = site->op->u.gather.batch_dims;
    batch += batch < 0 ? (int64_t)indices->rank : 0;
    bool fits = batch >= 0 && batch <= *ret_axis && batch <= indices->rank;
    for (uint32_t i = 0; fits && i < batch; i++)
        fits = x->dims[i] == indices->dims[i];
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' and '%s' do not agree in %d batch dimensions before axis %u",
                          x->name, indices->name, site->op->u.gather.batch_dims, *ret_axis);
    *ret_batch = (uint32_t)batch;
    return SEDGE_OK;
}

sedge_status sedge_op_gather_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *indices = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis, batch, rank = 0;
    int32_t dims[3 * SEDGE_RANK_MAX];
    sedge_status st = sedge_want_indices(indices, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = read_axes(site, &axis, &batch, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < axis; i++)
        dims[rank++] = x->dims[i];
    for (uint32_t i = batch; i < indices->rank; i++)
        dims[rank++] = indices->dims[i];
    for (uint32_t i = axis + 1; i < x->rank; i++)
        dims[rank++] = x->dims[i];
    return sedge_op_set_shape(y, rank, dims, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    for (size_t b = 0; b < d->batches; b++)
        for (size_t o = 0; o < d->outer; o++, x += d->dim * d->slab)
            for (size_t i = 0; i < d->indices; i++, y += d->slab)
                memcpy(y, x + sedge_index_at(call->inputs[1], d->wide, b * d->indices + i, d->dim) * d->slab, d->slab);
}

static size_t product(const sedge_tensor *t, uint32_t first, uint32_t end) {
    size_t n = 1;
    for (uint32_t i = first; i < end; i++)
        n *= (size_t)t->dims[i];
    return n;
}

sedge_status sedge_op_gather_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *indices = sedge_op_input(site, 1);
    uint32_t axis, batch;
    sedge_status st = read_axes(site, &axis, &batch, err);
    if (st)
        return st;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .batches = product(x, 0, batch),
                     .outer = product(x, batch, axis),
                     .dim = (size_t)x->dims[axis],
                     .indices = product(indices, batch, indices->rank),
                     .slab = product(x, axis + 1, x->rank) * sedge_dtype_size(x->dtype),
                     .wide = indices->dtype == SEDGE_INT64 };
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = "gather", .macs = sedge_op_elements(sedge_op_output(site, 0))
    };
    return SEDGE_OK;
}
