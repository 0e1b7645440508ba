/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Real numbers in and out of a model, whatever its tensors hold: float32 is copied, int8 is quantised with the tensor's
 * scale and zero point. One rule for training, evaluation and device:
 *
 *     q = clamp(round(x / scale) + zero_point, -128, 127)      x / scale in float32, round half away from zero
 *     x = scale * (q - zero_point)                             in float32
 *
 * NaN is refused, infinities saturate. Tensors must be float32 or int8 with one scale (or int8 without: scale 1).
 */
#ifndef SEDGE_REAL_H
#define SEDGE_REAL_H

#include "sedge/instance.h"

/** Fills input `index` from n numbers. SEDGE_EUSAGE (n or index does not fit), SEDGE_EINVALID (NaN, with its place),
 * SEDGE_EUNSUPPORTED (another type). On failure the input's bytes are undefined. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_real_set_input(sedge_instance *instance, uint32_t index, const float *x,
                                                            size_t n, sedge_error *err);
/** Reads output `index` as n numbers. SEDGE_EUSAGE, SEDGE_EUNSUPPORTED. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_real_get_output(const sedge_instance *instance, uint32_t index,
                                                             float *ret_y, size_t n, sedge_error *err);
/** Elements of a tensor that the two functions above can use; 0 for any other. */
SEDGE_API size_t sedge_real_count(const sedge_tensor *t);
/** The first output that the functions above can read (of a tree classifier the probabilities); false: there is none.
 */
SEDGE_API SEDGE_NODISCARD bool sedge_real_output(const sedge_model *model, uint32_t *ret_index);

#endif
