/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_WINDOW: int16 samples times int16 weights, shifted right, saturated; the weights repeat along the samples.
 * Source: the signal library of TensorFlow Lite Micro.
 */
#include "model/rounding.h"
#include "ops/ops.h"
#include "ops/signal.h"

typedef struct prepared {
    size_t n, window;
    int32_t shift;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int16_t *x = call->inputs[0], *w = call->inputs[1];
    int16_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        y[i] = (int16_t)sedge_clamp((x[i] * w[i % d->window]) >> d->shift, INT16_MIN, INT16_MAX);
}

sedge_status sedge_op_signal_window_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1);
    sedge_status st = sedge_signal_input(x, SEDGE_INT16, 0, err);
    if (!st)
        st = sedge_signal_input(w, SEDGE_INT16, 1, err);
    if (!st)
        st = sedge_signal_option("shift", site->op->u.signal_window.shift, 0, 30, err);
    if (!st && sedge_op_elements(x) % (size_t)w->dims[0] != 0)
        st = sedge_fail(err, SEDGE_EINVALID, "a window of %d weights does not fit input '%s'", w->dims[0], x->name);
    return st ? st : sedge_signal_output(sedge_op_output(site, 0), SEDGE_INT16, x->rank, x->dims, err);
}

sedge_status sedge_op_signal_window_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(sedge_op_input(site, 0)), (size_t)sedge_op_input(site, 1)->dims[0],
                     site->op->u.signal_window.shift };
    *ret =
        (sedge_prepared){ .run = run, .data = d, .kernel = "signal_window_s16_scalar", .macs = d->n, .in_place = true };
    return SEDGE_OK;
}
