/* SPDX-License-Identifier: Apache-2.0 */
/* DEPTHWISE_CONV of int8 and uint8 with the kernels of kernels/depthwise_s8.h. */
#include <string.h>

#include "base/checked.h"
#include "base/own.h"
#include "ops/conv.h"
#include "ops/kernels/depthwise_s8.h"
#include "ops/rows.h"

static const sedge_depthwise_s8_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/depthwise_s8.inc"
#undef K
};

typedef struct prepared {
    const sedge_depthwise_s8_kernel *kernel;
    sedge_depthwise_s8 p;
    sedge_rows rows;
    size_t pictures, x_picture, y_row; /* elements */
    uint32_t halves;                   /* 2 where a weight of 9 bits is two taps */
    size_t pointers_at;                /* in scratch, behind the rows */
} prepared;

static const sedge_depthwise_s8_kernel *choose(uint32_t mask) {
    size_t i = 0;
    while (!SEDGE_KERNEL_FITS(kernels[i]->cpu, mask))
        i++;
    return kernels[i];
}

/* ---- run ---- */

static void point_to_taps(const prepared *d, const sedge_rows_run *run, int32_t o, const void **ret) {
    const sedge_rows *r = &d->rows;
    for (int32_t k = 0; k < r->down.kernel; k++) {
        const uint8_t *row = sedge_rows_at(run, o * r->down.stride - r->down.before + k * r->down.dilation);
        for (uint32_t half = 0; half < d->halves; half++)
            for (int32_t j = 0; j < r->across.kernel; j++)
                *ret++ = row + sedge_rows_tap(r, j);
    }
}

static void run_windows(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int8_t *x = call->inputs[0];
    int8_t *y = call->outputs[0];
    uint8_t *scratch = call->scratch;
    const void **taps = (const void **)(void *)(scratch + d->pointers_at);
    for (size_t i = 0; i < d->pictures; i++, x += d->x_picture) {
        sedge_rows_run run = sedge_rows_begin(&d->rows, x, scratch);
        for (int32_t o = 0; o < d->rows.down.out; o++, y += d->y_row) {
            sedge_rows_advance(&run, o);
            point_to_taps(d, &run, o, taps);
            d->kernel->run(&d->p, taps, (size_t)d->rows.across.out, y);
        }
    }
}

/* ---- preparation ---- */

static void plan_picture(const sedge_conv_shape *c, const sedge_conv_quant *q, prepared *d) {
    sedge_rows *r = &d->rows;
    sedge_conv_rows(c, r);
    r->repeat = c->out / c->in;
    r->phases = (uint32_t)r->across.stride;
    r->flip = q->x_flip;
    r->zero = (uint8_t)((uint32_t)q->x_zero ^ q->x_flip);
    r->from_bytes = 1;
    r->x_bytes = d->kernel->x_bytes;
    r->convert = d->kernel->convert;
    d->pictures = c->batch;
    d->x_picture = c->x_points * c->in;
    d->y_row = (size_t)r->across.out * c->out;
    d->halves = q->w_zero ? 2 : 1;
    d->p = (sedge_depthwise_s8){ .lines = (uint32_t)r->down.kernel * d->halves,
                                 .columns = (uint32_t)r->across.kernel,
                                 .channels = (uint32_t)c->out,
                                 .sliding = r->phases == 1 && r->across.dilation == 1,
                                 .y_zero = q->y_zero,
                                 .y_low = q->y_range.low,
                                 .y_high = q->y_range.high,
                                 .x_flip = q->x_flip,
                                 .y_flip = q->y_flip };
}

/* weights [taps][out] less their zero point, as one or two lines of int8 for each line of the window */
static void split_weights(const sedge_conv_shape *c, const sedge_conv_quant *q, const prepared *d, int8_t *ret,
                          int32_t *sums) {
    const uint8_t *from = c->weights;
    size_t line = (size_t)d->rows.across.kernel * c->out;
    for (int32_t k = 0; k < d->rows.down.kernel; k++, ret += line * d->halves)
        for (size_t i = 0; i < line; i++) {
            int32_t w = (int8_t)(*from++ ^ q->w_flip) - q->w_zero;
            sums[i % c->out] += w;
            ret[i] = (int8_t)(d->halves == 2 ? w / 2 : w);
            if (d->halves == 2)
                ret[line + i] = (int8_t)(w - w / 2);
        }
}

static sedge_status pack(const sedge_conv_shape *c, const sedge_conv_quant *q, prepared *d, void *packed,
                         sedge_pool *work, sedge_error *err) {
    int32_t *bias = sedge_pool_take(work, c->out, sizeof *bias), *sums = sedge_pool_take(work, c->out, sizeof *sums);
    sedge_factor *factor = sedge_pool_take(work, c->out, sizeof *factor);
    int8_t *w = sedge_pool_take(work, c->out * c->taps, d->halves);
    if (!bias || !sums || !factor || !w)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_conv_factors(c, factor, err);
    if (st)
        return st;
    split_weights(c, q, d, w, sums);
    for (size_t o = 0; o < c->out; o++) {
        uint32_t value = c->b ? (uint32_t)((const int32_t *)c->b->data)[o] : 0;
        bias[o] = (int32_t)(value - (uint32_t)((int64_t)q->x_zero * sums[o]));
    }
    d->kernel->pack(&d->p, w, bias, factor, packed);
    d->p.packed = packed;
    return SEDGE_OK;
}

sedge_status sedge_depthwise_prepare_8bit(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                          sedge_error *err) {
    sedge_conv_quant q;
    sedge_status st = sedge_conv_quant_of(site, c, &q, err);
    if (st)
        return st;
    if (c->taps > SEDGE_CONV_S8_SUM_MAX / 2)
        return sedge_fail(err, SEDGE_ELIMIT, "a window of %zu values in 8 bits, the limit is %d", c->taps,
                          SEDGE_CONV_S8_SUM_MAX / 2);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->kernel = choose(site->cpu_mask);
    plan_picture(c, &q, d);
    size_t packed_bytes = d->kernel->packed_bytes(&d->p);
    void *packed = sedge_pool_take(site->pool, packed_bytes, 1);
    if (!packed || !sedge_rows_plan(&d->rows, &d->pointers_at))
        return sedge_op_no_memory(err);
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    st = pack(c, &q, d, packed, &work, err);
    sedge_pool_done(&work);
    *ret = (sedge_prepared){ .run = run_windows,
                             .data = d,
                             .kernel = d->kernel->name,
                             .packed_bytes = packed_bytes,
                             .scratch_bytes = d->pointers_at + (size_t)d->p.lines * d->p.columns * sizeof(void *),
                             .macs = sedge_conv_macs(c) };
    return st;
}
