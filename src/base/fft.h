/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fourier transform of real samples in double, the same bits on every machine.
 *
 * Lengths n are powers of two from 2 to SEDGE_FFT_MAX. The table is computed once with sedge_fft_table and may be
 * shared; a transform allocates nothing.
 */
#ifndef SEDGE_BASE_FFT_H
#define SEDGE_BASE_FFT_H

#include <stdint.h>

enum { SEDGE_FFT_MAX = 1 << 16 };

/** Smallest power of two >= n and >= 2; n <= SEDGE_FFT_MAX. */
uint32_t sedge_fft_length(uint32_t n);
/** Fills table [n] with cos and sin of 2 pi k / n, k = 0 to n / 2 - 1, in turns. */
void sedge_fft_table(uint32_t n, double *table);
/** Complex transform in place of z [2 m], re and im in turns, with the table of 2 m; m is a power of two. */
void sedge_fft_complex(uint32_t m, const double *table, double *z);
/**
 * X[k] = sum over i of x[i] exp(-2 pi j i k / n), in place: x[0] becomes X[0], x[1] becomes X[n / 2] (both are real),
 * x[2 k] and x[2 k + 1] the real and imaginary part of X[k] for 0 < k < n / 2.
 */
void sedge_fft_real(uint32_t n, const double *table, double *x);

#endif
