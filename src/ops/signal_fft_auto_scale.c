/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_FFT_AUTO_SCALE: samples shifted left so that the largest uses 15 bits; the second output is by how much.
 * Source: the signal library of TensorFlow Lite Micro.
 */
#include "ops/ops.h"
#include "ops/signal.h"

typedef struct prepared {
    size_t n;
} prepared;

/* largest magnitude in int16: that of -32768 is -32768 again, and the search goes on from there */
static int16_t largest(const int16_t *x, size_t n) {
    int16_t max = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] > max)
            max = x[i];
        else if (-x[i] > max)
            max = (int16_t)-x[i];
    return max;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int16_t *x = call->inputs[0];
    int16_t *y = call->outputs[0];
    int32_t *ret_bits = call->outputs[1];
    int32_t bits = 15 - (int32_t)sedge_signal_bits((uint32_t)(int32_t)largest(x, d->n));
    bits = bits < 0 ? 0 : bits;
    for (size_t i = 0; i < d->n; i++)
        y[i] = (int16_t)(x[i] * (1 << bits));
    *ret_bits = bits;
}

sedge_status sedge_op_signal_fft_auto_scale_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_status st = sedge_signal_input(x, SEDGE_INT16, 1, err);
    if (!st)
        st = sedge_signal_output(sedge_op_output(site, 0), SEDGE_INT16, 1, x->dims, err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 1), SEDGE_INT32, 0, NULL, err);
}

sedge_status sedge_op_signal_fft_auto_scale_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = sedge_op_elements(sedge_op_input(site, 0));
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "signal_fft_auto_scale_s16_scalar", .macs = d->n };
    return SEDGE_OK;
}
