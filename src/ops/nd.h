/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Index tuples of GATHER_ND and SCATTER_ND: the last dimension of the indices is a place in the first dimensions of a
 * tensor (behind batch dimensions), and what is there is a slab.
 */
#ifndef SEDGE_OPS_ND_H
#define SEDGE_OPS_ND_H

#include "ops/op.h"

typedef struct sedge_nd {
    size_t batches;                                     /**< of both tensors */
    size_t batch_bytes;                                 /**< of the indexed tensor */
    size_t tuples;                                      /**< in a batch */
    uint32_t depth;                                     /**< indices in a tuple */
    size_t slab;                                        /**< bytes */
    bool wide;                                          /**< indices are int64 */
    size_t dims[SEDGE_RANK_MAX], steps[SEDGE_RANK_MAX]; /**< of the indexed dimensions; steps in bytes */
} sedge_nd;

/** Checks types, depth and batch dimensions. SEDGE_EINVALID, SEDGE_EUNSUPPORTED. */
SEDGE_NODISCARD sedge_status sedge_nd_init(const sedge_tensor *x, const sedge_tensor *indices, int32_t batch_dims,
                                           sedge_nd *ret, sedge_error *err);
/** Shape of all slabs: batch and index dimensions, then what is not indexed. SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_nd_slabs(const sedge_tensor *x, const sedge_tensor *indices, const sedge_nd *nd,
                                            int32_t batch_dims, uint32_t *ret_rank, int32_t ret_dims[SEDGE_RANK_MAX],
                                            sedge_error *err);
/** Byte offset in its batch of the slab that tuple i of all names; indices out of range as in index.h. */
size_t sedge_nd_offset(const sedge_nd *nd, const void *indices, size_t i);
/** Whether all indices of tuple i are in range. */
bool sedge_nd_inside(const sedge_nd *nd, const void *indices, size_t i);

#endif
