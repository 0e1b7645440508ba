/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What operators of two inputs share: broadcasting as NumPy has it (dimensions aligned at the right, 1 stretches).
 * float32, or int8 with one scale for each of the three tensors.
 */
#ifndef SEDGE_OPS_BINARY_H
#define SEDGE_OPS_BINARY_H

#include "model/quant.h"
#include "ops/op.h"

/** The walk over an output: for each dimension its size and how far each input moves. */
typedef struct sedge_binary {
    uint32_t rank; /**< >= 1 */
    size_t dims[SEDGE_RANK_MAX];
    size_t step_a[SEDGE_RANK_MAX], step_b[SEDGE_RANK_MAX];
    size_t n;
} sedge_binary;

/** Where a row along the last dimension begins, in elements. */
typedef struct sedge_binary_row {
    size_t a, b, y;
} sedge_binary_row;

SEDGE_NODISCARD sedge_status sedge_binary_shape(const sedge_op_site *site, sedge_error *err);
/** The walk for shapes that the shape rule has accepted. */
sedge_binary sedge_binary_walk(const sedge_tensor *a, const sedge_tensor *b, const sedge_tensor *y);
/** Whether the output may lie on input 0: it is not stretched and it is computed. */
bool sedge_binary_in_place(const sedge_tensor *a, const sedge_tensor *y);
/** The next row; start with index zeroed and row zeroed. false after the last one. */
bool sedge_binary_next(const sedge_binary *w, size_t index[SEDGE_RANK_MAX], sedge_binary_row *row);

#endif
