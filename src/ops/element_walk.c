/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/element_walk.h"

#include "ops/index.h"

sedge_status sedge_element_walk_init(const sedge_tensor *x, const sedge_tensor *indices, int32_t axis,
                                     sedge_element_walk *ret, sedge_error *err) {
    *ret = (sedge_element_walk){ .rank = x->rank,
                                 .n = sedge_op_elements(indices),
                                 .unit = sedge_dtype_size(x->dtype),
                                 .wide = indices->dtype == SEDGE_INT64 };
    sedge_status st = sedge_want_indices(indices, err);
    if (!st)
        st = sedge_op_axis(axis, x->rank, &ret->axis, err);
    if (st)
        return st;
    bool fits = x->rank == indices->rank;
    for (uint32_t i = 0; fits && i < x->rank; i++)
        fits = i == ret->axis || indices->dims[i] <= x->dims[i];
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "indices '%s' do not fit '%s' along axis %u", indices->name, x->name,
                          ret->axis);
    ret->x_dim = (size_t)x->dims[ret->axis];
    size_t step = 1;
    for (uint32_t i = x->rank; i-- > 0;) {
        ret->dims[i] = (size_t)indices->dims[i];
        ret->steps[i] = step;
        step *= (size_t)x->dims[i];
    }
    return SEDGE_OK;
}

size_t sedge_element_walk_next(const sedge_element_walk *w, size_t coordinates[SEDGE_RANK_MAX]) {
    size_t at = 0;
    for (uint32_t i = 0; i < w->rank; i++)
        at += i == w->axis ? 0 : coordinates[i] * w->steps[i];
    for (uint32_t i = w->rank; i-- > 0 && ++coordinates[i] == w->dims[i];)
        coordinates[i] = 0;
    return at;
}
