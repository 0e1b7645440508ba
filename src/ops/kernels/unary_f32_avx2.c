/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/unary_f32_body.h"

const sedge_unary_f32_kernel sedge_unary_f32_avx2 = { "unary_f32_avx2", SEDGE_CPU_AVX2, unary_f32_run };
