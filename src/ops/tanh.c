/* SPDX-License-Identifier: Apache-2.0 */
/* TANH on float32 and int8. Source: the reference kernels of TensorFlow Lite Micro. */
#include "base/exact_math.h"
#include "model/fixed_point.h"
#include "ops/fixed_unary.h"
#include "ops/ops.h"
#include "ops/unary.h"

sedge_status sedge_op_tanh_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_unary_shape(site, err);
}

sedge_status sedge_op_tanh_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    static const sedge_fixed_unary s8 = { sedge_fixed_tanh, 7, 0, "tanh_s8_table" };
    if (sedge_op_input(site, 0)->dtype == SEDGE_FLOAT32)
        return sedge_unary_prepare_f32(site, sedge_tanhf, "tanh_f32_scalar", ret, err);
    return sedge_fixed_unary_prepare(site, &s8, ret, err);
}
