/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/depthwise_s8.h"

#include <string.h>

/* packed: bias [channels], factors [channels], weights [taps][channels] */
static size_t factors_at(const sedge_depthwise_s8 *p) {
    return p->channels * sizeof(int32_t);
}

static size_t weights_at(const sedge_depthwise_s8 *p) {
    return factors_at(p) + p->channels * sizeof(sedge_factor);
}

static size_t packed_bytes(const sedge_depthwise_s8 *p) {
    return weights_at(p) + (size_t)p->channels * p->lines * p->columns;
}

static void pack(const sedge_depthwise_s8 *p, const int8_t *w, const int32_t *bias, const sedge_factor *factor,
                 void *packed) {
    uint8_t *to = packed;
    memcpy(to, bias, p->channels * sizeof *bias);
    memcpy(to + factors_at(p), factor, p->channels * sizeof *factor);
    memcpy(to + weights_at(p), w, (size_t)p->channels * p->lines * p->columns);
}

static void run(const sedge_depthwise_s8 *p, const void *const *taps, size_t pixels, int8_t *y) {
    const uint8_t *packed = p->packed;
    const int32_t *bias = (const int32_t *)(const void *)packed;
    const sedge_factor *factor = (const sedge_factor *)(const void *)(packed + factors_at(p));
    const int8_t *w = (const int8_t *)(packed + weights_at(p));
    for (size_t m = 0; m < pixels; m++)
        for (uint32_t c = 0; c < p->channels; c++) {
            int32_t sum = 0;
            for (uint32_t t = 0; t < p->lines * p->columns; t++)
                sum += ((const int8_t *)taps[t])[m * p->channels + c] * w[(size_t)t * p->channels + c];
            int32_t all = (int32_t)((uint32_t)sum + (uint32_t)bias[c]);
            uint32_t scaled = (uint32_t)sedge_scale(all, factor[c]) + (uint32_t)p->y_zero;
            *y++ = (int8_t)(sedge_clamp((int32_t)scaled, p->y_low, p->y_high) ^ p->y_flip);
        }
}

const sedge_depthwise_s8_kernel sedge_depthwise_s8_scalar = {
    .name = "depthwise_s8_scalar",
    .cpu = SEDGE_CPU_NONE,
    .x_bytes = 1,
    .convert = sedge_convert_s8_scalar,
    .packed_bytes = packed_bytes,
    .pack = pack,
    .run = run,
};
