/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same bytes under another shape:
 * - RESHAPE (x, shape or absent: then it is the operator's own): one dimension may be -1, what is left;
 * - SQUEEZE (x, axes or absent: then the operator's own, and with none all of size 1): dimensions of 1 go away;
 * - EXPAND_DIMS (x, axes): dimensions of 1 at these places of the output;
 * - FLATTEN (x): two dimensions, split before the operator's axis.
 */
#include "base/checked.h"
#include "ops/copy.h"
#include "ops/ops.h"

/* ---- RESHAPE ---- */

static sedge_status read_shape(const sedge_op_site *site, int64_t *ret, uint32_t *ret_n, sedge_error *err) {
    if (sedge_op_optional(site, 1))
        return sedge_op_constant_ints(site, 1, "the new shape", SEDGE_RANK_MAX, ret, ret_n, err);
    *ret_n = site->op->u.reshape.rank;
    if (*ret_n > SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a new shape of rank %u, the limit is %d", *ret_n, SEDGE_RANK_MAX);
    for (uint32_t i = 0; i < *ret_n; i++)
        ret[i] = site->op->u.reshape.dims[i];
    return SEDGE_OK;
}

static sedge_status fill_open(const sedge_tensor *x, uint32_t open, size_t known, int32_t *dims, sedge_error *err) {
    const size_t elements = sedge_op_elements(x);
    bool fits = open < SEDGE_RANK_MAX ? known != 0 && elements % known == 0 && elements / known <= INT32_MAX
                                      : elements == known;
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' has %zu values, the new shape does not fit", x->name,
                          elements);
    if (open < SEDGE_RANK_MAX)
        dims[open] = (int32_t)(elements / known);
    return SEDGE_OK;
}

sedge_status sedge_op_reshape_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    int64_t wanted[SEDGE_RANK_MAX];
    int32_t dims[SEDGE_RANK_MAX];
    uint32_t rank, open = SEDGE_RANK_MAX;
    size_t known = 1;
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = read_shape(site, wanted, &rank, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < rank; i++) {
        int64_t dim = wanted[i] == 0 && site->op->u.reshape.zero_copies && i < x->rank ? x->dims[i] : wanted[i];
        dims[i] = (int32_t)dim;
        if (dim == -1 && open == SEDGE_RANK_MAX)
            open = i;
        else if (dim < 0 || dim > INT32_MAX || !sedge_mul_size(known, (size_t)dim, &known))
            return sedge_fail(err, SEDGE_EINVALID, "dimension %u of the new shape is %lld", i, (long long)dim);
    }
    st = fill_open(x, open, known, dims, err);
    return st ? st : sedge_op_set_shape(y, rank, dims, err);
}

sedge_status sedge_op_reshape_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_view_prepare(site, ret, err);
}

/* ---- SQUEEZE, EXPAND_DIMS ---- */

/* a bit per axis */
static sedge_status read_axes(const sedge_op_site *site, uint32_t rank, uint32_t *ret, uint32_t *ret_n,
                              sedge_error *err) {
    int64_t axes[SEDGE_RANK_MAX];
    sedge_status st = SEDGE_OK;
    *ret = 0;
    *ret_n = 0;
    if (sedge_op_optional(site, 1)) {
        st = sedge_op_constant_ints(site, 1, "the axes", SEDGE_RANK_MAX, axes, ret_n, err);
    } else if (site->op->kind == SEDGE_OP_SQUEEZE) {
        *ret_n = site->op->u.axes.n;
        if (*ret_n > SEDGE_RANK_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "%u axes, the limit is %d", *ret_n, SEDGE_RANK_MAX);
        for (uint32_t i = 0; i < *ret_n; i++)
            axes[i] = site->op->u.axes.v[i];
    }
    if (!st && site->op->kind == SEDGE_OP_EXPAND_DIMS)
        rank += *ret_n; /* the axes are those of the output */
    for (uint32_t i = 0; !st && i < *ret_n; i++) {
        uint32_t axis;
        st = sedge_op_axis(axes[i], rank, &axis, err);
        if (!st && axis >= 2 * SEDGE_RANK_MAX)
            st = sedge_fail(err, SEDGE_ELIMIT, "axis %u, the limit is %d", axis, SEDGE_RANK_MAX);
        if (!st && *ret >> axis & 1)
            st = sedge_fail(err, SEDGE_EINVALID, "axis %u is given twice", axis);
        if (!st)
            *ret |= UINT32_C(1) << axis;
    }
    return st;
}

sedge_status sedge_op_squeeze_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axes, n_axes, rank = 0;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = read_axes(site, x->rank, &axes, &n_axes, err);
    if (st)
        return st;
    for (uint32_t i = 0; i < x->rank; i++) {
        bool goes = n_axes ? axes >> i & 1 : x->dims[i] == 1;
        if (goes && x->dims[i] != 1)
            return sedge_fail(err, SEDGE_EINVALID, "dimension %u of '%s' is %d, not 1", i, x->name, x->dims[i]);
        if (!goes)
            dims[rank++] = x->dims[i];
    }
    return sedge_op_set_shape(y, rank, dims, err);
}

sedge_status sedge_op_squeeze_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_view_prepare(site, ret, err);
}

sedge_status sedge_op_expand_dims_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axes, n_axes, next = 0;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = read_axes(site, x->rank, &axes, &n_axes, err);
    if (!st && x->rank + n_axes > SEDGE_RANK_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "it comes out with rank %u, the limit is %d", x->rank + n_axes,
                        SEDGE_RANK_MAX);
    if (st)
        return st;
    for (uint32_t i = 0; i < x->rank + n_axes; i++)
        dims[i] = axes >> i & 1 ? 1 : x->dims[next++];
    return sedge_op_set_shape(y, x->rank + n_axes, dims, err);
}

sedge_status sedge_op_expand_dims_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_view_prepare(site, ret, err);
}

/* ---- FLATTEN ---- */

sedge_status sedge_op_flatten_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    const int64_t axis = site->op->u.axis < 0 ? site->op->u.axis + (int64_t)x->rank : site->op->u.axis;
    if (axis < 0 || axis > x->rank)
        return sedge_fail(err, SEDGE_EINVALID, "axis %d of a tensor of rank %u", site->op->u.axis, x->rank);
    int64_t n[2] = { 1, 1 };
    for (uint32_t i = 0; i < x->rank; i++) {
        n[i >= axis] *= x->dims[i];
        if (n[i >= axis] > INT32_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "a dimension of %lld, the limit is %d", (long long)n[i >= axis],
                              INT32_MAX);
    }
    const int32_t dims[] = { (int32_t)n[0], (int32_t)n[1] };
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_set_shape(y, 2, dims, err);
}

sedge_status sedge_op_flatten_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_view_prepare(site, ret, err);
}
