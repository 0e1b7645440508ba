/* SPDX-License-Identifier: Apache-2.0 */
/* RELU6 on float32 and int8 (with a change of scale). Source: the reference kernels of TensorFlow Lite Micro. */
#include "ops/ops.h"
#include "ops/rescale.h"
#include "ops/unary.h"

static float relu6_f32(float x) {
    return x > 6 ? 6 : x < 0 ? 0 : x;
}

sedge_status sedge_op_relu6_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_unary_shape(site, err);
}

sedge_status sedge_op_relu6_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    if (x->dtype == SEDGE_FLOAT32)
        return sedge_unary_prepare_f32(site, relu6_f32, "relu6_f32_scalar", ret, err);
    sedge_rescale r;
    float factor = x->quant.scales[0] / y->quant.scales[0]; /* in float32, as the reference */
    sedge_status st = sedge_rescale_init(&r, x, y, (double)factor, err);
    if (st)
        return st;
    r.range = sedge_activation_range(SEDGE_ACTIVATION_RELU6, y);
    return sedge_unary_prepare_s8(site, sedge_rescale_apply, &r, "relu6_s8_table", ret, err);
}
