/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONV of float32 with the channels first, in one to three dimensions: each input plane (channel; in three dimensions
 * also depth) has rows of its own, and each output row is a weighted sum of the rows that its window sees.
 */
#include "base/checked.h"
#include "ops/conv.h"
#include "ops/conv_f32.h"

typedef struct prepared {
    const sedge_conv_f32_kernel *kernel;
    sedge_rows rows; /* of one plane */
    sedge_span deep; /* the first of three dimensions */
    size_t pictures, groups, group_in;
    size_t x_plane, y_plane; /* elements of one channel and depth */
    size_t ring_bytes;       /* scratch of one plane's rows */
    size_t states_at, pointers_at;
    sedge_conv_f32 group[];
} prepared;

/* ---- run ---- */

/* plane k of a window in depth, of the channel at x; NULL where it lies beyond the input */
static const float *plane_at(const prepared *d, const float *x, int32_t deep, int32_t k) {
    int32_t at = deep * d->deep.stride - d->deep.before + k * d->deep.dilation;
    return at < 0 || at >= d->deep.in ? NULL : x + (size_t)at * d->x_plane;
}

static const float **point_to_plane(const prepared *d, sedge_rows_run *run, int32_t o, const float **ret) {
    const sedge_rows *r = &d->rows;
    if (run->x)
        sedge_rows_advance(run, o);
    for (int32_t k = 0; k < r->down.kernel; k++) {
        int32_t i = o * r->down.stride - r->down.before + k * r->down.dilation;
        const uint8_t *row = run->x ? sedge_rows_at(run, i) : sedge_rows_beyond(run);
        for (int32_t j = 0; j < r->across.kernel; j++)
            *ret++ = (const float *)(const void *)(row + sedge_rows_tap(r, j));
    }
    return ret;
}

/* one group's output planes at one depth */
static void run_planes(const prepared *d, const sedge_conv_f32 *p, const float *x, int32_t deep, uint8_t *scratch,
                       float *y) {
    sedge_rows_run *states = (sedge_rows_run *)(void *)(scratch + d->states_at);
    const float **rows = (const float **)(void *)(scratch + d->pointers_at);
    size_t n = 0;
    for (size_t c = 0; c < d->group_in; c++, x += d->x_plane * (size_t)d->deep.in)
        for (int32_t k = 0; k < d->deep.kernel; k++, n++)
            states[n] = sedge_rows_begin(&d->rows, plane_at(d, x, deep, k), scratch + n * d->ring_bytes);
    for (int32_t o = 0; o < d->rows.down.out; o++, y += d->rows.across.out) {
        const float **next = rows;
        for (size_t i = 0; i < n; i++)
            next = point_to_plane(d, &states[i], o, next);
        d->kernel->planes(p, rows, (size_t)d->rows.across.out, y);
    }
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t i = 0; i < d->pictures; i++)
        for (size_t g = 0; g < d->groups; g++) {
            const sedge_conv_f32 *p = &d->group[g];
            for (int32_t deep = 0; deep < d->deep.out; deep++)
                run_planes(d, p, x, deep, call->scratch, y + (size_t)deep * d->y_plane);
            x += d->group_in * d->x_plane * (size_t)d->deep.in;
            y += p->out * p->y_step;
        }
}

/* ---- preparation ---- */

static void plan_planes(const sedge_conv_shape *c, prepared *d) {
    static const sedge_span one = { 1, 1, 1, 1, 1, 0, 0 };
    sedge_rows *r = &d->rows;
    *r = (sedge_rows){ .across = c->span[c->space - 1],
                       .down = c->space > 1 ? c->span[c->space - 2] : one,
                       .channels = 1,
                       .repeat = 1,
                       .from_bytes = sizeof(float),
                       .x_bytes = sizeof(float),
                       .convert = sedge_convert_f32 };
    d->deep = c->space > 2 ? c->span[0] : one;
    d->x_plane = c->x_points / (size_t)d->deep.in;
    d->y_plane = c->y_points / (size_t)d->deep.out;
    r->phases = (uint32_t)r->across.stride;
    r->pad = !sedge_rows_fit(&d->deep);
    if (r->phases == 1 && sedge_rows_fit(&r->across))
        r->convert = NULL;
    if (sedge_conv_is_points(c)) {
        d->deep = one;
        d->x_plane = d->y_plane = c->x_points;
        r->down = r->across = one;
        r->across.in = r->across.out = (int32_t)c->x_points;
    }
    d->pictures = c->batch;
    d->groups = c->groups;
    d->group_in = c->in / c->groups;
}

static bool plan_scratch(const sedge_conv_shape *c, prepared *d, size_t *ret) {
    size_t planes = d->group_in * (size_t)d->deep.kernel, n;
    return sedge_rows_plan(&d->rows, &d->ring_bytes) && sedge_mul_size(d->ring_bytes, planes, &d->states_at) &&
           sedge_add_size(d->states_at, planes * sizeof(sedge_rows_run), &d->pointers_at) &&
           sedge_mul_size(c->taps * d->group_in, sizeof(void *), &n) && sedge_add_size(d->pointers_at, n, ret);
}

static sedge_status pack(const sedge_op_site *site, const sedge_conv_shape *c, prepared *d, sedge_error *err) {
    size_t k = c->taps * d->group_in, out = c->out / c->groups;
    float *to = sedge_pool_take(site->pool, c->out * k, sizeof *to);
    float *to_bias = sedge_pool_take(site->pool, c->out, sizeof *to_bias);
    if (!to || !to_bias)
        return sedge_op_no_memory(err);
    const float *w = c->weights, *bias = c->b ? c->b->data : NULL;
    for (size_t g = 0; g < c->groups; g++, to += out * k, to_bias += out) {
        sedge_conv_f32 *p = &d->group[g];
        *p = (sedge_conv_f32){
            .rows = (uint32_t)k, .depth = 1, .out = (uint32_t)out, .y_step = c->y_points, .weights = to, .bias = to_bias
        };
        sedge_activation_range_f32(site->op->activation, &p->y_low, &p->y_high);
        sedge_conv_f32_pack_planes(k, out, w + g * out * k, bias ? bias + g * out : NULL, to, to_bias);
    }
    return SEDGE_OK;
}

sedge_status sedge_conv_planes_prepare_f32(const sedge_op_site *site, const sedge_conv_shape *c, sedge_prepared *ret,
                                           sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d + c->groups * sizeof(sedge_conv_f32));
    if (!d)
        return sedge_op_no_memory(err);
    d->kernel = sedge_conv_f32_choose(site->cpu_mask, (size_t)c->span[c->space - 1].out);
    plan_planes(c, d);
    size_t scratch_bytes;
    if (!plan_scratch(c, d, &scratch_bytes))
        return sedge_op_no_memory(err);
    sedge_status st = pack(site, c, d, err);
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = d->kernel->name,
                             .packed_bytes = (c->out * c->taps * d->group_in + c->out) * sizeof(float),
                             .scratch_bytes = scratch_bytes,
                             .macs = sedge_conv_macs(c) };
    return st;
}
