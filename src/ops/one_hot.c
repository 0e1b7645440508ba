/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONE_HOT (indices, depth, on, off) or (indices, depth, both: off, on): a new dimension of this depth that is on at the
 * index and off elsewhere. In the second form an index from -depth to -1 counts from the end. Others are off
 * everywhere.
 */
#include <string.h>

#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t outer, depth, inner, unit;
    sedge_dtype dtype; /* of the indices */
    bool both;
} prepared;

static sedge_status read_depth(const sedge_op_site *site, int64_t *ret, sedge_error *err) {
    const sedge_tensor *t = sedge_op_input(site, 1);
    sedge_status st = sedge_op_constant(site, 1, "the depth", err);
    if (!st && sedge_op_elements(t) != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "the depth '%s' has %zu elements", t->name, sedge_op_elements(t));
    if (st)
        return st;
    sedge_load_i64(t->dtype, t->data, 0, 1, 1, ret);
    if (*ret < 1 || *ret > INT32_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "a depth of %lld", (long long)*ret);
    return SEDGE_OK;
}

static sedge_status check_values(const sedge_op_site *site, sedge_error *err) {
    const bool both = site->op->n_inputs == 3;
    for (uint32_t i = 2; i < site->op->n_inputs; i++) {
        const sedge_tensor *t = sedge_op_optional(site, i), *first = sedge_op_input(site, 2);
        if (!t || sedge_op_elements(t) != (both ? 2 : 1))
            return sedge_fail(err, SEDGE_EINVALID, "input %u is not %s", i, both ? "two values" : "one value");
        if (t->dtype != first->dtype)
            return sedge_op_bad_types(first, t, err);
    }
    return SEDGE_OK;
}

sedge_status sedge_op_one_hot_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *indices = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    int64_t depth;
    uint32_t axis;
    sedge_status st = check_values(site, err);
    if (!st && !sedge_is_integer(indices->dtype) && !sedge_is_float(indices->dtype))
        st = sedge_op_want_type(indices, SEDGE_INT64, err);
    if (!st)
        st = read_depth(site, &depth, err);
    if (!st)
        st = sedge_op_axis(site->op->u.axis, indices->rank + 1, &axis, err);
    if (!st && indices->rank == SEDGE_RANK_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "indices '%s' of rank %u, the limit is %d", indices->name, indices->rank,
                        SEDGE_RANK_MAX - 1);
    if (!st)
        st = sedge_op_set_type(y, sedge_op_input(site, 2)->dtype, err);
    if (st)
        return st;
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i <= indices->rank; i++)
        dims[i] = i < axis ? indices->dims[i] : i == axis ? (int32_t)depth : indices->dims[i - 1];
    return sedge_op_set_shape(y, indices->rank + 1, dims, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *on = (const uint8_t *)call->inputs[2] + (d->both ? d->unit : 0);
    const uint8_t *off = d->both ? call->inputs[2] : call->inputs[3];
    uint8_t *y = call->outputs[0];
    for (size_t i = 0; i < d->outer * d->depth * d->inner; i++)
        memcpy(y + i * d->unit, off, d->unit);
    for (size_t i = 0; i < d->outer * d->inner; i++) {
        int64_t v;
        sedge_load_i64(d->dtype, call->inputs[0], i, 1, 1, &v);
        if (d->both && v < 0)
            v += (int64_t)d->depth;
        if (v >= 0 && v < (int64_t)d->depth)
            memcpy(y + ((i / d->inner * d->depth + (size_t)v) * d->inner + i % d->inner) * d->unit, on, d->unit);
    }
}

sedge_status sedge_op_one_hot_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *indices = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    uint32_t axis;
    sedge_status st = sedge_op_axis(site->op->u.axis, y->rank, &axis, err);
    if (st)
        return st;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ 1, (size_t)y->dims[axis], 1, sedge_dtype_size(y->dtype), indices->dtype, site->op->n_inputs == 3 };
    for (uint32_t i = 0; i < y->rank; i++)
        if (i < axis)
            d->outer *= (size_t)y->dims[i];
        else if (i > axis)
            d->inner *= (size_t)y->dims[i];
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "one_hot", .macs = sedge_op_elements(y) };
    return SEDGE_OK;
}
