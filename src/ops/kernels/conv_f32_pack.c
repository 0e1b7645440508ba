/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <string.h>

#include "ops/kernels/conv_f32.h"

size_t sedge_conv_f32_products_size(size_t k, size_t out, size_t lanes, size_t *ret_bias) {
    *ret_bias = sedge_conv_f32_vectors(out, lanes) * lanes;
    return *ret_bias * k;
}

void sedge_conv_f32_pack_products(size_t k, size_t out, size_t lanes, const float *w, const float *bias, float *to,
                                  float *to_bias) {
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < k; i++)
            to[(o / lanes * k + i) * lanes + o % lanes] = w[o * k + i];
    if (bias)
        memcpy(to_bias, bias, out * sizeof *bias);
}

size_t sedge_conv_f32_depthwise_size(size_t taps, size_t channels, size_t lanes, size_t *ret_bias) {
    size_t blocks = channels < lanes ? 1 : sedge_conv_f32_vectors(channels, lanes);
    *ret_bias = blocks * lanes;
    return *ret_bias * taps;
}

void sedge_conv_f32_pack_depthwise(size_t taps, size_t channels, size_t lanes, const float *w, const float *bias,
                                   float *to, float *to_bias) {
    size_t values = channels * sedge_conv_f32_side_by_side(channels, lanes);
    for (size_t i = 0; i < values; i++) {
        size_t block = i / lanes, lane = i % lanes;
        for (size_t t = 0; t < taps; t++)
            to[(block * taps + t) * lanes + lane] = w[t * channels + i % channels];
        to_bias[i] = bias ? bias[i % channels] : 0;
    }
}

void sedge_conv_f32_pack_planes(size_t rows, size_t out, const float *w, const float *bias, float *to, float *to_bias) {
    for (size_t o = 0; o < out; o++) {
        bool tiled = o < out / SEDGE_CONV_F32_TILE * SEDGE_CONV_F32_TILE;
        size_t tile = tiled ? SEDGE_CONV_F32_TILE : 1, first = o / tile * tile;
        for (size_t r = 0; r < rows; r++)
            to[first * rows + r * tile + (o - first)] = w[o * rows + r];
        to_bias[o] = bias ? bias[o] : 0;
    }
}
