/* SPDX-License-Identifier: Apache-2.0 */
/** The instructions on pairs of 16 bits that the _dsp files use: four int8 in a word become two words of two int16. */
#ifndef SEDGE_MICRO_DSP_H
#define SEDGE_MICRO_DSP_H

#include <arm_acle.h>
#include <stdint.h>
#include <string.h>

/** Four int8, of any alignment. */
static inline uint32_t sedge_micro_load4(const int8_t *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/** n < 4 of them, then zeros. */
static inline uint32_t sedge_micro_load_rest(const int8_t *p, uint32_t n) {
    uint32_t v = 0;
    for (uint32_t i = 0; i < n; i++)
        v |= (uint32_t)(uint8_t)p[i] << 8 * i;
    return v;
}

/** Bytes 0 and 2 as a pair. */
static inline int16x2_t sedge_micro_even(uint32_t v) {
    int16x2_t y;
    __asm__("sxtb16 %0, %1" : "=r"(y) : "r"(v));
    return y;
}

/** Bytes 1 and 3 as a pair. */
static inline int16x2_t sedge_micro_odd(uint32_t v) {
    int16x2_t y;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(y) : "r"(v));
    return y;
}

/** As above, plus a pair. */
static inline int16x2_t sedge_micro_add_even(int16x2_t a, uint32_t v) {
    int16x2_t y;
    __asm__("sxtab16 %0, %1, %2" : "=r"(y) : "r"(a), "r"(v));
    return y;
}

static inline int16x2_t sedge_micro_add_odd(int16x2_t a, uint32_t v) {
    int16x2_t y;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(y) : "r"(a), "r"(v));
    return y;
}

#endif
