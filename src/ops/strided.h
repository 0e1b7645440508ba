/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Copies elements from places in regular steps to places in regular steps: one walk for every operator that permutes,
 * cuts, repeats or places elements. It knows bytes, no types.
 */
#ifndef SEDGE_OPS_STRIDED_H
#define SEDGE_OPS_STRIDED_H

#include "ops/op.h"

enum { SEDGE_STRIDED_RANK = 2 * SEDGE_RANK_MAX };

/** A copy of dims[0] x ... x dims[rank - 1] units. The steps between neighbours are in bytes; 0 repeats, a negative one
 * goes backwards. */
typedef struct sedge_strided {
    size_t unit; /**< bytes of what is copied as one */
    uint32_t rank;
    size_t dims[SEDGE_STRIDED_RANK];
    ptrdiff_t from_step[SEDGE_STRIDED_RANK];
    ptrdiff_t to_step[SEDGE_STRIDED_RANK];
    size_t from_start, to_start; /**< byte offsets of the first unit */
} sedge_strided;

/** Bytes between neighbours along each dimension of a row-major tensor. */
void sedge_strided_steps(const sedge_tensor *t, ptrdiff_t *ret);
/** Adds a dimension behind those that there are. At most SEDGE_STRIDED_RANK are added. */
static inline void sedge_strided_add(sedge_strided *s, size_t dim, ptrdiff_t from_step, ptrdiff_t to_step) {
    s->dims[s->rank] = dim;
    s->from_step[s->rank] = from_step;
    s->to_step[s->rank++] = to_step;
}
/** The same copy with as few dimensions and as large units as possible. */
void sedge_strided_simplify(sedge_strided *s);
/** Copies what sedge_strided_simplify left; the two memories do not overlap. */
void sedge_strided_copy(const sedge_strided *s, const void *from, void *to);

/**
 * Prepares an operator that is one copy from input 0 to its only output: simplified, and a view where nothing moves.
 * kernel is the name for profiles. SEDGE_ELIMIT.
 */
SEDGE_NODISCARD sedge_status sedge_strided_prepare(const sedge_op_site *site, const sedge_strided *s,
                                                   const char *kernel, sedge_prepared *ret, sedge_error *err);

#endif
