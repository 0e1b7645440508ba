/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/nd.h"

#include "ops/index.h"

sedge_status sedge_nd_init(const sedge_tensor *x, const sedge_tensor *indices, int32_t batch_dims, sedge_nd *ret,
                           sedge_error *err) {
    sedge_status st = sedge_want_indices(indices, err);
    if (st)
        return st;
    const int64_t batch = batch_dims;
    const int64_t depth = indices->rank ? indices->dims[indices->rank - 1] : 0;
    bool fits = batch >= 0 && batch < indices->rank && depth >= 1 && batch + depth <= x->rank;
    for (uint32_t i = 0; fits && i < batch; i++)
        fits = x->dims[i] == indices->dims[i];
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "indices '%s' do not fit '%s' with %d batch dimensions", indices->name,
                          x->name, batch_dims);
    *ret = (sedge_nd){ .batches = 1, .tuples = 1, .depth = (uint32_t)depth, .wide = indices->dtype == SEDGE_INT64 };
    for (uint32_t i = 0; i < batch; i++)
        ret->batches *= (size_t)x->dims[i];
    for (uint32_t i = (uint32_t)batch; i + 1 < indices->rank; i++)
        ret->tuples *= (size_t)indices->dims[i];
    size_t step = sedge_dtype_size(x->dtype);
    for (uint32_t i = x->rank; i-- > (uint32_t)batch;) {
        if (i < (uint32_t)batch + ret->depth) {
            ret->dims[i - (uint32_t)batch] = (size_t)x->dims[i];
            ret->steps[i - (uint32_t)batch] = step;
        }
        step *= (size_t)x->dims[i];
    }
    ret->slab = ret->steps[ret->depth - 1];
    ret->batch_bytes = step;
    return SEDGE_OK;
}

sedge_status sedge_nd_slabs(const sedge_tensor *x, const sedge_tensor *indices, const sedge_nd *nd, int32_t batch_dims,
                            uint32_t *ret_rank, int32_t ret_dims[SEDGE_RANK_MAX], sedge_error *err) {
    const uint32_t rest = (uint32_t)batch_dims + nd->depth;
    *ret_rank = indices->rank - 1 + x->rank - rest;
    if (*ret_rank > SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "slabs of rank %u, the limit is %d", *ret_rank, SEDGE_RANK_MAX);
    for (uint32_t i = 0; i < *ret_rank; i++)
        ret_dims[i] = i + 1 < indices->rank ? indices->dims[i] : x->dims[rest + i - (indices->rank - 1)];
    return SEDGE_OK;
}

size_t sedge_nd_offset(const sedge_nd *nd, const void *indices, size_t i) {
    size_t offset = 0;
    for (uint32_t k = 0; k < nd->depth; k++)
        offset += sedge_index_at(indices, nd->wide, i * nd->depth + k, nd->dims[k]) * nd->steps[k];
    return offset;
}

bool sedge_nd_inside(const sedge_nd *nd, const void *indices, size_t i) {
    for (uint32_t k = 0; k < nd->depth; k++) {
        int64_t v = sedge_index_load(indices, nd->wide, i * nd->depth + k);
        if (v < -(int64_t)nd->dims[k] || v >= (int64_t)nd->dims[k])
            return false;
    }
    return true;
}
