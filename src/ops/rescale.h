/* SPDX-License-Identifier: Apache-2.0 */
/** y_zero + (x - x_zero) * factor, clamped: from one quantisation to another. */
#ifndef SEDGE_OPS_RESCALE_H
#define SEDGE_OPS_RESCALE_H

#include "model/quant.h"
#include "ops/op.h"

typedef struct sedge_rescale {
    int32_t x_zero, y_zero;
    sedge_factor factor;
    sedge_range range;
} sedge_rescale;

/** From x's quantisation to y's with this real factor; the range is that of y's type. SEDGE_EUNSUPPORTED. */
SEDGE_NODISCARD sedge_status sedge_rescale_init(sedge_rescale *r, const sedge_tensor *x, const sedge_tensor *y,
                                                double factor, sedge_error *err);
/** The result for one value; user is a sedge_rescale. */
int32_t sedge_rescale_apply(const void *user, int32_t q);

#endif
