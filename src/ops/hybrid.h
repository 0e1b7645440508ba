/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows of float32 times int8 weights: a row is quantised to int8 on the way, from its own smallest and largest value
 * (0 among them), multiplied exactly, and scaled back. This is what LiteRT's XNNPACK does with such models; its other
 * kernels take symmetric ranges, which is less exact.
 */
#ifndef SEDGE_OPS_HYBRID_H
#define SEDGE_OPS_HYBRID_H

#include "ops/op.h"

enum { SEDGE_HYBRID_DEPTH_MAX = 65535 }; /**< products of a sum: it fits int32 then */

/** Weights [out][depth] with one scale, or one for each out. */
typedef struct sedge_hybrid {
    size_t depth, out;
    const int8_t *weights;
    const float *scale;  /**< [out] */
    const int32_t *sum;  /**< [out], of the weights */
    const float *bias;   /**< [out] or NULL */
    float y_low, y_high; /**< the fused activation */
} sedge_hybrid;

/** value = scale * (q - zero) */
typedef struct sedge_hybrid_range {
    float scale;
    int32_t zero;
} sedge_hybrid_range;

/** Checks weights (tensor w, dims[0] is out) and bias and fills ret. SEDGE_EUNSUPPORTED, SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_hybrid_init(const sedge_op_site *site, const sedge_tensor *w, const sedge_tensor *b,
                                               sedge_hybrid *ret, sedge_error *err);
/** Quantises n values; what is no number becomes the lowest. */
sedge_hybrid_range sedge_hybrid_quantize(const float *x, size_t n, int8_t *q);
/** One row of outputs from a row of depth quantised values. */
void sedge_hybrid_row(const sedge_hybrid *h, const int8_t *q, sedge_hybrid_range range, float *y);

#endif
