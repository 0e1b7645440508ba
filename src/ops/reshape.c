/* SPDX-License-Identifier: Apache-2.0 */
/* RESHAPE: the same bytes under another shape, in which one dimension may be -1. */
#include "base/checked.h"
#include "ops/copy.h"
#include "ops/ops.h"

sedge_status sedge_op_reshape_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (st)
        return st;
    int32_t dims[SEDGE_RANK_MAX];
    uint32_t rank = site->op->u.reshape.rank, open = SEDGE_RANK_MAX;
    size_t known = 1, elements = sedge_op_elements(x);
    for (uint32_t i = 0; i < rank; i++) {
        dims[i] = site->op->u.reshape.dims[i];
        if (dims[i] == -1 && open == SEDGE_RANK_MAX)
            open = i;
        else if (dims[i] < 1 || !sedge_mul_size(known, (size_t)dims[i], &known) || known > elements)
            return sedge_fail(err, SEDGE_EINVALID, "dimension %u of the new shape is %d", i, dims[i]);
    }
    if (open < rank)
        dims[open] = (int32_t)(elements / known);
    if (open < rank ? elements % known != 0 : elements != known)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' has %zu values, the new shape does not fit", x->name,
                          elements);
    return sedge_op_set_shape(y, rank, dims, err);
}

sedge_status sedge_op_reshape_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_view_prepare(site, ret, err);
}
