/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What operators of one input and one output of the same shape share: float32 through a function, int8 through a table
 * of the 256 results that the preparation computes with the exact integer function.
 */
#ifndef SEDGE_OPS_UNARY_H
#define SEDGE_OPS_UNARY_H

#include "ops/op.h"

typedef float sedge_unary_f32(float x);
/** The result for one quantised value; user is whatever the operator needs. */
typedef int32_t sedge_unary_s8(int32_t q, const void *user);

/** Shape rule: types equal and float32 or int8 (then with one scale each), output as input. */
SEDGE_NODISCARD sedge_status sedge_unary_shape(const sedge_op_site *site, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_unary_prepare_f32(const sedge_op_site *site, sedge_unary_f32 *fn, const char *kernel,
                                                     sedge_prepared *ret, sedge_error *err);
/** Input and output are 8 bits wide (int8 or uint8 each). */
SEDGE_NODISCARD sedge_status sedge_unary_prepare_s8(const sedge_op_site *site, sedge_unary_s8 *fn, const void *user,
                                                    const char *kernel, sedge_prepared *ret, sedge_error *err);

#endif
