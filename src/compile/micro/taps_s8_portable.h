/* SPDX-License-Identifier: Apache-2.0 */
/** taps_s8.h in plain C; included by it. */
#ifndef SEDGE_MICRO_TAPS_S8_PORTABLE_H
#define SEDGE_MICRO_TAPS_S8_PORTABLE_H

#include "compile/micro/taps_s8.h"

enum { SEDGE_MICRO_LANES = 1 };

static inline void sedge_micro_taps(const sedge_micro_taps_s8 *t, const int8_t *x, const int8_t *w, uint32_t n,
                                    int32_t *sum) {
    for (uint32_t c = 0; c < n; c++)
        sedge_micro_tap(t, x + c, w + c, &sum[c]);
}

#endif
