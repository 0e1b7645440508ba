/* SPDX-License-Identifier: Apache-2.0 */
/* CONV of float32 with the channels last, and DEPTHWISE_CONV, with the kernels of kernels/conv_f32.h. */
#include "ops/conv_f32.h"
#include "base/checked.h"
#include "base/own.h"
#include "ops/conv.h"

static const sedge_conv_f32_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/conv_f32.inc"
#undef K
};

const sedge_conv_f32_kernel *sedge_conv_f32_choose(uint32_t mask, size_t width) {
    const sedge_conv_f32_kernel *best = NULL;
    for (size_t i = 0; i < SEDGE_COUNT(kernels); i++) {
        bool fits = SEDGE_KERNEL_FITS(kernels[i]->cpu, mask), vector = kernels[i]->lanes > 1;
        if (fits && (!best || (vector && best->lanes > width)))
            best = kernels[i];
    }
    return best;
}

typedef struct prepared {
    const sedge_conv_f32_kernel *kernel;
    sedge_conv_f32_run *loop; /* products or depthwise */
    sedge_rows rows;
    size_t pictures, x_picture, y_row; /* elements */
    size_t groups, group_in;
    int32_t row_taps;       /* pointers for each row of the window: its taps, or 1 where they are one segment */
    size_t pointers_at;     /* in scratch, behind the rows */
    sedge_conv_f32 group[]; /* one each */
} prepared;

/* ---- run ---- */

static void run_groups(const prepared *d, const float **rows, size_t pixels, float *y) {
    for (size_t g = 0; g < d->groups; g++) {
        const sedge_conv_f32 *p = &d->group[g];
        d->loop(p, rows, pixels, y + g * p->out);
        for (uint32_t s = 0; s < p->rows; s++)
            rows[s] += d->group_in;
    }
}

static void point_to_rows(const prepared *d, const sedge_rows_run *run, int32_t o, const float **ret) {
    const sedge_rows *r = &d->rows;
    for (int32_t k = 0; k < r->down.kernel; k++) {
        const uint8_t *row = sedge_rows_at(run, o * r->down.stride - r->down.before + k * r->down.dilation);
        for (int32_t j = 0; j < d->row_taps; j++)
            *ret++ = (const float *)(const void *)(row + sedge_rows_tap(r, j));
    }
}

static void run_windows(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    uint8_t *scratch = call->scratch;
    const float **rows = (const float **)(void *)(scratch + d->pointers_at);
    for (size_t i = 0; i < d->pictures; i++, x += d->x_picture) {
        sedge_rows_run run = sedge_rows_begin(&d->rows, x, scratch);
        for (int32_t o = 0; o < d->rows.down.out; o++, y += d->y_row) {
            sedge_rows_advance(&run, o);
            point_to_rows(d, &run, o, rows);
            run_groups(d, rows, (size_t)d->rows.across.out, y);
        }
    }
}

/* ---- preparation ---- */

static sedge_conv_f32 describe_group(const sedge_op_site *site, const sedge_conv_shape *c, const prepared *d) {
    size_t rows = (size_t)d->rows.down.kernel * (size_t)d->row_taps;
    sedge_conv_f32 p = { .rows = (uint32_t)rows,
                         .depth = (uint32_t)(c->taps / rows * d->group_in),
                         .out = (uint32_t)(c->out / c->groups),
                         .pixel_step = (size_t)d->rows.across.stride * c->in,
                         .y_step = c->out };
    sedge_activation_range_f32(site->op->activation, &p.y_low, &p.y_high);
    return p;
}

static sedge_status finish(const sedge_op_site *site, const sedge_conv_shape *c, prepared *d, size_t packed_floats,
                           sedge_prepared *ret, sedge_error *err) {
    if (!sedge_rows_plan(&d->rows, &d->pointers_at))
        return sedge_op_no_memory(err);
    (void)site;
    *ret = (sedge_prepared){ .run = run_windows,
                             .data = d,
                             .kernel = d->kernel->name,
                             .packed_bytes = packed_floats * sizeof(float),
                             .scratch_bytes = d->pointers_at + d->group[0].rows * sizeof(void *),
                             .macs = sedge_conv_macs(c) };
    return SEDGE_OK;
}

static prepared *take(const sedge_op_site *site, const sedge_conv_shape *c, size_t groups) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d + groups * sizeof(sedge_conv_f32));
    if (!d)
        return NULL;
    d->kernel = sedge_conv_f32_choose(site->cpu_mask, c->out / groups);
    sedge_conv_rows(c, &d->rows);
    d->rows.from_bytes = d->rows.x_bytes = sizeof(float);
    d->rows.convert = sedge_convert_f32;
    d->pictures = c->batch;
    d->x_picture = c->x_points * c->in;
    d->y_row = (size_t)d->rows.across.out * c->out;
    d->groups = groups;
    d->group_in = c->in / groups;
    return d;
}

static sedge_status pack_groups(const sedge_op_site *site, const sedge_conv_shape *c, prepared *d, size_t *ret_floats,
                                sedge_error *err) {
    size_t k = c->taps * d->group_in, out = c->out / c->groups, bias_size, each, all;
    size_t size = sedge_conv_f32_products_size(k, out, d->kernel->lanes, &bias_size);
    if (!sedge_add_size(size, bias_size, &each) || !sedge_mul_size(each, c->groups, &all))
        return sedge_op_no_memory(err);
    float *to = sedge_pool_take(site->pool, all, sizeof *to);
    if (!to)
        return sedge_op_no_memory(err);
    const float *w = c->weights, *bias = c->b ? c->b->data : NULL;
    for (size_t g = 0; g < c->groups; g++, to += each) {
        d->group[g].weights = to;
        d->group[g].bias = to + size;
        sedge_conv_f32_pack_products(k, out, d->kernel->lanes, w + g * out * k, bias ? bias + g * out : NULL, to,
                                     to + size);
    }
    *ret_floats = all;
    return SEDGE_OK;
}

sedge_status sedge_conv_prepare_f32(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                    sedge_error *err) {
    if (c->space > 2)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "three dimensions with the channels last");
    prepared *d = take(site, c, c->groups);
    if (!d)
        return sedge_op_no_memory(err);
    d->loop = d->kernel->products;
    d->row_taps = c->groups == 1 && d->rows.across.dilation == 1 ? 1 : d->rows.across.kernel;
    for (size_t g = 0; g < c->groups; g++)
        d->group[g] = describe_group(site, c, d);
    if (sedge_rows_fit(&d->rows.across))
        d->rows.convert = NULL;
    if (sedge_conv_is_points(c)) {
        d->pictures = 1;
        (void)sedge_conv_cut_points(c, SIZE_MAX, &d->rows);
    }
    size_t floats = 0;
    sedge_status st = pack_groups(site, c, d, &floats, err);
    return st ? st : finish(site, c, d, floats, ret, err);
}

sedge_status sedge_depthwise_prepare_f32(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                         sedge_error *err) {
    prepared *d = take(site, c, 1);
    if (!d)
        return sedge_op_no_memory(err);
    d->loop = d->kernel->depthwise;
    d->rows.repeat = c->out / c->in;
    d->rows.phases = (uint32_t)d->rows.across.stride;
    d->row_taps = d->rows.across.kernel;
    sedge_conv_f32 *p = &d->group[0];
    *p = describe_group(site, c, d);
    p->depth = 1;
    p->out = (uint32_t)c->out;
    size_t bias_size, size = sedge_conv_f32_depthwise_size(c->taps, c->out, d->kernel->lanes, &bias_size);
    float *to = sedge_pool_take(site->pool, size + bias_size, sizeof *to);
    if (!to)
        return sedge_op_no_memory(err);
    p->weights = to;
    p->bias = to + size;
    sedge_conv_f32_pack_depthwise(c->taps, c->out, d->kernel->lanes, c->weights, c->b ? c->b->data : NULL, to,
                                  to + size);
    return finish(site, c, d, size + bias_size, ret, err);
}
