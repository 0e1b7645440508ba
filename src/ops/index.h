/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Indices that are known only when the model runs. A negative one counts from the end. One beyond the dimension, which
 * TensorFlow Lite and ONNX refuse, is clamped to its first or last element, so that nothing outside is read.
 */
#ifndef SEDGE_OPS_INDEX_H
#define SEDGE_OPS_INDEX_H

#include "ops/op.h"

/** SEDGE_EUNSUPPORTED unless t is int32 or int64. */
SEDGE_NODISCARD static inline sedge_status sedge_want_indices(const sedge_tensor *t, sedge_error *err) {
    if (t->dtype == SEDGE_INT32 || t->dtype == SEDGE_INT64)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "indices '%s' are %s, int32 or int64 is needed", t->name,
                      sedge_dtype_name(t->dtype));
}

/** Value i of an int32 or int64 array. */
static inline int64_t sedge_index_load(const void *p, bool wide, size_t i) {
    return wide ? ((const int64_t *)p)[i] : ((const int32_t *)p)[i];
}

/** Index i of an array as a place in a dimension of at least 1. */
static inline size_t sedge_index_at(const void *p, bool wide, size_t i, size_t dim) {
    int64_t v = sedge_index_load(p, wide, i);
    if (v < 0)
        v += (int64_t)dim;
    return v < 0 ? 0 : v >= (int64_t)dim ? dim - 1 : (size_t)v;
}

#endif
