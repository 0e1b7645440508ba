/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV: see model/graph.h. Source: the reference kernels of TensorFlow Lite Micro. */
#include <stdlib.h>

#include "ops/conv_plain.h"
#include "ops/ops.h"

sedge_status sedge_op_depthwise_conv_shape(const sedge_op_site *site, sedge_error *err) {
    return sedge_conv_settle(site, true, err);
}

/* one input channel: a convolution whose weights are those of the depthwise one, transposed */
static sedge_status prepare_as_conv(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                    sedge_error *err) {
    void *weights = sedge_conv_transposed(c);
    if (!weights)
        return sedge_op_no_memory(err);
    sedge_conv_shape conv = *c;
    conv.weights = weights;
    sedge_status st = c->x->dtype == SEDGE_FLOAT32 ? sedge_conv_prepare_f32(site, &conv, ret, err)
                                                   : sedge_conv_prepare_8bit(site, &conv, ret, err);
    free(weights);
    return st;
}

sedge_status sedge_op_depthwise_conv_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_conv_shape c;
    sedge_status st = sedge_conv_describe(site, true, &c, err);
    if (st)
        return st;
    if (c.channels_first || c.space > 2)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "depthwise with the channels first or in three dimensions");
    if (c.x->dtype == SEDGE_INT16)
        return sedge_conv_prepare_s16(site, &c, ret, err);
    if (c.in == 1)
        return prepare_as_conv(site, &c, ret, err);
    return c.x->dtype == SEDGE_FLOAT32 ? sedge_depthwise_prepare_f32(site, &c, ret, err)
                                       : sedge_depthwise_prepare_8bit(site, &c, ret, err);
}
