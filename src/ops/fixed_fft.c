/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/fixed_fft.h"

#include "base/exact_math.h"

typedef sedge_fixed_complex complex_t;

/* ---- arithmetic in the width of the samples: results wrap to it ---- */

static int32_t narrow(const sedge_fixed_fft *f, int64_t x) {
    return f->bits == 16 ? (int16_t)x : (int32_t)x;
}

static int32_t rounded(const sedge_fixed_fft *f, int64_t product) {
    uint32_t fraction = f->bits - 1;
    return narrow(f, (product + (INT64_C(1) << (fraction - 1))) >> fraction);
}

static complex_t multiply(const sedge_fixed_fft *f, complex_t a, complex_t b) {
    return (complex_t){ rounded(f, (int64_t)a.re * b.re - (int64_t)a.im * b.im),
                        rounded(f, (int64_t)a.re * b.im + (int64_t)a.im * b.re) };
}

static complex_t divide(const sedge_fixed_fft *f, complex_t a, int32_t by) {
    int64_t factor = ((INT64_C(1) << (f->bits - 1)) - 1) / by;
    return (complex_t){ rounded(f, a.re * factor), rounded(f, a.im * factor) };
}

static complex_t add(const sedge_fixed_fft *f, complex_t a, complex_t b) {
    return (complex_t){ narrow(f, (int64_t)a.re + b.re), narrow(f, (int64_t)a.im + b.im) };
}

static complex_t subtract(const sedge_fixed_fft *f, complex_t a, complex_t b) {
    return (complex_t){ narrow(f, (int64_t)a.re - b.re), narrow(f, (int64_t)a.im - b.im) };
}

/* a + b * j or, with sign -1, a - b * j */
static complex_t add_turned(const sedge_fixed_fft *f, complex_t a, complex_t b, int sign) {
    return (complex_t){ narrow(f, a.re - (int64_t)sign * b.im), narrow(f, a.im + (int64_t)sign * b.re) };
}

/* ---- stages ---- */

static void butterflies_2(const sedge_fixed_fft *f, complex_t *z, uint32_t m, uint32_t stride) {
    for (uint32_t k = 0; k < m; k++) {
        complex_t a = divide(f, z[k], 2);
        complex_t b = multiply(f, divide(f, z[k + m], 2), f->twiddles[k * stride]);
        z[k + m] = subtract(f, a, b);
        z[k] = add(f, a, b);
    }
}

static void butterflies_4(const sedge_fixed_fft *f, complex_t *z, uint32_t m, uint32_t stride) {
    int sign = f->inverse ? 1 : -1;
    for (uint32_t k = 0; k < m; k++) {
        complex_t a = divide(f, z[k], 4);
        complex_t b = multiply(f, divide(f, z[k + m], 4), f->twiddles[k * stride]);
        complex_t c = multiply(f, divide(f, z[k + 2 * m], 4), f->twiddles[2 * k * stride]);
        complex_t d = multiply(f, divide(f, z[k + 3 * m], 4), f->twiddles[3 * k * stride]);
        complex_t minus = subtract(f, a, c), plus = add(f, a, c);
        complex_t sum = add(f, b, d), difference = subtract(f, b, d);
        z[k + 2 * m] = subtract(f, plus, sum);
        z[k] = add(f, plus, sum);
        z[k + m] = add_turned(f, minus, difference, sign);
        z[k + 3 * m] = add_turned(f, minus, difference, -sign);
    }
}

/* place in the input of what stands at place i of the output before the first stage: digits in base 4 reversed, the
 * last digit in base 2 when the length is no power of 4 */
static uint32_t source_of(uint32_t i, uint32_t n) {
    uint32_t source = 0, stride = 1;
    while (n > 1) {
        uint32_t radix = n % 4 == 0 ? 4 : 2, rest = n / radix;
        source += i / rest * stride;
        i %= rest;
        stride *= radix;
        n = rest;
    }
    return source;
}

static void transform(const sedge_fixed_fft *f, const complex_t *x, complex_t *y) {
    uint32_t n = f->half, fours = 1;
    for (uint32_t i = 0; i < n; i++)
        y[i] = x[source_of(i, n)];
    while (n / fours % 4 == 0)
        fours *= 4;
    if (fours != n) /* the innermost stage */
        for (uint32_t start = 0; start < n; start += 2)
            butterflies_2(f, y + start, 1, n / 2);
    for (uint32_t m = n / fours; m < n; m *= 4)
        for (uint32_t start = 0; start < n; start += 4 * m)
            butterflies_4(f, y + start, m, n / (4 * m));
}

/* ---- real samples ---- */

size_t sedge_fixed_fft_table(uint32_t n) {
    return (size_t)n / 2 + n / 4;
}

static double floor_of(double x) {
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1 : whole;
}

static complex_t unit(double phase, uint32_t bits) {
    double largest = (double)((INT64_C(1) << (bits - 1)) - 1);
    return (complex_t){ (int32_t)floor_of(.5 + largest * sedge_cos(phase)),
                        (int32_t)floor_of(.5 + largest * sedge_sin(phase)) };
}

void sedge_fixed_fft_init(sedge_fixed_fft *f, uint32_t n, uint32_t bits, bool inverse, sedge_fixed_complex *table) {
    uint32_t half = n / 2;
    double sign = inverse ? -1 : 1;
    for (uint32_t i = 0; i < half; i++)
        table[i] = unit(sign * -2 * SEDGE_PI * i / half, bits);
    for (uint32_t i = 0; i < half / 2; i++)
        table[half + i] = unit(sign * -SEDGE_PI * ((double)(i + 1) / half + .5), bits);
    *f = (sedge_fixed_fft){ half, bits, inverse, table, table + half };
}

static complex_t conjugate(const sedge_fixed_fft *f, complex_t a) {
    return (complex_t){ a.re, narrow(f, -(int64_t)a.im) };
}

static int32_t halved(const sedge_fixed_fft *f, int64_t x) {
    return narrow(f, x >> 1);
}

void sedge_fixed_fft_forward(const sedge_fixed_fft *f, const sedge_fixed_complex *x, sedge_fixed_complex *y,
                             sedge_fixed_complex *work) {
    uint32_t n = f->half;
    transform(f, x, work);
    complex_t dc = divide(f, work[0], 2);
    y[0] = (complex_t){ narrow(f, (int64_t)dc.re + dc.im), 0 };
    y[n] = (complex_t){ narrow(f, (int64_t)dc.re - dc.im), 0 };
    for (uint32_t k = 1; k <= n / 2; k++) {
        complex_t a = divide(f, work[k], 2), b = divide(f, conjugate(f, work[n - k]), 2);
        complex_t sum = add(f, a, b), turned = multiply(f, subtract(f, a, b), f->super[k - 1]);
        y[k] = (complex_t){ halved(f, (int64_t)sum.re + turned.re), halved(f, (int64_t)sum.im + turned.im) };
        y[n - k] = (complex_t){ halved(f, (int64_t)sum.re - turned.re), halved(f, (int64_t)turned.im - sum.im) };
    }
}

void sedge_fixed_fft_backward(const sedge_fixed_fft *f, const sedge_fixed_complex *x, sedge_fixed_complex *y,
                              sedge_fixed_complex *work) {
    uint32_t n = f->half;
    complex_t ends = { narrow(f, (int64_t)x[0].re + x[n].re), narrow(f, (int64_t)x[0].re - x[n].re) };
    work[0] = divide(f, ends, 2);
    for (uint32_t k = 1; k <= n / 2; k++) {
        complex_t a = divide(f, x[k], 2), b = divide(f, conjugate(f, x[n - k]), 2);
        complex_t sum = add(f, a, b), turned = multiply(f, subtract(f, a, b), f->super[k - 1]);
        work[k] = add(f, sum, turned);
        work[n - k] = conjugate(f, subtract(f, sum, turned));
    }
    transform(f, work, y);
}
