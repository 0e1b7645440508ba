/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/features.h"

#include "base/exact_math.h"
#include "ops/numbers.h"

sedge_status sedge_features_of(const sedge_tensor *x, sedge_features *ret, sedge_error *err) {
    if (!sedge_is_float(x->dtype) && !sedge_is_integer(x->dtype))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, numbers are needed", x->name,
                          sedge_dtype_name(x->dtype));
    if (x->rank != 1 && x->rank != 2)
        return sedge_fail(err, SEDGE_EINVALID, "tensor '%s' has rank %u, 1 or 2 is needed", x->name, x->rank);
    *ret = (sedge_features){ x->dtype, x->rank == 2 ? (size_t)x->dims[0] : 1, (size_t)x->dims[x->rank - 1] };
    return SEDGE_OK;
}

const float *sedge_features_row(const sedge_features *f, const void *x, size_t row, float *scratch) {
    double block[SEDGE_BLOCK];
    if (f->dtype == SEDGE_FLOAT32)
        return (const float *)x + row * f->columns;
    for (size_t at = 0; at < f->columns; at += SEDGE_BLOCK) {
        size_t n = f->columns - at < SEDGE_BLOCK ? f->columns - at : SEDGE_BLOCK;
        sedge_load_f64(f->dtype, x, row * f->columns + at, 1, n, block);
        for (size_t i = 0; i < n; i++)
            scratch[at + i] = (float)block[i];
    }
    return scratch;
}

size_t sedge_features_scratch(const sedge_features *f) {
    return f->dtype == SEDGE_FLOAT32 ? 0 : f->columns * sizeof(float);
}

static void softmax(float *scores, uint32_t n) {
    float largest = scores[0], sum = 0;
    for (uint32_t i = 1; i < n; i++)
        largest = scores[i] > largest ? scores[i] : largest;
    for (uint32_t i = 0; i < n; i++) {
        scores[i] = sedge_expf(scores[i] - largest);
        sum += scores[i];
    }
    for (uint32_t i = 0; i < n; i++)
        scores[i] /= sum;
}

void sedge_scores_post(sedge_tree_post post, float *scores, uint32_t n) {
    if (post == SEDGE_TREE_POST_SOFTMAX)
        softmax(scores, n);
    for (uint32_t i = 0; post == SEDGE_TREE_POST_LOGISTIC && i < n; i++)
        scores[i] = sedge_logisticf(scores[i]);
}

sedge_status sedge_labels_shape(sedge_tensor *t, bool texts, int32_t rows, sedge_error *err) {
    sedge_status st = sedge_op_set_type(t, texts ? SEDGE_STRING : SEDGE_INT64, err);
    return st ? st : sedge_op_set_shape(t, 1, &rows, err);
}
