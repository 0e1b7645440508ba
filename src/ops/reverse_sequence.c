/* SPDX-License-Identifier: Apache-2.0 */
/*
 * REVERSE_SEQUENCE (x, lengths): of every slice along the batch dimension the first lengths[slice] steps along the
 * sequence dimension in opposite order. A length beyond the dimension means all of it, a negative one none.
 */
#include <string.h>

#include "ops/index.h"
#include "ops/ops.h"
#include "ops/strided.h"

typedef struct prepared {
    sedge_strided rest; /* of one step: every other dimension */
    size_t batches, steps, batch_bytes, step_bytes;
    bool wide;
} prepared;

static sedge_status read_axes(const sedge_op_site *site, uint32_t *ret_batch, uint32_t *ret_time, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *lengths = sedge_op_input(site, 1);
    sedge_status st = sedge_op_axis(site->op->u.sequence.batch_axis, x->rank, ret_batch, err);
    if (!st)
        st = sedge_op_axis(site->op->u.sequence.time_axis, x->rank, ret_time, err);
    if (!st && (*ret_batch == *ret_time || lengths->rank != 1 || lengths->dims[0] != x->dims[*ret_batch]))
        st = sedge_fail(err, SEDGE_EINVALID, "lengths '%s' do not fit dimensions %u and %u of '%s'", lengths->name,
                        *ret_batch, *ret_time, x->name);
    return st;
}

sedge_status sedge_op_reverse_sequence_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t batch, time;
    sedge_status st = sedge_want_indices(sedge_op_input(site, 1), err);
    if (!st)
        st = read_axes(site, &batch, &time, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), x->dtype, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t b = 0; b < d->batches; b++) {
        int64_t asked = sedge_index_load(call->inputs[1], d->wide, b);
        size_t length = asked < 0 ? 0 : asked > (int64_t)d->steps ? d->steps : (size_t)asked;
        const uint8_t *x = (const uint8_t *)call->inputs[0] + b * d->batch_bytes;
        uint8_t *y = (uint8_t *)call->outputs[0] + b * d->batch_bytes;
        for (size_t t = 0; t < d->steps; t++)
            sedge_strided_copy(&d->rest, x + (t < length ? length - 1 - t : t) * d->step_bytes, y + t * d->step_bytes);
    }
}

sedge_status sedge_op_reverse_sequence_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t batch, time;
    sedge_status st = read_axes(site, &batch, &time, err);
    if (st)
        return st;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    ptrdiff_t steps[SEDGE_RANK_MAX];
    sedge_strided_steps(x, steps);
    d->rest.unit = sedge_dtype_size(x->dtype);
    for (uint32_t i = 0; i < x->rank; i++)
        if (i != batch && i != time)
            sedge_strided_add(&d->rest, (size_t)x->dims[i], steps[i], steps[i]);
    sedge_strided_simplify(&d->rest);
    d->batches = (size_t)x->dims[batch];
    d->steps = (size_t)x->dims[time];
    d->batch_bytes = (size_t)steps[batch];
    d->step_bytes = (size_t)steps[time];
    d->wide = sedge_op_input(site, 1)->dtype == SEDGE_INT64;
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "reverse_sequence", .macs = sedge_op_elements(x) };
    return SEDGE_OK;
}
