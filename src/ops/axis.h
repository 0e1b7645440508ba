/* SPDX-License-Identifier: Apache-2.0 */
/** A tensor as lines along one axis: [outer][depth][inner]. */
#ifndef SEDGE_OPS_AXIS_H
#define SEDGE_OPS_AXIS_H

#include "ops/op.h"

typedef struct sedge_axis_view {
    size_t outer, depth, inner;
} sedge_axis_view;

/** The view of a settled tensor along dimensions first to last (both counted; first > last: depth 1). */
static inline sedge_axis_view sedge_axis_view_of(const sedge_tensor *t, uint32_t first, uint32_t last) {
    sedge_axis_view v = { 1, 1, 1 };
    for (uint32_t i = 0; i < t->rank; i++) {
        size_t *part = i < first ? &v.outer : i <= last ? &v.depth : &v.inner;
        *part *= (size_t)t->dims[i];
    }
    return v;
}

/** The axis that input i of an operator holds as one constant integer, of input 0. SEDGE_EINVALID, SEDGE_EUNSUPPORTED.
 */
SEDGE_NODISCARD static inline sedge_status sedge_axis_input(const sedge_op_site *site, uint32_t i, uint32_t *ret,
                                                            sedge_error *err) {
    int64_t axis;
    uint32_t n;
    sedge_status st = sedge_op_constant_ints(site, i, "the axis", 1, &axis, &n, err);
    if (!st && n != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "the axis, tensor '%s', is empty", sedge_op_input(site, i)->name);
    return st ? st : sedge_op_axis(axis, sedge_op_input(site, 0)->rank, ret, err);
}

/** Where line i, of outer * inner, begins; its elements are inner apart. */
static inline size_t sedge_axis_line(const sedge_axis_view *v, size_t i) {
    return i / v->inner * v->depth * v->inner + i % v->inner;
}

#endif
