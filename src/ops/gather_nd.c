/* SPDX-License-Identifier: Apache-2.0 */
/* GATHER_ND (x, indices): the slabs that tuples of indices name. See index.h for indices out of range. */
#include <string.h>

#include "ops/nd.h"
#include "ops/ops.h"

sedge_status sedge_op_gather_nd_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *indices = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    const int32_t batch = site->op->u.gather.batch_dims;
    sedge_nd nd;
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = sedge_nd_init(x, indices, batch, &nd, err);
    if (!st)
        st = sedge_nd_slabs(x, indices, &nd, batch, &rank, dims, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_set_shape(y, rank, dims, err);
}

static void run(const sedge_op_call *call) {
    const sedge_nd *nd = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    for (size_t b = 0; b < nd->batches; b++, x += nd->batch_bytes)
        for (size_t i = 0; i < nd->tuples; i++, y += nd->slab)
            memcpy(y, x + sedge_nd_offset(nd, call->inputs[1], b * nd->tuples + i), nd->slab);
}

sedge_status sedge_op_gather_nd_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_nd *nd = sedge_pool_take(site->pool, 1, sizeof *nd);
    if (!nd)
        return sedge_op_no_memory(err);
    *ret = (sedge_prepared){
        .run = run, .data = nd, .kernel = "gather_nd", .macs = sedge_op_elements(sedge_op_output(site, 0))
    };
    return sedge_nd_init(sedge_op_input(site, 0), sedge_op_input(site, 1), site->op->u.gather.batch_dims, nd, err);
}
