/* SPDX-License-Identifier: Apache-2.0 */
/** SOFTMAX on quantised tensors. */
#ifndef SEDGE_OPS_SOFTMAX_H
#define SEDGE_OPS_SOFTMAX_H

#include "ops/kernels/softmax_s8.h"
#include "ops/op.h"

/** For int8 tensors of a site that the shape rule has accepted. SEDGE_EUNSUPPORTED, SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_softmax_s8_init(sedge_softmax_s8 *p, const sedge_op_site *site, sedge_error *err);
/** The preparation for 8 and 16 bits. */
SEDGE_NODISCARD sedge_status sedge_softmax_prepare_quant(const sedge_op_site *site, sedge_prepared *ret,
                                                         sedge_error *err);

#endif
