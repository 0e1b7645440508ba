/* SPDX-License-Identifier: Apache-2.0 */
/** What CONV and DEPTHWISE_CONV share: the operator's tensors described and checked, and its preparations by type. */
#ifndef SEDGE_OPS_CONV_H
#define SEDGE_OPS_CONV_H

#include "model/quant.h"
#include "ops/op.h"
#include "ops/rows.h"

/** A convolution whose shapes are settled. Everything in it has been checked against the tensors. */
typedef struct sedge_conv_shape {
    const sedge_tensor *x, *w, *b, *y; /**< b may be NULL */
    const void *weights;               /**< w's bytes, as [out][taps][in / groups]; depthwise [taps][out] */
    bool depthwise;                    /**< weights [1, ..., out] */
    bool transposed;                   /**< CONV_TRANSPOSE: the spans are those of the convolution that takes y to x */
    bool channels_first;
    uint32_t space;
    size_t batch, in, out;     /**< in, out: channels */
    size_t groups;             /**< of a depthwise one: in */
    size_t taps;               /**< product of the window's sizes */
    size_t x_points, y_points; /**< products of the spatial dimensions */
    sedge_span span[SEDGE_SPACE_MAX];
} sedge_conv_shape;

/** Which inputs they are. */
typedef struct sedge_conv_roles {
    uint8_t x, w, b;
} sedge_conv_roles;

/** As sedge_conv_describe, of an operator whose inputs stand in another order. */
SEDGE_NODISCARD sedge_status sedge_conv_describe_roles(const sedge_op_site *site, sedge_conv_roles roles,
                                                       bool depthwise, sedge_conv_shape *ret, sedge_error *err);
/** Checks ranks, channels and the bias, and settles the spans. SEDGE_EINVALID, SEDGE_EUNSUPPORTED, SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_conv_describe(const sedge_op_site *site, bool depthwise, sedge_conv_shape *ret,
                                                 sedge_error *err);
/** Checks the types of inputs 0 to 2 and settles the output's. */
SEDGE_NODISCARD sedge_status sedge_conv_check_types(const sedge_op_site *site, sedge_error *err);
/** The whole shape rule: types, sedge_conv_describe, the output's shape. */
SEDGE_NODISCARD sedge_status sedge_conv_settle(const sedge_op_site *site, bool depthwise, sedge_error *err);

/**
 * The rows of an NHWC picture of one or two dimensions, one phase, nothing repeated, no element types yet. A window
 * over a picture of one column becomes a window along a row.
 */
void sedge_conv_rows(const sedge_conv_shape *c, sedge_rows *ret);
/** Whether the window is one point and all points of the picture are taken, so that it is one long row. */
bool sedge_conv_is_points(const sedge_conv_shape *c);
/** Makes such rows one row of at most `pixels`; returns how many pixels there are in all pictures. */
size_t sedge_conv_cut_points(const sedge_conv_shape *c, size_t pixels, sedge_rows *r);

/** Multiply-accumulates of all outputs, saturated. */
uint64_t sedge_conv_macs(const sedge_conv_shape *c);

/** An allocation that takes float or 8-bit weights [taps][out] to [out][taps]; the caller frees it. NULL: no memory. */
void *sedge_conv_transposed(const sedge_conv_shape *c);

/** int8 and uint8 are computed as int8: uint8 XOR 0x80, zero points less 128. */
typedef struct sedge_conv_quant {
    uint8_t x_flip, w_flip, y_flip;
    int32_t x_zero, w_zero, y_zero; /**< as int8 */
    sedge_range y_range;            /**< as int8, with the fused activation */
} sedge_conv_quant;

/** Checks the quantisation of x, w (one scale, or one for each output channel), y of 8 bits. */
SEDGE_NODISCARD sedge_status sedge_conv_quant_of(const sedge_op_site *site, const sedge_conv_shape *c,
                                                 sedge_conv_quant *ret, sedge_error *err);
/** The factor of each output channel, [out]. */
SEDGE_NODISCARD sedge_status sedge_conv_factors(const sedge_conv_shape *c, sedge_factor *ret, sedge_error *err);

/** Preparations by type, chosen by sedge_op_conv_prepare and sedge_op_depthwise_conv_prepare. */
SEDGE_NODISCARD sedge_status sedge_conv_prepare_8bit(const sedge_op_site *site, const sedge_conv_shape *c,
                                                     sedge_prepared *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_depthwise_prepare_8bit(const sedge_op_site *site, const sedge_conv_shape *c,
                                                          sedge_prepared *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_conv_prepare_f32(const sedge_op_site *site, const sedge_conv_shape *c,
                                                    sedge_prepared *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_depthwise_prepare_f32(const sedge_op_site *site, const sedge_conv_shape *c,
                                                         sedge_prepared *ret, sedge_error *err);
/** float32 with weights of int8. */
SEDGE_NODISCARD sedge_status sedge_conv_prepare_hybrid(const sedge_op_site *site, const sedge_conv_shape *c,
                                                       sedge_prepared *ret, sedge_error *err);
/** Channels first. */
SEDGE_NODISCARD sedge_status sedge_conv_planes_prepare_f32(const sedge_op_site *site, const sedge_conv_shape *c,
                                                           sedge_prepared *ret, sedge_error *err);

#endif
