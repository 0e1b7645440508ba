/* SPDX-License-Identifier: Apache-2.0 */
/** taps_s8.h in plain C; included by it. */
#ifndef SEDGE_MICRO_TAPS_S8_PORTABLE_H
#define SEDGE_MICRO_TAPS_S8_PORTABLE_H

#include "compile/micro/taps_s8.h"

static inline void sedge_micro_taps(const sedge_micro_taps_s8 *t, const sedge_micro_rows *r, uint32_t n,
                                    const int8_t *x, const int8_t *w, int8_t *y) {
    for (uint32_t c = 0; c < n; c++)
        y[c] = sedge_micro_requantize(r, c, sedge_micro_tap(t, x + c, w + c, r->bias[c]));
}

#endif
