/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_OVERLAP_ADD: frames [..., n, frame_size] that overlap are added up to samples [..., n * frame_step], int16
 * saturated or float32. The state holds, row by row, what later frames are added to. Source: the signal library of
 * TensorFlow Lite Micro.
 */
#include <string.h>

#include "model/rounding.h"
#include "ops/ops.h"
#include "ops/signal.h"

typedef struct prepared {
    size_t rows, frames, size, step;
} prepared;

static void add_s16(const int16_t *x, int16_t *sums, size_t n) {
    for (size_t i = 0; i < n; i++)
        sums[i] = (int16_t)sedge_clamp(sums[i] + x[i], INT16_MIN, INT16_MAX);
}

static void add_f32(const float *x, float *sums, size_t n) {
    for (size_t i = 0; i < n; i++)
        sums[i] += x[i];
}

/* the first step samples are finished; element is the bytes of a sample */
static void shift_out(const prepared *d, uint8_t *sums, uint8_t *y, size_t element) {
    size_t done = d->step * element, rest = (d->size - d->step) * element;
    memcpy(y, sums, done);
    memmove(sums, sums + done, rest);
    memset(sums + rest, 0, done);
}

static void run_s16(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int16_t *x = call->inputs[0];
    int16_t *y = call->outputs[0], *sums = call->state;
    for (size_t i = 0; i < d->rows * d->frames; i++, x += d->size, y += d->step) {
        int16_t *row = sums + i / d->frames * d->size;
        add_s16(x, row, d->size);
        shift_out(d, (uint8_t *)row, (uint8_t *)y, sizeof *y);
    }
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0], *sums = call->state;
    for (size_t i = 0; i < d->rows * d->frames; i++, x += d->size, y += d->step) {
        float *row = sums + i / d->frames * d->size;
        add_f32(x, row, d->size);
        shift_out(d, (uint8_t *)row, (uint8_t *)y, sizeof *y);
    }
}

sedge_status sedge_op_signal_overlap_add_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int32_t step = site->op->u.signal_overlap_step, dims[SEDGE_RANK_MAX];
    if (x->dtype != SEDGE_INT16 && x->dtype != SEDGE_FLOAT32)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, int16 or float32 is needed", x->name,
                          sedge_dtype_name(x->dtype));
    if (x->rank < 2)
        return sedge_fail(err, SEDGE_EINVALID, "tensor '%s' has rank %u, at least 2 is needed", x->name, x->rank);
    sedge_status st = sedge_signal_option("frame_step", step, 1, x->dims[x->rank - 1], err);
    if (st)
        return st;
    memcpy(dims, x->dims, sizeof dims);
    size_t samples = (size_t)x->dims[x->rank - 2] * (size_t)step;
    if (samples > INT32_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu samples in a row", samples);
    dims[x->rank - 2] = (int32_t)samples;
    return sedge_signal_output(sedge_op_output(site, 0), x->dtype, x->rank - 1, dims, err);
}

sedge_status sedge_op_signal_overlap_add_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    size_t size = (size_t)x->dims[x->rank - 1], frames = (size_t)x->dims[x->rank - 2];
    *d = (prepared){ sedge_op_elements(x) / size / frames, frames, size, (size_t)site->op->u.signal_overlap_step };
    bool wide = x->dtype == SEDGE_FLOAT32;
    *ret = (sedge_prepared){ .run = wide ? run_f32 : run_s16,
                             .data = d,
                             .kernel = wide ? "signal_overlap_add_f32_scalar" : "signal_overlap_add_s16_scalar",
                             .state_bytes = d->rows * size * (wide ? sizeof(float) : sizeof(int16_t)),
                             .macs = sedge_op_elements(x) };
    return SEDGE_OK;
}
