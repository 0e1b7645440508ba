/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/convert.h"
#include "ops/kernels/requantize_avx512.h"

void sedge_convert_s8_avx512(const void *x, size_t pixels, size_t channels, size_t step, uint8_t flip, void *to) {
    const __m512i sign = _mm512_set1_epi8((char)(0x80 ^ flip));
    const uint8_t *from = x;
    uint8_t *y = to;
    for (size_t m = 0; m < pixels; m++, from += step, y += channels)
        for (size_t i = 0; i < channels; i += 64) {
            __m512i v = channels - i >= 64 ? _mm512_loadu_si512(from + i)
                                           : _mm512_maskz_loadu_epi8(sedge_avx512_first(channels - i), from + i);
            sedge_avx512_store(y + i, _mm512_xor_si512(v, sign), channels - i);
        }
}
