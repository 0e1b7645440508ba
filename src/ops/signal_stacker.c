/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_STACKER: a frame of channels and its neighbours in time, one behind the other: int16 [channels] to [channels *
 * (left + 1 + right)], moved on by stacker_step frames. The second output says whether there is one; if not, the first
 * is zeros (the reference leaves it as it was). The first frame stands in for the left ones before it. Source: the
 * signal library of TensorFlow Lite Micro.
 */
#include <string.h>

#include "ops/ops.h"
#include "ops/signal.h"

enum { FRAMES_MAX = 4096, CHANNELS_MAX = 1 << 16 };

typedef struct state {
    uint64_t frames; /* held; the samples follow, the oldest first */
    uint64_t started;
    int16_t samples[];
} state;

typedef struct prepared {
    size_t channels, left, window, step; /* window and step in frames */
} prepared;

static void push(const prepared *d, state *s, const int16_t *x) {
    memcpy(s->samples + s->frames * d->channels, x, d->channels * sizeof *x);
    s->frames++;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    int16_t *y = call->outputs[0];
    uint8_t *valid = call->outputs[1];
    state *s = call->state;
    size_t bytes = d->channels * sizeof *y;
    push(d, s, call->inputs[0]);
    for (size_t i = 0; !s->started && i < d->left; i++)
        push(d, s, call->inputs[0]);
    s->started = 1;
    *valid = s->frames == d->window;
    memset(y, 0, d->window * bytes);
    if (!*valid)
        return;
    memcpy(y, s->samples, d->window * bytes);
    memmove(s->samples, s->samples + d->step * d->channels, (d->window - d->step) * bytes);
    s->frames -= d->step;
}

sedge_status sedge_op_signal_stacker_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int32_t channels = site->op->u.signal_stacker.num_channels, left = site->op->u.signal_stacker.left;
    int32_t right = site->op->u.signal_stacker.right;
    sedge_status st = sedge_signal_input(x, SEDGE_INT16, 1, err);
    if (!st && x->dims[0] > CHANNELS_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "%d channels, the limit is %d", x->dims[0], CHANNELS_MAX);
    if (!st)
        st = sedge_signal_option("num_channels", channels, x->dims[0], x->dims[0], err);
    if (!st)
        st = sedge_signal_option("stacker_left_context", left, 0, FRAMES_MAX, err);
    if (!st)
        st = sedge_signal_option("stacker_right_context", right, 0, FRAMES_MAX, err);
    if (!st)
        st = sedge_signal_option("stacker_step", site->op->u.signal_stacker.step, 1, left + right + 1, err);
    if (!st)
        st = sedge_signal_output(sedge_op_output(site, 0), SEDGE_INT16, 1, (int32_t[]){ channels * (left + right + 1) },
                                 err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 1), SEDGE_BOOL, 0, NULL, err);
}

sedge_status sedge_op_signal_stacker_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    size_t left = (size_t)site->op->u.signal_stacker.left, right = (size_t)site->op->u.signal_stacker.right;
    *d = (prepared){ (size_t)site->op->u.signal_stacker.num_channels, left, left + right + 1,
                     (size_t)site->op->u.signal_stacker.step };
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "signal_stacker_s16_scalar",
                             .state_bytes = sizeof(state) + d->window * d->channels * sizeof(int16_t),
                             .macs = d->window * d->channels };
    return SEDGE_OK;
}
