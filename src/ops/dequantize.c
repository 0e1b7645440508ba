/* SPDX-License-Identifier: Apache-2.0 */
/* DEQUANTIZE: int8, uint8 or int16 to float32. Source: the reference kernels of TensorFlow Lite Micro. */
#include "model/quant.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    double scale;
    int32_t zero;
} prepared;

#define RUN_FN(name, type)                                                                                             \
    static void run_##name(const sedge_op_call *call) {                                                                \
        const prepared *d = call->prepared;                                                                            \
        const type *x = call->inputs[0];                                                                               \
        float *y = call->outputs[0];                                                                                   \
        for (size_t i = 0; i < d->n; i++)                                                                              \
            y[i] = (float)(d->scale * (x[i] - d->zero));                                                               \
    }
RUN_FN(s8, int8_t)
RUN_FN(u8, uint8_t)
RUN_FN(s16, int16_t)

sedge_status sedge_op_dequantize_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    if ((x->dtype != SEDGE_INT8 && x->dtype != SEDGE_UINT8 && x->dtype != SEDGE_INT16) || y->dtype != SEDGE_FLOAT32)
        return sedge_op_bad_types(x, y, err);
    sedge_status st = sedge_op_want_quant(x, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_dequantize_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(x), (double)x->quant.scales[0], sedge_zero_point(x) };
    *ret = (sedge_prepared){ .run = x->dtype == SEDGE_INT8    ? run_s8
                                    : x->dtype == SEDGE_UINT8 ? run_u8
                                                              : run_s16,
                             .data = d,
                             .kernel = "dequantize_f32_scalar",
                             .macs = d->n };
    return SEDGE_OK;
}
