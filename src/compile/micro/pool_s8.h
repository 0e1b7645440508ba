/* SPDX-License-Identifier: Apache-2.0 */
/** AVERAGE_POOL_2D and MAX_POOL_2D on int8. Bit-exact with libsedge. */
#ifndef SEDGE_MICRO_POOL_S8_H
#define SEDGE_MICRO_POOL_S8_H

#include "compile/micro/span.h"

typedef struct sedge_micro_pool_s8 {
    uint32_t batch, channels;
    sedge_micro_span down, across; /**< every window sees at least one place */
    int8_t low, high;
} sedge_micro_pool_s8;

/** x is [batch][down.in][across.in][channels], y [batch][down.out][across.out][channels]. */
void sedge_micro_run_average_pool_s8(const sedge_micro_pool_s8 *p, const int8_t *x, int8_t *y);
void sedge_micro_run_max_pool_s8(const sedge_micro_pool_s8 *p, const int8_t *x, int8_t *y);

#endif
