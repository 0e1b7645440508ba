/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV of float32 with int8 weights. A window of one point quantises each pixel by itself, as a product of matrices
 * does; any other quantises each picture once, and its padding is the quantised 0.
 */
#include "ops/conv.h"
#include "ops/hybrid.h"

#include <string.h>

typedef struct prepared {
    sedge_hybrid h;
    size_t batch, in, picture; /* channels and values of an input picture */
    sedge_span down, across;
} prepared;

/* ---- run ---- */

static void run_points(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t i = 0; i < d->batch * d->picture; i += d->in, y += d->h.out) {
        sedge_hybrid_range range = sedge_hybrid_quantize(x + i, d->in, call->scratch);
        sedge_hybrid_row(&d->h, call->scratch, range, y);
    }
}

/* the values that output (r, c) sees, as one row */
static void gather(const prepared *d, const int8_t *picture, int32_t r, int32_t c, int8_t zero, int8_t *row) {
    for (int32_t i = 0; i < d->down.kernel; i++) {
        int32_t at = r * d->down.stride - d->down.before + i * d->down.dilation;
        for (int32_t j = 0; j < d->across.kernel; j++, row += d->in) {
            int32_t column = c * d->across.stride - d->across.before + j * d->across.dilation;
            if (at < 0 || at >= d->down.in || column < 0 || column >= d->across.in)
                memset(row, zero, d->in);
            else
                memcpy(row, picture + ((size_t)at * (size_t)d->across.in + (size_t)column) * d->in, d->in);
        }
    }
}

static void run_windows(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    int8_t *picture = call->scratch, *row = picture + d->picture;
    for (size_t b = 0; b < d->batch; b++, x += d->picture) {
        sedge_hybrid_range range = sedge_hybrid_quantize(x, d->picture, picture);
        for (int32_t r = 0; r < d->down.out; r++)
            for (int32_t c = 0; c < d->across.out; c++, y += d->h.out) {
                gather(d, picture, r, c, (int8_t)range.zero, row);
                sedge_hybrid_row(&d->h, row, range, y);
            }
    }
}

/* ---- preparation ---- */

sedge_status sedge_conv_prepare_hybrid(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                       sedge_error *err) {
    static const sedge_span one = { 1, 1, 1, 1, 1, 0, 0 };
    if (c->groups != 1 || c->channels_first || c->space > 2)
        return sedge_fail(err, SEDGE_EUNSUPPORTED,
                          "weights of int8 with an input of float32 in groups, in three dimensions or channels first");
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_hybrid_init(site, c->w, c->b, &d->h, err);
    if (st)
        return st;
    d->batch = c->batch;
    d->in = c->in;
    d->picture = c->x_points * c->in;
    d->down = c->space == 2 ? c->span[0] : one;
    d->across = c->span[c->space - 1];
    bool points = sedge_conv_is_points(c);
    *ret = (sedge_prepared){ .run = points ? run_points : run_windows,
                             .data = d,
                             .kernel = "conv_hybrid_scalar",
                             .packed_bytes = d->h.out * (sizeof(float) + sizeof(int32_t)),
                             .scratch_bytes = points ? d->in : d->picture + d->h.depth,
                             .macs = sedge_conv_macs(c) };
    return SEDGE_OK;
}
