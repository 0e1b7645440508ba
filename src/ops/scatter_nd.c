/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCATTER_ND (x, indices, updates): a copy of x in which the slabs that tuples of indices name are replaced by, or
 * combined with, the updates, one after the other. A tuple out of range changes nothing.
 */
#include <string.h>

#include "ops/combine.h"
#include "ops/nd.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_nd nd;
    sedge_dtype dtype;
    sedge_scatter_way way;
    size_t elements; /* of a slab */
} prepared;

sedge_status sedge_op_scatter_nd_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *indices = sedge_op_input(site, 1);
    const sedge_tensor *updates = sedge_op_input(site, 2);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_nd nd;
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = sedge_nd_init(x, indices, 0, &nd, err);
    if (!st)
        st = sedge_nd_slabs(x, indices, &nd, 0, &rank, dims, err);
    if (!st)
        st = sedge_combine_check(site->op->u.scatter.way, x->dtype, err);
    if (!st && updates->dtype != x->dtype)
        st = sedge_op_bad_types(x, updates, err);
    if (st)
        return st;
    bool fits = rank == updates->rank;
    for (uint32_t i = 0; fits && i < rank; i++)
        fits = dims[i] == updates->dims[i];
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "the updates '%s' have not the shape of what '%s' names in '%s'",
                          updates->name, indices->name, x->name);
    st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint8_t *y = call->outputs[0];
    const uint8_t *updates = call->inputs[2];
    if (y != call->inputs[0])
        memcpy(y, call->inputs[0], d->nd.batch_bytes);
    for (size_t i = 0; i < d->nd.tuples; i++, updates += d->nd.slab)
        if (sedge_nd_inside(&d->nd, call->inputs[1], i))
            sedge_combine(d->way, d->dtype, y + sedge_nd_offset(&d->nd, call->inputs[1], i), updates, d->elements);
}

sedge_status sedge_op_scatter_nd_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const int32_t *in = site->op->inputs;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_nd_init(x, sedge_op_input(site, 1), 0, &d->nd, err);
    d->dtype = x->dtype;
    d->way = site->op->u.scatter.way;
    d->elements = d->nd.slab / sedge_dtype_size(x->dtype);
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "scatter_nd",
                             .macs = sedge_op_elements(x) + sedge_op_elements(sedge_op_input(site, 2)),
                             .in_place = in[0] != in[1] && in[0] != in[2] };
    return st;
}
