/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Broadcasting as NumPy has it (dimensions aligned at the right, 1 stretches) for two or three inputs: the shape of the
 * output and a walk over it row by row. Neighbouring dimensions that all inputs run through without a gap are one.
 */
#ifndef SEDGE_OPS_BROADCAST_H
#define SEDGE_OPS_BROADCAST_H

#include "ops/op.h"

enum { SEDGE_BROADCAST_INPUTS_MAX = 3 };

typedef struct sedge_broadcast {
    uint32_t n_inputs;
    uint32_t rank; /**< >= 1 */
    size_t dims[SEDGE_RANK_MAX];
    size_t steps[SEDGE_BROADCAST_INPUTS_MAX][SEDGE_RANK_MAX]; /**< how far an input moves; of the last: 0 or 1 */
    size_t n;                                                 /**< elements of the output */
} sedge_broadcast;

/** Where a row along the last dimension begins, in elements. */
typedef struct sedge_broadcast_row {
    size_t in[SEDGE_BROADCAST_INPUTS_MAX], out;
    size_t index[SEDGE_RANK_MAX];
} sedge_broadcast_row;

/** The common shape of the first n inputs of an operator. SEDGE_EINVALID names two that do not fit. */
SEDGE_NODISCARD sedge_status sedge_broadcast_shape(const sedge_op_site *site, uint32_t n, uint32_t *ret_rank,
                                                   int32_t ret_dims[SEDGE_RANK_MAX], sedge_error *err);
/** The walk of n tensors, which fit y. */
sedge_broadcast sedge_broadcast_plan(uint32_t n, const sedge_tensor *const *inputs, const sedge_tensor *y);
/** Elements of one row. */
static inline size_t sedge_broadcast_length(const sedge_broadcast *w) {
    return w->dims[w->rank - 1];
}
/** How far input i moves within a row: 0 or 1. */
static inline size_t sedge_broadcast_step(const sedge_broadcast *w, uint32_t i) {
    return w->steps[i][w->rank - 1];
}
/** The next row; start with a zeroed one. false after the last. */
bool sedge_broadcast_next(const sedge_broadcast *w, sedge_broadcast_row *row);
/** Whether the output may lie on input 0: it is computed, not stretched, and as wide as y. */
bool sedge_broadcast_in_place(const sedge_tensor *a, const sedge_tensor *y);

#endif
