/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Memory that is given out in pieces and freed at once. Pieces are zeroed and 64-byte aligned when they are large.
 *
 * A pool never moves a piece. It refuses, and remembers that it did, when its stated maximum would be passed or the
 * system has no more, so that a builder may check once.
 */
#ifndef SEDGE_BASE_POOL_H
#define SEDGE_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct sedge_pool {
    struct sedge_pool_block *blocks; /**< owned; the newest first */
    size_t used;                     /**< bytes given out, with their padding */
    size_t max;
    bool failed;
} sedge_pool;

static inline sedge_pool sedge_pool_init(size_t max) {
    return (sedge_pool){ .max = max };
}

/** Frees every piece; the pool may be used again with the same maximum. */
void sedge_pool_done(sedge_pool *pool);
/** n * size zeroed bytes aligned to 16, to 64 from 64 bytes on. NULL on overflow, maximum, no memory; never NULL for 0.
 */
void *sedge_pool_take(sedge_pool *pool, size_t n, size_t size);

#endif
