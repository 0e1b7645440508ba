/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DEQUANTIZE: int8, uint8, int16 or int32 with one scale to float32; float16, which files use to be smaller, as it is.
 * Source: the reference kernels of TensorFlow Lite Micro.
 */
#include "model/quant.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    sedge_dtype from;
    double scale, zero;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    double x[SEDGE_BLOCK];
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        sedge_load_f64(d->from, call->inputs[0], at, 1, n, x);
        for (size_t i = 0; i < n; i++)
            x[i] = d->scale * (x[i] - d->zero);
        sedge_store_f64(SEDGE_FLOAT32, call->outputs[0], at, n, x);
    }
}

sedge_status sedge_op_dequantize_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    bool integer =
        x->dtype == SEDGE_INT8 || x->dtype == SEDGE_UINT8 || x->dtype == SEDGE_INT16 || x->dtype == SEDGE_INT32;
    if ((!integer && x->dtype != SEDGE_FLOAT16) || y->dtype != SEDGE_FLOAT32)
        return sedge_op_bad_types(x, y, err);
    sedge_status st = integer ? sedge_op_want_quant(x, err) : SEDGE_OK;
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_dequantize_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    bool half = x->dtype == SEDGE_FLOAT16;
    *d = (prepared){ sedge_op_elements(x), x->dtype, half ? 1 : (double)x->quant.scales[0],
                     half ? 0 : (double)sedge_zero_point(x) };
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "dequantize_scalar", .macs = d->n };
    return SEDGE_OK;
}
