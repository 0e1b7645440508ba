/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/binary_f32_body.h"

const sedge_binary_f32_kernel sedge_binary_f32_avx512 = { "binary_f32_avx512", SEDGE_CPU_AVX512VNNI, binary_f32_run };
