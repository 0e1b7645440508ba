/* SPDX-License-Identifier: Apache-2.0 */
#include "model/quant.h"

#include <string.h>

#define F32_MAX 3.402823466e+38f

/* real = fraction * 2^exponent with the fraction in [1/2, 1); real is a positive normal number */
static double split(double real, int *ret_exponent) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    *ret_exponent = (int)(bits >> 52 & 0x7ff) - 1022;
    bits = (bits & UINT64_C(0x800fffffffffffff)) | UINT64_C(1022) << 52;
    memcpy(&real, &bits, sizeof bits);
    return real;
}

bool sedge_factor_of(double real, sedge_factor *ret) {
    if (!(real >= 0 && real < 0x1p30))
        return false;
    if (real < 0x1p-40) { /* far below what a shift of 31 leaves */
        *ret = (sedge_factor){ 0, 0 };
        return true;
    }
    int shift;
    int64_t q = (int64_t)(split(real, &shift) * 0x1p31 + 0.5);
    if (q == INT64_C(1) << 31) {
        q /= 2;
        shift++;
    }
    *ret = shift < -31 ? (sedge_factor){ 0, 0 } : (sedge_factor){ (int32_t)q, shift };
    return shift <= 30;
}

int32_t sedge_round_f32(float x) {
    if (x != x)
        return 0;
    if (x >= 0x1p31f)
        return INT32_MAX;
    if (x < -0x1p31f)
        return INT32_MIN;
    int32_t whole = (int32_t)x;
    float rest = x - (float)whole; /* exact: either small numbers or no fraction at all */
    return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
}

sedge_range sedge_dtype_range(sedge_dtype dtype) {
    switch (dtype) {
    case SEDGE_INT8:
        return (sedge_range){ INT8_MIN, INT8_MAX };
    case SEDGE_UINT8:
        return (sedge_range){ 0, UINT8_MAX };
    case SEDGE_INT16:
        return (sedge_range){ INT16_MIN, INT16_MAX };
    case SEDGE_UINT16:
        return (sedge_range){ 0, UINT16_MAX };
    case SEDGE_INT32:
        return (sedge_range){ INT32_MIN, INT32_MAX };
    default:
        return (sedge_range){ 0, 0 };
    }
}

int32_t sedge_quantize_f32(float x, float scale, int32_t zero_point, sedge_range range) {
    int64_t q = (int64_t)sedge_round_f32(x / scale) + zero_point;
    return q < range.low ? range.low : q > range.high ? range.high : (int32_t)q;
}

static int32_t quantized(const sedge_tensor *t, float real) {
    return sedge_quantize_f32(real, t->quant.scales[0], sedge_zero_point(t), sedge_dtype_range(SEDGE_INT32));
}

sedge_range sedge_activation_range(sedge_activation activation, const sedge_tensor *out) {
    sedge_range r = sedge_dtype_range(out->dtype);
    float low, high;
    sedge_activation_range_f32(activation, &low, &high);
    if (low > -F32_MAX) {
        int32_t q = quantized(out, low);
        r.low = q > r.low ? q : r.low;
    }
    if (high < F32_MAX) {
        int32_t q = quantized(out, high);
        r.high = q < r.high ? q : r.high;
    }
    return r;
}

void sedge_activation_range_f32(sedge_activation activation, float *ret_low, float *ret_high) {
    *ret_low = activation == SEDGE_ACTIVATION_NONE ? -F32_MAX : activation == SEDGE_ACTIVATION_RELU_N1_TO_1 ? -1 : 0;
    *ret_high = activation == SEDGE_ACTIVATION_RELU6 ? 6 : activation == SEDGE_ACTIVATION_RELU_N1_TO_1 ? 1 : F32_MAX;
}
