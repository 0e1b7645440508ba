/* SPDX-License-Identifier: Apache-2.0 */
/* TILE (x, repeats): the tensor side by side along every dimension. */
#include "ops/ops.h"
#include "ops/strided.h"

sedge_status sedge_op_tile_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    int64_t repeats[SEDGE_RANK_MAX];
    uint32_t n;
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = sedge_op_constant_ints(site, 1, "the repeats", SEDGE_RANK_MAX, repeats, &n, err);
    if (!st && n != x->rank)
        st = sedge_fail(err, SEDGE_EINVALID, "%u repeats for rank %u", n, x->rank);
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; !st && i < n; i++) {
        bool fits = repeats[i] >= 0 && (x->dims[i] == 0 || repeats[i] <= INT32_MAX / x->dims[i]);
        if (!fits)
            return sedge_fail(err, SEDGE_EINVALID, "dimension %u, which is %d, %lld times", i, x->dims[i],
                              (long long)repeats[i]);
        dims[i] = (int32_t)(x->dims[i] * repeats[i]);
    }
    return st ? st : sedge_op_set_shape(y, x->rank, dims, err);
}

sedge_status sedge_op_tile_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    ptrdiff_t from[SEDGE_RANK_MAX], to[SEDGE_RANK_MAX];
    sedge_strided_steps(x, from);
    sedge_strided_steps(y, to);
    sedge_strided s = { .unit = sedge_dtype_size(x->dtype) };
    for (uint32_t i = 0; i < x->rank; i++) {
        sedge_strided_add(&s, (size_t)(y->dims[i] / x->dims[i]), 0, to[i] * x->dims[i]);
        sedge_strided_add(&s, (size_t)x->dims[i], from[i], to[i]);
    }
    return sedge_strided_prepare(site, &s, "tile", ret, err);
}
