/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/unary_f32_body.h"

const sedge_unary_f32_kernel sedge_unary_f32_scalar = { "unary_f32_scalar", SEDGE_CPU_NONE, unary_f32_run };
