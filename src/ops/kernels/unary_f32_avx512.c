/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/unary_f32_body.h"

const sedge_unary_f32_kernel sedge_unary_f32_avx512 = { "unary_f32_avx512", SEDGE_CPU_AVX512VNNI, unary_f32_run };
