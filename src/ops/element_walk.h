/* SPDX-License-Identifier: Apache-2.0 */
/**
 * GATHER_ELEMENTS and SCATTER_ELEMENTS: every index names, in place of its own coordinate along an axis, an element of
 * a tensor x of the same rank, whose other dimensions are no smaller than those of the indices.
 */
#ifndef SEDGE_OPS_ELEMENT_WALK_H
#define SEDGE_OPS_ELEMENT_WALK_H

#include "ops/op.h"

typedef struct sedge_element_walk {
    uint32_t rank, axis;
    size_t n;                     /**< indices */
    size_t unit;                  /**< bytes of an element */
    bool wide;                    /**< indices are int64 */
    size_t x_dim;                 /**< of x along the axis */
    size_t dims[SEDGE_RANK_MAX];  /**< of the indices */
    size_t steps[SEDGE_RANK_MAX]; /**< of x, in elements */
} sedge_element_walk;

/** Checks types and shapes. SEDGE_EINVALID, SEDGE_EUNSUPPORTED. */
SEDGE_NODISCARD sedge_status sedge_element_walk_init(const sedge_tensor *x, const sedge_tensor *indices, int32_t axis,
                                                     sedge_element_walk *ret, sedge_error *err);
/** The element of x, without its coordinate along the axis, that belongs to index i; called for i = 0, 1, 2 ... with
 * coordinates that start as zeros. */
size_t sedge_element_walk_next(const sedge_element_walk *w, size_t coordinates[SEDGE_RANK_MAX]);

#endif
