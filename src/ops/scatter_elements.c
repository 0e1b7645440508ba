/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCATTER_ELEMENTS (x, indices, updates): a copy of x in which the elements that the indices name are replaced by, or
 * combined with, the updates, one after the other. An index out of range changes nothing.
 */
#include <string.h>

#include "ops/combine.h"
#include "ops/element_walk.h"
#include "ops/index.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_element_walk walk;
    sedge_dtype dtype;
    sedge_scatter_way way;
    size_t bytes; /* of x */
} prepared;

sedge_status sedge_op_scatter_elements_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *indices = sedge_op_input(site, 1);
    const sedge_tensor *updates = sedge_op_input(site, 2);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_element_walk w;
    sedge_status st = sedge_element_walk_init(x, indices, site->op->u.scatter.axis, &w, err);
    if (!st)
        st = sedge_combine_check(site->op->u.scatter.way, x->dtype, err);
    if (!st && updates->dtype != x->dtype)
        st = sedge_op_bad_types(x, updates, err);
    if (st)
        return st;
    bool fits = updates->rank == indices->rank;
    for (uint32_t i = 0; fits && i < updates->rank; i++)
        fits = updates->dims[i] == indices->dims[i];
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "the updates '%s' have not the shape of the indices '%s'", updates->name,
                          indices->name);
    st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const sedge_element_walk *w = &d->walk;
    const uint8_t *updates = call->inputs[2];
    uint8_t *y = call->outputs[0];
    if (y != call->inputs[0])
        memcpy(y, call->inputs[0], d->bytes);
    size_t coordinates[SEDGE_RANK_MAX] = { 0 };
    for (size_t i = 0; i < w->n; i++) {
        size_t at = sedge_element_walk_next(w, coordinates);
        int64_t v = sedge_index_load(call->inputs[1], w->wide, i);
        if (v < -(int64_t)w->x_dim || v >= (int64_t)w->x_dim)
            continue;
        at += sedge_index_at(call->inputs[1], w->wide, i, w->x_dim) * w->steps[w->axis];
        sedge_combine(d->way, d->dtype, y + at * w->unit, updates + i * w->unit, 1);
    }
}

sedge_status sedge_op_scatter_elements_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const int32_t *in = site->op->inputs;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_element_walk_init(x, sedge_op_input(site, 1), site->op->u.scatter.axis, &d->walk, err);
    d->dtype = x->dtype;
    d->way = site->op->u.scatter.way;
    d->bytes = x->size_bytes;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "scatter_elements",
                             .macs = sedge_op_elements(x) + d->walk.n,
                             .in_place = in[0] != in[1] && in[0] != in[2] };
    return st;
}
