/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_FILTER_BANK: energies uint32 into channels uint64 by triangular filters. Inputs: energies, weights and
 * unweights (int16), and by channel, one more than there are: first energy, first weight, number of weights (int16,
 * constants). What a channel's unweights take goes to the next one. Source: the signal library of TensorFlow Lite
 * Micro.
 */
#include "ops/ops.h"
#include "ops/signal.h"

enum { X, WEIGHTS, UNWEIGHTS, FREQUENCY_STARTS, WEIGHT_STARTS, WIDTHS };

typedef struct prepared {
    size_t channels;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint32_t *x = call->inputs[X];
    const int16_t *weights = call->inputs[WEIGHTS], *unweights = call->inputs[UNWEIGHTS];
    const int16_t *x_start = call->inputs[FREQUENCY_STARTS], *w_start = call->inputs[WEIGHT_STARTS];
    const int16_t *widths = call->inputs[WIDTHS];
    uint64_t *y = call->outputs[0], here = 0, next = 0;
    for (size_t i = 0; i <= d->channels; i++) {
        for (int16_t k = 0; k < widths[i]; k++) {
            uint64_t energy = x[x_start[i] + k];
            here += (uint64_t)(int64_t)weights[w_start[i] + k] * energy;
            next += (uint64_t)(int64_t)unweights[w_start[i] + k] * energy;
        }
        if (i > 0)
            y[i - 1] = here;
        here = next;
        next = 0;
    }
}

static sedge_status check_channels(const sedge_op_site *site, sedge_error *err) {
    const int16_t *x_start = sedge_op_input(site, FREQUENCY_STARTS)->data;
    const int16_t *w_start = sedge_op_input(site, WEIGHT_STARTS)->data, *widths = sedge_op_input(site, WIDTHS)->data;
    int32_t energies = sedge_op_input(site, X)->dims[0], weights = sedge_op_input(site, WEIGHTS)->dims[0];
    for (int32_t i = 0; i <= site->op->u.signal_channels; i++)
        if (x_start[i] < 0 || w_start[i] < 0 || widths[i] < 0 || x_start[i] + widths[i] > energies ||
            w_start[i] + widths[i] > weights)
            return sedge_fail(err, SEDGE_EINVALID, "channel %d reaches beyond its %d energies or %d weights", i,
                              energies, weights);
    return SEDGE_OK;
}

sedge_status sedge_op_signal_filter_bank_shape(const sedge_op_site *site, sedge_error *err) {
    int32_t channels = site->op->u.signal_channels;
    sedge_status st = sedge_signal_option("num_channels", channels, 1, INT16_MAX, err);
    if (!st)
        st = sedge_signal_input(sedge_op_input(site, X), SEDGE_UINT32, 1, err);
    for (uint32_t i = WEIGHTS; !st && i <= WIDTHS; i++) {
        const sedge_tensor *t = sedge_op_input(site, i);
        int32_t n = i == WEIGHTS || i == UNWEIGHTS ? sedge_op_input(site, WEIGHTS)->dims[0] : channels + 1;
        st = sedge_signal_input(t, SEDGE_INT16, 1, err);
        if (!st)
            st = sedge_op_want_constant(t, "the filters", err);
        if (!st && t->dims[0] != n)
            st = sedge_fail(err, SEDGE_EINVALID, "tensor '%s' has %d values, %d are needed", t->name, t->dims[0], n);
    }
    if (!st)
        st = check_channels(site, err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 0), SEDGE_UINT64, 1, &channels, err);
}

sedge_status sedge_op_signal_filter_bank_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->channels = (size_t)site->op->u.signal_channels;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "signal_filter_bank_u32_scalar",
                             .macs = 2 * (uint64_t)sedge_op_input(site, WEIGHTS)->dims[0] };
    return SEDGE_OK;
}
