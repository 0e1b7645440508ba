/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ops/kernels/conv_s8.h"

/* packed: for each output its bias, its factor, its weights */
typedef struct output {
    int32_t bias;
    sedge_factor factor;
    int8_t weights[];
} output;

static size_t output_bytes(const sedge_conv_s8 *p) {
    size_t n = sizeof(output) + (size_t)p->segments * p->depth;
    return (n + sizeof(int32_t) - 1) / sizeof(int32_t) * sizeof(int32_t);
}

static size_t packed_bytes(const sedge_conv_s8 *p) {
    return p->out * output_bytes(p);
}

static void pack(const sedge_conv_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    size_t n = (size_t)p->segments * p->depth;
    uint8_t *at = packed;
    for (uint32_t o = 0; o < p->out; o++, w += n, at += output_bytes(p)) {
        output *to = (output *)(void *)at;
        to->bias = bias[o];
        to->factor = factor[o];
        memcpy(to->weights, w, n);
    }
}

static int32_t sum_products(const sedge_conv_s8 *p, const void *const *rows, size_t at, const int8_t *w) {
    int32_t sum = 0;
    for (uint32_t s = 0; s < p->segments; s++, w += p->depth) {
        const int8_t *x = (const int8_t *)rows[s] + at;
        for (uint32_t k = 0; k < p->depth; k++)
            sum += x[k] * w[k];
    }
    return sum;
}

static void run(const sedge_conv_s8 *p, const void *const *rows, const int32_t *add, size_t pixels, int8_t *y) {
    for (size_t m = 0; m < pixels; m++, y += p->y_step) {
        const uint8_t *at = p->packed;
        for (uint32_t o = 0; o < p->out; o++, at += output_bytes(p)) {
            const output *from = (const output *)(const void *)at;
            uint32_t sum = (uint32_t)sum_products(p, rows, m * p->pixel_step, from->weights) + (uint32_t)from->bias +
                           (add ? (uint32_t)add[m] : 0);
            uint32_t scaled = (uint32_t)sedge_scale((int32_t)sum, from->factor) + (uint32_t)p->y_zero;
            y[o] = (int8_t)(sedge_clamp((int32_t)scaled, p->y_low, p->y_high) ^ p->y_flip);
        }
    }
}

const sedge_conv_s8_kernel sedge_conv_s8_scalar = {
    .name = "conv_s8_scalar",
    .cpu = SEDGE_CPU_NONE,
    .x_bytes = 1,
    .depth_step = 1,
    .convert = sedge_convert_s8_scalar,
    .direct = true,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
