/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a tensor, along every dimension a start, a step and a count. Three ways to say it:
 * - SLICE (x, begin, size): size -1 is what is left;
 * - STRIDED_SLICE (x, begin, end, strides) with TensorFlow's masks;
 * - SLICE_AXES (x, starts, ends, axes or absent, steps or absent), as ONNX has it.
 * Starts and ends are those of Python: negative ones count from the end, and they are clamped.
 */
#include <string.h>

#include "ops/ops.h"
#include "ops/strided.h"

enum { SPECS_MAX = 32 }; /* entries of a STRIDED_SLICE: bits of its masks */

#define FAR (INT64_C(1) << 40) /* beyond every dimension */

/* of input dimension i: start[i] + k * step[i] for 0 <= k < n[i] */
typedef struct cut {
    int64_t start[SEDGE_RANK_MAX], step[SEDGE_RANK_MAX], n[SEDGE_RANK_MAX];
    uint32_t rank; /* of the output */
    int32_t dims[SEDGE_RANK_MAX];
} cut;

typedef sedge_status cut_fn(const sedge_op_site *site, const sedge_tensor *x, cut *ret, sedge_error *err);

static void keep_all(const sedge_tensor *x, cut *c) {
    *c = (cut){ .rank = x->rank };
    for (uint32_t i = 0; i < x->rank; i++) {
        c->step[i] = 1;
        c->n[i] = c->dims[i] = x->dims[i];
    }
}

static int64_t clamp(int64_t v, int64_t low, int64_t high) {
    return v < low ? low : v > high ? high : v;
}

/* an absolute position from one that may count from the end; INT64_MIN and INT64_MAX mean the ends */
static int64_t place(int64_t v, int64_t dim, int64_t step) {
    int64_t absolute = v < 0 && v != INT64_MIN ? v + dim : v;
    return step > 0 ? clamp(absolute, 0, dim) : clamp(absolute, -1, dim - 1);
}

/* start and end are places or, with *_open, absent */
static sedge_status cut_range(cut *c, uint32_t i, int64_t dim, const int64_t range[3], bool start_open, bool end_open,
                              sedge_error *err) {
    const int64_t step = range[2];
    if (step == 0 || step < -INT32_MAX || step > INT32_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "the step along dimension %u is %lld", i, (long long)step);
    int64_t start = place(start_open ? (step > 0 ? INT64_MIN : INT64_MAX) : range[0], dim, step);
    int64_t end = place(end_open ? (step > 0 ? INT64_MAX : INT64_MIN) : range[1], dim, step);
    int64_t span = step > 0 ? end - start : start - end, stride = step > 0 ? step : -step;
    c->start[i] = start;
    c->step[i] = step;
    c->n[i] = span > 0 ? (span + stride - 1) / stride : 0;
    return SEDGE_OK;
}

/* ---- SLICE ---- */

static sedge_status cut_begin_size(const sedge_op_site *site, const sedge_tensor *x, cut *ret, sedge_error *err) {
    int64_t begin[SEDGE_RANK_MAX], size[SEDGE_RANK_MAX];
    uint32_t n_begin, n_size;
    sedge_status st = sedge_op_constant_ints(site, 1, "the begins", SEDGE_RANK_MAX, begin, &n_begin, err);
    if (!st)
        st = sedge_op_constant_ints(site, 2, "the sizes", SEDGE_RANK_MAX, size, &n_size, err);
    if (!st && (n_begin != x->rank || n_size != x->rank))
        st = sedge_fail(err, SEDGE_EINVALID, "%u begins and %u sizes for rank %u", n_begin, n_size, x->rank);
    if (st)
        return st;
    keep_all(x, ret);
    for (uint32_t i = 0; i < x->rank; i++) {
        int64_t dim = x->dims[i], left = begin[i] < 0 || begin[i] > dim ? -1 : dim - begin[i];
        int64_t n = size[i] == -1 ? left : size[i];
        if (n < 0 || n > left)
            return sedge_fail(err, SEDGE_EINVALID, "begin %lld and size %lld of dimension %u, which is %d",
                              (long long)begin[i], (long long)size[i], i, x->dims[i]);
        ret->start[i] = begin[i];
        ret->n[i] = ret->dims[i] = (int32_t)n;
    }
    return SEDGE_OK;
}

/* ---- STRIDED_SLICE ---- */

typedef struct specs {
    uint32_t n;
    int64_t begin[SPECS_MAX], end[SPECS_MAX], stride[SPECS_MAX];
} specs;

static sedge_status read_specs(const sedge_op_site *site, specs *s, sedge_error *err) {
    uint32_t n_end, n_stride;
    sedge_status st = sedge_op_constant_ints(site, 1, "the begins", SPECS_MAX, s->begin, &s->n, err);
    if (!st)
        st = sedge_op_constant_ints(site, 2, "the ends", SPECS_MAX, s->end, &n_end, err);
    if (!st)
        st = sedge_op_constant_ints(site, 3, "the strides", SPECS_MAX, s->stride, &n_stride, err);
    if (!st && (n_end != s->n || n_stride != s->n))
        st = sedge_fail(err, SEDGE_EINVALID, "%u begins, %u ends and %u strides", s->n, n_end, n_stride);
    return st;
}

static sedge_status add_dim(cut *c, int64_t n, sedge_error *err) {
    if (c->rank == SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %d dimensions", SEDGE_RANK_MAX);
    c->dims[c->rank++] = (int32_t)n;
    return SEDGE_OK;
}

static bool bit(int32_t mask, uint32_t i) {
    return ((uint32_t)mask >> i & 1) != 0;
}

/* one entry that is about input dimension i */
static sedge_status cut_spec(const sedge_op *op, const specs *s, uint32_t k, const sedge_tensor *x, uint32_t i,
                             cut *ret, sedge_error *err) {
    const int64_t dim = x->dims[i], begin = s->begin[k];
    const bool start_open = bit(op->u.strided_slice.begin_mask, k);
    if (bit(op->u.strided_slice.shrink_axis_mask, k)) {
        int64_t at = start_open ? 0 : begin < 0 ? begin + dim : begin;
        if (at < 0 || at >= dim)
            return sedge_fail(err, SEDGE_EINVALID, "index %lld of dimension %u, which is %d", (long long)begin, i,
                              x->dims[i]);
        ret->start[i] = at;
        ret->n[i] = ret->step[i] = 1;
        return SEDGE_OK;
    }
    const int64_t range[] = { begin,
                              op->u.strided_slice.offset ? clamp(begin, -FAR, FAR) + clamp(s->end[k], -FAR, FAR)
                                                         : s->end[k],
                              s->stride[k] };
    sedge_status st = cut_range(ret, i, dim, range, start_open, bit(op->u.strided_slice.end_mask, k), err);
    return st ? st : add_dim(ret, ret->n[i], err);
}

/* the input dimensions that an ellipsis stands for */
static uint32_t count_open(const sedge_op *op, const specs *s, uint32_t rank) {
    uint32_t named = 0;
    for (uint32_t k = 0; k < s->n; k++)
        named += !bit(op->u.strided_slice.ellipsis_mask, k) && !bit(op->u.strided_slice.new_axis_mask, k);
    return named < rank ? rank - named : 0;
}

static sedge_status cut_strided(const sedge_op_site *site, const sedge_tensor *x, cut *ret, sedge_error *err) {
    const sedge_op *op = site->op;
    specs s;
    sedge_status st = read_specs(site, &s, err);
    if (st)
        return st;
    keep_all(x, ret);
    ret->rank = 0;
    uint32_t i = 0, open = count_open(op, &s, x->rank);
    bool seen = false;
    for (uint32_t k = 0; !st && k < s.n; k++) {
        if (bit(op->u.strided_slice.ellipsis_mask, k)) {
            if (seen)
                return sedge_fail(err, SEDGE_EINVALID, "more than one ellipsis");
            seen = true;
            for (uint32_t o = 0; !st && o < open; o++)
                st = add_dim(ret, x->dims[i++], err);
        } else if (bit(op->u.strided_slice.new_axis_mask, k)) {
            st = add_dim(ret, 1, err);
        } else if (i == x->rank) {
            return sedge_fail(err, SEDGE_EINVALID, "entry %u of a slice of rank %u", k, x->rank);
        } else {
            st = cut_spec(op, &s, k, x, i++, ret, err);
        }
    }
    for (; !st && i < x->rank; i++)
        st = add_dim(ret, x->dims[i], err);
    return st;
}

/* ---- SLICE_AXES ---- */

static sedge_status read_list(const sedge_op_site *site, uint32_t input, const char *what, uint32_t n, int64_t *ret,
                              sedge_error *err) {
    uint32_t found;
    if (!sedge_op_optional(site, input))
        return SEDGE_OK;
    sedge_status st = sedge_op_constant_ints(site, input, what, SEDGE_RANK_MAX, ret, &found, err);
    if (!st && found != n)
        st = sedge_fail(err, SEDGE_EINVALID, "%u values in %s, tensor '%s', %u are needed", found, what,
                        sedge_op_input(site, input)->name, n);
    return st;
}

static sedge_status cut_axes(const sedge_op_site *site, const sedge_tensor *x, cut *ret, sedge_error *err) {
    int64_t starts[SEDGE_RANK_MAX], ends[SEDGE_RANK_MAX], axes[SEDGE_RANK_MAX], steps[SEDGE_RANK_MAX];
    uint32_t n, seen = 0, axis;
    for (uint32_t k = 0; k < SEDGE_RANK_MAX; k++) {
        axes[k] = k;
        steps[k] = 1;
    }
    sedge_status st = sedge_op_constant_ints(site, 1, "the starts", SEDGE_RANK_MAX, starts, &n, err);
    if (!st)
        st = read_list(site, 2, "the ends", n, ends, err);
    if (!st)
        st = read_list(site, 3, "the axes", n, axes, err);
    if (!st)
        st = read_list(site, 4, "the steps", n, steps, err);
    keep_all(x, ret);
    for (uint32_t k = 0; !st && k < n; k++) {
        st = sedge_op_axis(axes[k], x->rank, &axis, err);
        if (st)
            return st;
        if (seen & UINT32_C(1) << axis)
            return sedge_fail(err, SEDGE_EINVALID, "axis %u is given twice", axis);
        seen |= UINT32_C(1) << axis;
        const int64_t range[] = { starts[k], ends[k], steps[k] };
        st = cut_range(ret, axis, x->dims[axis], range, false, false, err);
        ret->dims[axis] = (int32_t)ret->n[axis];
    }
    return st;
}

/* ---- all of them ---- */

static sedge_status shape(const sedge_op_site *site, cut_fn *read, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    cut c;
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = read(site, x, &c, err);
    return st ? st : sedge_op_set_shape(y, c.rank, c.dims, err);
}

static sedge_status prepare(const sedge_op_site *site, cut_fn *read, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    cut c;
    sedge_status st = read(site, x, &c, err);
    if (st)
        return st;
    ptrdiff_t from[SEDGE_RANK_MAX];
    sedge_strided_steps(x, from);
    sedge_strided s = { .unit = sedge_dtype_size(x->dtype) };
    size_t step = s.unit;
    for (uint32_t i = x->rank; i-- > 0; step *= (size_t)c.n[i]) {
        s.from_start += (size_t)(from[i] * c.start[i]);
        s.dims[i] = (size_t)c.n[i];
        s.from_step[i] = (ptrdiff_t)(from[i] * c.step[i]);
        s.to_step[i] = (ptrdiff_t)step;
    }
    s.rank = x->rank;
    return sedge_strided_prepare(site, &s, "slice", ret, err);
}

sedge_status sedge_op_slice_shape(const sedge_op_site *site, sedge_error *err) {
    return shape(site, cut_begin_size, err);
}

sedge_status sedge_op_slice_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return prepare(site, cut_begin_size, ret, err);
}

sedge_status sedge_op_strided_slice_shape(const sedge_op_site *site, sedge_error *err) {
    return shape(site, cut_strided, err);
}

sedge_status sedge_op_strided_slice_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return prepare(site, cut_strided, ret, err);
}

sedge_status sedge_op_slice_axes_shape(const sedge_op_site *site, sedge_error *err) {
    return shape(site, cut_axes, err);
}

sedge_status sedge_op_slice_axes_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return prepare(site, cut_axes, ret, err);
}
