/* SPDX-License-Identifier: Apache-2.0 */
/** int8 functions that the reference computes in fixed point: input to Q4, function to Q0, output with a fixed scale.
 */
#ifndef SEDGE_OPS_FIXED_UNARY_H
#define SEDGE_OPS_FIXED_UNARY_H

#include "ops/op.h"

typedef struct sedge_fixed_unary {
    int32_t (*fn)(int32_t q4); /**< model/fixed_point.h */
    int32_t y_bits;            /**< output scale 2^-y_bits, which is required */
    int32_t y_zero;            /**< required too */
    const char *kernel;
} sedge_fixed_unary;

/** Preparation for an int8 input; SEDGE_EUNSUPPORTED when the scales are not as the reference wants them. */
SEDGE_NODISCARD sedge_status sedge_fixed_unary_prepare(const sedge_op_site *site, const sedge_fixed_unary *f,
                                                       sedge_prepared *ret, sedge_error *err);

#endif
