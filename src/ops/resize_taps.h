/* SPDX-License-Identifier: Apache-2.0 */
/** Which elements of an axis, with which weights, make each element of the resized axis. */
#ifndef SEDGE_OPS_RESIZE_TAPS_H
#define SEDGE_OPS_RESIZE_TAPS_H

#include "base/pool.h"
#include "model/graph.h"

/** The axis of one side length. */
typedef struct sedge_resize_axis {
    uint32_t in, out;        /**< >= 1 */
    float scale;             /**< out / in, as the file says it; > 0 and finite */
    float roi_low, roi_high; /**< of SEDGE_RESIZE_CROP, in parts of the axis */
} sedge_resize_axis;

/** Element i of the output is the sum over k < n of weight[i * n + k] * x[index[i * n + k]], in that order. */
typedef struct sedge_resize_taps {
    uint32_t n;
    uint32_t *index; /**< SEDGE_RESIZE_OUTSIDE in entry i * n: element i is the extrapolation value */
    float *weight;   /**< NULL: n is 1 and all weights are 1 */
} sedge_resize_taps;

#define SEDGE_RESIZE_OUTSIDE UINT32_MAX
/** Entries of the tables of one axis. */
enum { SEDGE_RESIZE_ENTRIES_MAX = 1 << 24 };

/** false when the tables pass SEDGE_RESIZE_ENTRIES_MAX or the pool gives no more. */
SEDGE_NODISCARD bool sedge_resize_make_taps(const sedge_resize *p, const sedge_resize_axis *axis, sedge_pool *pool,
                                            sedge_resize_taps *ret);

#endif
