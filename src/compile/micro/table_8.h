/* SPDX-License-Identifier: Apache-2.0 */
/** A function of one 8-bit value as a table of its 256 results, by the input's byte. */
#ifndef SEDGE_MICRO_TABLE_8_H
#define SEDGE_MICRO_TABLE_8_H

#include <stdint.h>

/** n values; x and y may be the same. */
static inline void sedge_micro_run_table_8(const uint8_t table[256], uint32_t n, const uint8_t *x, uint8_t *y) {
    for (uint32_t i = 0; i < n; i++)
        y[i] = table[x[i]];
}

#endif
