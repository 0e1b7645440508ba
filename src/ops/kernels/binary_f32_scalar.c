/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/kernels/binary_f32_body.h"

const sedge_binary_f32_kernel sedge_binary_f32_scalar = { "binary_f32_scalar", SEDGE_CPU_NONE, binary_f32_run };
