/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_SPECTRAL_SUBTRACTION: takes a smoothed estimate of the noise from each channel. Outputs: what is left, and the
 * estimate, which is kept from one invoke to the next. Source: the signal library of TensorFlow Lite Micro.
 */
#include <string.h>

#include "ops/ops.h"
#include "ops/signal.h"

typedef struct prepared {
    size_t n;
    sedge_spectral_subtraction o;
} prepared;

static uint32_t subtract(const sedge_spectral_subtraction *o, size_t channel, uint32_t x, uint32_t *noise) {
    bool odd = channel & 1;
    uint32_t smoothing = (uint32_t)(odd ? o->alternate_smoothing : o->smoothing);
    uint32_t rest = (uint32_t)(odd ? o->alternate_one_minus_smoothing : o->one_minus_smoothing);
    uint32_t signal = x << o->smoothing_bits;
    *noise = (uint32_t)(((uint64_t)signal * smoothing + (uint64_t)*noise * rest) >> o->spectral_subtraction_bits);
    uint32_t estimate = *noise > signal ? signal : *noise;
    if (o->clamping)
        *noise = estimate;
    uint32_t floor = (uint32_t)(((uint64_t)x * (uint32_t)o->min_signal_remaining) >> o->spectral_subtraction_bits);
    uint32_t left = (signal - estimate) >> o->smoothing_bits;
    return left > floor ? left : floor;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint32_t *x = call->inputs[0];
    uint32_t *y = call->outputs[0], *noise = call->state;
    for (size_t i = 0; i < d->n; i++)
        y[i] = subtract(&d->o, i, x[i], &noise[i]);
    memcpy(call->outputs[1], noise, d->n * sizeof *noise);
}

sedge_status sedge_op_signal_spectral_subtraction_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const sedge_spectral_subtraction *o = &site->op->u.spectral_subtraction;
    sedge_status st = sedge_signal_input(x, SEDGE_UINT32, 1, err);
    if (!st)
        st = sedge_signal_option("smoothing_bits", o->smoothing_bits, 0, 31, err);
    if (!st)
        st = sedge_signal_option("spectral_subtraction_bits", o->spectral_subtraction_bits, 0, 63, err);
    if (!st)
        st = sedge_signal_option("num_channels", o->num_channels, x->dims[0], x->dims[0], err);
    for (uint32_t i = 0; !st && i < 2; i++)
        st = sedge_signal_output(sedge_op_output(site, i), SEDGE_UINT32, 1, x->dims, err);
    return st;
}

sedge_status sedge_op_signal_spectral_subtraction_prepare(const sedge_op_site *site, sedge_prepared *ret,
                                                          sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(sedge_op_input(site, 0)), site->op->u.spectral_subtraction };
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "signal_spectral_subtraction_u32_scalar",
                             .state_bytes = d->n * sizeof(uint32_t),
                             .macs = 3 * (uint64_t)d->n };
    return SEDGE_OK;
}
