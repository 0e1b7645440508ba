/* SPDX-License-Identifier: Apache-2.0 */
/** Dense layers, for FULLY_CONNECTED and for operators that have them inside. */
#ifndef SEDGE_OPS_FULLY_CONNECTED_H
#define SEDGE_OPS_FULLY_CONNECTED_H

#include "ops/kernels/fully_connected.h"
#include "ops/op.h"

/**
 * By row of the weights: the bias with -(x's zero point + x_offset) * sum of the row's weights in it, and the factor to
 * the output's scale. Each array has as many entries as the weights have rows. SEDGE_EUNSUPPORTED: scales too far
 * apart.
 */
SEDGE_NODISCARD sedge_status sedge_fully_connected_s8_rows(const sedge_op_site *site, int32_t x_offset, int32_t *bias,
                                                           int32_t *multiplier, int32_t *shift, sedge_error *err);

/** The factor from sums of row `row` to y's scale: one scale multiplies in float32, scales by row in float64. */
double sedge_fully_connected_factor(const sedge_tensor *x, const sedge_tensor *w, const sedge_tensor *y, size_t row);
/** The preparation for types without kernels of their own, fully_connected_plain.c. */
SEDGE_NODISCARD sedge_status sedge_fully_connected_prepare_plain(const sedge_op_site *site, sedge_prepared *ret,
                                                                 sedge_error *err);

/** A float32 layer that is ready: y = clamp(w x + bias). The clamp is none after sedge_dense_f32_init. */
typedef struct sedge_dense_f32 {
    sedge_fc_f32 p;
    const sedge_fc_f32_kernel *kernel;
    size_t packed_bytes;
} sedge_dense_f32;

/** Chooses a kernel and packs w [out, in] and bias [out], which may be NULL, into the site's pool. SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_dense_f32_init(const sedge_op_site *site, size_t in, size_t out, const float *w,
                                                  const float *bias, sedge_dense_f32 *ret, sedge_error *err);

static inline void sedge_dense_f32_run(const sedge_dense_f32 *d, const float *x, float *y) {
    d->kernel->run(&d->p, x, y);
}

#endif
