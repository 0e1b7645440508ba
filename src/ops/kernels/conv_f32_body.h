/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of conv_f32.h for any vector of floats. A file of an instruction set defines, before it includes this one:
 * the type vf, the number LANES, the pixels PIXELS that products keeps at once, the vectors VECTORS that planes does,
 * and the functions vf_load, vf_load_n (n < LANES; the others 0), vf_set1, vf_mul, vf_add, vf_clamp(v, low, high) (NaN
 * stays), vf_store, vf_store_n (n < LANES). Addresses have the alignment of a float.
 */
#include <stdbool.h>
#include <string.h>

#include "ops/kernels/conv_f32.h"

#define INLINE static inline __attribute__((always_inline))

INLINE void store(float *y, size_t n, vf v) {
    if (n >= LANES)
        vf_store(y, v);
    else
        vf_store_n(y, n, v);
}

/* ---- products ---- */

/* pixels is a constant at each call, so that the sums stay in registers */
INLINE void product_tile(const sedge_conv_f32 *p, const float *const *rows, size_t first, const float *w, size_t o,
                         float *y, size_t pixels) {
    vf sum[PIXELS];
    size_t step = p->pixel_step;
#pragma GCC unroll 32
    for (size_t m = 0; m < pixels; m++)
        sum[m] = vf_set1(0);
    for (uint32_t s = 0; s < p->rows; s++) {
        const float *x = rows[s] + first * step;
        for (uint32_t k = 0; k < p->depth; k++, x++, w += LANES) {
            vf wk = vf_load(w);
#pragma GCC unroll 32
            for (size_t m = 0; m < pixels; m++)
                sum[m] = vf_add(sum[m], vf_mul(vf_set1(x[m * step]), wk));
        }
    }
    vf low = vf_set1(p->y_low), high = vf_set1(p->y_high), bias = vf_load(p->bias + o);
#pragma GCC unroll 32
    for (size_t m = 0; m < pixels; m++)
        store(y + (first + m) * p->y_step + o, p->out - o, vf_clamp(vf_add(sum[m], bias), low, high));
}

/* the last tile covers some pixels again where that is less work than small tiles */
INLINE void product_vector(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, const float *w, size_t o,
                           float *y) {
    size_t m = 0;
    for (; m + PIXELS <= pixels; m += PIXELS)
        product_tile(p, rows, m, w, o, y, PIXELS);
    if (m && m < pixels && pixels - m > PIXELS / 4) {
        product_tile(p, rows, pixels - PIXELS, w, o, y, PIXELS);
        return;
    }
    for (; m + PIXELS / 2 <= pixels; m += PIXELS / 2)
        product_tile(p, rows, m, w, o, y, PIXELS / 2);
    for (; m + PIXELS / 4 <= pixels; m += PIXELS / 4)
        product_tile(p, rows, m, w, o, y, PIXELS / 4);
    for (; m < pixels; m++)
        product_tile(p, rows, m, w, o, y, 1);
}

static void products(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, float *y) {
    const float *w = p->weights;
    for (size_t o = 0; o < p->out; o += LANES, w += (size_t)p->rows * p->depth * LANES)
        product_vector(p, rows, pixels, w, o, y);
}

/* ---- depthwise ---- */

enum { SIDE = 4 };

/* `count` vectors, each `step` values behind the one before it, of which `n` values are wanted */
INLINE void depthwise_tile(const sedge_conv_f32 *p, const float *const *rows, size_t at, size_t step, const float *w,
                           vf bias, float *y, size_t n, size_t count) {
    vf sum[SIDE];
#pragma GCC unroll 4
    for (size_t i = 0; i < count; i++)
        sum[i] = vf_set1(0);
    for (uint32_t t = 0; t < p->rows; t++) {
        const float *x = rows[t] + at;
        vf wt = vf_load(w + t * LANES);
#pragma GCC unroll 4
        for (size_t i = 0; i < count; i++)
            sum[i] = vf_add(sum[i], vf_mul(vf_load(x + i * step), wt));
    }
    vf low = vf_set1(p->y_low), high = vf_set1(p->y_high);
#pragma GCC unroll 4
    for (size_t i = 0; i < count; i++)
        store(y + at + i * step, n, vf_clamp(vf_add(sum[i], bias), low, high));
}

/* the values at first, first + step ... first + (count - 1) * step, n of each */
static void depthwise_block(const sedge_conv_f32 *p, const float *const *rows, size_t block, size_t first, size_t step,
                            size_t n, size_t count, float *y) {
    const float *w = p->weights + block * p->rows * LANES;
    vf bias = vf_load(p->bias + block * LANES);
    size_t i = 0;
    for (; i + SIDE <= count; i += SIDE)
        depthwise_tile(p, rows, first + i * step, step, w, bias, y, n, SIDE);
    for (; i < count; i++)
        depthwise_tile(p, rows, first + i * step, step, w, bias, y, n, 1);
}

static void depthwise(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, float *y) {
    size_t channels = p->out, group = sedge_conv_f32_side_by_side(channels, LANES);
    if (channels < LANES) {
        size_t step = group * channels, whole = pixels / group, left = pixels % group;
        depthwise_block(p, rows, 0, 0, step, step, whole, y);
        if (left)
            depthwise_block(p, rows, 0, whole * step, step, left * channels, 1, y);
        return;
    }
    for (size_t c = 0; c < channels; c += LANES)
        depthwise_block(p, rows, c / LANES, c, channels, channels - c, pixels, y);
}

/* ---- planes ---- */

INLINE vf load(const float *x, size_t n) {
    return n >= LANES ? vf_load(x) : vf_load_n(x, n);
}

/* `left` pixels or more from `first` on; outputs and vectors are constants at each call */
INLINE void plane_tile(const sedge_conv_f32 *p, const float *const *rows, size_t first, size_t left, const float *w,
                       size_t o, float *y, size_t outputs, size_t vectors) {
    vf sum[SEDGE_CONV_F32_TILE][VECTORS];
#pragma GCC unroll 4
    for (size_t j = 0; j < outputs; j++)
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++)
            sum[j][v] = vf_set1(0);
    bool whole = left >= vectors * LANES;
    for (uint32_t r = 0; r < p->rows; r++, w += outputs) {
        const float *x = rows[r] + first;
        vf xr[VECTORS];
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++)
            xr[v] = whole || v + 1 < vectors ? vf_load(x + v * LANES) : load(x + v * LANES, left - v * LANES);
#pragma GCC unroll 4
        for (size_t j = 0; j < outputs; j++) {
            vf wj = vf_set1(w[j]);
#pragma GCC unroll 4
            for (size_t v = 0; v < vectors; v++)
                sum[j][v] = vf_add(sum[j][v], vf_mul(xr[v], wj));
        }
    }
    vf low = vf_set1(p->y_low), high = vf_set1(p->y_high);
#pragma GCC unroll 4
    for (size_t j = 0; j < outputs; j++) {
        vf bias = vf_set1(p->bias[o + j]);
#pragma GCC unroll 4
        for (size_t v = 0; v < vectors; v++)
            store(y + (o + j) * p->y_step + first + v * LANES, left - v * LANES,
                  vf_clamp(vf_add(sum[j][v], bias), low, high));
    }
}

INLINE void plane_outputs(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, const float *w, size_t o,
                          float *y, size_t outputs) {
    size_t m = 0;
    for (; m + VECTORS * LANES <= pixels; m += VECTORS * LANES)
        plane_tile(p, rows, m, pixels - m, w, o, y, outputs, VECTORS);
    for (; m + LANES < pixels; m += 2 * LANES)
        plane_tile(p, rows, m, pixels - m, w, o, y, outputs, 2);
    if (m < pixels)
        plane_tile(p, rows, m, pixels - m, w, o, y, outputs, 1);
}

static void planes(const sedge_conv_f32 *p, const float *const *rows, size_t pixels, float *y) {
    size_t o = 0;
    const float *w = p->weights;
    for (; o + SEDGE_CONV_F32_TILE <= p->out; o += SEDGE_CONV_F32_TILE, w += SEDGE_CONV_F32_TILE * p->rows)
        plane_outputs(p, rows, pixels, w, o, y, SEDGE_CONV_F32_TILE);
    for (; o < p->out; o++, w += p->rows)
        plane_outputs(p, rows, pixels, w, o, y, 1);
}
