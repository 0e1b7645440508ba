/* SPDX-License-Identifier: Apache-2.0 */
#include <arm_neon.h>

#include "ops/kernels/convert.h"

/* n bytes that lie side by side; the last vector covers some of them again */
static inline void convert_run(const uint8_t *x, size_t n, uint8x16_t flip, uint8_t *y) {
    if (n >= 16) {
        for (size_t i = 0; i + 16 < n; i += 16)
            vst1q_u8(y + i, veorq_u8(vld1q_u8(x + i), flip));
        vst1q_u8(y + n - 16, veorq_u8(vld1q_u8(x + n - 16), flip));
    } else if (n >= 8) {
        vst1_u8(y, veor_u8(vld1_u8(x), vget_low_u8(flip)));
        vst1_u8(y + n - 8, veor_u8(vld1_u8(x + n - 8), vget_low_u8(flip)));
    } else {
        for (size_t i = 0; i < n; i++)
            y[i] = x[i] ^ vgetq_lane_u8(flip, 0);
    }
}

void sedge_convert_s8_neon(const void *x, size_t pixels, size_t channels, size_t step, uint8_t flip, void *to) {
    const uint8_t *from = x;
    uint8_t *y = to;
    for (size_t m = 0; m < pixels; m++, from += step, y += channels)
        convert_run(from, channels, vdupq_n_u8(flip), y);
}
