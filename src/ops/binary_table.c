/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exact_math.h"
#include "base/own.h"
#include "ops/binary.h"

#define F64(name, expr)                                                                                                \
    static double name##_f64(double a, double b) {                                                                     \
        return expr;                                                                                                   \
    }
#define I64(name, expr)                                                                                                \
    static int64_t name##_i64(int64_t a, int64_t b) {                                                                  \
        return expr;                                                                                                   \
    }
#define U64(name, expr)                                                                                                \
    static int64_t name##_u64(int64_t x, int64_t y) {                                                                  \
        uint64_t a = (uint64_t)x, b = (uint64_t)y;                                                                     \
        return (int64_t)(expr);                                                                                        \
    }
#define COMPARISON(name, op) F64(name, a op b) I64(name, a op b) U64(name, a op b)

F64(add, a + b)
F64(sub, a - b)
F64(mul, a *b)
F64(div, a / b)
F64(max, a != a || a > b ? a : b)
F64(min, a != a || a < b ? a : b)
F64(floor_div, sedge_floor(a / b))
F64(squared_difference, (a - b) * (a - b))
F64(prelu, a >= 0 ? a : a * b)
/* float32 rounds the quotient and the difference before it goes on */
static double floor_div_f32(double a, double b) {
    return sedge_floor((double)((float)a / (float)b));
}
static double squared_difference_f32(double a, double b) {
    float d = (float)a - (float)b;
    return (double)d * (double)d;
}
static double floor_mod_f64(double a, double b) {
    double rest = sedge_fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

I64(add, (int64_t)((uint64_t)a + (uint64_t)b))
I64(sub, (int64_t)((uint64_t)a - (uint64_t)b))
I64(mul, (int64_t)((uint64_t)a *(uint64_t)b))
I64(max, a > b ? a : b)
I64(min, a < b ? a : b)
I64(div, b == 0 ? 0 : b == -1 ? sub_i64(0, a) : a / b)
I64(fmod, b == 0 || b == -1 ? 0 : a % b)
I64(squared_difference, mul_i64(sub_i64(a, b), sub_i64(a, b)))
I64(bitwise_and, a &b)
I64(bitwise_or, a | b)
I64(bitwise_xor, a ^ b)
I64(logical_and, a &&b)
I64(logical_or, a || b)
I64(logical_xor, !a != !b)
I64(shift_left, b<0 || b> 63 ? 0 : (int64_t)((uint64_t)a << b))
I64(shift_right, a >> (b < 0 || b > 63 ? 63 : b))
U64(max, a > b ? a : b)
U64(min, a < b ? a : b)
U64(div, b ? a / b : 0)
U64(fmod, b ? a % b : 0)
U64(shift_right, b > 63 ? 0 : a >> b)
static int64_t floor_mod_i64(int64_t a, int64_t b) {
    int64_t rest = fmod_i64(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
static int64_t floor_div_i64(int64_t a, int64_t b) {
    int64_t quotient = div_i64(a, b);
    return fmod_i64(a, b) != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
/* by squaring, which wraps; a negative power of an integer is 1 / a^-b cut to an integer */
static int64_t pow_i64(int64_t a, int64_t b) {
    if (b < 0)
        return a == 1 ? 1 : a == -1 ? (b % 2 ? -1 : 1) : 0;
    uint64_t y = 1, square = (uint64_t)a;
    for (; b > 0; b >>= 1, square *= square)
        if (b & 1)
            y *= square;
    return (int64_t)y;
}

COMPARISON(equal, ==)
COMPARISON(not_equal, !=)
COMPARISON(less, <)
COMPARISON(less_equal, <=)
COMPARISON(greater, >)
COMPARISON(greater_equal, >=)

#define Q(name, fn) sedge_binary_##name##_init, sedge_binary_##fn##_q
#define COMPARISON_ROW(KIND, name)                                                                                     \
    { SEDGE_OP_##KIND, true, name##_f64, NULL, name##_i64, name##_u64, Q(compare, compare) }
static const sedge_binary_row rows[] = {
    { SEDGE_OP_ADD, false, add_f64, NULL, add_i64, NULL, Q(add, sum) },
    { SEDGE_OP_SUB, false, sub_f64, NULL, sub_i64, NULL, Q(sub, sum) },
    { SEDGE_OP_MUL, false, mul_f64, NULL, mul_i64, NULL, Q(mul, mul) },
    { SEDGE_OP_DIV, false, div_f64, NULL, div_i64, div_u64, Q(div, div) },
    { SEDGE_OP_POW, false, sedge_pow, NULL, pow_i64, NULL, NULL, NULL },
    { SEDGE_OP_MAXIMUM, false, max_f64, NULL, max_i64, max_u64, Q(same, max) },
    { SEDGE_OP_MINIMUM, false, min_f64, NULL, min_i64, min_u64, Q(same, min) },
    { SEDGE_OP_FLOOR_DIV, false, floor_div_f64, floor_div_f32, floor_div_i64, div_u64, NULL, NULL },
    { SEDGE_OP_FLOOR_MOD, false, floor_mod_f64, NULL, floor_mod_i64, fmod_u64, NULL, NULL },
    { SEDGE_OP_FMOD, false, sedge_fmod, NULL, fmod_i64, fmod_u64, NULL, NULL },
    { SEDGE_OP_SQUARED_DIFFERENCE, false, squared_difference_f64, squared_difference_f32, squared_difference_i64, NULL,
      Q(squared_difference, squared_difference) },
    { SEDGE_OP_PRELU, false, prelu_f64, NULL, NULL, NULL, Q(prelu, prelu) },
    COMPARISON_ROW(EQUAL, equal),
    COMPARISON_ROW(NOT_EQUAL, not_equal),
    COMPARISON_ROW(LESS, less),
    COMPARISON_ROW(LESS_EQUAL, less_equal),
    COMPARISON_ROW(GREATER, greater),
    COMPARISON_ROW(GREATER_EQUAL, greater_equal),
    { SEDGE_OP_LOGICAL_AND, true, NULL, NULL, logical_and_i64, NULL, NULL, NULL },
    { SEDGE_OP_LOGICAL_OR, true, NULL, NULL, logical_or_i64, NULL, NULL, NULL },
    { SEDGE_OP_LOGICAL_XOR, true, NULL, NULL, logical_xor_i64, NULL, NULL, NULL },
    { SEDGE_OP_BITWISE_AND, false, NULL, NULL, bitwise_and_i64, NULL, NULL, NULL },
    { SEDGE_OP_BITWISE_OR, false, NULL, NULL, bitwise_or_i64, NULL, NULL, NULL },
    { SEDGE_OP_BITWISE_XOR, false, NULL, NULL, bitwise_xor_i64, NULL, NULL, NULL },
    { SEDGE_OP_SHIFT_LEFT, false, NULL, NULL, shift_left_i64, NULL, NULL, NULL },
    { SEDGE_OP_SHIFT_RIGHT, false, NULL, NULL, shift_right_i64, shift_right_u64, NULL, NULL },
};

const sedge_binary_row *sedge_binary_find(sedge_op_kind kind) {
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].kind == (uint8_t)kind)
            return &rows[i];
    return NULL;
}
