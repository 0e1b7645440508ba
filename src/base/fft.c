/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fft.h"

#include "base/exact_math.h"

uint32_t sedge_fft_length(uint32_t n) {
    uint32_t length = 2;
    while (length < n)
        length *= 2;
    return length;
}

void sedge_fft_table(uint32_t n, double *table) {
    for (uint32_t k = 0; k < n / 2; k++) {
        double angle = 2 * SEDGE_PI * k / n;
        table[2 * k] = sedge_cos(angle);
        table[2 * k + 1] = sedge_sin(angle);
    }
}

/** Puts the m complex numbers of z into bit-reversed order. */
static void reorder(uint32_t m, double *z) {
    for (uint32_t i = 1, j = 0; i < m; i++) {
        uint32_t bit = m / 2;
        for (; j & bit; bit /= 2)
            j ^= bit;
        j |= bit;
        if (i >= j)
            continue;
        double re = z[2 * i], im = z[2 * i + 1];
        z[2 * i] = z[2 * j];
        z[2 * i + 1] = z[2 * j + 1];
        z[2 * j] = re;
        z[2 * j + 1] = im;
    }
}

/* radix 2, decimation in time */
void sedge_fft_complex(uint32_t m, const double *table, double *z) {
    reorder(m, z);
    for (uint32_t half = 1; half < m; half *= 2) {
        uint32_t stride = m / half;
        for (uint32_t start = 0; start < m; start += 2 * half) {
            for (uint32_t k = 0; k < half; k++) {
                double c = table[2 * (k * stride)], s = table[2 * (k * stride) + 1];
                double *a = z + 2 * (start + k), *b = a + 2 * half;
                double re = b[0] * c + b[1] * s, im = b[1] * c - b[0] * s;
                b[0] = a[0] - re;
                b[1] = a[1] - im;
                a[0] += re;
                a[1] += im;
            }
        }
    }
}

void sedge_fft_real(uint32_t n, const double *table, double *x) {
    uint32_t m = n / 2;
    sedge_fft_complex(m, table, x);
    double even = x[0], odd = x[1];
    x[0] = even + odd;
    x[1] = even - odd;
    for (uint32_t k = 1; k <= m - k; k++) {
        double *a = x + 2 * k, *b = x + 2 * (m - k);
        double even_re = (a[0] + b[0]) / 2, even_im = (a[1] - b[1]) / 2;
        double odd_re = (a[1] + b[1]) / 2, odd_im = (b[0] - a[0]) / 2;
        double c = table[2 * k], s = table[2 * k + 1];
        double re = odd_re * c + odd_im * s, im = odd_im * c - odd_re * s;
        a[0] = even_re + re;
        a[1] = even_im + im;
        b[0] = even_re - re;
        b[1] = im - even_im;
    }
}
