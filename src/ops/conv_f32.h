/* SPDX-License-Identifier: Apache-2.0 */
/** The choice of the float32 kernels, for all layouts. */
#ifndef SEDGE_OPS_CONV_F32_H
#define SEDGE_OPS_CONV_F32_H

#include "ops/kernels/conv_f32.h"

/** The first that the mask allows and whose vectors are not longer than `width` values that lie side by side. */
const sedge_conv_f32_kernel *sedge_conv_f32_choose(uint32_t mask, size_t width);

#endif
