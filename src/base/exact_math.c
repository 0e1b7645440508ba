/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exact_math.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* ln 2 and pi / 2 in parts whose products with small integers are exact (Cody and Waite, 1980) */
#define LN2_HI 6.93147180369123816490e-01
#define LN2_LO 1.90821492927058770002e-10
#define PIO2_1 1.57079632673412561417e+00
#define PIO2_2 6.07710050630396597660e-11
#define PIO2_3 2.02226624879595063154e-21

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* sum of c[i] x^i, highest power first in the evaluation */
static double polynomial(double x, const double *c, int n) {
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        sum = sum * x + c[i];
    return sum;
}

static double two_to(int k) { /* -1022 <= k <= 1023 */
    return from_bits((uint64_t)(k + 1023) << 52);
}

static int nearest(double x) {
    return (int)(x < 0 ? x - 0.5 : x + 0.5);
}

double sedge_exp(double x) {
    static const double c[] = {
        1,          1,           1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,
        1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800
    };
    if (x != x)
        return x;
    if (x > 709.782712893384)
        return from_bits(0x7ff0000000000000u);
    if (x < -745.2)
        return 0;
    int k = nearest(x * 1.44269504088896338700);
    double r = (x - k * LN2_HI) - k * LN2_LO;
    double y = polynomial(r, c, (int)(sizeof c / sizeof c[0]));
    int half = k / 2; /* in two steps, for the ends of the range */
    return y * two_to(half) * two_to(k - half);
}

double sedge_log(double x) {
    static const double c[] = { 2,        2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23 };
    if (x != x || x < 0)
        return from_bits(0x7ff8000000000000u);
    if (x == 0)
        return from_bits(0xfff0000000000000u);
    if (bits_of(x) == 0x7ff0000000000000u)
        return x;
    int k = 0;
    if (x < 0x1p-1022) { /* subnormal */
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits = bits_of(x);
    k += (int)(bits >> 52) - 1023;
    double m = from_bits((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
    if (m > 1.4142135623730951) {
        m /= 2;
        k++;
    }
    double f = (m - 1) / (m + 1);
    double series = f * polynomial(f * f, c, (int)(sizeof c / sizeof c[0]));
    return k * LN2_HI + (series + k * LN2_LO);
}

static double sin_reduced(double r) {
    static const double c[] = { 1,
                                -1.0 / 6,
                                1.0 / 120,
                                -1.0 / 5040,
                                1.0 / 362880,
                                -1.0 / 39916800,
                                1.0 / 6227020800,
                                -1.0 / 1307674368000,
                                1.0 / 355687428096000 };
    return r * polynomial(r * r, c, (int)(sizeof c / sizeof c[0]));
}

static double cos_reduced(double r) {
    static const double c[] = { 1,
                                -1.0 / 2,
                                1.0 / 24,
                                -1.0 / 720,
                                1.0 / 40320,
                                -1.0 / 3628800,
                                1.0 / 479001600,
                                -1.0 / 87178291200,
                                1.0 / 20922789888000 };
    return polynomial(r * r, c, (int)(sizeof c / sizeof c[0]));
}

/* quarter = 0 for sin, 1 for cos */
static double circular(double x, int quarter) {
    if (!(x >= -1e6 && x <= 1e6))
        return from_bits(0x7ff8000000000000u);
    int k = nearest(x * 0.63661977236758134308);
    double r = ((x - k * PIO2_1) - k * PIO2_2) - k * PIO2_3;
    switch ((unsigned)(k + quarter) & 3u) {
    case 0:
        return sin_reduced(r);
    case 1:
        return cos_reduced(r);
    case 2:
        return -sin_reduced(r);
    default:
        return -cos_reduced(r);
    }
}

double sedge_sin(double x) {
    return circular(x, 0);
}

double sedge_cos(double x) {
    return circular(x, 1);
}

double sedge_tanh(double x) {
    if (x > -0.02 && x < 0.02) { /* where the quotient below would lose digits */
        static const double c[] = { 1, -1.0 / 3, 2.0 / 15, -17.0 / 315, 62.0 / 2835 };
        return x * polynomial(x * x, c, (int)(sizeof c / sizeof c[0]));
    }
    if (x > 20)
        return 1;
    if (x < -20)
        return -1;
    double e = sedge_exp(-2 * x);
    return (1 - e) / (1 + e);
}

#define WHOLE_FROM 0x1p52 /* every number from here on is whole */

double sedge_trunc(double x) {
    return x > -WHOLE_FROM && x < WHOLE_FROM ? (double)(int64_t)x : x;
}

double sedge_floor(double x) {
    double t = sedge_trunc(x);
    return t > x ? t - 1 : t;
}

double sedge_round_even(double x) {
    double low = sedge_floor(x), rest = x - low;
    if (rest == 0.5)
        return sedge_trunc(low / 2) * 2 == low ? low : low + 1;
    return rest > 0.5 ? low + 1 : low;
}

double sedge_fmod(double x, double y) {
    double rest = x < 0 ? -x : x, size = y < 0 ? -y : y;
    if (x != x || y != y || size == 0 || rest > 1.7976931348623157e308)
        return from_bits(0x7ff8000000000000u);
    while (rest >= size) { /* takes off the largest size * 2^k that fits: each step is exact */
        int gap = (int)(bits_of(rest) >> 52) - (int)(bits_of(size) >> 52);
        double part = size;
        for (; gap > 1022; gap -= 1022)
            part *= two_to(1022);
        part *= two_to(gap > 0 ? gap : 0);
        if (part > rest)
            part /= 2;
        while (part <= rest - part) /* where y is subnormal its exponent says too much */
            part += part;
        rest -= part;
    }
    return x < 0 ? -rest : rest;
}

static bool is_odd(double y) {
    return sedge_trunc(y) == y && sedge_trunc(y / 2) * 2 != y;
}

double sedge_pow(double x, double y) {
    if (y == 0 || x == 1)
        return 1;
    if (x != x || y != y)
        return from_bits(0x7ff8000000000000u);
    if (y == 2) /* exact, as most files have it */
        return x * x;
    double size = x < 0 ? -x : x;
    if (x < 0 && sedge_trunc(y) != y && size <= 1.7976931348623157e308)
        return from_bits(0x7ff8000000000000u);
    if (size == 1)
        return x < 0 && is_odd(y) ? -1 : 1;
    double power = sedge_exp(y * sedge_log(size));
    return (x < 0) && is_odd(y) ? -power : power;
}

double sedge_expm1(double x) {
    static const double c[] = {
        1,           1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,        1.0 / 5040,
        1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200
    };
    if (x > -0.4 && x < 0.4)
        return x * polynomial(x, c, (int)(sizeof c / sizeof c[0]));
    return sedge_exp(x) - 1;
}

double sedge_log1p(double x) {
    static const double c[] = { 2,        2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23 };
    if (!(x > -0.25 && x < 0.4))
        return sedge_log(1 + x);
    double f = x / (2 + x); /* log((1 + f) / (1 - f)) */
    return f * polynomial(f * f, c, (int)(sizeof c / sizeof c[0]));
}

double sedge_sinh(double x) {
    double e = sedge_expm1(x < 0 ? -x : x);
    double y = x < 1 && x > -1 ? (e + e / (e + 1)) / 2 : (sedge_exp(x < 0 ? -x : x) - sedge_exp(x < 0 ? x : -x)) / 2;
    return x < 0 ? -y : y;
}

double sedge_asinh(double x) {
    double size = x < 0 ? -x : x;
    double y = size > 0x1p28 ? sedge_log(size) + 0.69314718055994530942
                             : sedge_log1p(size + size * size / (1 + sqrt(1 + size * size)));
    return x < 0 ? -y : y;
}

double sedge_atan(double x) {
    static const double c[] = { 1,        -1.0 / 3,  1.0 / 5,  -1.0 / 7,  1.0 / 9,  -1.0 / 11,
                                1.0 / 13, -1.0 / 15, 1.0 / 17, -1.0 / 19, 1.0 / 21, -1.0 / 23 };
    if (x != x)
        return x;
    double size = x < 0 ? -x : x, t = size > 1 ? 1 / size : size;
    for (int i = 0; i < 2; i++) /* atan(t) = 2 atan(t / (1 + sqrt(1 + t^2))); now below tan(pi / 16) */
        t = t / (1 + sqrt(1 + t * t));
    double y = 4 * t * polynomial(t * t, c, (int)(sizeof c / sizeof c[0]));
    y = size > 1 ? SEDGE_PI / 2 - y : y;
    return x < 0 ? -y : y;
}

double sedge_asin(double x) {
    return x == 1 ? SEDGE_PI / 2 : x == -1 ? -SEDGE_PI / 2 : sedge_atan(x / sqrt((1 - x) * (1 + x)));
}

double sedge_acos(double x) {
    return x == -1 ? SEDGE_PI : 2 * sedge_atan(sqrt((1 - x) / (1 + x)));
}

double sedge_erf(double x) {
    enum { TERMS = 60, LEVELS = 60 };
    const double two_over_root_pi = 1.12837916709551257390, one_over_root_pi = 0.56418958354775628695;
    double size = x < 0 ? -x : x, square = x * x, y = 1;
    if (x != x)
        return x;
    if (size < 2.5) { /* 2 / sqrt(pi) exp(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...) */
        double term = size, sum = size;
        for (int n = 1; n < TERMS; n++) {
            term *= 2 * square / (2 * n + 1);
            sum += term;
        }
        y = two_over_root_pi * sedge_exp(-square) * sum;
    } else if (size < 6) { /* 1 - erfc by its continued fraction */
        double fraction = size;
        for (int n = LEVELS; n > 0; n--)
            fraction = size + n / 2.0 / fraction;
        y = 1 - one_over_root_pi * sedge_exp(-square) / fraction;
    }
    return x < 0 ? -y : y;
}
