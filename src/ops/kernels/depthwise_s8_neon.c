/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 16 lanes at a time, each the sum of one output. Lanes are channels; where channels are few and no multiple of 16, a
 * row is taken as one run of pixels * channels lanes, for which the weights repeat after `stride` lanes, so that no
 * lane is idle. Products of two taps fit 16 bits unless both are -128 * -128, so weights of -128 (which quantisers do
 * not write) take a longer way.
 *
 * packed: sedge_neon_end, then blocks of 16 lanes: the numbers of conv_s8_neon.h, then 16 weights for each tap.
 */
#include "ops/kernels/conv_s8_neon.h"
#include "ops/kernels/depthwise_s8.h"

enum { WIDTH = 16, VECTORS = 4, KEPT = 9, RUN_MAX = 512 };

static size_t block_bytes(const sedge_depthwise_s8 *p) {
    return sedge_neon_numbers_bytes(VECTORS) + (size_t)p->lines * p->columns * WIDTH;
}

/* whole pixels in whole vectors: channels times what brings them to a multiple of 16 */
static size_t run_stride(const sedge_depthwise_s8 *p) {
    uint32_t even = p->channels & (0 - p->channels); /* its largest factor that is a power of two */
    return (size_t)p->channels * (even < WIDTH ? WIDTH / even : 1);
}

static bool is_run(const sedge_depthwise_s8 *p) {
    return run_stride(p) <= RUN_MAX;
}

/* lanes that have weights of their own */
static size_t lanes(const sedge_depthwise_s8 *p) {
    return is_run(p) ? run_stride(p) : p->channels;
}

static size_t packed_bytes(const sedge_depthwise_s8 *p) {
    return sizeof(sedge_neon_end) + (lanes(p) + WIDTH - 1) / WIDTH * block_bytes(p);
}

static void pack_block(const sedge_depthwise_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                       size_t first, uint8_t *to) {
    int32_t own_bias[WIDTH];
    sedge_factor own_factor[WIDTH];
    size_t n = lanes(p) - first < WIDTH ? lanes(p) - first : WIDTH;
    int8_t *weights = (int8_t *)to + sedge_neon_numbers_bytes(VECTORS);
    for (size_t i = 0; i < n; i++) {
        size_t c = (first + i) % p->channels;
        own_bias[i] = bias[c];
        own_factor[i] = factor[c];
        for (size_t t = 0; t < (size_t)p->lines * p->columns; t++)
            weights[t * WIDTH + i] = w[t * p->channels + c];
    }
    sedge_neon_pack_numbers(to, VECTORS, (uint32_t)n, own_bias, own_factor);
}

static void pack(const sedge_depthwise_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    sedge_neon_end *end = packed;
    uint8_t *to = (uint8_t *)packed + sizeof(sedge_neon_end);
    *end = sedge_neon_end_of(p->y_zero, p->y_low, p->y_high, p->y_flip, factor, p->channels, w,
                             (size_t)p->lines * p->columns * p->channels);
    for (size_t i = 0; i < lanes(p); i += WIDTH, to += block_bytes(p))
        pack_block(p, w, bias, factor, i, to);
}

/* taps and lowest are constants at some calls */
#define INLINE static inline __attribute__((always_inline))

INLINE void add_products(int32x4_t *sum, int16x8_t low, int16x8_t high) {
    sum[0] = vaddw_s16(sum[0], vget_low_s16(low));
    sum[1] = vaddw_high_s16(sum[1], low);
    sum[2] = vaddw_s16(sum[2], vget_low_s16(high));
    sum[3] = vaddw_high_s16(sum[3], high);
}

/* tap t of the n_taps; 9 of them stay in registers */
INLINE int8x16_t weight(const int8x16_t *kept, const int8_t *w, uint32_t n_taps, uint32_t t) {
    return n_taps == KEPT ? kept[t] : vld1q_s8(w + t * WIDTH);
}

INLINE void multiply(const int8_t *const *taps, size_t at, const int8x16_t *kept, const int8_t *w, uint32_t n_taps,
                     bool lowest, int32x4_t *sum) {
    uint32_t t = 0;
    for (; !lowest && t + 2 <= n_taps; t += 2) {
        int8x16_t x0 = vld1q_s8(taps[t] + at), x1 = vld1q_s8(taps[t + 1] + at);
        int8x16_t w0 = weight(kept, w, n_taps, t), w1 = weight(kept, w, n_taps, t + 1);
        int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(x0), vget_low_s8(w0)), vget_low_s8(x1), vget_low_s8(w1));
        add_products(sum, low, vmlal_high_s8(vmull_high_s8(x0, w0), x1, w1));
    }
    for (; t < n_taps; t++) {
        int8x16_t x = vld1q_s8(taps[t] + at), wt = weight(kept, w, n_taps, t);
        add_products(sum, vmull_s8(vget_low_s8(x), vget_low_s8(wt)), vmull_high_s8(x, wt));
    }
}

/* the lanes of a row that one block of weights is for: n from `first` on, and again after every stride, before `end` */
typedef struct span {
    size_t first, stride, end;
    uint32_t n;
} span;

INLINE void run_block(const sedge_neon_end *packed_end, const int32_t *numbers, const int8_t *const *taps, span at,
                      uint32_t n_taps, bool lowest, bool right, int8_t *y) {
    const int8_t *w = (const int8_t *)(numbers + 3 * WIDTH);
    const sedge_neon_end copy = *packed_end, *end = &copy; /* here registers are left for it */
    const sedge_neon_factors f = sedge_neon_load_factors(numbers, VECTORS);
    int8x16_t kept[KEPT];
    const int8_t *kept_taps[KEPT];
    for (uint32_t t = 0; n_taps == KEPT && t < KEPT; t++) {
        kept[t] = vld1q_s8(w + t * WIDTH);
        kept_taps[t] = taps[t];
    }
    for (size_t i = at.first; i < at.end; i += at.stride) {
        int32x4_t sum[VECTORS];
        for (uint32_t v = 0; v < VECTORS; v++)
            sum[v] = vld1q_s32(numbers + 4 * v);
        multiply(n_taps == KEPT ? kept_taps : taps, i, kept, w, n_taps, lowest, sum);
        int16x8_t low = sedge_neon_narrow(end, right, sum[0], sum[1], &f, 0);
        int16x8_t high = sedge_neon_narrow(end, right, sum[2], sum[3], &f, 2);
        int8x16_t done = sedge_neon_clamp(end, low, high);
        uint32_t n = at.end - i < at.n ? (uint32_t)(at.end - i) : at.n;
        if (n == WIDTH)
            vst1q_s8(y + i, done);
        else
            sedge_neon_store_some(y + i, n, done);
    }
}

static void run(const sedge_depthwise_s8 *p, const void *const *taps, size_t pixels, int8_t *y) {
    const sedge_neon_end *end = p->packed;
    const uint8_t *packed = (const uint8_t *)p->packed + sizeof(sedge_neon_end);
    const int8_t *const *x = (const int8_t *const *)(const void *)taps;
    uint32_t n_taps = p->lines * p->columns;
    span at = { .stride = lanes(p), .end = pixels * p->channels };
    for (; at.first < lanes(p); at.first += WIDTH, packed += block_bytes(p)) {
        const int32_t *numbers = (const int32_t *)(const void *)packed;
        at.n = lanes(p) - at.first < WIDTH ? (uint32_t)(lanes(p) - at.first) : WIDTH;
        if (end->lowest || !end->right)
            run_block(end, numbers, x, at, n_taps, true, end->right, y);
        else if (n_taps == KEPT)
            run_block(end, numbers, x, at, KEPT, false, true, y);
        else
            run_block(end, numbers, x, at, n_taps, false, true, y);
    }
}

const sedge_depthwise_s8_kernel sedge_depthwise_s8_neon = {
    .name = "depthwise_s8_neon",
    .cpu = SEDGE_CPU_NEON,
    .x_bytes = 1,
    .convert = sedge_convert_s8_neon,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
