/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Pools: windows without weights, which AVERAGE_POOL, MAX_POOL ... fill with a type's functions of whole rows of
 * channels. Where the channels come first, each channel is a picture of one channel.
 */
#ifndef SEDGE_OPS_POOL_H
#define SEDGE_OPS_POOL_H

#include "ops/op.h"
#include "ops/window.h"

/** Values in a window of 8-bit ones, so that their sum fits 32 bits. */
enum { SEDGE_POOL_8BIT_MAX = 1 << 23 };

typedef struct sedge_window_pool sedge_window_pool;

/** What one pool does with one element type. n: values side by side. */
typedef struct sedge_pool_type {
    sedge_dtype dtype;
    const char *name; /**< of the kernel */
    size_t sum_bytes; /**< of one running value, in scratch */
    void (*begin)(const sedge_window_pool *p, void *sums, size_t n);
    void (*add)(const sedge_window_pool *p, void *sums, const void *x, size_t n);
    /** count: values that were added (with padding, if that counts), at least 1; y gets n results. */
    void (*end)(const sedge_window_pool *p, const void *sums, int32_t count, void *y, size_t n);
} sedge_pool_type;

struct sedge_window_pool {
    const sedge_pool_type *type;
    size_t pictures, channels;
    sedge_span span[SEDGE_SPACE_MAX]; /**< unused ones in front are of one place */
    bool count_padding;
    int32_t low, high; /**< of integers */
    float low_f32, high_f32;
    int32_t power; /**< LP_POOL */
};

/** The shape rule of a pool of these types. */
SEDGE_NODISCARD sedge_status sedge_pool_settle(const sedge_op_site *site, const sedge_pool_type *types, size_t n,
                                               sedge_error *err);
/** Prepares it; ret->data is the sedge_window_pool, in the pool of the site. */
SEDGE_NODISCARD sedge_status sedge_pool_prepare(const sedge_op_site *site, const sedge_pool_type *types, size_t n,
                                                sedge_prepared *ret, sedge_error *err);

#endif
