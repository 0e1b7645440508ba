/* SPDX-License-Identifier: Apache-2.0 */
/* PACK: tensors of one shape become the slices along a new axis. */
#include "ops/ops.h"
#include "ops/parts.h"

sedge_status sedge_op_pack_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis;
    sedge_status st = sedge_op_axis(site->op->u.axis, x->rank + 1, &axis, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (!st && x->rank == SEDGE_RANK_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "input '%s' has rank %u, the limit is %d", x->name, x->rank,
                        SEDGE_RANK_MAX - 1);
    if (st)
        return st;
    for (uint32_t k = 1; k < site->op->n_inputs; k++) {
        const sedge_tensor *t = sedge_op_optional(site, k);
        bool fits = t && t->dtype == x->dtype && t->rank == x->rank;
        for (uint32_t i = 0; fits && i < x->rank; i++)
            fits = t->dims[i] == x->dims[i];
        if (!fits)
            return sedge_fail(err, SEDGE_EINVALID, "input %u has not the type and shape of '%s'", k, x->name);
    }
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i <= x->rank; i++)
        dims[i] = i < axis ? x->dims[i] : i == axis ? (int32_t)site->op->n_inputs : x->dims[i - 1];
    return sedge_op_set_shape(y, x->rank + 1, dims, err);
}

sedge_status sedge_op_pack_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis;
    sedge_status st = sedge_op_axis(site->op->u.axis, y->rank, &axis, err);
    return st ? st : sedge_parts_prepare_join(site, sedge_parts_outer(y, axis), "pack", ret, err);
}
