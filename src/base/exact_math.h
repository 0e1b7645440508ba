/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Elementary functions that give the same bits on every machine (compile with -ffp-contract=off): only + - * / and
 * conversions, in a fixed order. Only sqrt comes from libm, which IEEE 754 defines exactly.
 *
 * Double functions are good to about 2 units in the last place over the stated range, the float ones are the double
 * ones rounded once.
 */
#ifndef SEDGE_BASE_EXACT_MATH_H
#define SEDGE_BASE_EXACT_MATH_H

#define SEDGE_PI 3.14159265358979323846

double sedge_exp(double x);   /**< any x; over- and underflow give infinity and 0, NaN gives NaN */
double sedge_log(double x);   /**< x > 0; 0 gives -infinity, negative and NaN give NaN */
double sedge_sin(double x);   /**< |x| <= 1e6; NaN and infinities give NaN */
double sedge_cos(double x);   /**< |x| <= 1e6; NaN and infinities give NaN */
double sedge_tanh(double x);  /**< any x */
double sedge_expm1(double x); /**< exp(x) - 1, also near 0 */
double sedge_log1p(double x); /**< log(1 + x), also near 0 */
double sedge_sinh(double x);  /**< any x */
double sedge_asinh(double x); /**< any x */
double sedge_atan(double x);  /**< any x */
double sedge_asin(double x);  /**< |x| <= 1, else NaN */
double sedge_acos(double x);  /**< |x| <= 1, else NaN */
double sedge_erf(double x);   /**< any x */
/**
 * x to the power y with the special cases of C's pow. Its error grows with the result: about
 * (2 + |y ln x|) * 2^-52 of it.
 */
double sedge_pow(double x, double y);

/* exact functions */
double sedge_floor(double x);
double sedge_trunc(double x);
double sedge_round_even(double x);     /**< to the nearest whole number, ties to the even one */
double sedge_fmod(double x, double y); /**< x - n * y with n cut to a whole number, exactly; the sign of x */

static inline float sedge_expf(float x) {
    return (float)sedge_exp(x);
}

static inline float sedge_tanhf(float x) {
    return (float)sedge_tanh(x);
}

/** 1 / (1 + exp(-x)) */
static inline float sedge_logisticf(float x) {
    return (float)(1 / (1 + sedge_exp(-(double)x)));
}

#endif
