/* SPDX-License-Identifier: Apache-2.0 */
/** What FULLY_CONNECTED on int8 multiplies with. */
#ifndef SEDGE_OPS_FULLY_CONNECTED_H
#define SEDGE_OPS_FULLY_CONNECTED_H

#include "ops/op.h"

/**
 * By row of the weights: the bias with -(x's zero point + x_offset) * sum of the row's weights in it, and the factor to
 * the output's scale. Each array has as many entries as the weights have rows. SEDGE_EUNSUPPORTED: scales too far
 * apart.
 */
SEDGE_NODISCARD sedge_status sedge_fully_connected_s8_rows(const sedge_op_site *site, int32_t x_offset, int32_t *bias,
                                                           int32_t *multiplier, int32_t *shift, sedge_error *err);

#endif
