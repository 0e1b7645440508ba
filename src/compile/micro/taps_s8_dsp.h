/* SPDX-License-Identifier: Apache-2.0 */
/** taps_s8.h with products of 16 bits, four channels at once; included by it. */
#ifndef SEDGE_MICRO_TAPS_S8_DSP_H
#define SEDGE_MICRO_TAPS_S8_DSP_H

#include "compile/micro/dsp.h"
#include "compile/micro/taps_s8.h"

static inline void sedge_micro_taps4(const sedge_micro_taps_s8 *t, const sedge_micro_rows *r, uint32_t channel,
                                     const int8_t *x, const int8_t *w, int8_t *y) {
    const int32_t *bias = r->bias + channel;
    int16x2_t zero = (int16x2_t)((uint32_t)(-t->x_zero & 0xffff) * 0x10001u);
    int32_t a = bias[0], b = bias[1], c = bias[2], d = bias[3];
    for (const sedge_micro_place *at = t->places, *end = t->end; at != end; at++) {
        uint32_t vx = sedge_micro_load4(x + at->x), vw = sedge_micro_load4(w + at->w);
        int16x2_t x_even = sedge_micro_add_even(zero, vx), x_odd = sedge_micro_add_odd(zero, vx);
        int16x2_t w_even = sedge_micro_even(vw), w_odd = sedge_micro_odd(vw);
        a = __smlabb(x_even, w_even, a);
        b = __smlabb(x_odd, w_odd, b);
        c = __smlatt(x_even, w_even, c);
        d = __smlatt(x_odd, w_odd, d);
    }
    y[0] = sedge_micro_requantize(r, channel, a);
    y[1] = sedge_micro_requantize(r, channel + 1, b);
    y[2] = sedge_micro_requantize(r, channel + 2, c);
    y[3] = sedge_micro_requantize(r, channel + 3, d);
}

static inline void sedge_micro_taps(const sedge_micro_taps_s8 *t, const sedge_micro_rows *r, uint32_t n,
                                    const int8_t *x, const int8_t *w, int8_t *y) {
    uint32_t c = 0;
    for (; c + 4 <= n; c += 4)
        sedge_micro_taps4(t, r, c, x + c, w + c, y + c);
    for (; c < n; c++)
        y[c] = sedge_micro_requantize(r, c, sedge_micro_tap(t, x + c, w + c, r->bias[c]));
}

#endif
