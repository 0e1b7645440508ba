/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/numbers.h"

#include <string.h>

bool sedge_is_float(sedge_dtype dtype) {
    return dtype == SEDGE_FLOAT16 || dtype == SEDGE_FLOAT32 || dtype == SEDGE_FLOAT64;
}

/* X(NAME, C type) */
#define INTEGERS(X)                                                                                                    \
    X(BOOL, uint8_t)                                                                                                   \
    X(INT8, int8_t)                                                                                                    \
    X(UINT8, uint8_t)                                                                                                  \
    X(INT16, int16_t)                                                                                                  \
    X(UINT16, uint16_t)                                                                                                \
    X(INT32, int32_t)                                                                                                  \
    X(UINT32, uint32_t)                                                                                                \
    X(INT64, int64_t)                                                                                                  \
    X(UINT64, uint64_t)

bool sedge_is_integer(sedge_dtype dtype) {
    switch (dtype) {
#define X(NAME, type) case SEDGE_##NAME:
        INTEGERS(X)
#undef X
        return true;
    default:
        return false;
    }
}

double sedge_half_value(uint16_t bits) {
    uint64_t sign = (uint64_t)(bits >> 15) << 63, mantissa = bits & 0x3ffu;
    uint32_t exponent = bits >> 10 & 0x1fu;
    if (exponent == 0) {
        double tiny = (double)mantissa * 0x1p-24;
        return sign ? -tiny : tiny;
    }
    uint64_t wide = exponent == 31 ? 0x7ff : exponent + 1008;
    uint64_t all = sign | wide << 52 | mantissa << 42;
    double x;
    memcpy(&x, &all, sizeof x);
    return x;
}

uint16_t sedge_half_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 63 << 15);
    if (x != x)
        return (uint16_t)(sign | 0x7e00u);
    double size = sign ? -x : x;
    if (size >= 65520)
        return (uint16_t)(sign | 0x7c00u);
    int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    exponent = exponent < -14 ? -14 : exponent;
    uint64_t unit = (uint64_t)(1023 + 10 - exponent) << 52; /* 2^(10 - exponent): one step of the mantissa is 1 */
    double scale;
    memcpy(&scale, &unit, sizeof scale);
    double steps = size * scale;
    uint32_t whole = (uint32_t)steps;
    double rest = steps - whole;
    whole += rest > 0.5 || (rest == 0.5 && (whole & 1u)); /* may carry into the exponent, which is right */
    return (uint16_t)(sign | (whole < 1024 ? whole : ((uint32_t)(exponent + 14) << 10) + whole));
}

#define LOAD(NAME, type, to)                                                                                           \
    case SEDGE_##NAME:                                                                                                 \
        for (size_t i = 0; i < n; i++)                                                                                 \
            ret[i] = (to)((const type *)p)[at + i * step];                                                             \
        break;

void sedge_load_f64(sedge_dtype dtype, const void *p, size_t at, size_t step, size_t n, double *ret) {
    switch (dtype) {
#define X(NAME, type) LOAD(NAME, type, double)
        INTEGERS(X)
        X(FLOAT32, float)
        X(FLOAT64, double)
#undef X
    case SEDGE_FLOAT16:
        for (size_t i = 0; i < n; i++)
            ret[i] = sedge_half_value(((const uint16_t *)p)[at + i * step]);
        break;
    default:
        memset(ret, 0, n * sizeof *ret);
    }
}

/* towards zero, saturated; NaN is 0 */
static int64_t whole_i64(double x) {
    return x != x ? 0 : x >= 0x1p63 ? INT64_MAX : x < -0x1p63 ? INT64_MIN : (int64_t)x;
}

static uint64_t whole_u64(double x) {
    return !(x > 0) ? 0 : x >= 0x1p64 ? UINT64_MAX : (uint64_t)x;
}

void sedge_load_i64(sedge_dtype dtype, const void *p, size_t at, size_t step, size_t n, int64_t *ret) {
    switch (dtype) {
#define X(NAME, type) LOAD(NAME, type, int64_t)
        INTEGERS(X)
#undef X
    default:
        for (size_t i = 0; i < n; i++) {
            double x;
            sedge_load_f64(dtype, p, at + i * step, 1, 1, &x);
            ret[i] = whole_i64(x);
        }
    }
}

static void integer_limits(sedge_dtype dtype, int64_t *ret_low, int64_t *ret_high) {
    unsigned bits = 8 * (unsigned)sedge_dtype_size(dtype);
    bool is_unsigned = dtype == SEDGE_UINT8 || dtype == SEDGE_UINT16 || dtype == SEDGE_UINT32;
    *ret_low = is_unsigned ? 0 : INT64_MIN >> (64 - bits);
    *ret_high = is_unsigned ? (INT64_C(1) << bits) - 1 : INT64_MAX >> (64 - bits);
}

static void store_whole(sedge_dtype dtype, void *p, size_t at, size_t n, const double *x) {
    int64_t low, high;
    integer_limits(dtype, &low, &high);
    for (size_t i = 0; i < n; i++) {
        int64_t v = dtype == SEDGE_BOOL     ? x[i] != 0
                    : dtype == SEDGE_UINT64 ? (int64_t)whole_u64(x[i])
                                            : whole_i64(x[i]);
        if (dtype != SEDGE_UINT64)
            v = v < low ? low : v > high ? high : v;
        sedge_store_i64(dtype, p, at + i, 1, &v);
    }
}

void sedge_store_f64(sedge_dtype dtype, void *p, size_t at, size_t n, const double *x) {
    switch (dtype) {
    case SEDGE_FLOAT32:
        for (size_t i = 0; i < n; i++)
            ((float *)p)[at + i] = (float)x[i];
        break;
    case SEDGE_FLOAT64:
        memcpy((double *)p + at, x, n * sizeof *x);
        break;
    case SEDGE_FLOAT16:
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)p)[at + i] = sedge_half_of(x[i]);
        break;
    default:
        if (sedge_is_integer(dtype))
            store_whole(dtype, p, at, n, x);
    }
}

void sedge_store_i64(sedge_dtype dtype, void *p, size_t at, size_t n, const int64_t *x) {
    switch (dtype) {
    case SEDGE_BOOL:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)p)[at + i] = x[i] != 0;
        break;
    case SEDGE_INT8:
    case SEDGE_UINT8:
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)p)[at + i] = (uint8_t)x[i];
        break;
    case SEDGE_INT16:
    case SEDGE_UINT16:
        for (size_t i = 0; i < n; i++)
            ((uint16_t *)p)[at + i] = (uint16_t)x[i];
        break;
    case SEDGE_INT32:
    case SEDGE_UINT32:
        for (size_t i = 0; i < n; i++)
            ((uint32_t *)p)[at + i] = (uint32_t)x[i];
        break;
    case SEDGE_INT64:
    case SEDGE_UINT64:
        memcpy((int64_t *)p + at, x, n * sizeof *x);
        break;
    case SEDGE_FLOAT32: /* not by way of double, which would round twice */
        for (size_t i = 0; i < n; i++)
            ((float *)p)[at + i] = (float)x[i];
        break;
    default:
        for (size_t i = 0; i < n; i++) {
            double v = (double)x[i];
            sedge_store_f64(dtype, p, at + i, 1, &v);
        }
    }
}
