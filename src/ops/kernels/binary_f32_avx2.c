/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/binary_f32_body.h"

const sedge_binary_f32_kernel sedge_binary_f32_avx2 = { "binary_f32_avx2", SEDGE_CPU_AVX2, binary_f32_run };
