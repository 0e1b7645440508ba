/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_ENERGY: re^2 + im^2 of pairs of int16, from start to before end; the other entries are 0 (the reference leaves
 * them as they were). Source: the signal library of TensorFlow Lite Micro.
 */
#include <string.h>

#include "ops/ops.h"
#include "ops/signal.h"

typedef struct prepared {
    size_t n, start, end;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int16_t *x = call->inputs[0];
    uint32_t *y = call->outputs[0];
    memset(y, 0, d->n * sizeof *y);
    for (size_t i = d->start; i < d->end; i++)
        y[i] = (uint32_t)(x[2 * i] * x[2 * i]) + (uint32_t)(x[2 * i + 1] * x[2 * i + 1]);
}

sedge_status sedge_op_signal_energy_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_status st = sedge_signal_input(x, SEDGE_INT16, 1, err);
    if (!st && x->dims[0] % 2 != 0)
        st = sedge_fail(err, SEDGE_EINVALID, "input '%s' has %d values, pairs are needed", x->name, x->dims[0]);
    if (!st)
        st = sedge_signal_option("end_index", site->op->u.signal_energy.end, 0, x->dims[0] / 2, err);
    if (!st)
        st = sedge_signal_option("start_index", site->op->u.signal_energy.start, 0, site->op->u.signal_energy.end, err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 0), SEDGE_UINT32, 1, (int32_t[]){ x->dims[0] / 2 }, err);
}

sedge_status sedge_op_signal_energy_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ sedge_op_elements(sedge_op_output(site, 0)), (size_t)site->op->u.signal_energy.start,
                     (size_t)site->op->u.signal_energy.end };
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "signal_energy_s16_scalar", .macs = 2 * (uint64_t)d->n };
    return SEDGE_OK;
}
