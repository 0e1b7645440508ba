/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of unary_f32.h in plain C, which a file per instruction set compiles with its own flags: without
 * contraction the compiler's vectors give the bits of the scalar code.
 */
#ifndef SEDGE_OPS_KERNELS_UNARY_F32_BODY_H
#define SEDGE_OPS_KERNELS_UNARY_F32_BODY_H

#include "base/exact_math.h"
#include "ops/kernels/unary_f32.h"

static inline float unary_f32_clamp(float v, float low, float high) {
    v = v < low ? low : v;
    return v > high ? high : v;
}

#define UNARY_F32_LOOP(expr)                                                                                           \
    for (size_t i = 0; i < n; i++)                                                                                     \
    y[i] = expr

static void unary_f32_run(const sedge_unary_f32_params *p, const float *x, float *y, size_t n) {
    float a = p->a, b = p->b;
    switch (p->fn) {
    case SEDGE_UNARY_F32_CLAMP:
        UNARY_F32_LOOP(unary_f32_clamp(x[i], a, b));
        break;
    case SEDGE_UNARY_F32_LOGISTIC:
        UNARY_F32_LOOP(sedge_logisticf(x[i]));
        break;
    case SEDGE_UNARY_F32_LEAKY_RELU:
        UNARY_F32_LOOP(x[i] < 0 ? x[i] * a : x[i]);
        break;
    case SEDGE_UNARY_F32_HARD_SWISH:
        UNARY_F32_LOOP(x[i] * unary_f32_clamp(x[i] + 3, 0, 6) / 6);
        break;
    }
}
#undef UNARY_F32_LOOP

#endif
