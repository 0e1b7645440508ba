/* SPDX-License-Identifier: Apache-2.0 */
/** What the operators of TensorFlow Lite Micro's signal library share: checks of types and shapes. */
#ifndef SEDGE_OPS_SIGNAL_H
#define SEDGE_OPS_SIGNAL_H

#include "ops/op.h"

/** SEDGE_EUNSUPPORTED unless t has this type, SEDGE_EINVALID unless its rank is this one (0: any but a scalar). */
SEDGE_NODISCARD sedge_status sedge_signal_input(const sedge_tensor *t, sedge_dtype dtype, uint32_t rank,
                                                sedge_error *err);
/** Checks the type of an output and settles its shape. */
SEDGE_NODISCARD sedge_status sedge_signal_output(sedge_tensor *t, sedge_dtype dtype, uint32_t rank, const int32_t *dims,
                                                 sedge_error *err);
/** SEDGE_EINVALID unless low <= value <= high; the sentence names the option. */
SEDGE_NODISCARD sedge_status sedge_signal_option(const char *name, int32_t value, int32_t low, int32_t high,
                                                 sedge_error *err);

/** Position of the highest bit, counted from 1; 32 for 0, as the reference has it. */
uint32_t sedge_signal_bits(uint32_t x);

#endif
