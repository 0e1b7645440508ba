/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

enum { BLOCK_BYTES = 4096, SMALL_ALIGN = 16, LARGE_ALIGN = 64 };

struct sedge_pool_block {
    struct sedge_pool_block *next;
    uint8_t *at;
    size_t left;
};

void sedge_pool_done(sedge_pool *pool) {
    while (pool->blocks) {
        struct sedge_pool_block *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
    pool->used = 0;
    pool->failed = false;
}

static struct sedge_pool_block *block_new(size_t bytes) {
    size_t total;
    if (!sedge_add_size(bytes, sizeof(struct sedge_pool_block) + LARGE_ALIGN, &total))
        return NULL;
    struct sedge_pool_block *b = calloc(1, total);
    if (b) {
        b->at = (uint8_t *)(b + 1);
        b->left = total - sizeof *b;
    }
    return b;
}

static void *cut(struct sedge_pool_block *b, size_t bytes, size_t align) {
    size_t gap = (size_t)(-(uintptr_t)b->at & (align - 1));
    if (gap > b->left || bytes > b->left - gap)
        return NULL;
    uint8_t *p = b->at + gap;
    b->at = p + bytes;
    b->left -= gap + bytes;
    return p;
}

static void *from_new_block(sedge_pool *pool, size_t bytes, size_t align) {
    bool large = bytes >= BLOCK_BYTES / 4;
    struct sedge_pool_block *b = block_new(large ? bytes : BLOCK_BYTES);
    if (!b)
        return NULL;
    if (large && pool->blocks) { /* keep the half-used block in front */
        b->next = pool->blocks->next;
        pool->blocks->next = b;
    } else {
        b->next = pool->blocks;
        pool->blocks = b;
    }
    return cut(b, bytes, align);
}

void *sedge_pool_take(sedge_pool *pool, size_t n, size_t size) {
    size_t bytes, align = SMALL_ALIGN, used;
    if (sedge_mul_size(n, size, &bytes)) {
        align = bytes >= LARGE_ALIGN ? LARGE_ALIGN : SMALL_ALIGN;
        if (sedge_align_size(bytes ? bytes : 1, align, &bytes) && sedge_add_size(pool->used, bytes, &used) &&
            used <= pool->max) {
            void *p = pool->blocks ? cut(pool->blocks, bytes, align) : NULL;
            if (!p)
                p = from_new_block(pool, bytes, align);
            if (p) {
                pool->used = used;
                return p;
            }
        }
    }
    pool->failed = true;
    return NULL;
}
