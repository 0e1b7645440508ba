/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows of SOFTMAX on int8 in gemmlowp's fixed point; output scale 1/256, zero point -128. Stands alone with
 * model/rounding.h and model/fixed_point.h: `sedge compile` writes these files beside its output.
 */
#ifndef SEDGE_OPS_KERNELS_SOFTMAX_S8_H
#define SEDGE_OPS_KERNELS_SOFTMAX_S8_H

#include <stddef.h>

#include "model/rounding.h"

enum { SEDGE_SOFTMAX_DIFF_BITS = 5 };

typedef struct sedge_softmax_s8 {
    size_t rows, depth;  /**< depth <= 4095 */
    sedge_factor factor; /**< from a difference of inputs to Q5 */
    int32_t diff_low;    /**< smaller differences count as nothing */
} sedge_softmax_s8;

/** x and y are [rows][depth] and may not overlap. */
void sedge_run_softmax_s8(const sedge_softmax_s8 *p, const int8_t *x, int8_t *y);

#endif
