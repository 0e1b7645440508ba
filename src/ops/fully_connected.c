/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FULLY_CONNECTED: input [..., in], weights [out, in], bias [out] or none. float32, or int8 with one weight scale or
 * one for each row, or float32 with weights of int8 (hybrid.h). Source: the reference kernels of TensorFlow Lite Micro.
 */
#include "ops/fully_connected.h"
#include "base/own.h"
#include "model/quant.h"
#include "ops/hybrid.h"
#include "ops/kernels/fully_connected.h"
#include "ops/ops.h"

enum { S8_IN_MAX = 65535 };

static const sedge_fc_s8_kernel *const kernels_s8[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/fully_connected_s8.inc"
#undef K
};
static const sedge_fc_f32_kernel *const kernels_f32[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/fully_connected_f32.inc"
#undef K
};

typedef struct prepared_s8 {
    sedge_fc_s8 p;
    const sedge_fc_s8_kernel *kernel;
    size_t batch;
} prepared_s8;

typedef struct prepared_f32 {
    sedge_dense_f32 dense;
    size_t batch;
} prepared_f32;

/* the output keeps its declared shape when that is [..., out] with the right number of elements */
static sedge_status settle_output(const sedge_op_site *site, size_t batch, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    size_t declared;
    if (sedge_shape_elements(y->rank, y->dims, &declared) && y->rank && y->dims[y->rank - 1] == w->dims[0] &&
        declared == batch * (size_t)w->dims[0])
        return sedge_op_same_shape(y, y, err);
    int32_t dims[SEDGE_RANK_MAX] = { (int32_t)batch, w->dims[0] };
    uint32_t rank = 2;
    if (site->op->u.keep_num_dims) {
        rank = x->rank;
        for (uint32_t i = 0; i + 1 < rank; i++)
            dims[i] = x->dims[i];
        dims[rank - 1] = w->dims[0];
    }
    return sedge_op_set_shape(y, rank, dims, err);
}

/* the types that go together; the output has the type of x */
static const struct {
    uint8_t x, w, bias;
} combinations[] = {
    { SEDGE_FLOAT32, SEDGE_FLOAT32, SEDGE_FLOAT32 }, { SEDGE_INT8, SEDGE_INT8, SEDGE_INT32 },
    { SEDGE_FLOAT32, SEDGE_INT8, SEDGE_FLOAT32 },    { SEDGE_UINT8, SEDGE_UINT8, SEDGE_INT32 },
    { SEDGE_INT16, SEDGE_INT8, SEDGE_INT32 },        { SEDGE_INT16, SEDGE_INT8, SEDGE_INT64 },
};

static sedge_status check_types(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *b = sedge_op_optional(site, 2);
    bool pair = false, all = false;
    for (size_t i = 0; i < SEDGE_COUNT(combinations); i++) {
        bool here = x->dtype == combinations[i].x && w->dtype == combinations[i].w;
        pair = pair || here;
        all = all || (here && (!b || b->dtype == combinations[i].bias));
    }
    if (!all)
        return sedge_op_bad_types(x, pair ? b : w, err);
    const sedge_tensor *y = sedge_op_output(site, 0);
    return y->dtype == x->dtype ? SEDGE_OK : sedge_op_bad_types(x, y, err);
}

static sedge_status check_constants(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *w = sedge_op_input(site, 1), *b = sedge_op_optional(site, 2);
    sedge_status st = sedge_op_want_constant(w, "the weights", err);
    if (!st && b)
        st = sedge_op_want_constant(b, "the bias values", err);
    if (st)
        return st;
    if (w->rank != 2)
        return sedge_fail(err, SEDGE_EINVALID, "the weights, tensor '%s', have rank %u, 2 is needed", w->name, w->rank);
    if (b && sedge_op_elements(b) != (size_t)w->dims[0])
        return sedge_fail(err, SEDGE_EINVALID, "the bias, tensor '%s', has %zu values for %d outputs", b->name,
                          sedge_op_elements(b), w->dims[0]);
    return SEDGE_OK;
}

sedge_status sedge_op_fully_connected_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_status st = check_types(site, err);
    if (!st)
        st = check_constants(site, err);
    if (st)
        return st;
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1);
    size_t elements = sedge_op_elements(x), in = (size_t)w->dims[1];
    if (x->rank == 0 || elements % in != 0 || (site->op->u.keep_num_dims && (size_t)x->dims[x->rank - 1] != in))
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' has %zu values, the weights need a multiple of %zu", x->name,
                          elements, in);
    return settle_output(site, elements / in, err);
}

/* ---- float32 ---- */

static void run_f32(const sedge_op_call *call) {
    const prepared_f32 *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t i = 0; i < d->batch; i++, x += d->dense.p.in, y += d->dense.p.out)
        sedge_dense_f32_run(&d->dense, x, y);
}

static const sedge_fc_f32_kernel *choose_f32(uint32_t mask) {
    size_t i = 0;
    while (!SEDGE_KERNEL_FITS(kernels_f32[i]->cpu, mask))
        i++;
    return kernels_f32[i];
}

sedge_status sedge_dense_f32_init(const sedge_op_site *site, size_t in, size_t out, const float *w, const float *bias,
                                  sedge_dense_f32 *ret, sedge_error *err) {
    const sedge_fc_f32_kernel *kernel = choose_f32(site->cpu_mask);
    size_t packed_bytes = kernel->packed_bytes(in, out), padded = bias ? sedge_fc_padded(out, SEDGE_FC_TILE) : 0;
    void *packed = sedge_pool_take(site->pool, packed_bytes, 1);
    float *values = bias ? sedge_pool_take(site->pool, padded, sizeof *values) : NULL;
    if (!packed || (bias && !values))
        return sedge_op_no_memory(err);
    kernel->pack(in, out, w, packed);
    for (size_t o = 0; bias && o < out; o++)
        values[o] = bias[o];
    *ret = (sedge_dense_f32){ { (uint32_t)in, (uint32_t)out, packed, values, 0, 0 },
                              kernel,
                              packed_bytes + padded * sizeof *values };
    sedge_activation_range_f32(SEDGE_ACTIVATION_NONE, &ret->p.y_low, &ret->p.y_high);
    return SEDGE_OK;
}

static sedge_status prepare_f32(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *b = sedge_op_optional(site, 2);
    prepared_f32 *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    size_t in = (size_t)w->dims[1], out = (size_t)w->dims[0];
    sedge_status st = sedge_dense_f32_init(site, in, out, w->data, b ? b->data : NULL, &d->dense, err);
    if (st)
        return st;
    d->batch = sedge_op_elements(x) / in;
    sedge_activation_range_f32(site->op->activation, &d->dense.p.y_low, &d->dense.p.y_high);
    *ret = (sedge_prepared){ .run = run_f32,
                             .data = d,
                             .kernel = d->dense.kernel->name,
                             .packed_bytes = d->dense.packed_bytes,
                             .macs = (uint64_t)d->batch * in * out };
    return SEDGE_OK;
}

/* ---- int8 ---- */

static void run_s8(const sedge_op_call *call) {
    const prepared_s8 *d = call->prepared;
    const int8_t *x = call->inputs[0];
    int8_t *y = call->outputs[0];
    for (size_t i = 0; i < d->batch; i++, x += d->p.in, y += d->p.out)
        d->kernel->run(&d->p, x, y, call->scratch);
}

static const sedge_fc_s8_kernel *choose_s8(uint32_t mask) {
    size_t i = 0;
    while (!SEDGE_KERNEL_FITS(kernels_s8[i]->cpu, mask))
        i++;
    return kernels_s8[i];
}

static sedge_status check_quant(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1);
    sedge_status st = sedge_op_want_quant(x, err);
    if (!st)
        st = sedge_op_want_quant(sedge_op_output(site, 0), err);
    if (st)
        return st;
    if (w->quant.count != 1 && (w->quant.axis != 0 || w->quant.count != (uint32_t)w->dims[0]))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have %u scales along dimension %u",
                          w->name, w->quant.count, w->quant.axis);
    for (uint32_t i = 0; w->quant.zero_points && i < w->quant.count; i++)
        if (w->quant.zero_points[i] != 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have zero point %d, 0 is needed",
                              w->name, w->quant.zero_points[i]);
    if (w->dims[1] > S8_IN_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%d inputs in int8, the limit is %d", w->dims[1], S8_IN_MAX);
    return SEDGE_OK;
}

/* one scale multiplies in float32, scales by row in float64: as the reference does */
double sedge_fully_connected_factor(const sedge_tensor *x, const sedge_tensor *w, const sedge_tensor *y, size_t row) {
    float product = x->quant.scales[0] * w->quant.scales[0];
    double y_scale = (double)y->quant.scales[0];
    return w->quant.count == 1 ? (double)product / y_scale
                               : (double)x->quant.scales[0] * (double)w->quant.scales[row] / y_scale;
}

sedge_status sedge_fully_connected_s8_rows(const sedge_op_site *site, int32_t x_offset, int32_t *bias,
                                           int32_t *multiplier, int32_t *shift, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *b = sedge_op_optional(site, 2);
    const int8_t *weights = w->data;
    const int32_t *values = b ? b->data : NULL;
    int64_t x_zero = (int64_t)sedge_zero_point(x) + x_offset;
    for (size_t o = 0; o < (size_t)w->dims[0]; o++) {
        int64_t sum = 0;
        for (int32_t i = 0; i < w->dims[1]; i++)
            sum += *weights++;
        bias[o] = (int32_t)((values ? (uint32_t)values[o] : 0) - (uint32_t)(x_zero * sum));
        sedge_factor f;
        if (!sedge_factor_of(sedge_fully_connected_factor(x, w, sedge_op_output(site, 0), o), &f))
            return sedge_fail(err, SEDGE_EUNSUPPORTED,
                              "row %zu: the scales of '%s' and '%s' are too far from the output's", o, x->name,
                              w->name);
        multiplier[o] = f.multiplier;
        shift[o] = f.shift;
    }
    return SEDGE_OK;
}

static sedge_status prepare_s8(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_status st = check_quant(site, err);
    if (st)
        return st;
    const sedge_tensor *x = sedge_op_input(site, 0), *w = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    size_t in = (size_t)w->dims[1], out = (size_t)w->dims[0], padded = sedge_fc_padded(out, SEDGE_FC_TILE);
    const sedge_fc_s8_kernel *kernel = choose_s8(site->cpu_mask);
    size_t packed_bytes = kernel->packed_bytes(in, out);
    prepared_s8 *d = sedge_pool_take(site->pool, 1, sizeof *d);
    void *packed = sedge_pool_take(site->pool, packed_bytes, 1);
    int32_t *rows = sedge_pool_take(site->pool, 3 * padded, sizeof *rows);
    if (!d || !packed || !rows)
        return sedge_op_no_memory(err);
    kernel->pack(in, out, w->data, packed);
    st = sedge_fully_connected_s8_rows(site, kernel->x_offset, rows, rows + padded, rows + 2 * padded, err);
    if (st)
        return st;
    sedge_range range = sedge_activation_range(site->op->activation, y);
    d->kernel = kernel;
    d->batch = sedge_op_elements(x) / in;
    d->p = (sedge_fc_s8){ (uint32_t)in,      (uint32_t)out,       packed,    rows,      rows + padded,
                          rows + 2 * padded, sedge_zero_point(y), range.low, range.high };
    *ret = (sedge_prepared){ .run = run_s8,
                             .data = d,
                             .kernel = kernel->name,
                             .packed_bytes = packed_bytes + 3 * padded * sizeof *rows,
                             .scratch_bytes = kernel->scratch_bytes(in),
                             .macs = (uint64_t)d->batch * in * out };
    return SEDGE_OK;
}

/* ---- float32 with weights of int8 ---- */

typedef struct prepared_hybrid {
    sedge_hybrid h;
    size_t batch;
} prepared_hybrid;

static void run_hybrid(const sedge_op_call *call) {
    const prepared_hybrid *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t i = 0; i < d->batch; i++, x += d->h.depth, y += d->h.out) {
        sedge_hybrid_range range = sedge_hybrid_quantize(x, d->h.depth, call->scratch);
        sedge_hybrid_row(&d->h, call->scratch, range, y);
    }
}

static sedge_status prepare_hybrid(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared_hybrid *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_hybrid_init(site, sedge_op_input(site, 1), sedge_op_optional(site, 2), &d->h, err);
    if (st)
        return st;
    d->batch = sedge_op_elements(sedge_op_input(site, 0)) / d->h.depth;
    *ret = (sedge_prepared){ .run = run_hybrid,
                             .data = d,
                             .kernel = "fully_connected_hybrid_scalar",
                             .packed_bytes = d->h.out * (sizeof(float) + sizeof(int32_t)),
                             .scratch_bytes = d->h.depth,
                             .macs = (uint64_t)d->batch * d->h.depth * d->h.out };
    return SEDGE_OK;
}

sedge_status sedge_op_fully_connected_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_dtype x = sedge_op_input(site, 0)->dtype;
    if (x == SEDGE_FLOAT32)
        return sedge_op_input(site, 1)->dtype == x ? prepare_f32(site, ret, err) : prepare_hybrid(site, ret, err);
    return x == SEDGE_INT8 ? prepare_s8(site, ret, err) : sedge_fully_connected_prepare_plain(site, ret, err);
}
