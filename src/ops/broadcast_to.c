/* SPDX-License-Identifier: Apache-2.0 */
/* BROADCAST_TO (x, shape): dimensions of 1 of either, aligned at the right, stretch to those of the other. */
#include "ops/ops.h"
#include "ops/strided.h"

sedge_status sedge_op_broadcast_to_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    int64_t shape[SEDGE_RANK_MAX];
    uint32_t n;
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = sedge_op_constant_ints(site, 1, "the new shape", SEDGE_RANK_MAX, shape, &n, err);
    if (st)
        return st;
    const uint32_t rank = n > x->rank ? n : x->rank;
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i < rank; i++) {
        int64_t own = i + x->rank < rank ? 1 : x->dims[i + x->rank - rank];
        int64_t wanted = i + n < rank ? 1 : shape[i + n - rank];
        if ((own != wanted && own != 1 && wanted != 1) || wanted < 0 || wanted > INT32_MAX)
            return sedge_fail(err, SEDGE_EINVALID, "dimension %u of '%s' is %lld and cannot be made %lld", i, x->name,
                              (long long)own, (long long)wanted);
        dims[i] = (int32_t)(own == 1 ? wanted : own);
    }
    return sedge_op_set_shape(y, rank, dims, err);
}

sedge_status sedge_op_broadcast_to_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    ptrdiff_t from[SEDGE_RANK_MAX], to[SEDGE_RANK_MAX];
    sedge_strided_steps(x, from);
    sedge_strided_steps(y, to);
    const uint32_t missing = y->rank - x->rank;
    sedge_strided s = { .unit = sedge_dtype_size(x->dtype) };
    for (uint32_t i = 0; i < y->rank; i++) {
        bool stretched = i < missing || x->dims[i - missing] == 1;
        sedge_strided_add(&s, (size_t)y->dims[i], stretched ? 0 : from[i - missing], to[i]);
    }
    return sedge_strided_prepare(site, &s, "broadcast_to", ret, err);
}
