/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sums of a depthwise window over channels that lie side by side. By instruction set:
 *
 *     SEDGE_MICRO_LANES                        channels at once
 *     sedge_micro_taps(t, x, w, n, sum)        sum[c] += sum over rows and columns of (x - x_zero) * w, for c < n <=
 * LANES
 */
#ifndef SEDGE_MICRO_TAPS_S8_H
#define SEDGE_MICRO_TAPS_S8_H

#include <stdint.h>

#include "compile/micro/isa.h"

/** The part of a window that lies in the picture: rows x columns of it. */
typedef struct sedge_micro_taps_s8 {
    int32_t rows, columns;
    int32_t x_zero;
    uint32_t x_row, x_column; /**< from a place to the next, down and across */
    uint32_t w_row, w_column;
} sedge_micro_taps_s8;

static inline void sedge_micro_tap(const sedge_micro_taps_s8 *t, const int8_t *x, const int8_t *w, int32_t *sum) {
    for (int32_t i = 0; i < t->rows; i++)
        for (int32_t j = 0; j < t->columns; j++)
            *sum += (x[(uint32_t)i * t->x_row + (uint32_t)j * t->x_column] - t->x_zero) *
                    w[(uint32_t)i * t->w_row + (uint32_t)j * t->w_column];
}

#if SEDGE_MICRO_MVE
#include "compile/micro/taps_s8_mve.h"
#elif SEDGE_MICRO_DSP
#include "compile/micro/taps_s8_dsp.h"
#else
#include "compile/micro/taps_s8_portable.h"
#endif

#endif
