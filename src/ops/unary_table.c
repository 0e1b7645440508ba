/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/exact_math.h"
#include "base/own.h"
#include "ops/unary.h"

#define F64(name, expr)                                                                                                \
    static double name##_f64(double x, const double *p) {                                                              \
        (void)p;                                                                                                       \
        return expr;                                                                                                   \
    }
#define I64(name, expr)                                                                                                \
    static int64_t name##_i64(int64_t x, const double *p) {                                                            \
        (void)p;                                                                                                       \
        return expr;                                                                                                   \
    }

F64(abs, x < 0 ? -x : x == 0 ? 0 : x)
F64(ceil, -sedge_floor(-x))
F64(floor, sedge_floor(x))
F64(round, sedge_round_even(x))
F64(sign, x != x ? x : (x > 0) - (x < 0))
F64(neg, -x)
F64(sqrt, sqrt(x))
F64(rsqrt, 1 / sqrt(x))
F64(square, x *x)
F64(reciprocal, 1 / x)
F64(exp, sedge_exp(x))
F64(log, sedge_log(x))
F64(sin, sedge_sin(x))
F64(cos, sedge_cos(x))
F64(tan, sedge_sin(x) / sedge_cos(x))
F64(asin, sedge_asin(x))
F64(acos, sedge_acos(x))
F64(atan, sedge_atan(x))
F64(sinh, sedge_sinh(x))
F64(cosh, (sedge_exp(x) + sedge_exp(-x)) / 2)
F64(asinh, sedge_asinh(x))
F64(acosh, sedge_log1p((x - 1) + sqrt((x - 1) * (x + 1))))
F64(atanh, sedge_log1p(2 * x / (1 - x)) / 2)
F64(tanh, sedge_tanh(x))
F64(erf, sedge_erf(x))
F64(logistic, 1 / (1 + sedge_exp(-x)))
F64(relu, x < 0 ? 0 : x)
F64(relu6, x > 6 ? 6 : x < 0 ? 0 : x)
F64(relu_n1_to_1, x > 1 ? 1 : x < -1 ? -1 : x)
F64(leaky_relu, x < 0 ? x * p[0] : x)
F64(thresholded_relu, x > p[0] ? x : 0)
F64(elu, x < 0 ? p[0] * sedge_expm1(x) : x)
F64(selu, p[1] * (x > 0 ? x : p[0] * sedge_expm1(x)))
F64(celu, x < 0 ? p[0] * sedge_expm1(x / p[0]) : x)
F64(hard_sigmoid, relu_f64(p[0] * x + p[1], p) > 1 ? 1 : relu_f64(p[0] * x + p[1], p))
F64(hard_swish, x *relu6_f64(x + 3, p) / 6)
F64(softplus, x > 0 ? x + sedge_log1p(sedge_exp(-x)) : sedge_log1p(sedge_exp(x)))
F64(softsign, x / (1 + (x < 0 ? -x : x)))
F64(mish, x *sedge_tanh(softplus_f64(x, p)))
F64(isnan, x != x)
F64(isinf, (p[0] != 0 && x < -1.7976931348623157e308) || (p[1] != 0 && x > 1.7976931348623157e308))
static double gelu_f64(double x, const double *p) {
    const double half_root = 0.70710678118654752440, root_2_over_pi = 0.79788456080286535588;
    if (p[0] != 0)
        return x / 2 * (1 + sedge_tanh(root_2_over_pi * (x + 0.044715 * x * x * x)));
    return x / 2 * (1 + sedge_erf(x * half_root));
}

I64(abs, x < 0 ? (int64_t)(0 - (uint64_t)x) : x)
I64(same, x)
I64(sign, (x > 0) - (x < 0))
I64(neg, (int64_t)(0 - (uint64_t)x))
I64(square, (int64_t)((uint64_t)x *(uint64_t)x))
I64(relu, x < 0 ? 0 : x)
I64(logical_not, !x)
I64(bitwise_not, ~x)

#define FLOAT(KIND, name)                                                                                              \
    { SEDGE_OP_##KIND, SEDGE_UNARY_SAME, name##_f64, NULL, NULL, NULL, NULL }
#define NUMBER(KIND, name, int_name)                                                                                   \
    { SEDGE_OP_##KIND, SEDGE_UNARY_SAME, name##_f64, int_name##_i64, NULL, NULL, NULL }
#define Q(init, q, q16) sedge_unary_##init##_init, sedge_unary_##q, sedge_unary_##q16
static const sedge_unary_row rows[] = {
    { SEDGE_OP_ABS, SEDGE_UNARY_SAME, abs_f64, abs_i64, Q(abs, abs_q, abs_q) },
    NUMBER(CEIL, ceil, same),
    NUMBER(FLOOR, floor, same),
    NUMBER(ROUND, round, same),
    NUMBER(SIGN, sign, sign),
    NUMBER(NEG, neg, neg),
    NUMBER(SQUARE, square, square),
    FLOAT(SQRT, sqrt),
    FLOAT(RSQRT, rsqrt),
    FLOAT(RECIPROCAL, reciprocal),
    FLOAT(EXP, exp),
    FLOAT(LOG, log),
    FLOAT(SIN, sin),
    FLOAT(COS, cos),
    FLOAT(TAN, tan),
    FLOAT(ASIN, asin),
    FLOAT(ACOS, acos),
    FLOAT(ATAN, atan),
    FLOAT(SINH, sinh),
    FLOAT(COSH, cosh),
    FLOAT(ASINH, asinh),
    FLOAT(ACOSH, acosh),
    FLOAT(ATANH, atanh),
    FLOAT(ERF, erf),
    { SEDGE_OP_TANH, SEDGE_UNARY_SAME, tanh_f64, NULL, Q(tanh, tanh_q, tanh_q16) },
    { SEDGE_OP_LOGISTIC, SEDGE_UNARY_SAME, logistic_f64, NULL, Q(logistic, logistic_q, logistic_q16) },
    { SEDGE_OP_RELU, SEDGE_UNARY_SAME, relu_f64, relu_i64, Q(clamp, clamp_q, clamp_q) },
    { SEDGE_OP_RELU6, SEDGE_UNARY_SAME, relu6_f64, NULL, Q(clamp, clamp_q, clamp_q) },
    { SEDGE_OP_RELU_N1_TO_1, SEDGE_UNARY_SAME, relu_n1_to_1_f64, NULL, Q(clamp, clamp_q, clamp_q) },
    { SEDGE_OP_LEAKY_RELU, SEDGE_UNARY_SAME, leaky_relu_f64, NULL, Q(leaky_relu, leaky_relu_q, leaky_relu_q) },
    { SEDGE_OP_HARD_SWISH, SEDGE_UNARY_SAME, hard_swish_f64, NULL, sedge_unary_hard_swish_init,
      sedge_unary_hard_swish_q, NULL },
    FLOAT(THRESHOLDED_RELU, thresholded_relu),
    FLOAT(ELU, elu),
    FLOAT(SELU, selu),
    FLOAT(CELU, celu),
    FLOAT(GELU, gelu),
    FLOAT(HARD_SIGMOID, hard_sigmoid),
    FLOAT(SOFTPLUS, softplus),
    FLOAT(SOFTSIGN, softsign),
    FLOAT(MISH, mish),
    { SEDGE_OP_ISNAN, SEDGE_UNARY_BOOL, isnan_f64, NULL, NULL, NULL, NULL },
    { SEDGE_OP_ISINF, SEDGE_UNARY_BOOL, isinf_f64, NULL, NULL, NULL, NULL },
    { SEDGE_OP_LOGICAL_NOT, SEDGE_UNARY_BOOL, NULL, logical_not_i64, NULL, NULL, NULL },
    { SEDGE_OP_BITWISE_NOT, SEDGE_UNARY_SAME, NULL, bitwise_not_i64, NULL, NULL, NULL },
};

const sedge_unary_row *sedge_unary_find(sedge_op_kind kind) {
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].kind == (uint8_t)kind)
            return &rows[i];
    return NULL;
}
