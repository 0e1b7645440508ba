/* SPDX-License-Identifier: Apache-2.0 */
/* GATHER_ELEMENTS (x, indices): one element for every index. See index.h for indices out of range. */
#include <string.h>

#include "ops/element_walk.h"
#include "ops/index.h"
#include "ops/ops.h"

sedge_status sedge_op_gather_elements_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *indices = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_element_walk w;
    sedge_status st = sedge_element_walk_init(x, indices, site->op->u.axis, &w, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, indices, err);
}

static void run(const sedge_op_call *call) {
    const sedge_element_walk *w = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    size_t coordinates[SEDGE_RANK_MAX] = { 0 };
    for (size_t i = 0; i < w->n; i++, y += w->unit) {
        size_t at = sedge_element_walk_next(w, coordinates);
        at += sedge_index_at(call->inputs[1], w->wide, i, w->x_dim) * w->steps[w->axis];
        memcpy(y, x + at * w->unit, w->unit);
    }
}

sedge_status sedge_op_gather_elements_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_element_walk *w = sedge_pool_take(site->pool, 1, sizeof *w);
    if (!w)
        return sedge_op_no_memory(err);
    sedge_status st =
        sedge_element_walk_init(sedge_op_input(site, 0), sedge_op_input(site, 1), site->op->u.axis, w, err);
    *ret = (sedge_prepared){ .run = run, .data = w, .kernel = "gather_elements", .macs = w->n };
    return st;
}
