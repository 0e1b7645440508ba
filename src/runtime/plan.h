/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The memory plan: which buffers may share bytes of the arena.
 *
 * A buffer lives from one step to another, both inclusive. Largest first, each takes the lowest place that no buffer
 * living at the same time touches. Places are multiples of 64.
 */
#ifndef SEDGE_RUNTIME_PLAN_H
#define SEDGE_RUNTIME_PLAN_H

#include <stdint.h>

#include "base/pool.h"
#include "sedge/error.h"

typedef struct sedge_plan_buffer {
    size_t bytes;
    int32_t first, last; /**< steps */
    size_t offset;       /**< the outcome */
} sedge_plan_buffer;

enum { SEDGE_PLAN_ALIGN = 64 };

/** Sets all offsets and *ret_bytes, the arena's size. work is for temporary arrays. SEDGE_ELIMIT (overflow),
 * SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_plan(sedge_plan_buffer *buffers, size_t n, sedge_pool *work, size_t *ret_bytes,
                                        sedge_error *err);

#endif
