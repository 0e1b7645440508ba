/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PAD (x, pads, value or absent, axes or absent): a border before and after every dimension; a negative one cuts off.
 * Without a value constant borders are 0, of quantised tensors the zero point. The other modes repeat what is there,
 * over and over where the border is longer.
 *
 * The kept part of x is placed first. Then the borders are filled from the last dimension to the first, so that the
 * slabs which a dimension copies are complete in those behind it.
 */
#include <string.h>

#include "model/quant.h"
#include "ops/copy.h"
#include "ops/ops.h"
#include "ops/strided.h"

enum { ELEMENT_MAX = 8 };

typedef struct borders {
    int64_t before[SEDGE_RANK_MAX], after[SEDGE_RANK_MAX]; /* negative: cut off */
} borders;

typedef struct prepared {
    sedge_strided kept;
    uint32_t rank;
    sedge_pad_mode mode;
    bool has_value;
    size_t unit;
    size_t dims[SEDGE_RANK_MAX], before[SEDGE_RANK_MAX], n[SEDGE_RANK_MAX]; /* of y; the kept part begins and is long */
    size_t slab[SEDGE_RANK_MAX];                                            /* bytes of one step along a dimension */
    uint8_t fill[ELEMENT_MAX];
} prepared;

static sedge_status read_borders(const sedge_op_site *site, uint32_t rank, borders *ret, sedge_error *err) {
    int64_t pads[2 * SEDGE_RANK_MAX], axes[SEDGE_RANK_MAX];
    uint32_t n_pads, n = rank, axis, seen = 0;
    for (uint32_t i = 0; i < rank; i++)
        axes[i] = i;
    sedge_status st = sedge_op_constant_ints(site, 1, "the pads", 2 * SEDGE_RANK_MAX, pads, &n_pads, err);
    if (!st && sedge_op_optional(site, 3))
        st = sedge_op_constant_ints(site, 3, "the axes", SEDGE_RANK_MAX, axes, &n, err);
    if (!st && n_pads != 2 * n)
        st = sedge_fail(err, SEDGE_EINVALID, "%u pads for %u dimensions", n_pads, n);
    *ret = (borders){ 0 };
    for (uint32_t k = 0; !st && k < n; k++) {
        st = sedge_op_axis(axes[k], rank, &axis, err);
        if (st)
            return st;
        if (seen & UINT32_C(1) << axis)
            return sedge_fail(err, SEDGE_EINVALID, "axis %u is given twice", axis);
        seen |= UINT32_C(1) << axis;
        bool pairs = site->op->u.pad.pairs;
        ret->before[axis] = pads[pairs ? 2 * k : k];
        ret->after[axis] = pads[pairs ? 2 * k + 1 : n + k];
    }
    return st;
}

static int64_t cut_off(int64_t border) {
    return border < 0 ? -border : 0;
}

static sedge_status pad_dim(const borders *b, const sedge_tensor *x, uint32_t i, sedge_pad_mode mode, int32_t *ret,
                            sedge_error *err) {
    const int64_t before = b->before[i], after = b->after[i];
    bool fits = before > -INT32_MAX && before < INT32_MAX && after > -INT32_MAX && after < INT32_MAX;
    int64_t dim = fits ? x->dims[i] + before + after : 0,
            kept = fits ? x->dims[i] - cut_off(before) - cut_off(after) : -1;
    if (kept < 0 || dim < 0 || dim > INT32_MAX || (kept == 0 && dim > 0 && mode != SEDGE_PAD_CONSTANT))
        return sedge_fail(err, SEDGE_EINVALID, "borders %lld and %lld around dimension %u, which is %d",
                          (long long)before, (long long)after, i, x->dims[i]);
    *ret = (int32_t)dim;
    return SEDGE_OK;
}

sedge_status sedge_op_pad_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *value = sedge_op_optional(site, 2);
    sedge_tensor *y = sedge_op_output(site, 0);
    if ((unsigned)site->op->u.pad.mode >= SEDGE_PAD_MODES)
        return sedge_fail(err, SEDGE_EINVALID, "mode %u is unknown", (unsigned)site->op->u.pad.mode);
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st && value && value->dtype != x->dtype)
        st = sedge_op_bad_types(x, value, err);
    if (!st && value && sedge_op_elements(value) != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "the value '%s' has %zu elements", value->name, sedge_op_elements(value));
    borders b;
    if (!st)
        st = read_borders(site, x->rank, &b, err);
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; !st && i < x->rank; i++)
        st = pad_dim(&b, x, i, site->op->u.pad.mode, &dims[i], err);
    return st ? st : sedge_op_set_shape(y, x->rank, dims, err);
}

/* ---- run ---- */

static void fill_bytes(uint8_t *to, size_t n, const uint8_t *fill, size_t unit) {
    bool same = true;
    for (size_t i = 1; i < unit; i++)
        same = same && fill[i] == fill[0];
    if (same)
        memset(to, fill[0], n);
    else
        for (size_t i = 0; i < n; i += unit)
            memcpy(to + i, fill, unit);
}

/* where position p, counted from the kept part, takes its slab from */
static size_t source(sedge_pad_mode mode, ptrdiff_t p, ptrdiff_t n) {
    ptrdiff_t period = mode == SEDGE_PAD_WRAP ? n : mode == SEDGE_PAD_SYMMETRIC ? 2 * n : n > 1 ? 2 * (n - 1) : 1;
    if (mode == SEDGE_PAD_EDGE)
        return p < 0 ? 0 : (size_t)(n - 1);
    ptrdiff_t r = p % period < 0 ? p % period + period : p % period;
    ptrdiff_t mirrored = mode == SEDGE_PAD_SYMMETRIC ? period - 1 - r : period - r;
    return (size_t)(r < n ? r : mirrored);
}

static void copy_slabs(const prepared *d, uint32_t i, uint8_t *y, size_t first, size_t end) {
    const size_t slab = d->slab[i], before = d->before[i];
    for (size_t k = first; k < end; k++) {
        size_t from = source(d->mode, (ptrdiff_t)k - (ptrdiff_t)before, (ptrdiff_t)d->n[i]);
        memcpy(y + k * slab, y + (before + from) * slab, slab);
    }
}

/* the borders along dimension i of the row that begins at y */
static void fill_row(const prepared *d, uint32_t i, uint8_t *y, const uint8_t *fill) {
    const size_t slab = d->slab[i], before = d->before[i], behind = before + d->n[i];
    if (d->mode == SEDGE_PAD_CONSTANT) {
        fill_bytes(y, before * slab, fill, d->unit);
        fill_bytes(y + behind * slab, (d->dims[i] - behind) * slab, fill, d->unit);
        return;
    }
    copy_slabs(d, i, y, 0, before);
    copy_slabs(d, i, y, behind, d->dims[i]);
}

/* the borders along dimension i in all rows of the kept part */
static void fill_dimension(const prepared *d, uint32_t i, uint8_t *y, const uint8_t *fill) {
    size_t index[SEDGE_RANK_MAX] = { 0 }, at = 0;
    for (uint32_t k = 0; k < i; k++)
        at += d->before[k] * d->slab[k];
    for (;;) {
        fill_row(d, i, y + at, fill);
        uint32_t k = i;
        for (; k > 0; k--) {
            at += d->slab[k - 1];
            if (++index[k - 1] < d->n[k - 1])
                break;
            at -= d->n[k - 1] * d->slab[k - 1];
            index[k - 1] = 0;
        }
        if (k == 0)
            return;
    }
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint8_t *y = call->outputs[0];
    const uint8_t *fill = d->has_value ? call->inputs[2] : d->fill;
    bool empty = false;
    for (uint32_t i = 0; i < d->rank; i++)
        empty = empty || d->n[i] == 0;
    if (empty) {
        fill_bytes(y, d->dims[0] * d->slab[0], fill, d->unit);
        return;
    }
    sedge_strided_copy(&d->kept, call->inputs[0], y);
    for (uint32_t i = d->rank; i-- > 0;)
        fill_dimension(d, i, y, fill);
}

/* ---- preparation ---- */

static void fill_prepared(prepared *d, const sedge_tensor *x, const sedge_tensor *y, const borders *b) {
    ptrdiff_t from[SEDGE_RANK_MAX], to[SEDGE_RANK_MAX];
    sedge_strided_steps(x, from);
    sedge_strided_steps(y, to);
    d->rank = y->rank;
    d->unit = d->kept.unit = sedge_dtype_size(x->dtype);
    for (uint32_t i = 0; i < y->rank; i++) {
        d->dims[i] = (size_t)y->dims[i];
        d->before[i] = b->before[i] > 0 ? (size_t)b->before[i] : 0;
        d->n[i] = (size_t)(x->dims[i] - cut_off(b->before[i]) - cut_off(b->after[i]));
        d->slab[i] = (size_t)to[i];
        d->kept.from_start += (size_t)(cut_off(b->before[i]) * from[i]);
        d->kept.to_start += d->before[i] * d->slab[i];
        sedge_strided_add(&d->kept, d->n[i], from[i], to[i]);
    }
    sedge_strided_simplify(&d->kept);
    if (y->quant.count == 1)
        for (size_t i = 0; i < d->unit && i < sizeof d->fill; i++)
            d->fill[i] = (uint8_t)((uint64_t)(int64_t)sedge_zero_point(y) >> 8 * i);
}

sedge_status sedge_op_pad_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    borders b;
    sedge_status st = read_borders(site, x->rank, &b, err);
    if (!st && y->quant.count > 1)
        st = sedge_op_want_quant(y, err);
    if (st)
        return st;
    bool moves = false;
    for (uint32_t i = 0; i < x->rank; i++)
        moves = moves || b.before[i] != 0 || b.after[i] != 0;
    if (!moves)
        return sedge_view_prepare(site, ret, err);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->mode = site->op->u.pad.mode;
    d->has_value = sedge_op_optional(site, 2) != NULL;
    fill_prepared(d, x, y, &b);
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "pad", .macs = sedge_op_elements(y) };
    return SEDGE_OK;
}
