/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One place of a depthwise convolution: channels that lie side by side. By instruction set:
 *
 *     sedge_micro_taps(t, r, n, x, w, y)   y[c] = requantised(bias[c] + sum over places of (x - x_zero) * w), c < n
 */
#ifndef SEDGE_MICRO_TAPS_S8_H
#define SEDGE_MICRO_TAPS_S8_H

#include "compile/micro/requantize.h"

/** A place of the window that lies in the picture: how far it is from the picture's and the weights' first. */
typedef struct sedge_micro_place {
    uint32_t x, w;
} sedge_micro_place;

typedef struct sedge_micro_taps_s8 {
    const sedge_micro_place *places, *end;
    int32_t x_zero;
} sedge_micro_taps_s8;

/** The sum of one channel. */
static inline int32_t sedge_micro_tap(const sedge_micro_taps_s8 *t, const int8_t *x, const int8_t *w, int32_t sum) {
    for (const sedge_micro_place *at = t->places; at != t->end; at++)
        sum += (x[at->x] - t->x_zero) * w[at->w];
    return sum;
}

#if SEDGE_MICRO_MVE
#include "compile/micro/taps_s8_mve.h"
#elif SEDGE_MICRO_DSP
#include "compile/micro/taps_s8_dsp.h"
#else
#include "compile/micro/taps_s8_portable.h"
#endif

#endif
