/* SPDX-License-Identifier: Apache-2.0 */
/* UNPACK: the slices along an axis, which goes away, become outputs. */
#include "ops/ops.h"
#include "ops/parts.h"

sedge_status sedge_op_unpack_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t axis;
    sedge_status st = sedge_op_axis(site->op->u.axis, x->rank, &axis, err);
    if (st)
        return st;
    if ((uint32_t)x->dims[axis] != site->op->n_outputs)
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs of %d slices along axis %u", site->op->n_outputs,
                          x->dims[axis], axis);
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i + 1 < x->rank; i++)
        dims[i] = x->dims[i < axis ? i : i + 1];
    for (uint32_t k = 0; !st && k < site->op->n_outputs; k++) {
        st = sedge_op_set_type(sedge_op_output(site, k), x->dtype, err);
        if (!st)
            st = sedge_op_set_shape(sedge_op_output(site, k), x->rank - 1, dims, err);
    }
    return st;
}

sedge_status sedge_op_unpack_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    uint32_t axis;
    sedge_status st = sedge_op_axis(site->op->u.axis, x->rank, &axis, err);
    return st ? st : sedge_parts_prepare_split(site, 0, sedge_parts_outer(x, axis), "unpack", ret, err);
}
