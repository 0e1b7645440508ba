/* SPDX-License-Identifier: Apache-2.0 */
/**
 * ADD and SUB: a + sign * b. int8 brings both inputs to twice the larger scale, shifted left by 20, adds, and brings
 * the sum to the output's scale. Source: the reference kernels of TensorFlow Lite Micro.
 */
#ifndef SEDGE_OPS_SUM_H
#define SEDGE_OPS_SUM_H

#include "ops/op.h"

/** The preparation; sign is 1 or -1, the kernel names are static. */
SEDGE_NODISCARD sedge_status sedge_sum_prepare(const sedge_op_site *site, int sign, const char *kernel_f32,
                                               const char *kernel_s8, sedge_prepared *ret, sedge_error *err);

#endif
