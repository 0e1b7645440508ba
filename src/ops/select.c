/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELECT (condition, a, b): of every element that of a where the condition is true, else that of b; all three
 * broadcast. With the operator's `rows` a condition of rank 1 chooses slices along the first dimension.
 */
#include <string.h>

#include "ops/broadcast.h"
#include "ops/ops.h"

typedef struct prepared {
    sedge_broadcast walk;
    size_t unit;
} prepared;

/* the condition with dimensions of 1 behind its own */
static void stand_up(const sedge_op_site *site, sedge_tensor *condition) {
    const sedge_tensor *a = sedge_op_input(site, 1);
    if (!site->op->u.select_rows || condition->rank != 1)
        return;
    for (uint32_t i = 1; i < a->rank; i++)
        condition->dims[i] = 1;
    condition->rank = a->rank ? a->rank : 1;
}

sedge_status sedge_op_select_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 1), *b = sedge_op_input(site, 2);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = sedge_op_want_type(sedge_op_input(site, 0), SEDGE_BOOL, err);
    if (!st && a->dtype != b->dtype)
        st = sedge_op_bad_types(a, b, err);
    if (!st)
        st = sedge_op_set_type(y, a->dtype, err);
    if (st)
        return st;
    sedge_tensor three[] = { *sedge_op_input(site, 0), *a, *b };
    static const int32_t inputs[] = { 0, 1, 2 };
    stand_up(site, &three[0]);
    const sedge_op op = { .kind = site->op->kind, .n_inputs = 3, .inputs = inputs };
    const sedge_op_site own = { .tensors = three, .op = &op };
    st = sedge_broadcast_shape(&own, 3, &rank, dims, err);
    return st ? st : sedge_op_set_shape(y, rank, dims, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const sedge_broadcast *w = &d->walk;
    const uint8_t *condition = call->inputs[0], *a = call->inputs[1], *b = call->inputs[2];
    const size_t n = sedge_broadcast_length(w), unit = d->unit;
    const size_t step_c = sedge_broadcast_step(w, 0), step_a = sedge_broadcast_step(w, 1) * unit;
    const size_t step_b = sedge_broadcast_step(w, 2) * unit;
    sedge_broadcast_row row = { 0 };
    do {
        const uint8_t *c = condition + row.in[0], *from_a = a + row.in[1] * unit, *from_b = b + row.in[2] * unit;
        uint8_t *y = (uint8_t *)call->outputs[0] + row.out * unit;
        for (size_t i = 0; i < n; i++)
            memcpy(y + i * unit, c[i * step_c] ? from_a + i * step_a : from_b + i * step_b, unit);
    } while (sedge_broadcast_next(w, &row));
}

sedge_status sedge_op_select_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_tensor condition = *sedge_op_input(site, 0);
    stand_up(site, &condition);
    const sedge_tensor *three[] = { &condition, sedge_op_input(site, 1), sedge_op_input(site, 2) };
    *d = (prepared){ sedge_broadcast_plan(3, three, y), sedge_dtype_size(y->dtype) };
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "select", .macs = d->walk.n };
    return SEDGE_OK;
}
