/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Convolutions of every layout and type, forwards and transposed, one output after the other: for what has no kernel of
 * its own. Integers are summed in 64 bits, float32 in the order of the window, then of the channels.
 */
#ifndef SEDGE_OPS_CONV_PLAIN_H
#define SEDGE_OPS_CONV_PLAIN_H

#include "ops/conv.h"

typedef struct sedge_conv_plain sedge_conv_plain;

/** The result of an integer sum, bias included, for output channel o. */
typedef void sedge_conv_plain_store(const sedge_conv_plain *d, int64_t sum, size_t o, void *y, size_t at);

/** Steps between elements of x, y and the weights. */
typedef struct sedge_conv_steps {
    size_t picture, group, channel; /**< of the weights: picture is one output within its group */
    size_t place[SEDGE_SPACE_MAX];
} sedge_conv_steps;

struct sedge_conv_plain {
    bool transposed; /**< the spans are those of the convolution that takes y to x */
    sedge_dtype x_type, w_type, b_type;
    size_t pictures, groups, in, out; /**< in, out: channels of one group */
    sedge_span span[SEDGE_SPACE_MAX];
    sedge_conv_steps x, w, y;
    const void *weights, *bias; /**< bias may be NULL; int32 or int64 of integers */
    int32_t x_zero, y_zero;
    const int32_t *w_zero;         /**< [groups * out] */
    sedge_conv_plain_store *store; /**< NULL: float32 */
    const sedge_factor *factor;    /**< for stores */
    const float *scale;
    int32_t low, high;
    float low_f32, high_f32;
};

/** Layouts and sizes from a convolution that has been described. Types, zeros and stores are left to the caller. */
void sedge_conv_plain_fill(const sedge_conv_shape *c, sedge_conv_plain *ret);
/** sedge_scale in 32 bits. */
sedge_conv_plain_store sedge_conv_plain_store_scaled;
/** The rounding that the reference has for 64-bit sums, with a multiplier of 16 bits. */
sedge_conv_plain_store sedge_conv_plain_store_wide;
/** Sums times scale[o] in float32, to the nearest, ties to even. */
sedge_conv_plain_store sedge_conv_plain_store_real;
/** int32 as it is. */
sedge_conv_plain_store sedge_conv_plain_store_sum;

/** inputs: 0 is x; the rest is in call->prepared, a sedge_conv_plain. */
void sedge_conv_plain_run(const sedge_op_call *call);

/** CONV, DEPTHWISE_CONV and CONV_TRANSPOSE of int16 with weights of int8, as the reference kernels compute them. */
SEDGE_NODISCARD sedge_status sedge_conv_prepare_s16(const sedge_op_site *site, const sedge_conv_shape *c,
                                                    sedge_prepared *ret, sedge_error *err);

#endif
