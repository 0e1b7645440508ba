/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What need not be computed at every invoke: operators whose inputs are constants are evaluated when the model is
 * opened, with the same kernels; operators whose outputs nothing reads vanish.
 *
 * Folding is bounded (SEDGE_FOLD_MACS_MAX, SEDGE_FOLD_BYTES_MAX for a model): what would pass the bounds stays an
 * operator.
 */
#ifndef SEDGE_RUNTIME_FOLD_H
#define SEDGE_RUNTIME_FOLD_H

#include "runtime/compiled.h"

enum { SEDGE_FOLD_MACS_MAX = 1 << 26, SEDGE_FOLD_BYTES_MAX = 1 << 26 };

/** What folding has used of its bounds. */
typedef struct sedge_fold {
    uint64_t macs; /**< with a step for each byte of inputs and outputs */
    size_t bytes;
} sedge_fold;

/**
 * Operator i, whose shape rule has been applied: when all its inputs are constants (or it asks for shapes only), its
 * outputs become constants and outputs whose size depends on values get their actual size. SEDGE_EUNSUPPORTED... as the
 * operator's preparation says, SEDGE_ENOMEM.
 */
SEDGE_NODISCARD sedge_status sedge_fold_op(sedge_model *model, uint32_t i, sedge_fold *used, sedge_error *err);

/** Removes the operators whose outputs are constants or are read by nothing. SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_remove_dead_ops(sedge_model *model, sedge_error *err);

#endif
