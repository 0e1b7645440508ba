/* SPDX-License-Identifier: Apache-2.0 */
/** dot_s8.h with Helium: sixteen products and their sum in one instruction. */
#ifndef SEDGE_MICRO_DOT_S8_MVE_H
#define SEDGE_MICRO_DOT_S8_MVE_H

#include <arm_mve.h>
#include <stdint.h>

static inline void sedge_micro_dot_1x2(const int8_t *x, const int8_t *w0, const int8_t *w1, uint32_t n,
                                       int32_t sum[2]) {
    int32_t a = sum[0], b = sum[1];
    for (; n >= 16; n -= 16, x += 16, w0 += 16, w1 += 16) {
        int8x16_t v = vldrbq_s8(x);
        a = vmladavaq_s8(a, v, vldrbq_s8(w0));
        b = vmladavaq_s8(b, v, vldrbq_s8(w1));
    }
    if (n) {
        mve_pred16_t rest = vctp8q(n);
        int8x16_t v = vldrbq_z_s8(x, rest);
        a = vmladavaq_s8(a, v, vldrbq_z_s8(w0, rest));
        b = vmladavaq_s8(b, v, vldrbq_z_s8(w1, rest));
    }
    sum[0] = a;
    sum[1] = b;
}

static inline void sedge_micro_dot_2x2(const int8_t *x0, const int8_t *x1, const int8_t *w0, const int8_t *w1,
                                       uint32_t n, int32_t sum[4]) {
    int32_t a = sum[0], b = sum[1], c = sum[2], d = sum[3];
    for (; n >= 16; n -= 16, x0 += 16, x1 += 16, w0 += 16, w1 += 16) {
        int8x16_t v0 = vldrbq_s8(x0), v1 = vldrbq_s8(x1), u0 = vldrbq_s8(w0), u1 = vldrbq_s8(w1);
        a = vmladavaq_s8(a, v0, u0);
        b = vmladavaq_s8(b, v0, u1);
        c = vmladavaq_s8(c, v1, u0);
        d = vmladavaq_s8(d, v1, u1);
    }
    if (n) {
        mve_pred16_t rest = vctp8q(n);
        int8x16_t v0 = vldrbq_z_s8(x0, rest), v1 = vldrbq_z_s8(x1, rest);
        int8x16_t u0 = vldrbq_z_s8(w0, rest), u1 = vldrbq_z_s8(w1, rest);
        a = vmladavaq_s8(a, v0, u0);
        b = vmladavaq_s8(b, v0, u1);
        c = vmladavaq_s8(c, v1, u0);
        d = vmladavaq_s8(d, v1, u1);
    }
    sum[0] = a;
    sum[1] = b;
    sum[2] = c;
    sum[3] = d;
}

#endif
