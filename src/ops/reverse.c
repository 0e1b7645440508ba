/* SPDX-License-Identifier: Apache-2.0 */
/* REVERSE (x, axes): the elements along these axes in opposite order. */
#include "ops/ops.h"
#include "ops/strided.h"

static sedge_status read_axes(const sedge_op_site *site, uint32_t rank, uint32_t *ret, sedge_error *err) {
    int64_t axes[SEDGE_RANK_MAX];
    uint32_t n, axis;
    sedge_status st = sedge_op_constant_ints(site, 1, "the axes", SEDGE_RANK_MAX, axes, &n, err);
    *ret = 0;
    for (uint32_t i = 0; !st && i < n; i++) {
        st = sedge_op_axis(axes[i], rank, &axis, err);
        if (!st)
            *ret |= UINT32_C(1) << axis;
    }
    return st;
}

sedge_status sedge_op_reverse_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t axes;
    sedge_status st = read_axes(site, x->rank, &axes, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), x->dtype, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

sedge_status sedge_op_reverse_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t axes;
    sedge_status st = read_axes(site, x->rank, &axes, err);
    if (st)
        return st;
    ptrdiff_t steps[SEDGE_RANK_MAX];
    sedge_strided_steps(x, steps);
    sedge_strided s = { .unit = sedge_dtype_size(x->dtype) };
    for (uint32_t i = 0; i < x->rank; i++) {
        bool back = (axes >> i & 1) != 0;
        if (back)
            s.from_start += (size_t)(x->dims[i] - 1) * (size_t)steps[i];
        sedge_strided_add(&s, (size_t)x->dims[i], back ? -steps[i] : steps[i], steps[i]);
    }
    return sedge_strided_prepare(site, &s, "reverse", ret, err);
}
