/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AVERAGE_POOL on float32, int8, uint8, int16: integers are divided with ties away from zero, and are not requantised.
 * Source: the reference kernels of TensorFlow Lite Micro; AveragePool of ONNX.
 */
#include <string.h>

#include "base/own.h"
#include "model/quant.h"
#include "ops/ops.h"
#include "ops/pool.h"

static void begin(const sedge_window_pool *p, void *sums, size_t n) {
    memset(sums, 0, n * p->type->sum_bytes);
}

static void add_f32(const sedge_window_pool *p, void *sums, const void *x, size_t n) {
    (void)p;
    float *to = sums;
    const float *from = x;
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

static void end_f32(const sedge_window_pool *p, const void *sums, int32_t count, void *y, size_t n) {
    const float *from = sums;
    float *to = y, divisor = (float)count;
    for (size_t i = 0; i < n; i++) {
        float v = from[i] / divisor;
        v = v < p->low_f32 ? p->low_f32 : v; /* NaN stays */
        to[i] = v > p->high_f32 ? p->high_f32 : v;
    }
}

/* sums of 32 bits serve 8-bit values: a window of theirs has at most SEDGE_POOL_8BIT_MAX */
#define INTEGER(name, type, wide)                                                                                      \
    static void add_##name(const sedge_window_pool *p, void *sums, const void *x, size_t n) {                          \
        (void)p;                                                                                                       \
        wide *restrict to = sums;                                                                                      \
        const type *restrict from = x;                                                                                 \
        for (size_t i = 0; i < n; i++)                                                                                 \
            to[i] += from[i];                                                                                          \
    }                                                                                                                  \
    static void end_##name(const sedge_window_pool *p, const void *sums, int32_t count, void *y, size_t n) {           \
        const wide *from = sums;                                                                                       \
        type *to = y;                                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            int64_t v = (from[i] > 0 ? from[i] + count / 2 : from[i] - count / 2) / count;                             \
            to[i] = (type)sedge_clamp((int32_t)v, p->low, p->high);                                                    \
        }                                                                                                              \
    }
INTEGER(s8, int8_t, int32_t)
INTEGER(u8, uint8_t, int32_t)
INTEGER(s16, int16_t, int64_t)
#undef INTEGER

static const sedge_pool_type types[] = {
    { SEDGE_FLOAT32, "average_pool_f32_scalar", sizeof(float), begin, add_f32, end_f32 },
    { SEDGE_INT8, "average_pool_s8_scalar", sizeof(int32_t), begin, add_s8, end_s8 },
    { SEDGE_UINT8, "average_pool_u8_scalar", sizeof(int32_t), begin, add_u8, end_u8 },
    { SEDGE_INT16, "average_pool_s16_scalar", sizeof(int64_t), begin, add_s16, end_s16 },
};

sedge_status sedge_op_average_pool_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_pool_settle(site, types, SEDGE_COUNT(types), err);
}

sedge_status sedge_op_average_pool_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_pool_prepare(site, types, SEDGE_COUNT(types), ret, err);
}
