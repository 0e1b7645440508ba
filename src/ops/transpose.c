/* SPDX-License-Identifier: Apache-2.0 */
/* TRANSPOSE (x, permutation or absent): output dimension i is input dimension permutation[i]; absent: in reverse. */
#include "ops/ops.h"
#include "ops/strided.h"

static sedge_status read_permutation(const sedge_op_site *site, uint32_t rank, uint32_t *ret, sedge_error *err) {
    int64_t p[SEDGE_RANK_MAX];
    uint32_t n = rank, seen = 0;
    for (uint32_t i = 0; i < rank; i++)
        p[i] = rank - 1 - i;
    if (sedge_op_optional(site, 1)) {
        sedge_status st = sedge_op_constant_ints(site, 1, "the permutation", SEDGE_RANK_MAX, p, &n, err);
        if (st)
            return st;
    }
    if (n != rank)
        return sedge_fail(err, SEDGE_EINVALID, "a permutation of %u dimensions for rank %u", n, rank);
    for (uint32_t i = 0; i < rank; i++) {
        sedge_status st = sedge_op_axis(p[i], rank, &ret[i], err);
        if (st)
            return st;
        if (seen & UINT32_C(1) << ret[i])
            return sedge_fail(err, SEDGE_EINVALID, "the permutation has dimension %u twice", ret[i]);
        seen |= UINT32_C(1) << ret[i];
    }
    return SEDGE_OK;
}

sedge_status sedge_op_transpose_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t p[SEDGE_RANK_MAX];
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = read_permutation(site, x->rank, p, err);
    for (uint32_t i = 0; !st && i < x->rank; i++)
        dims[i] = x->dims[p[i]];
    return st ? st : sedge_op_set_shape(y, x->rank, dims, err);
}

sedge_status sedge_op_transpose_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    uint32_t p[SEDGE_RANK_MAX];
    sedge_status st = read_permutation(site, x->rank, p, err);
    if (st)
        return st;
    ptrdiff_t from[SEDGE_RANK_MAX], to[SEDGE_RANK_MAX];
    sedge_strided_steps(x, from);
    sedge_strided_steps(y, to);
    sedge_strided s = { .unit = sedge_dtype_size(x->dtype) };
    for (uint32_t i = 0; i < y->rank; i++)
        sedge_strided_add(&s, (size_t)y->dims[i], from[p[i]], to[i]);
    return sedge_strided_prepare(site, &s, "transpose", ret, err);
}
