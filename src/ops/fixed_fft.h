/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Fourier transforms of real samples in 16- or 32-bit fixed point, bit for bit as KissFFT (which TensorFlow Lite
 * Micro's signal library uses) computes them: radix 4, then 2, each stage scaled down by its radix, products rounded
 * half up. Lengths are powers of two from 4 to SEDGE_FFT_MAX.
 *
 * Source: the algorithm of KissFFT 1.3.0.
 */
#ifndef SEDGE_OPS_FIXED_FFT_H
#define SEDGE_OPS_FIXED_FFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sedge_fixed_complex {
    int32_t re, im;
} sedge_fixed_complex;

typedef struct sedge_fixed_fft {
    uint32_t half; /**< half the number of samples: length of the complex transform inside */
    uint32_t bits; /**< 16 or 32 */
    bool inverse;
    sedge_fixed_complex *twiddles; /**< half */
    sedge_fixed_complex *super;    /**< half / 2: from the complex to the real transform */
} sedge_fixed_fft;

/** Complex numbers that twiddles and super hold together for n samples. */
size_t sedge_fixed_fft_table(uint32_t n);
/** Fills the tables; table has sedge_fixed_fft_table(n) entries. */
void sedge_fixed_fft_init(sedge_fixed_fft *f, uint32_t n, uint32_t bits, bool inverse, sedge_fixed_complex *table);
/** x [half], samples in turns as re and im, to y [half + 1] bins; work [half]. */
void sedge_fixed_fft_forward(const sedge_fixed_fft *f, const sedge_fixed_complex *x, sedge_fixed_complex *y,
                             sedge_fixed_complex *work);
/** x [half + 1] bins to y [half], samples in turns as re and im; work [half]. */
void sedge_fixed_fft_backward(const sedge_fixed_fft *f, const sedge_fixed_complex *x, sedge_fixed_complex *y,
                              sedge_fixed_complex *work);

#endif
