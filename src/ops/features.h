/* SPDX-License-Identifier: Apache-2.0 */
/** Rows of features, [rows, columns] or [columns], of any number type: what classical models read. */
#ifndef SEDGE_OPS_FEATURES_H
#define SEDGE_OPS_FEATURES_H

#include "model/tree_ensemble.h"
#include "ops/op.h"

typedef struct sedge_features {
    sedge_dtype dtype;
    size_t rows, columns;
} sedge_features;

/** The shape of a settled tensor; SEDGE_EUNSUPPORTED unless it holds numbers, SEDGE_EINVALID unless its rank is 1 or 2.
 */
SEDGE_NODISCARD sedge_status sedge_features_of(const sedge_tensor *x, sedge_features *ret, sedge_error *err);
/** Columns in float32: x itself, or scratch [columns] filled. */
const float *sedge_features_row(const sedge_features *f, const void *x, size_t row, float *scratch);
/** Bytes that sedge_features_row needs. */
size_t sedge_features_scratch(const sedge_features *f);

/** Scores of one row to what a model gives out: NONE, LOGISTIC, SOFTMAX. */
void sedge_scores_post(sedge_tree_post post, float *scores, uint32_t n);

/** Type, shape [rows] and elements of an output of class labels, int64 or (texts) string. */
SEDGE_NODISCARD sedge_status sedge_labels_shape(sedge_tensor *t, bool texts, int32_t rows, sedge_error *err);
static inline void sedge_labels_store(void *labels, bool texts, size_t row, int64_t label) {
    if (texts)
        ((uint32_t *)labels)[row] = (uint32_t)label;
    else
        ((int64_t *)labels)[row] = label;
}

#endif
