/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The parts of binary.c: what two numbers become, by kind of operator and domain.
 *
 * Plain numbers are computed in double or int64 (ops/numbers.h). Tensors of 8 or 16 bits with scales are computed as
 * the reference kernels of TensorFlow Lite Micro do, on int32.
 */
#ifndef SEDGE_OPS_BINARY_H
#define SEDGE_OPS_BINARY_H

#include "model/quant.h"
#include "ops/op.h"

typedef double sedge_binary_f64(double a, double b);
typedef int64_t sedge_binary_i64(int64_t a, int64_t b);

/** What the quantised functions need; each fills the part that it uses. */
typedef struct sedge_binary_quant {
    int32_t a_zero, b_zero, y_zero;
    int32_t left_shift, sign;
    sedge_factor a, b, y;
    sedge_range range;
    sedge_binary_i64 *compare;
} sedge_binary_quant;

typedef int32_t sedge_binary_q(const sedge_binary_quant *q, int32_t a, int32_t b);
typedef sedge_status sedge_binary_q_init(const sedge_op_site *site, sedge_binary_quant *q, sedge_error *err);

/** One kind of operator. A NULL function: the domain is not supported. */
typedef struct sedge_binary_row {
    uint8_t kind;  /**< sedge_op_kind */
    bool compares; /**< the output is bool */
    sedge_binary_f64 *f64;
    sedge_binary_f64 *f32; /**< where float32 rounds on the way; NULL: as f64 */
    sedge_binary_i64 *i64;
    sedge_binary_i64 *u64; /**< where the sign of a uint64 matters; NULL: as i64 */
    sedge_binary_q_init *q_init;
    sedge_binary_q *q;
} sedge_binary_row;

/** The row of a kind that ops/binary.c runs; never NULL for those. */
const sedge_binary_row *sedge_binary_find(sedge_op_kind kind);

/* the quantised functions, binary_quant.c */
sedge_binary_q_init sedge_binary_add_init, sedge_binary_sub_init, sedge_binary_mul_init, sedge_binary_div_init,
    sedge_binary_squared_difference_init, sedge_binary_compare_init, sedge_binary_same_init, sedge_binary_prelu_init;
sedge_binary_q sedge_binary_sum_q, sedge_binary_mul_q, sedge_binary_div_q, sedge_binary_squared_difference_q,
    sedge_binary_compare_q, sedge_binary_max_q, sedge_binary_min_q, sedge_binary_prelu_q;

#endif
