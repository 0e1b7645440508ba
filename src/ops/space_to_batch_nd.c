/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPACE_TO_BATCH_ND (x, block, pads): every position within blocks becomes a batch of its own, of x with a border of
 * zeros (of quantised tensors the zero point); BATCH_TO_SPACE_ND (x, block, crops): the other way, and a border is cut
 * off. Along spatial dimension j, place p of the wide tensor and place i of the batches of position k:
 * p = i * block[j] + k[j] - border[j].
 */
#include <string.h>

#include "model/quant.h"
#include "ops/ops.h"
#include "ops/strided.h"

enum { SPATIAL_MAX = SEDGE_RANK_MAX - 1 };

typedef struct blocks {
    uint32_t n; /* spatial dimensions */
    int64_t size[SPATIAL_MAX];
    int64_t before[SPATIAL_MAX], after[SPATIAL_MAX]; /* the border */
    int64_t positions;
} blocks;

typedef struct prepared {
    blocks b;
    bool to_batch;
    uint32_t rank;
    int64_t batch; /* of the wide tensor */
    int64_t wide[SPATIAL_MAX], deep[SPATIAL_MAX];
    ptrdiff_t in_wide[SEDGE_RANK_MAX], in_deep[SEDGE_RANK_MAX];
    size_t slab;        /* bytes behind the spatial dimensions */
    size_t bytes, unit; /* of the output */
    uint8_t fill[8];
} prepared;

static sedge_status read_blocks(const sedge_op_site *site, blocks *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int64_t border[2 * SPATIAL_MAX];
    uint32_t n_border;
    sedge_status st = sedge_op_constant_ints(site, 1, "the block", SPATIAL_MAX, ret->size, &ret->n, err);
    if (!st)
        st = sedge_op_constant_ints(site, 2, "the border", 2 * SPATIAL_MAX, border, &n_border, err);
    if (!st && (n_border != 2 * ret->n || ret->n + 1 > x->rank))
        st = sedge_fail(err, SEDGE_EINVALID, "%u sizes of a block and %u of the border for '%s' of rank %u", ret->n,
                        n_border, x->name, x->rank);
    ret->positions = 1;
    for (uint32_t j = 0; !st && j < ret->n; j++) {
        ret->before[j] = border[2 * j];
        ret->after[j] = border[2 * j + 1];
        bool fits = ret->size[j] >= 1 && ret->size[j] <= INT32_MAX / ret->positions && border[2 * j] >= 0 &&
                    border[2 * j + 1] >= 0 && border[2 * j] <= INT32_MAX && border[2 * j + 1] <= INT32_MAX;
        if (!fits)
            return sedge_fail(err, SEDGE_EINVALID, "a block of %lld with borders %lld and %lld in dimension %u",
                              (long long)ret->size[j], (long long)ret->before[j], (long long)ret->after[j], j + 1);
        ret->positions *= ret->size[j];
    }
    return st;
}

sedge_status sedge_op_space_to_batch_nd_shape(const sedge_op_site *site, sedge_error *err) {
    const bool to_batch = site->op->kind == SEDGE_OP_SPACE_TO_BATCH_ND;
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    blocks b;
    sedge_status st = read_blocks(site, &b, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (st)
        return st;
    int32_t dims[SEDGE_RANK_MAX];
    memcpy(dims, x->dims, sizeof dims);
    int64_t batch = to_batch ? dims[0] * b.positions : dims[0] / b.positions;
    bool fits = batch <= INT32_MAX && (to_batch || dims[0] % b.positions == 0);
    dims[0] = (int32_t)batch;
    for (uint32_t j = 0; fits && j < b.n; j++) {
        int64_t wide = to_batch ? x->dims[j + 1] + b.before[j] + b.after[j]
                                : x->dims[j + 1] * b.size[j] - b.before[j] - b.after[j];
        int64_t dim = to_batch ? wide / b.size[j] : wide;
        fits = wide >= 0 && dim <= INT32_MAX && (!to_batch || wide % b.size[j] == 0);
        dims[j + 1] = (int32_t)dim;
    }
    if (!fits)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' cannot be divided into these blocks", x->name);
    return sedge_op_set_shape(y, x->rank, dims, err);
}

/* first place i of the batches for which i * size + k - before is not less than `place` */
static int64_t first_at(const blocks *b, uint32_t j, int64_t k, int64_t place) {
    int64_t v = place + b->before[j] - k;
    return v > 0 ? (v + b->size[j] - 1) / b->size[j] : 0;
}

/* one position within the blocks, k[0] ... k[n - 1], the at-th */
static void copy_position(const prepared *d, const int64_t *k, int64_t at, const void *x, void *y) {
    sedge_strided s = { .unit = d->slab };
    size_t wide = 0, deep = (size_t)(at * d->batch) * (size_t)d->in_deep[0];
    sedge_strided_add(&s, (size_t)d->batch, d->in_wide[0], d->in_deep[0]);
    for (uint32_t j = 0; j < d->b.n; j++) {
        int64_t first = first_at(&d->b, j, k[j], 0), end = first_at(&d->b, j, k[j], d->wide[j]);
        end = end < d->deep[j] ? end : d->deep[j];
        if (first >= end)
            return;
        wide += (size_t)(first * d->b.size[j] + k[j] - d->b.before[j]) * (size_t)d->in_wide[j + 1];
        deep += (size_t)first * (size_t)d->in_deep[j + 1];
        sedge_strided_add(&s, (size_t)(end - first), d->in_wide[j + 1] * d->b.size[j], d->in_deep[j + 1]);
    }
    s.from_start = d->to_batch ? wide : deep;
    s.to_start = d->to_batch ? deep : wide;
    for (uint32_t i = 0; !d->to_batch && i < s.rank; i++) {
        ptrdiff_t step = s.from_step[i];
        s.from_step[i] = s.to_step[i];
        s.to_step[i] = step;
    }
    sedge_strided_simplify(&s);
    sedge_strided_copy(&s, x, y);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint8_t *y = call->outputs[0];
    for (size_t i = 0; d->to_batch && i < d->bytes; i += d->unit)
        memcpy(y + i, d->fill, d->unit);
    int64_t k[SPATIAL_MAX] = { 0 };
    for (int64_t at = 0; at < d->b.positions; at++) {
        copy_position(d, k, at, call->inputs[0], y);
        for (uint32_t j = d->b.n; j-- > 0 && ++k[j] == d->b.size[j];)
            k[j] = 0;
    }
}

sedge_status sedge_op_space_to_batch_nd_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const bool to_batch = site->op->kind == SEDGE_OP_SPACE_TO_BATCH_ND;
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    const sedge_tensor *wide = to_batch ? x : y, *deep = to_batch ? y : x;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = read_blocks(site, &d->b, err);
    if (st)
        return st;
    d->to_batch = to_batch;
    d->rank = x->rank;
    d->batch = wide->dims[0];
    sedge_strided_steps(wide, d->in_wide);
    sedge_strided_steps(deep, d->in_deep);
    for (uint32_t j = 0; j < d->b.n; j++) {
        d->wide[j] = wide->dims[j + 1];
        d->deep[j] = deep->dims[j + 1];
    }
    d->slab = (size_t)d->in_wide[d->b.n];
    d->bytes = y->size_bytes;
    d->unit = sedge_dtype_size(y->dtype);
    if (y->quant.count == 1)
        for (size_t i = 0; i < d->unit; i++)
            d->fill[i] = (uint8_t)((uint64_t)(int64_t)sedge_zero_point(y) >> 8 * i);
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = to_batch ? "space_to_batch_nd" : "batch_to_space_nd",
                             .macs = sedge_op_elements(y) + (uint64_t)d->b.positions };
    return SEDGE_OK;
}
