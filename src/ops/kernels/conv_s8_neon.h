/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the ARM kernels of conv_s8.h and depthwise_s8.h share: the end of a tile, from sums to stored bytes.
 *
 * Outputs are cut into blocks of at most 16, which are `vectors` of 4. A block is packed as 4 * vectors biases, then
 * multipliers, then shifts, then its weights.
 */
#ifndef SEDGE_OPS_KERNELS_CONV_S8_NEON_H
#define SEDGE_OPS_KERNELS_CONV_S8_NEON_H

#include <string.h>

#include "model/quant.h"
#include "ops/kernels/requantize_neon.h"

enum { SEDGE_NEON_BLOCK = 16 };

/** Vectors of a block that holds the outputs o and up, of n: 4, 2 or 1. */
static inline uint32_t sedge_neon_vectors(uint32_t o, uint32_t n) {
    return n - o > 8 ? 4 : n - o > 4 ? 2 : 1;
}

/** Bytes of a block's numbers. */
static inline size_t sedge_neon_numbers_bytes(uint32_t vectors) {
    return (size_t)vectors * 3 * sizeof(int32x4_t);
}

/** Packs the numbers of a block: n outputs, the rest stays zero. Returns the place behind them. */
static inline uint8_t *sedge_neon_pack_numbers(uint8_t *to, uint32_t vectors, uint32_t n, const int32_t *bias,
                                               const sedge_factor *factor) {
    int32_t *numbers = (int32_t *)(void *)to;
    for (uint32_t i = 0; i < n && i < 4 * vectors; i++) {
        numbers[i] = bias[i];
        numbers[4 * vectors + i] = factor[i].multiplier;
        numbers[8 * vectors + i] = factor[i].shift;
    }
    for (uint32_t i = n; i < 4 * vectors; i++)
        numbers[8 * vectors + i] = -1; /* of outputs that do not exist, so that the block may still be fast */
    return to + sedge_neon_numbers_bytes(vectors);
}

/** How the outputs of an operator end. */
typedef struct sedge_neon_end {
    int16x8_t zero; /**< the output's zero point */
    int8x16_t low, high;
    uint8x16_t flip;
    bool right; /**< all shifts are at most -1, so that nothing can wrap: the fast way */
} sedge_neon_end;

static inline sedge_neon_end sedge_neon_end_of(int32_t zero, int32_t low, int32_t high, uint8_t flip, bool right) {
    return (sedge_neon_end){ vdupq_n_s16((int16_t)zero), vdupq_n_s8((int8_t)low), vdupq_n_s8((int8_t)high),
                             vdupq_n_u8(flip), right };
}

/** Two vectors of sums to 8 numbers of 16 bits with the zero point added, saturated. */
static inline __attribute__((always_inline)) int16x8_t sedge_neon_narrow(const sedge_neon_end *e, bool right,
                                                                         int32x4_t a, int32x4_t b, const int32_t *m,
                                                                         const int32_t *shift) {
    if (right) {
        a = sedge_scale_right_neon(a, vld1q_s32(m), vld1q_s32(shift));
        b = sedge_scale_right_neon(b, vld1q_s32(m + 4), vld1q_s32(shift + 4));
        return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), e->zero);
    }
    int32x4_t zero = vmovl_s16(vget_low_s16(e->zero)); /* here the sum may wrap, as the scalar one does */
    a = vaddq_s32(sedge_scale_neon(a, vld1q_s32(m), vld1q_s32(shift)), zero);
    b = vaddq_s32(sedge_scale_neon(b, vld1q_s32(m + 4), vld1q_s32(shift + 4)), zero);
    return vqmovn_high_s32(vqmovn_s32(a), b);
}

static inline int8x16_t sedge_neon_clamp(const sedge_neon_end *e, int16x8_t a, int16x8_t b) {
    int8x16_t v = vqmovn_high_s16(vqmovn_s16(a), b);
    v = vmaxq_s8(vminq_s8(v, e->high), e->low);
    return vreinterpretq_s8_u8(veorq_u8(vreinterpretq_u8_s8(v), e->flip));
}

/** Stores the first n of 16 bytes. */
static inline void sedge_neon_store(int8_t *y, uint32_t n, int8x16_t v) {
    if (n >= 16) {
        vst1q_s8(y, v);
        return;
    }
    int8_t bytes[16];
    vst1q_s8(bytes, v);
    memcpy(y, bytes, n);
}

#endif
