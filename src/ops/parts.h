/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A whole tensor and its parts along one axis: what CONCATENATION and PACK join, SPLIT and UNPACK take apart. Seen as
 * bytes, the whole is `outer` rows, in each of which the parts' runs lie one behind the other.
 */
#ifndef SEDGE_OPS_PARTS_H
#define SEDGE_OPS_PARTS_H

#include "ops/op.h"

/** Product of the dimensions before an axis. */
size_t sedge_parts_outer(const sedge_tensor *t, uint32_t axis);
/** Prepares the join of all inputs into output 0, of one input a view. Their bytes add up to its. SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_parts_prepare_join(const sedge_op_site *site, size_t outer, const char *kernel,
                                                      sedge_prepared *ret, sedge_error *err);
/** Prepares the split of input `whole` into all outputs, whose bytes add up to its. SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_parts_prepare_split(const sedge_op_site *site, uint32_t whole, size_t outer,
                                                       const char *kernel, sedge_prepared *ret, sedge_error *err);

#endif
