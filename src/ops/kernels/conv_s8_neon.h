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

/** Whether all shifts are at most -1, so that nothing can wrap: the fast way. */
static inline bool sedge_neon_all_right(const sedge_factor *factor, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        if (factor[i].shift >= 0)
            return false;
    return true;
}

/**
 * How the outputs of an operator end; lies at the begin of what is packed. Read where it is used, it takes no registers
 * from the sums: a compiler must read it again after every store of an output.
 */
typedef struct sedge_neon_end {
    int16x8_t zero; /**< the output's zero point */
    int8x16_t low, high;
    uint8x16_t flip;
    bool right;  /**< sedge_neon_all_right */
    bool lowest; /**< there is a weight of -128 */
} sedge_neon_end;

static inline sedge_neon_end sedge_neon_end_of(int32_t zero, int32_t low, int32_t high, uint8_t flip,
                                               const sedge_factor *factor, uint32_t n, const int8_t *w,
                                               size_t n_weights) {
    bool lowest = false;
    for (size_t i = 0; i < n_weights; i++)
        lowest = lowest || w[i] == INT8_MIN;
    return (sedge_neon_end){ .zero = vdupq_n_s16((int16_t)zero),
                             .low = vdupq_n_s8((int8_t)low),
                             .high = vdupq_n_s8((int8_t)high),
                             .flip = vdupq_n_u8(flip),
                             .right = sedge_neon_all_right(factor, n),
                             .lowest = lowest };
}

/** The multipliers and shifts of a block, in registers: stores of outputs do not make the compiler read them again. */
typedef struct sedge_neon_factors {
    int32x4_t m[4], shift[4];
} sedge_neon_factors;

static inline __attribute__((always_inline)) sedge_neon_factors sedge_neon_load_factors(const int32_t *numbers,
                                                                                        uint32_t vectors) {
    sedge_neon_factors f;
    for (uint32_t v = 0; v < 4; v++) {
        uint32_t of = v < vectors ? v : 0; /* lanes that are not stored take any */
        f.m[v] = vld1q_s32(numbers + 4 * vectors + 4 * of);
        f.shift[v] = vld1q_s32(numbers + 8 * vectors + 4 * of);
    }
    return f;
}

/** The sums of vectors v and v + 1 to 8 numbers of 16 bits with the zero point added, saturated. */
static inline __attribute__((always_inline)) int16x8_t sedge_neon_narrow(const sedge_neon_end *e, bool right,
                                                                         int32x4_t a, int32x4_t b,
                                                                         const sedge_neon_factors *f, uint32_t v) {
    if (right) {
        a = sedge_scale_right_neon(a, f->m[v], f->shift[v]);
        b = sedge_scale_right_neon(b, f->m[v + 1], f->shift[v + 1]);
        return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), e->zero);
    }
    int32x4_t zero = vmovl_s16(vget_low_s16(e->zero)); /* here the sum may wrap, as the scalar one does */
    a = vaddq_s32(sedge_scale_neon(a, f->m[v], f->shift[v]), zero);
    b = vaddq_s32(sedge_scale_neon(b, f->m[v + 1], f->shift[v + 1]), zero);
    return vqmovn_high_s32(vqmovn_s32(a), b);
}

static inline int8x16_t sedge_neon_clamp(const sedge_neon_end *e, int16x8_t a, int16x8_t b) {
    int8x16_t v = vqmovn_high_s16(vqmovn_s16(a), b);
    v = vmaxq_s8(vminq_s8(v, e->high), e->low);
    return vreinterpretq_s8_u8(veorq_u8(vreinterpretq_u8_s8(v), e->flip));
}

/** Stores the first n of 16 bytes; a call, because it is not the usual case. */
__attribute__((noinline, unused)) static void sedge_neon_store_some(int8_t *y, uint32_t n, int8x16_t v) {
    if (n >= 16) {
        vst1q_s8(y, v);
        return;
    }
    if (n & 8) {
        vst1_s8(y, vget_low_s8(v));
        v = vextq_s8(v, v, 8);
        y += 8;
    }
    if (n & 4) {
        int32_t four = vgetq_lane_s32(vreinterpretq_s32_s8(v), 0);
        memcpy(y, &four, sizeof four);
        v = vextq_s8(v, v, 4);
        y += 4;
    }
    for (uint32_t i = 0; i < (n & 3); i++, v = vextq_s8(v, v, 1))
        y[i] = vgetq_lane_s8(v, 0);
}

#endif
