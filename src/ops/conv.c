/* SPDX-License-Identifier: Apache-2.0 */
/* CONV: see model/graph.h. Source: the reference kernels of TensorFlow Lite Micro; Conv of ONNX. */
#include "ops/conv_plain.h"
#include "ops/ops.h"

sedge_status sedge_op_conv_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_conv_settle(site, false, err);
}

sedge_status sedge_op_conv_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_conv_shape c;
    sedge_status st = sedge_conv_describe(site, false, &c, err);
    if (st)
        return st;
    if (c.x->dtype == SEDGE_INT16)
        return sedge_conv_prepare_s16(site, &c, ret, err);
    if (c.x->dtype == SEDGE_FLOAT32 && c.w->dtype == SEDGE_INT8)
        return sedge_conv_prepare_hybrid(site, &c, ret, err);
    if (c.x->dtype != SEDGE_FLOAT32)
        return sedge_conv_prepare_8bit(site, &c, ret, err);
    return c.channels_first ? sedge_conv_planes_prepare_f32(site, &c, ret, err)
                            : sedge_conv_prepare_f32(site, &c, ret, err);
}
