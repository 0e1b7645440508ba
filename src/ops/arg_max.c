/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARG_MAX, ARG_MIN (x, axis or absent: then the operator's own): the place of the largest or smallest element along an
 * axis, of equals the first one, or the last. int64 unless the output is declared int32.
 */
#include "ops/keys.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t outer, n, inner;
    sedge_dtype from, to;
    bool smallest, last;
} prepared;

static sedge_status read_axis(const sedge_op_site *site, uint32_t *ret, sedge_error *err) {
    int64_t axis = site->op->u.arg.axis;
    uint32_t n = 1;
    sedge_status st = SEDGE_OK;
    if (sedge_op_optional(site, 1))
        st = sedge_op_constant_ints(site, 1, "the axis", 1, &axis, &n, err);
    if (!st && n != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "%u axes, one is needed", n);
    return st ? st : sedge_op_axis(axis, sedge_op_input(site, 0)->rank, ret, err);
}

sedge_status sedge_op_arg_max_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis, rank = 0;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = y->dtype == SEDGE_INT32 ? SEDGE_OK : sedge_op_set_type(y, SEDGE_INT64, err);
    if (!st && !sedge_is_integer(x->dtype) && !sedge_is_float(x->dtype))
        st = sedge_op_bad_types(x, y, err);
    if (!st)
        st = read_axis(site, &axis, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < x->rank; i++)
        if (i != axis)
            dims[rank++] = x->dims[i];
        else if (site->op->u.arg.keep_dims)
            dims[rank++] = 1;
    return sedge_op_set_shape(y, rank, dims, err);
}

static int64_t find(const prepared *d, const void *x, size_t at) {
    int64_t keys[SEDGE_BLOCK], best = 0;
    size_t place = 0;
    for (size_t first = 0; first < d->n; first += SEDGE_BLOCK) {
        const size_t n = d->n - first < SEDGE_BLOCK ? d->n - first : SEDGE_BLOCK;
        sedge_load_keys(d->from, x, at + first * d->inner, d->inner, n, keys);
        for (size_t i = 0; i < n; i++) {
            const bool better = d->smallest ? keys[i] < best : keys[i] > best;
            if (first + i == 0 || better || (d->last && keys[i] == best)) {
                best = keys[i];
                place = first + i;
            }
        }
    }
    return (int64_t)place;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t o = 0; o < d->outer; o++)
        for (size_t i = 0; i < d->inner; i++) {
            const int64_t place = find(d, call->inputs[0], o * d->n * d->inner + i);
            sedge_store_i64(d->to, call->outputs[0], o * d->inner + i, 1, &place);
        }
}

sedge_status sedge_op_arg_max_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const bool smallest = site->op->kind == SEDGE_OP_ARG_MIN;
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t axis;
    sedge_status st = read_axis(site, &axis, err);
    if (st)
        return st;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ 1,        (size_t)x->dims[axis], 1, x->dtype, sedge_op_output(site, 0)->dtype,
                     smallest, site->op->u.arg.last };
    for (uint32_t i = 0; i < x->rank; i++)
        if (i < axis)
            d->outer *= (size_t)x->dims[i];
        else if (i > axis)
            d->inner *= (size_t)x->dims[i];
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = smallest ? "arg_min" : "arg_max", .macs = sedge_op_elements(x)
    };
    return SEDGE_OK;
}
