/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV of int8 and uint8 with the kernels of kernels/conv_s8.h. A picture that needs no window (1 x 1, stride 1, no
 * padding) is one long row, cut into pieces whose converted copy stays in the first cache.
 */
#include <string.h>

#include "base/checked.h"
#include "base/own.h"
#include "ops/conv.h"
#include "ops/kernels/conv_s8.h"
#include "ops/rows.h"

enum { PIECE_BYTES = 4096, PIECE_PIXELS = 16 };

static const sedge_conv_s8_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/conv_s8.inc"
#undef K
};

typedef struct prepared {
    const sedge_conv_s8_kernel *kernel;
    sedge_rows rows;
    size_t pictures, x_picture, y_row; /* elements */
    size_t groups, group_in;
    bool merged;                /* a segment is a whole row of the window */
    int32_t w_zero;             /* what pixels add for it: - w_zero * the sum of what they see */
    size_t pointers_at, add_at; /* in scratch, behind the rows */
    sedge_conv_s8 group[];      /* one each */
} prepared;

static const sedge_conv_s8_kernel *choose(uint32_t mask) {
    size_t i = 0;
    while (!SEDGE_KERNEL_FITS(kernels[i]->cpu, mask))
        i++;
    return kernels[i];
}

/* ---- run ---- */

static int32_t sum_row(const sedge_conv_s8_kernel *k, const void *row, size_t at, size_t n) {
    int32_t sum = 0;
    if (k->x_bytes == 2)
        for (size_t i = 0; i < n; i++)
            sum += ((const int16_t *)row)[at + i];
    else if (k->x_offset)
        for (size_t i = 0; i < n; i++)
            sum += ((const uint8_t *)row)[at + i];
    else
        for (size_t i = 0; i < n; i++)
            sum += ((const int8_t *)row)[at + i];
    return sum - (int32_t)n * k->x_offset;
}

static void fill_add(const prepared *d, const sedge_conv_s8 *p, const void *const *rows, size_t pixels, int32_t *add) {
    for (size_t m = 0; m < pixels; m++) {
        int32_t sum = 0;
        for (uint32_t s = 0; s < p->segments; s++)
            sum += sum_row(d->kernel, rows[s], m * p->pixel_step, p->depth);
        add[m] = -d->w_zero * sum;
    }
}

static void run_groups(const prepared *d, const void **rows, size_t pixels, uint8_t *scratch, int8_t *y) {
    int32_t *add = d->w_zero ? (int32_t *)(void *)(scratch + d->add_at) : NULL;
    for (size_t g = 0; g < d->groups; g++) {
        const sedge_conv_s8 *p = &d->group[g];
        if (add)
            fill_add(d, p, rows, pixels, add);
        d->kernel->run(p, rows, add, pixels, y + g * p->out);
        for (uint32_t s = 0; s < p->segments; s++)
            rows[s] = (const uint8_t *)rows[s] + d->group_in * d->kernel->x_bytes;
    }
}

static void point_to_segments(const prepared *d, const sedge_rows_run *run, int32_t o, const void **ret) {
    const sedge_rows *r = &d->rows;
    for (int32_t k = 0; k < r->down.kernel; k++) {
        const uint8_t *row = sedge_rows_at(run, o * r->down.stride - r->down.before + k * r->down.dilation);
        for (int32_t j = 0; j < (d->merged ? 1 : r->across.kernel); j++)
            *ret++ = row + sedge_rows_tap(r, j);
    }
}

static void run_windows(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int8_t *x = call->inputs[0];
    int8_t *y = call->outputs[0];
    uint8_t *scratch = call->scratch;
    const void **rows = (const void **)(void *)(scratch + d->pointers_at);
    for (size_t i = 0; i < d->pictures; i++, x += d->x_picture) {
        sedge_rows_run run = sedge_rows_begin(&d->rows, x, scratch);
        for (int32_t o = 0; o < d->rows.down.out; o++, y += d->y_row) {
            sedge_rows_advance(&run, o);
            point_to_segments(d, &run, o, rows);
            run_groups(d, rows, (size_t)d->rows.across.out, scratch, y);
        }
    }
}

/* rows.across.out pixels a piece, d->x_picture elements all together */
static void run_points(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int8_t *x = call->inputs[0];
    int8_t *y = call->outputs[0];
    size_t channels = d->rows.channels, left = d->x_picture / channels, most = (size_t)d->rows.across.out;
    uint8_t *scratch = call->scratch;
    const void **rows = (const void **)(void *)(scratch + d->pointers_at);
    for (size_t n; left; left -= n, x += n * channels, y += n * d->group[0].y_step) {
        n = left < most ? left : most;
        rows[0] = x;
        if (d->rows.convert) {
            d->rows.convert(x, 1, n * channels, 0, d->rows.flip, scratch);
            rows[0] = scratch;
        }
        run_groups(d, rows, n, scratch, y);
    }
}

/* ---- preparation ---- */

static void plan_picture(const sedge_conv_shape *c, const sedge_conv_quant *q, prepared *d) {
    sedge_rows *r = &d->rows;
    sedge_conv_rows(c, r);
    r->flip = q->x_flip;
    r->zero = (uint8_t)((uint32_t)q->x_zero ^ q->x_flip);
    r->from_bytes = 1;
    r->x_bytes = d->kernel->x_bytes;
    r->convert = d->kernel->convert;
    d->pictures = c->batch;
    d->x_picture = c->x_points * c->in;
    d->y_row = (size_t)r->across.out * c->out;
    d->groups = c->groups;
    d->group_in = c->in / c->groups;
    d->w_zero = q->w_zero;
    d->merged = c->groups == 1 && r->across.dilation == 1;
}

/* what each group's kernel is told, but for the weights */
static sedge_conv_s8 describe_group(const sedge_conv_shape *c, const sedge_conv_quant *q, const prepared *d) {
    size_t segments = d->merged ? (size_t)d->rows.down.kernel : c->taps;
    return (sedge_conv_s8){ .segments = (uint32_t)segments,
                            .depth = (uint32_t)(c->taps / segments * d->group_in),
                            .out = (uint32_t)(c->out / c->groups),
                            .y_zero = q->y_zero,
                            .y_low = q->y_range.low,
                            .y_high = q->y_range.high,
                            .x_flip = q->x_flip,
                            .y_flip = q->y_flip,
                            .pixel_step = (size_t)d->rows.across.stride * c->in,
                            .y_step = c->out };
}

static bool plan_scratch(const sedge_conv_shape *c, prepared *d, bool points, size_t *ret) {
    sedge_rows *r = &d->rows;
    const sedge_conv_s8 *p = &d->group[0];
    if (d->kernel->direct && r->flip == 0 && sedge_rows_fit(&r->across) && p->depth % d->kernel->depth_step == 0)
        r->convert = NULL;
    if (points) {
        size_t most = PIECE_BYTES / (r->channels * r->x_bytes) / PIECE_PIXELS * PIECE_PIXELS;
        d->x_picture = sedge_conv_cut_points(c, most ? most : PIECE_PIXELS, r) * r->channels;
    }
    if (!sedge_rows_plan(r, &d->pointers_at))
        return false;
    d->add_at = d->pointers_at + p->segments * sizeof(void *);
    *ret = d->add_at + (d->w_zero ? (size_t)r->across.out * sizeof(int32_t) : 0);
    return true;
}

/* what a bias must hold for the zero points: (x - x_zero)(w - w_zero), less what a pixel adds for w_zero */
static int32_t fold_zeros(const sedge_conv_quant *q, int32_t bias, const int8_t *w, size_t n) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += w[i];
    int64_t zeros = q->x_zero * ((int64_t)n * q->w_zero - sum);
    return (int32_t)((uint32_t)bias + (uint32_t)zeros);
}

static sedge_status pack(const sedge_conv_shape *c, const sedge_conv_quant *q, prepared *d, uint8_t *packed,
                         size_t group_bytes, sedge_pool *work, sedge_error *err) {
    size_t n = c->taps * d->group_in, out = c->out / c->groups;
    int32_t *bias = sedge_pool_take(work, c->out, sizeof *bias);
    sedge_factor *factor = sedge_pool_take(work, c->out, sizeof *factor);
    int8_t *w = sedge_pool_take(work, c->out * n, 1);
    if (!bias || !factor || !w)
        return sedge_op_no_memory(err);
    sedge_convert_s8_scalar(c->weights, 1, c->out * n, 0, q->w_flip, w);
    sedge_status st = sedge_conv_factors(c, factor, err);
    if (st)
        return st;
    for (size_t o = 0; o < c->out; o++)
        bias[o] = fold_zeros(q, c->b ? ((const int32_t *)c->b->data)[o] : 0, w + o * n, n);
    for (size_t g = 0; g < c->groups; g++, packed += group_bytes) {
        d->kernel->pack(&d->group[g], w + g * out * n, bias + g * out, factor + g * out, packed);
        d->group[g].packed = packed;
    }
    return SEDGE_OK;
}

static sedge_status take_packed(const sedge_op_site *site, const sedge_conv_shape *c, const sedge_conv_quant *q,
                                prepared *d, size_t *ret_bytes, sedge_error *err) {
    size_t group_bytes, all;
    if (!sedge_align_size(d->kernel->packed_bytes(&d->group[0]), 64, &group_bytes) ||
        !sedge_mul_size(group_bytes, c->groups, &all))
        return sedge_op_no_memory(err);
    uint8_t *packed = sedge_pool_take(site->pool, all, 1);
    if (!packed)
        return sedge_op_no_memory(err);
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    sedge_status st = pack(c, q, d, packed, group_bytes, &work, err);
    sedge_pool_done(&work);
    *ret_bytes = all;
    return st;
}

sedge_status sedge_conv_prepare_8bit(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                     sedge_error *err) {
    sedge_conv_quant q;
    sedge_status st = sedge_conv_quant_of(site, c, &q, err);
    if (st)
        return st;
    if (c->channels_first || c->space > 2)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "8 bits with the channels first or in three dimensions");
    if (c->taps * (c->in / c->groups) > SEDGE_CONV_S8_SUM_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a window of %zu values in 8 bits, the limit is %d",
                          c->taps * (c->in / c->groups), SEDGE_CONV_S8_SUM_MAX);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d + c->groups * sizeof(sedge_conv_s8));
    if (!d)
        return sedge_op_no_memory(err);
    d->kernel = choose(site->cpu_mask);
    plan_picture(c, &q, d);
    bool points = sedge_conv_is_points(c);
    for (size_t g = 0; g < c->groups; g++)
        d->group[g] = describe_group(c, &q, d);
    size_t scratch_bytes, packed_bytes = 0;
    if (!plan_scratch(c, d, points, &scratch_bytes))
        return sedge_op_no_memory(err);
    st = take_packed(site, c, &q, d, &packed_bytes, err);
    *ret = (sedge_prepared){ .run = points ? run_points : run_windows,
                             .data = d,
                             .kernel = d->kernel->name,
                             .packed_bytes = packed_bytes,
                             .scratch_bytes = scratch_bytes,
                             .macs = sedge_conv_macs(c) };
    return st;
}
