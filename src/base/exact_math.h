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

#include <stdint.h>

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

/**
 * 1 / (1 + exp(-x)) in float32 arithmetic without branches, so that compilers make vectors of it; good to 3 units in
 * the last place for x > -87, below it stays at 1.6e-38. exp(-|x|) is 2^n times a polynomial (Cephes' coefficients).
 */
static inline float sedge_logisticf(float x) {
    const float nearest = 12582912.0f; /* 1.5 * 2^23: adding it rounds, and its last bits are the number */
    float low = x < 0 ? x : -x;
    low = low < -87.0f ? -87.0f : low;
    union {
        float value;
        uint32_t bits;
    } n = { low * 1.44269504088896341f + nearest }, power;
    float whole = n.value - nearest;
    float r = (low - whole * 0.693359375f) - whole * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    power.value = p * (r * r) + r + 1;
    power.bits += n.bits << 23;
    float y = (x < 0 ? power.value : 1) / (1 + power.value);
    return x != x ? x : y;
}

#endif
