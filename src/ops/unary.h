/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The parts of unary.c: what one number becomes, by kind of operator and domain.
 *
 * Plain numbers are computed in double or int64 (ops/numbers.h). Tensors of 8 or 16 bits with scales are computed as
 * the reference kernels of TensorFlow Lite Micro do; with 8 bits the 256 results are a table.
 */
#ifndef SEDGE_OPS_UNARY_H
#define SEDGE_OPS_UNARY_H

#include "model/quant.h"
#include "model/sigmoid_table.h"
#include "ops/op.h"

/** p: alpha and beta of sedge_op.u.fn */
typedef double sedge_unary_f64(double x, const double *p);
typedef int64_t sedge_unary_i64(int64_t x, const double *p);

/** What the quantised functions need; each fills the part that it uses. */
typedef struct sedge_unary_quant {
    int32_t x_zero, y_zero;
    sedge_factor a, b;
    int32_t sign, radius, bits;
    sedge_range range;
    sedge_sigmoid_scale sigmoid;
    float x_scale, y_scale;
    sedge_unary_f64 *f64;
    double p[2];
} sedge_unary_quant;

typedef int32_t sedge_unary_q(const sedge_unary_quant *q, int32_t x);
/** Fills what its function needs; zero points, scales, range, f64 and p are filled. SEDGE_EUNSUPPORTED. */
typedef sedge_status sedge_unary_q_init(const sedge_op_site *site, sedge_unary_quant *q, sedge_error *err);

typedef enum sedge_unary_result { SEDGE_UNARY_SAME, SEDGE_UNARY_BOOL } sedge_unary_result;

/** One kind of operator. A NULL function: the domain is not supported. */
typedef struct sedge_unary_row {
    uint8_t kind;   /**< sedge_op_kind */
    uint8_t result; /**< sedge_unary_result */
    sedge_unary_f64 *f64;
    sedge_unary_i64 *i64;
    /** Quantised: 8 bits without q_init go through f64, as the reference makes its tables. 16 bits need q16. */
    sedge_unary_q_init *q_init;
    sedge_unary_q *q, *q16;
} sedge_unary_row;

/** The row of a kind that ops/unary.c runs; never NULL for those. */
const sedge_unary_row *sedge_unary_find(sedge_op_kind kind);

/* the quantised functions, unary_quant.c */
sedge_unary_q_init sedge_unary_clamp_init, sedge_unary_logistic_init, sedge_unary_tanh_init,
    sedge_unary_leaky_relu_init, sedge_unary_hard_swish_init, sedge_unary_abs_init;
sedge_unary_q sedge_unary_clamp_q, sedge_unary_logistic_q, sedge_unary_logistic_q16, sedge_unary_tanh_q,
    sedge_unary_tanh_q16, sedge_unary_leaky_relu_q, sedge_unary_hard_swish_q, sedge_unary_abs_q, sedge_unary_float_q;

/** Runs fn over 8-bit inputs by a table of the 256 results. */
SEDGE_NODISCARD sedge_status sedge_unary_prepare_table(const sedge_op_site *site,
                                                       int32_t (*fn)(const void *user, int32_t x), const void *user,
                                                       const char *kernel, sedge_prepared *ret, sedge_error *err);

#endif
