/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR of [batch, height, width, channels]: any type, and float32, int8, uint8
 * or int16; the result has the input's quantisation. The new height and width must be known at open. Source: the
 * reference kernels of TensorFlow Lite (Micro), whose arithmetic this is: float32 places, or 10 bits after the point
 * for integers.
 */
#include <string.h>

#include "base/exact_math.h"
#include "model/quant.h"
#include "ops/ops.h"

enum { POINT = 10, ONE = 1 << POINT, SIDE_MAX = 1 << 20 };

/* where an element of one axis comes from: between low and high, part of the way */
typedef struct source {
    uint32_t low, high;
    float part;
    int32_t part_fixed;
} source;

typedef struct prepared {
    size_t batch, in_height, in_width, out_height, out_width, channels, element;
    source *rows, *columns;
} prepared;

/* ---- run ---- */

static void run_nearest(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    size_t n = d->channels * d->element;
    for (size_t b = 0; b < d->batch; b++, x += d->in_height * d->in_width * n)
        for (size_t i = 0; i < d->out_height; i++)
            for (size_t j = 0; j < d->out_width; j++, y += n)
                memcpy(y, x + (d->rows[i].low * d->in_width + d->columns[j].low) * n, n);
}

typedef void mix_fn(const prepared *d, const void *corners[4], const source *r, const source *c, void *y);

static void run_mix(const sedge_op_call *call, mix_fn *mix) {
    const prepared *d = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    size_t n = d->channels * d->element;
    for (size_t b = 0; b < d->batch; b++, x += d->in_height * d->in_width * n)
        for (size_t i = 0; i < d->out_height; i++) {
            const source *r = &d->rows[i];
            const uint8_t *low = x + r->low * d->in_width * n, *high = x + r->high * d->in_width * n;
            for (size_t j = 0; j < d->out_width; j++, y += n) {
                const source *c = &d->columns[j];
                const void *corners[4] = { low + c->low * n, high + c->low * n, low + c->high * n, high + c->high * n };
                mix(d, corners, r, c, y);
            }
        }
}

static void mix_f32(const prepared *d, const void *corners[4], const source *r, const source *c, void *out) {
    const float *ll = corners[0], *hl = corners[1], *lh = corners[2], *hh = corners[3];
    float *y = out, u = r->part, v = c->part;
    for (size_t k = 0; k < d->channels; k++)
        y[k] = ll[k] * (1 - u) * (1 - v) + hl[k] * u * (1 - v) + lh[k] * (1 - u) * v + hh[k] * u * v;
}

#define MIX_FN(name, type)                                                                                             \
    static void mix_##name(const prepared *d, const void *corners[4], const source *r, const source *c, void *out) {   \
        const type *ll = corners[0], *hl = corners[1], *lh = corners[2], *hh = corners[3];                             \
        type *y = out;                                                                                                 \
        int64_t u = r->part_fixed, v = c->part_fixed;                                                                  \
        for (size_t k = 0; k < d->channels; k++) {                                                                     \
            int64_t sum =                                                                                              \
                ll[k] * (ONE - u) * (ONE - v) + hl[k] * u * (ONE - v) + lh[k] * (ONE - u) * v + hh[k] * u * v;         \
            int64_t half = INT64_C(1) << (2 * POINT - 1);                                                              \
            y[k] = (type)((sum + (sum > 0 ? half : -half)) / (INT64_C(1) << 2 * POINT));                               \
        }                                                                                                              \
    }
MIX_FN(s8, int8_t)
MIX_FN(u8, uint8_t)
MIX_FN(s16, int16_t)
#undef MIX_FN

#define RUN_FN(name)                                                                                                   \
    static void run_##name(const sedge_op_call *call) {                                                                \
        run_mix(call, mix_##name);                                                                                     \
    }
RUN_FN(f32)
RUN_FN(s8)
RUN_FN(u8)
RUN_FN(s16)
#undef RUN_FN

static const struct {
    sedge_dtype dtype;
    sedge_op_run *run;
    const char *kernel;
} bilinear[] = {
    { SEDGE_FLOAT32, run_f32, "resize_bilinear_f32" },
    { SEDGE_INT8, run_s8, "resize_bilinear_s8" },
    { SEDGE_UINT8, run_u8, "resize_bilinear_u8" },
    { SEDGE_INT16, run_s16, "resize_bilinear_s16" },
};
enum { BILINEAR = sizeof bilinear / sizeof bilinear[0] };

/* ---- sources ---- */

static uint32_t within(int32_t i, uint32_t n) {
    return i < 0 ? 0 : (uint32_t)i >= n ? n - 1 : (uint32_t)i;
}

static void nearest_source(const sedge_op *op, uint32_t in, uint32_t out, uint32_t i, source *s) {
    bool corners = op->u.resize_image.align_corners;
    float scale = corners && out > 1 ? ((float)in - 1) / ((float)out - 1) : (float)in / (float)out;
    float place = ((float)i + (op->u.resize_image.half_pixel_centers ? 0.5f : 0)) * scale;
    s->low = within(corners ? sedge_round_f32(place) : (int32_t)sedge_floor((double)place), in);
}

static void float_source(const sedge_op *op, uint32_t in, uint32_t out, uint32_t i, source *s) {
    bool corners = op->u.resize_image.align_corners && out > 1;
    float scale = corners ? ((float)in - 1) / ((float)out - 1) : (float)in / (float)out;
    float place = op->u.resize_image.half_pixel_centers ? ((float)i + 0.5f) * scale - 0.5f : (float)i * scale;
    int32_t floor = (int32_t)sedge_floor((double)place);
    s->low = within(floor, in);
    s->high = within(floor + (place > (float)floor), in);
    s->part = place - (float)s->low;
}

static void fixed_source(const sedge_op *op, uint32_t in, uint32_t out, uint32_t i, source *s) {
    bool corners = op->u.resize_image.align_corners && out > 1;
    int64_t steps = corners ? out - 1 : out, from = corners ? in - 1 : in;
    int64_t scale = (from * ONE + steps / 2) / steps;
    int64_t place = scale * i + (op->u.resize_image.half_pixel_centers ? scale / 2 - ONE / 2 : 0);
    s->low = within((int32_t)(place / ONE), in);
    s->high = within((int32_t)((place + ONE - 1) / ONE), in);
    s->part_fixed = (int32_t)(place - (int64_t)s->low * ONE);
}

static source *make_sources(const sedge_op_site *site, uint32_t axis) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    uint32_t in = (uint32_t)x->dims[axis], out = (uint32_t)y->dims[axis];
    source *s = sedge_pool_take(site->pool, out, sizeof *s);
    for (uint32_t i = 0; s && i < out; i++) {
        if (site->op->kind == SEDGE_OP_RESIZE_NEAREST_NEIGHBOR)
            nearest_source(site->op, in, out, i, &s[i]);
        else if (x->dtype == SEDGE_FLOAT32)
            float_source(site->op, in, out, i, &s[i]);
        else
            fixed_source(site->op, in, out, i, &s[i]);
    }
    return s;
}

/* ---- the operator ---- */

static sedge_status check_type(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    bool known = site->op->kind == SEDGE_OP_RESIZE_NEAREST_NEIGHBOR;
    for (size_t i = 0; i < BILINEAR; i++)
        known = known || bilinear[i].dtype == x->dtype;
    if (!known)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' is %s", x->name, sedge_dtype_name(x->dtype));
    if (x->rank != 4)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' has rank %u, 4 is needed", x->name, x->rank);
    return sedge_op_set_type(sedge_op_output(site, 0), x->dtype, err);
}

sedge_status sedge_op_resize_image_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int64_t sizes[2];
    uint32_t n = 0;
    sedge_status st = check_type(site, err);
    if (!st)
        st = sedge_op_constant_ints(site, 1, "the new sizes", 2, sizes, &n, err);
    if (st)
        return st;
    if (n != 2 || sizes[0] < 1 || sizes[1] < 1 || sizes[0] > SIDE_MAX || sizes[1] > SIDE_MAX || x->dims[1] > SIDE_MAX ||
        x->dims[2] > SIDE_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "height and width must be within 1 to %d", SIDE_MAX);
    int32_t dims[] = { x->dims[0], (int32_t)sizes[0], (int32_t)sizes[1], x->dims[3] };
    return sedge_op_set_shape(sedge_op_output(site, 0), 4, dims, err);
}

sedge_status sedge_op_resize_image_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .batch = (size_t)x->dims[0],
                     .in_height = (size_t)x->dims[1],
                     .in_width = (size_t)x->dims[2],
                     .out_height = (size_t)y->dims[1],
                     .out_width = (size_t)y->dims[2],
                     .channels = (size_t)x->dims[3],
                     .element = sedge_dtype_size(x->dtype),
                     .rows = make_sources(site, 1),
                     .columns = make_sources(site, 2) };
    if (!d->rows || !d->columns)
        return sedge_op_no_memory(err);
    *ret = (sedge_prepared){ .run = run_nearest, .data = d, .kernel = "resize_nearest", .macs = sedge_op_elements(y) };
    for (size_t i = 0; site->op->kind == SEDGE_OP_RESIZE_BILINEAR && i < BILINEAR; i++)
        if (bilinear[i].dtype == x->dtype) {
            ret->run = bilinear[i].run;
            ret->kernel = bilinear[i].kernel;
            ret->macs *= 4;
        }
    return SEDGE_OK;
}
