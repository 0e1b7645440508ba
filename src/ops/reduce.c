/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reductions over axes: input 1 holds them as constant integers; none means all (or, with u.reduce.noop, nothing).
 * Sums run over the input in ascending order, in double or int64. Quantised SUM and MEAN are those of the reference
 * kernels of TensorFlow Lite Micro, which fold 1 / n into the factor; MAX and MIN compare the bytes.
 */
#include <math.h>

#include "base/checked.h"
#include "base/exact_math.h"
#include "base/own.h"
#include "model/quant.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef double step_f64(double so_far, double x, double shift);
typedef int64_t step_i64(int64_t so_far, int64_t x);
typedef double end_f64(double sum, double n);

typedef struct reduction {
    uint8_t kind;
    double first;
    step_f64 *f64;
    end_f64 *end;
    int64_t first_i64;
    step_i64 *i64; /* NULL: integers go through double */
    bool quantized;
} reduction;

/* the input's dimensions in turns kept and reduced: kept ones are walked outside, reduced ones inside */
typedef struct walk {
    uint32_t rank;
    size_t dims[SEDGE_RANK_MAX], steps[SEDGE_RANK_MAX];
    size_t n;
} walk;

typedef struct prepared {
    const reduction *op;
    sedge_dtype x, y;
    walk kept, reduced; /* without `inner`, the last run of kept dimensions, and `line`, of reduced ones */
    size_t inner, line; /* one of them is 1 */
    size_t count;       /* elements reduced into one */
    sedge_factor factor;
    int32_t x_zero, y_zero;
    sedge_range range;
} prepared;

/* ---- arithmetic ---- */

static double step_sum(double s, double x, double shift) {
    (void)shift;
    return s + x;
}
static double step_prod(double s, double x, double shift) {
    (void)shift;
    return s * x;
}
static double step_max(double s, double x, double shift) {
    (void)shift;
    return x > s || x != x ? x : s;
}
static double step_min(double s, double x, double shift) {
    (void)shift;
    return x < s || x != x ? x : s;
}
static double step_l1(double s, double x, double shift) {
    (void)shift;
    return s + (x < 0 ? -x : x);
}
static double step_square(double s, double x, double shift) {
    (void)shift;
    return s + x * x;
}
static double step_exp(double s, double x, double shift) {
    return s + sedge_exp(x - shift);
}
static double end_same(double s, double n) {
    (void)n;
    return s;
}
static double end_mean(double s, double n) {
    return s / n;
}
static double end_sqrt(double s, double n) {
    (void)n;
    return sqrt(s);
}
static double end_log(double s, double n) {
    (void)n;
    return sedge_log(s);
}
static int64_t sum_i64(int64_t s, int64_t x) {
    return (int64_t)((uint64_t)s + (uint64_t)x);
}
static int64_t prod_i64(int64_t s, int64_t x) {
    return (int64_t)((uint64_t)s * (uint64_t)x);
}
static int64_t max_i64(int64_t s, int64_t x) {
    return x > s ? x : s;
}
static int64_t min_i64(int64_t s, int64_t x) {
    return x < s ? x : s;
}
static int64_t l1_i64(int64_t s, int64_t x) {
    return sum_i64(s, x < 0 ? (int64_t)(0 - (uint64_t)x) : x);
}
static int64_t square_i64(int64_t s, int64_t x) {
    return sum_i64(s, prod_i64(x, x));
}

static const reduction reductions[] = {
    { SEDGE_OP_SUM, 0, step_sum, end_same, 0, sum_i64, true },
    { SEDGE_OP_MEAN, 0, step_sum, end_mean, 0, sum_i64, true },
    { SEDGE_OP_REDUCE_PROD, 1, step_prod, end_same, 1, prod_i64, false },
    { SEDGE_OP_REDUCE_MAX, (double)-INFINITY, step_max, end_same, INT64_MIN, max_i64, true },
    { SEDGE_OP_REDUCE_MIN, (double)INFINITY, step_min, end_same, INT64_MAX, min_i64, true },
    { SEDGE_OP_REDUCE_L1, 0, step_l1, end_same, 0, l1_i64, false },
    { SEDGE_OP_REDUCE_L2, 0, step_square, end_sqrt, 0, NULL, false },
    { SEDGE_OP_REDUCE_LOG_SUM, 0, step_sum, end_log, 0, NULL, false },
    { SEDGE_OP_REDUCE_LOG_SUM_EXP, 0, step_exp, end_log, 0, NULL, false },
    { SEDGE_OP_REDUCE_SUM_SQUARE, 0, step_square, end_same, 0, square_i64, false },
    { SEDGE_OP_REDUCE_ANY, 0, NULL, NULL, 0, max_i64, false },
    { SEDGE_OP_REDUCE_ALL, 0, NULL, NULL, 1, min_i64, false },
};

static const reduction *find(sedge_op_kind kind) {
    const reduction *r = reductions;
    while (r->kind != (uint8_t)kind)
        r++;
    return r;
}

/* ---- run ---- */

/* the place of element i of a walk */
static size_t place(const walk *w, size_t i) {
    size_t at = 0;
    for (uint32_t d = w->rank; d-- > 0; i /= w->dims[d])
        at += i % w->dims[d] * w->steps[d];
    return at;
}

static void add_f64(const prepared *d, step_f64 *step, const void *x, size_t at, size_t n, double *sums,
                    const double *shifts) {
    double block[SEDGE_BLOCK];
    for (size_t r = 0; r < d->reduced.n; r++) {
        size_t base = at + place(&d->reduced, r);
        if (d->line == 1) {
            sedge_load_f64(d->x, x, base, 1, n, block);
            for (size_t i = 0; i < n; i++)
                sums[i] = step(sums[i], block[i], shifts[i]);
            continue;
        }
        for (size_t k = 0; k < d->line; k += SEDGE_BLOCK) {
            size_t m = d->line - k < SEDGE_BLOCK ? d->line - k : SEDGE_BLOCK;
            sedge_load_f64(d->x, x, base + k, 1, m, block);
            for (size_t i = 0; i < m; i++)
                sums[0] = step(sums[0], block[i], shifts[0]);
        }
    }
}

static void add_i64(const prepared *d, const void *x, size_t at, size_t n, int64_t *sums) {
    int64_t block[SEDGE_BLOCK];
    for (size_t r = 0; r < d->reduced.n; r++) {
        size_t base = at + place(&d->reduced, r);
        if (d->line == 1) {
            sedge_load_i64(d->x, x, base, 1, n, block);
            for (size_t i = 0; i < n; i++)
                sums[i] = d->op->i64(sums[i], block[i]);
            continue;
        }
        for (size_t k = 0; k < d->line; k += SEDGE_BLOCK) {
            size_t m = d->line - k < SEDGE_BLOCK ? d->line - k : SEDGE_BLOCK;
            sedge_load_i64(d->x, x, base + k, 1, m, block);
            for (size_t i = 0; i < m; i++)
                sums[0] = d->op->i64(sums[0], block[i]);
        }
    }
}

static void fill(double *x, size_t n, double value) {
    for (size_t i = 0; i < n; i++)
        x[i] = value;
}

/* n outputs from element `out` on, whose inputs begin at `at` */
static void block_f64(const prepared *d, const sedge_op_call *call, size_t at, size_t out, size_t n) {
    double sums[SEDGE_BLOCK], shifts[SEDGE_BLOCK] = { 0 };
    if (d->op->f64 == step_exp) { /* by way of the largest, so that nothing overflows */
        double largest[SEDGE_BLOCK];
        fill(largest, n, (double)-INFINITY);
        add_f64(d, step_max, call->inputs[0], at, n, largest, shifts);
        for (size_t i = 0; i < n; i++)
            shifts[i] = largest[i] - largest[i] == 0 ? largest[i] : 0;
    }
    fill(sums, n, d->op->first);
    add_f64(d, d->op->f64, call->inputs[0], at, n, sums, shifts);
    for (size_t i = 0; i < n; i++)
        sums[i] = d->op->end(sums[i], (double)d->count) + shifts[i];
    sedge_store_f64(d->y, call->outputs[0], out, n, sums);
}

static int64_t scaled(const prepared *d, int64_t sum) {
    int64_t moved = sum - d->x_zero * (int64_t)d->count;
    int64_t v = (int64_t)sedge_scale((int32_t)moved, d->factor) + d->y_zero;
    return v < d->range.low ? d->range.low : v > d->range.high ? d->range.high : v;
}

static void block_i64(const prepared *d, const sedge_op_call *call, size_t at, size_t out, size_t n) {
    int64_t sums[SEDGE_BLOCK];
    for (size_t i = 0; i < n; i++)
        sums[i] = d->op->first_i64;
    add_i64(d, call->inputs[0], at, n, sums);
    for (size_t i = 0; i < n; i++) {
        if (d->factor.multiplier)
            sums[i] = scaled(d, sums[i]);
        else if (d->op->kind == SEDGE_OP_MEAN)
            sums[i] /= (int64_t)d->count;
    }
    sedge_store_i64(d->y, call->outputs[0], out, n, sums);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    bool integers = !sedge_is_float(d->x) && d->op->i64;
    for (size_t k = 0; k < d->kept.n; k++) {
        size_t base = place(&d->kept, k);
        for (size_t i = 0; i < d->inner; i += SEDGE_BLOCK) {
            size_t n = d->inner - i < SEDGE_BLOCK ? d->inner - i : SEDGE_BLOCK;
            if (integers)
                block_i64(d, call, base + i, k * d->inner + i, n);
            else
                block_f64(d, call, base + i, k * d->inner + i, n);
        }
    }
}

/* ---- shape ---- */

static bool is_quantized(const sedge_tensor *t) {
    return (t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8 || t->dtype == SEDGE_INT16) && t->quant.count;
}

static sedge_status find_axes(const sedge_op_site *site, bool *reduced, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int64_t axes[SEDGE_RANK_MAX];
    uint32_t n = 0;
    sedge_status st = SEDGE_OK;
    if (sedge_op_optional(site, 1))
        st = sedge_op_constant_ints(site, 1, "the axes", SEDGE_RANK_MAX, axes, &n, err);
    for (uint32_t i = 0; i < x->rank; i++)
        reduced[i] = n == 0 && !site->op->u.reduce.noop;
    for (uint32_t i = 0; !st && i < n; i++) {
        uint32_t axis;
        st = sedge_op_axis(axes[i], x->rank, &axis, err);
        if (!st)
            reduced[axis] = true;
    }
    return st;
}

static sedge_status check_types(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const reduction *r = find(site->op->kind);
    if (sedge_op_elements(x) == 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has no elements", x->name);
    bool logical = !r->f64;
    bool fits = logical ? x->dtype == SEDGE_BOOL : sedge_is_float(x->dtype) || sedge_is_integer(x->dtype);
    if (is_quantized(x))
        fits = r->quantized;
    if (x->dtype == SEDGE_UINT64 && (r->i64 == max_i64 || r->i64 == min_i64))
        fits = false;
    if (!fits)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' of type %s is not supported", x->name,
                          sedge_dtype_name(x->dtype));
    return is_quantized(x) ? sedge_op_want_quant(x, err) : SEDGE_OK;
}

sedge_status sedge_op_reduce_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    bool reduced[SEDGE_RANK_MAX];
    sedge_status st = check_types(site, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (!st)
        st = find_axes(site, reduced, err);
    if (!st && is_quantized(x))
        st = sedge_op_want_quant(y, err);
    int32_t dims[SEDGE_RANK_MAX];
    uint32_t rank = 0;
    for (uint32_t i = 0; !st && i < x->rank; i++)
        if (!reduced[i] || site->op->u.reduce.keep_dims)
            dims[rank++] = reduced[i] ? 1 : x->dims[i];
    return st ? st : sedge_op_set_shape(y, rank, dims, err);
}

/* ---- preparation ---- */

static void add_dim(walk *w, size_t dim, size_t step) {
    w->dims[w->rank] = dim;
    w->steps[w->rank++] = step;
    w->n *= dim;
}

static void plan(prepared *d, const sedge_tensor *x, const bool *reduced) {
    size_t step[SEDGE_RANK_MAX], all = 1;
    for (uint32_t i = x->rank; i-- > 0; all *= (size_t)x->dims[i])
        step[i] = all;
    d->kept.n = d->reduced.n = d->inner = d->line = 1;
    uint32_t last = x->rank;
    while (last > 0 && x->dims[last - 1] == 1)
        last--;
    uint32_t first = last;
    for (; first > 0 && reduced[first - 1] == reduced[last - 1]; first--) {
        if (reduced[first - 1])
            d->line *= (size_t)x->dims[first - 1];
        else
            d->inner *= (size_t)x->dims[first - 1];
    }
    for (uint32_t i = 0; i < first; i++)
        add_dim(reduced[i] ? &d->reduced : &d->kept, (size_t)x->dims[i], step[i]);
    d->count = d->reduced.n * d->line;
}

static sedge_status fold_count(prepared *d, const sedge_tensor *x, const sedge_tensor *y, bool mean, sedge_error *err) {
    if (!sedge_factor_of((double)x->quant.scales[0] / (double)y->quant.scales[0], &d->factor) ||
        d->factor.multiplier == 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s' and '%s' are too far apart", x->name, y->name);
    int32_t most = INT32_MAX >> 8 * sedge_dtype_size(x->dtype);
    if (d->count > (size_t)most)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu quantised values in one sum, the limit is %d", d->count, most);
    if (!mean)
        return SEDGE_OK;
    int32_t shift = 0;
    while (d->count >> (shift + 1))
        shift++;
    shift = shift < 31 + d->factor.shift ? shift : 31 + d->factor.shift;
    d->factor.multiplier = (int32_t)(((int64_t)d->factor.multiplier * (INT64_C(1) << shift)) / (int64_t)d->count);
    d->factor.shift -= shift;
    return SEDGE_OK;
}

static sedge_status prepare_quant(prepared *d, const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    d->x_zero = sedge_zero_point(x);
    d->y_zero = sedge_zero_point(y);
    d->range = sedge_dtype_range(y->dtype);
    sedge_op_kind kind = site->op->kind;
    if (kind == SEDGE_OP_SUM || kind == SEDGE_OP_MEAN)
        return fold_count(d, x, y, kind == SEDGE_OP_MEAN, err);
    if (x->quant.scales[0] != y->quant.scales[0] || d->x_zero != d->y_zero)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' and '%s' differ in scale or zero point", x->name, y->name);
    return SEDGE_OK;
}

sedge_status sedge_op_reduce_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    bool reduced[SEDGE_RANK_MAX];
    sedge_status st = find_axes(site, reduced, err);
    if (st)
        return st;
    d->op = find(site->op->kind);
    d->x = x->dtype;
    d->y = y->dtype;
    plan(d, x, reduced);
    if (is_quantized(x))
        st = prepare_quant(d, site, err);
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "reduce_scalar", .macs = sedge_op_elements(x) };
    return st;
}
