/* SPDX-License-Identifier: Apache-2.0 */
/** Ranges of a model's activations on calibration vectors: extremes, and a histogram between them. */
#ifndef SEDGE_OPTIMIZE_RANGES_H
#define SEDGE_OPTIMIZE_RANGES_H

#include <stdint.h>

#include "train/evaluate.h"

enum { SEDGE_RANGE_BINS = 2048 };

/** Of one tensor; min <= 0 <= max, since int8 must hold zero exactly. */
typedef struct sedge_range {
    float min, max;
    uint64_t counts[SEDGE_RANGE_BINS]; /**< between min and max */
} sedge_range;

/**
 * Runs the model on all vectors, twice.
 * @param ret  [sedge_model_tensor_count], zeroed by the caller; entries of the input and of computed tensors are filled
 */
SEDGE_NODISCARD sedge_status sedge_ranges_measure(sedge_runner *runner, const float *x, size_t n, sedge_range *ret,
                                                  sedge_error *err);

/** The part of the range that gives the least squared error when it is cut into 255 steps and the rest is clipped. */
void sedge_range_least_error(const sedge_range *range, float *ret_min, float *ret_max);

#endif
