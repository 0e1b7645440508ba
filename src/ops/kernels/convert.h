/* SPDX-License-Identifier: Apache-2.0 */
/** How input rows come into scratch, where the kernels of convolutions read them. */
#ifndef SEDGE_OPS_KERNELS_CONVERT_H
#define SEDGE_OPS_KERNELS_CONVERT_H

#include <stddef.h>
#include <stdint.h>

/** So many bytes may be read behind the last row in scratch. */
enum { SEDGE_ROWS_SLACK = 64 };

/**
 * Writes pixels * channels elements of a row, side by side, in the kernel's own form: pixel m is x[m * step ...], of
 * 8-bit values XOR flip. channels >= 1.
 */
typedef void sedge_convert(const void *x, size_t pixels, size_t channels, size_t step, uint8_t flip, void *to);

/** Bytes, but for the flip as they are. */
sedge_convert sedge_convert_s8_scalar;
/** The same. */
sedge_convert sedge_convert_s8_neon;
/** Bytes + 128, as unsigned ones. */
sedge_convert sedge_convert_s8_avx512;
/** float32 as it is; flip does not matter. */
sedge_convert sedge_convert_f32;

#endif
