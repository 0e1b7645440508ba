/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MAX_POOL on float32, int8, uint8, int16; a NaN is never the largest. Source: the reference kernels of TensorFlow Lite
 * Micro; MaxPool of ONNX.
 */
#include <string.h>

#include "base/own.h"
#include "model/quant.h"
#include "ops/ops.h"
#include "ops/pool.h"

#define TYPE(name, type, lowest, low_member, high_member)                                                              \
    static void begin_##name(const sedge_window_pool *p, void *sums, size_t n) {                                       \
        (void)p;                                                                                                       \
        type *to = sums;                                                                                               \
        for (size_t i = 0; i < n; i++)                                                                                 \
            to[i] = lowest;                                                                                            \
    }                                                                                                                  \
    static void add_##name(const sedge_window_pool *p, void *sums, const void *x, size_t n) {                          \
        (void)p;                                                                                                       \
        type *to = sums;                                                                                               \
        const type *from = x;                                                                                          \
        for (size_t i = 0; i < n; i++)                                                                                 \
            to[i] = from[i] > to[i] ? from[i] : to[i];                                                                 \
    }                                                                                                                  \
    static void end_##name(const sedge_window_pool *p, const void *sums, int32_t count, void *y, size_t n) {           \
        (void)count;                                                                                                   \
        const type *from = sums;                                                                                       \
        type *to = y, low = (type)p->low_member, high = (type)p->high_member;                                          \
        for (size_t i = 0; i < n; i++) {                                                                               \
            type v = from[i] < low ? low : from[i];                                                                    \
            to[i] = v > high ? high : v;                                                                               \
        }                                                                                                              \
    }
TYPE(f32, float, -3.402823466e+38f, low_f32, high_f32)
TYPE(s8, int8_t, INT8_MIN, low, high)
TYPE(u8, uint8_t, 0, low, high)
TYPE(s16, int16_t, INT16_MIN, low, high)
#undef TYPE

static const sedge_pool_type types[] = {
    { SEDGE_FLOAT32, "max_pool_f32_scalar", sizeof(float), begin_f32, add_f32, end_f32 },
    { SEDGE_INT8, "max_pool_s8_scalar", sizeof(int8_t), begin_s8, add_s8, end_s8 },
    { SEDGE_UINT8, "max_pool_u8_scalar", sizeof(uint8_t), begin_u8, add_u8, end_u8 },
    { SEDGE_INT16, "max_pool_s16_scalar", sizeof(int16_t), begin_s16, add_s16, end_s16 },
};

sedge_status sedge_op_max_pool_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_pool_settle(site, types, SEDGE_COUNT(types), err);
}

sedge_status sedge_op_max_pool_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return sedge_pool_prepare(site, types, SEDGE_COUNT(types), ret, err);
}
