/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/conv_f32.h"

static float clamp(const sedge_conv_f32 *p, float v) {
    v = v < p->y_low ? p->y_low : v; /* NaN stays */
    return v > p->y_high ? p->y_high : v;
}

/* lanes is 1: the weights are [out][k] */
static void products(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, float *y) {
    for (size_t m = 0; m < pixels; m++, y += p->y_step) {
        const float *w = p->weights;
        for (uint32_t o = 0; o < p->out; o++) {
            float sum = 0;
            for (uint32_t s = 0; s < p->rows; s++)
                for (uint32_t k = 0; k < p->depth; k++)
                    sum += rows[s][m * p->pixel_step + k] * *w++;
            y[o] = clamp(p, sum + p->bias[o]);
        }
    }
}

static void depthwise(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, float *y) {
    for (size_t m = 0; m < pixels; m++)
        for (uint32_t c = 0; c < p->out; c++) {
            const float *w = p->weights + (size_t)c * p->rows;
            float sum = 0;
            for (uint32_t t = 0; t < p->rows; t++)
                sum += rows[t][m * p->out + c] * w[t];
            *y++ = clamp(p, sum + p->bias[c]);
        }
}

static void planes(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, float *y) {
    uint32_t whole = p->out / SEDGE_CONV_F32_TILE * SEDGE_CONV_F32_TILE;
    for (uint32_t o = 0; o < p->out; o++, y += p->y_step) {
        uint32_t tile = o < whole ? SEDGE_CONV_F32_TILE : 1, first = o / tile * tile;
        const float *w = p->weights + (size_t)first * p->rows + (o - first);
        for (size_t m = 0; m < pixels; m++) {
            float sum = 0;
            for (uint32_t r = 0; r < p->rows; r++)
                sum += rows[r][m] * w[r * tile];
            y[m] = clamp(p, sum + p->bias[o]);
        }
    }
}

const sedge_conv_f32_kernel sedge_conv_f32_scalar = {
    "conv_f32_scalar", SEDGE_CPU_NONE, 1, products, depthwise, planes
};
