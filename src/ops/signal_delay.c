/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_DELAY: int16 samples [..., n] come out delay_length samples later; zeros come first. The state holds the
 * samples that have not come out, row by row. Source: the signal library of TensorFlow Lite Micro.
 */
#include <string.h>

#include "base/checked.h"
#include "ops/ops.h"
#include "ops/signal.h"

enum { DELAY_MAX = 1 << 24 };

typedef struct prepared {
    size_t rows, n, delay;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int16_t *x = call->inputs[0];
    int16_t *y = call->outputs[0], *kept = call->state;
    size_t old = d->delay < d->n ? d->delay : d->n, bytes = sizeof *x;
    for (size_t r = 0; r < d->rows; r++, x += d->n, y += d->n, kept += d->delay) {
        memcpy(y, kept, old * bytes);
        memcpy(y + old, x, (d->n - old) * bytes);
        memmove(kept, kept + old, (d->delay - old) * bytes);
        memcpy(kept + d->delay - old, x + d->n - old, old * bytes);
    }
}

sedge_status sedge_op_signal_delay_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_status st = sedge_signal_input(x, SEDGE_INT16, 0, err);
    if (!st)
        st = sedge_signal_option("delay_length", site->op->u.signal_delay, 0, DELAY_MAX, err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 0), SEDGE_INT16, x->rank, x->dims, err);
}

sedge_status sedge_op_signal_delay_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    size_t n = (size_t)x->dims[x->rank - 1], state_bytes;
    *d = (prepared){ sedge_op_elements(x) / n, n, (size_t)site->op->u.signal_delay };
    if (!sedge_mul_size(d->rows * sizeof(int16_t), d->delay, &state_bytes))
        return sedge_fail(err, SEDGE_ELIMIT, "a delay of %zu samples in %zu rows", d->delay, d->rows);
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "signal_delay_s16_scalar",
                             .state_bytes = state_bytes,
                             .macs = sedge_op_elements(x) };
    return SEDGE_OK;
}
