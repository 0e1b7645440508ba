/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/convert.h"

#include <string.h>

void sedge_convert_s8_scalar(const void *x, size_t pixels, size_t channels, size_t step, uint8_t flip, void *to) {
    const uint8_t *from = x;
    uint8_t *y = to;
    for (size_t m = 0; m < pixels; m++, from += step)
        for (size_t c = 0; c < channels; c++)
            *y++ = from[c] ^ flip;
}

void sedge_convert_f32(const void *x, size_t pixels, size_t channels, size_t step, uint8_t flip, void *to) {
    (void)flip;
    const float *from = x;
    float *y = to;
    for (size_t m = 0; m < pixels; m++, from += step, y += channels) {
        size_t c = 0;
        for (; c + 4 <= channels; c += 4) /* small pieces of a size that the compiler knows */
            memcpy(y + c, from + c, 4 * sizeof *y);
        for (; c < channels; c++)
            y[c] = from[c];
    }
}
