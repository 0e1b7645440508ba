/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPLIT (axis, x): equal parts, as many as outputs. SPLIT_V (x, sizes or absent, axis or absent): parts of these sizes,
 * one of which may be -1, what is left; without sizes equal parts of which the last may be shorter; without the axis
 * input the axis is the operator's own.
 */
#include <string.h>

#include "ops/ops.h"
#include "ops/parts.h"

static sedge_status read_axis(const sedge_op_site *site, uint32_t input, uint32_t rank, uint32_t *ret,
                              sedge_error *err) {
    int64_t axis = site->op->u.axis;
    uint32_t n = 1;
    sedge_status st = SEDGE_OK;
    if (sedge_op_optional(site, input))
        st = sedge_op_constant_ints(site, input, "the axis", 1, &axis, &n, err);
    if (!st && n != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "%u axes, one is needed", n);
    return st ? st : sedge_op_axis(axis, rank, ret, err);
}

static sedge_status set_outputs(const sedge_op_site *site, const sedge_tensor *x, uint32_t axis, const int64_t *sizes,
                                sedge_error *err) {
    int32_t dims[SEDGE_RANK_MAX];
    memcpy(dims, x->dims, sizeof dims);
    sedge_status st = SEDGE_OK;
    for (uint32_t k = 0; !st && k < site->op->n_outputs; k++) {
        dims[axis] = (int32_t)sizes[k];
        st = sedge_op_set_type(sedge_op_output(site, k), x->dtype, err);
        if (!st)
            st = sedge_op_set_shape(sedge_op_output(site, k), x->rank, dims, err);
    }
    return st;
}

/* the length of every part; the last ones may be shorter, or empty */
static void equal_sizes(uint32_t n, int32_t dim, int64_t *ret) {
    const int64_t size = ((int64_t)dim + n - 1) / n;
    int64_t left = dim;
    for (uint32_t k = 0; k < n; k++) {
        ret[k] = left < size ? left : size;
        left -= ret[k];
    }
}

sedge_status sedge_op_split_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 1);
    const uint32_t n = site->op->n_outputs;
    uint32_t axis;
    int64_t sizes[SEDGE_OP_ENDS_MAX];
    sedge_status st = read_axis(site, 0, x->rank, &axis, err);
    if (st)
        return st;
    if (n == 0 || (uint32_t)x->dims[axis] % n != 0)
        return sedge_fail(err, SEDGE_EINVALID, "%d slices along axis %u in %u equal parts", x->dims[axis], axis, n);
    equal_sizes(n, x->dims[axis], sizes);
    return set_outputs(site, x, axis, sizes, err);
}

sedge_status sedge_op_split_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 1);
    uint32_t axis;
    sedge_status st = read_axis(site, 0, x->rank, &axis, err);
    return st ? st : sedge_parts_prepare_split(site, 1, sedge_parts_outer(x, axis), "split", ret, err);
}

static sedge_status check_sizes(int64_t *sizes, uint32_t n, int32_t dim, sedge_error *err) {
    uint32_t open = n;
    int64_t left = dim;
    for (uint32_t k = 0; k < n; k++)
        if (sizes[k] == -1 && open == n)
            open = k;
        else if (sizes[k] < 0 || sizes[k] > left)
            return sedge_fail(err, SEDGE_EINVALID, "part %u of %d slices has size %lld", k, dim, (long long)sizes[k]);
        else
            left -= sizes[k];
    if (open < n)
        sizes[open] = left;
    else if (left != 0)
        return sedge_fail(err, SEDGE_EINVALID, "the parts leave %lld of %d slices", (long long)left, dim);
    return SEDGE_OK;
}

sedge_status sedge_op_split_v_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const uint32_t n = site->op->n_outputs;
    uint32_t axis, n_sizes = n;
    int64_t sizes[SEDGE_OP_ENDS_MAX];
    sedge_status st = read_axis(site, 2, x->rank, &axis, err);
    if (st)
        return st;
    if (n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "it has no output");
    equal_sizes(n, x->dims[axis], sizes);
    if (sedge_op_optional(site, 1)) {
        st = sedge_op_constant_ints(site, 1, "the sizes", SEDGE_OP_ENDS_MAX, sizes, &n_sizes, err);
        if (!st && n_sizes != n)
            st = sedge_fail(err, SEDGE_EINVALID, "%u sizes for %u outputs", n_sizes, n);
        if (!st)
            st = check_sizes(sizes, n, x->dims[axis], err);
    }
    return st ? st : set_outputs(site, x, axis, sizes, err);
}

sedge_status sedge_op_split_v_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t axis;
    sedge_status st = read_axis(site, 2, x->rank, &axis, err);
    return st ? st : sedge_parts_prepare_split(site, 0, sedge_parts_outer(x, axis), "split", ret, err);
}
