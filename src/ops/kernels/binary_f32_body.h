/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of binary_f32.h in plain C, which a file per instruction set compiles with its own flags: without
 * contraction the compiler's vectors give the bits of the scalar code.
 */
#ifndef SEDGE_OPS_KERNELS_BINARY_F32_BODY_H
#define SEDGE_OPS_KERNELS_BINARY_F32_BODY_H

#include "ops/kernels/binary_f32.h"

static inline float binary_f32_clamp(float v, float low, float high) {
    v = v < low ? low : v;
    return v > high ? high : v;
}

/* the value that stays is read before the row is written, so that y may lie on it too */
#define BINARY_F32_ROWS(name, op)                                                                                      \
    static void name(const sedge_binary_f32_params *p, const float *a, const float *b, float *y, size_t n) {           \
        float low = p->low, high = p->high, a0 = *a, b0 = *b;                                                          \
        if (p->step_a && p->step_b)                                                                                    \
            for (size_t i = 0; i < n; i++)                                                                             \
                y[i] = binary_f32_clamp(a[i] op b[i], low, high);                                                      \
        else if (p->step_a)                                                                                            \
            for (size_t i = 0; i < n; i++)                                                                             \
                y[i] = binary_f32_clamp(a[i] op b0, low, high);                                                        \
        else if (p->step_b)                                                                                            \
            for (size_t i = 0; i < n; i++)                                                                             \
                y[i] = binary_f32_clamp(a0 op b[i], low, high);                                                        \
        else                                                                                                           \
            for (size_t i = 0; i < n; i++)                                                                             \
                y[i] = binary_f32_clamp(a0 op b0, low, high);                                                          \
    }
BINARY_F32_ROWS(binary_f32_add, +)
BINARY_F32_ROWS(binary_f32_sub, -)
BINARY_F32_ROWS(binary_f32_mul, *)
BINARY_F32_ROWS(binary_f32_div, /)
#undef BINARY_F32_ROWS

static void binary_f32_run(const sedge_binary_f32_params *p, const float *a, const float *b, float *y, size_t n) {
    switch (p->fn) {
    case SEDGE_BINARY_F32_ADD:
        binary_f32_add(p, a, b, y, n);
        break;
    case SEDGE_BINARY_F32_SUB:
        binary_f32_sub(p, a, b, y, n);
        break;
    case SEDGE_BINARY_F32_MUL:
        binary_f32_mul(p, a, b, y, n);
        break;
    case SEDGE_BINARY_F32_DIV:
        binary_f32_div(p, a, b, y, n);
        break;
    }
}

#endif
