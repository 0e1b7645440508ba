/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_FRAMER: int16 samples [..., n * frame_step] into overlapping frames [..., n, frame_size]. The second output
 * says whether every frame was complete; a frame that is not is zeros (the reference leaves it as it was). With
 * prefill, zeros stand before the first sample. Without it the first frame begins with the first sample, so later ones
 * end up to a step before the newest. Source: the signal library of TensorFlow Lite Micro.
 */
#include <string.h>

#include "base/checked.h"
#include "ops/ops.h"
#include "ops/signal.h"

enum { FRAME_MAX = 1 << 24 };

/* the state: how many frames came, as far as that matters, then by row the last samples, the newest at the end */
typedef struct state {
    uint64_t came;
    int16_t samples[];
} state;

typedef struct prepared {
    size_t rows, frames, size, step;
    size_t kept;       /* samples of a row's state */
    uint64_t complete; /* number of the first complete frame */
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int16_t *x = call->inputs[0];
    int16_t *y = call->outputs[0];
    uint8_t *all_complete = call->outputs[1];
    state *s = call->state;
    for (size_t r = 0; r < d->rows; r++) {
        int16_t *kept = s->samples + r * d->kept;
        for (size_t k = 0; k < d->frames; k++, x += d->step, y += d->size) {
            memmove(kept, kept + d->step, (d->kept - d->step) * sizeof *kept);
            memcpy(kept + d->kept - d->step, x, d->step * sizeof *kept);
            if (s->came + k >= d->complete)
                memcpy(y, kept, d->size * sizeof *y);
            else
                memset(y, 0, d->size * sizeof *y);
        }
    }
    *all_complete = s->came >= d->complete;
    s->came = s->came + d->frames < d->complete ? s->came + d->frames : d->complete;
}

sedge_status sedge_op_signal_framer_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int32_t size = site->op->u.signal_framer.frame_size, step = site->op->u.signal_framer.frame_step;
    int32_t dims[SEDGE_RANK_MAX];
    sedge_status st = sedge_signal_input(x, SEDGE_INT16, 0, err);
    if (!st)
        st = sedge_signal_option("frame_size", size, 1, FRAME_MAX, err);
    if (!st)
        st = sedge_signal_option("frame_step", step, 1, size, err);
    if (!st && (x->rank == SEDGE_RANK_MAX || x->dims[x->rank - 1] % step != 0))
        st = sedge_fail(err, SEDGE_EINVALID, "input '%s' is no multiple of frame_step %d", x->name, step);
    if (st)
        return st;
    memcpy(dims, x->dims, sizeof dims);
    dims[x->rank - 1] = x->dims[x->rank - 1] / step;
    dims[x->rank] = size;
    st = sedge_signal_output(sedge_op_output(site, 0), SEDGE_INT16, x->rank + 1, dims, err);
    return st ? st : sedge_signal_output(sedge_op_output(site, 1), SEDGE_BOOL, 0, NULL, err);
}

sedge_status sedge_op_signal_framer_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    size_t n = (size_t)x->dims[x->rank - 1], state_bytes;
    bool prefill = site->op->u.signal_framer.prefill != 0;
    *d = (prepared){ .rows = sedge_op_elements(x) / n,
                     .size = (size_t)site->op->u.signal_framer.frame_size,
                     .step = (size_t)site->op->u.signal_framer.frame_step };
    d->frames = n / d->step;
    size_t steps = (d->size + d->step - 1) / d->step;
    d->kept = prefill ? d->size : steps * d->step;
    d->complete = prefill ? 0 : steps - 1;
    if (!sedge_mul_size(d->rows * sizeof(int16_t), d->kept, &state_bytes) ||
        !sedge_add_size(state_bytes, sizeof(state), &state_bytes))
        return sedge_fail(err, SEDGE_ELIMIT, "frames of %zu samples in %zu rows", d->size, d->rows);
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "signal_framer_s16_scalar",
                             .state_bytes = state_bytes,
                             .macs = (uint64_t)d->rows * d->frames * d->size };
    return SEDGE_OK;
}
