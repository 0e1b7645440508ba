/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EINSUM (inputs): sums of products as an equation says it: "ij,jk->ik". A letter names a dimension, the same letter
 * the same dimension; letters that the result has not are summed over. An ellipsis stands for the dimensions that have
 * no letter, aligned at the right. Dimensions of 1 stretch. Without "->" the result has the ellipsis, then the letters
 * that occur once, in alphabetical order. Sums are computed in float64 or int64, in ascending order.
 */
#include <string.h>

#include "base/checked.h"
#include "ops/numbers.h"
#include "ops/ops.h"

enum { LETTERS = 52, LABELS = LETTERS + SEDGE_RANK_MAX, INPUTS_MAX = 8, LOOPS_MAX = 3 * SEDGE_RANK_MAX };

/* labels 0 to 51 are letters, LETTERS + k is dimension k from the right of an ellipsis */
typedef struct term {
    uint32_t n;
    uint8_t labels[SEDGE_RANK_MAX];
} term;

typedef struct equation {
    uint32_t n_inputs;
    term inputs[INPUTS_MAX], result;
    int32_t dims[LABELS];
    uint8_t uses[LABELS];
    uint32_t ellipsis; /* most dimensions that an ellipsis stands for */
    bool has_ellipsis;
} equation;

typedef struct prepared {
    uint32_t n_inputs, n_outer, n_loops; /* the outer loops are over the result */
    sedge_dtype dtype;
    size_t n; /* elements of the result */
    size_t dims[LOOPS_MAX];
    size_t steps[INPUTS_MAX][LOOPS_MAX]; /* in elements */
} prepared;

/* the next character that is no space; 0 at the end */
static char next(const sedge_op *op, uint32_t *at) {
    while (*at < op->u.einsum.n && op->u.einsum.text[*at] == ' ')
        ++*at;
    return *at < op->u.einsum.n ? op->u.einsum.text[(*at)++] : 0;
}

static bool letter(char c, uint8_t *ret) {
    bool large = c >= 'A' && c <= 'Z', small = c >= 'a' && c <= 'z';
    *ret = (uint8_t)(large ? c - 'A' : small ? 26 + c - 'a' : 0);
    return large || small;
}

static sedge_status add_label(term *t, uint8_t label, sedge_error *err) {
    if (t->n == SEDGE_RANK_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a term of the equation with more than %d dimensions", SEDGE_RANK_MAX);
    t->labels[t->n++] = label;
    return SEDGE_OK;
}

static sedge_status bad(const sedge_op *op, sedge_error *err) {
    const uint32_t n = op->u.einsum.n < 80 ? op->u.einsum.n : 80;
    return sedge_fail(err, SEDGE_EINVALID, "the equation '%.*s' does not fit its %u inputs", (int)n,
                      n ? op->u.einsum.text : "", op->n_inputs);
}

/* the labels up to a comma, an arrow or the end, which is *ret_end; dots stands for the ellipsis, dims of them */
static sedge_status read_term(const sedge_op *op, uint32_t *at, uint32_t dims, term *ret, bool *ret_dots, char *ret_end,
                              sedge_error *err) {
    sedge_status st = SEDGE_OK;
    *ret = (term){ 0 };
    *ret_dots = false;
    for (;;) {
        uint8_t label;
        char c = next(op, at);
        if (letter(c, &label)) {
            st = add_label(ret, label, err);
        } else if (c == '.' && !*ret_dots && next(op, at) == '.' && next(op, at) == '.') {
            *ret_dots = true;
            for (uint32_t k = dims; !st && k-- > 0;)
                st = add_label(ret, (uint8_t)(LETTERS + k), err);
        } else if (c == 0 || c == ',' || (c == '-' && next(op, at) == '>')) {
            *ret_end = c;
            return SEDGE_OK;
        } else {
            return bad(op, err);
        }
        if (st)
            return st;
    }
}

static sedge_status settle_term(const sedge_op *op, const term *t, const sedge_tensor *x, equation *e,
                                sedge_error *err) {
    if (t->n != x->rank)
        return bad(op, err);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        const uint8_t l = t->labels[i];
        if (e->dims[l] != x->dims[i] && e->dims[l] != 1 && x->dims[i] != 1 && e->dims[l] != 0)
            return sedge_fail(err, SEDGE_EINVALID, "dimension %u of '%s' is %d, elsewhere it is %d", i, x->name,
                              x->dims[i], e->dims[l]);
        e->dims[l] = e->dims[l] > x->dims[i] ? e->dims[l] : x->dims[i];
        e->uses[l] = (uint8_t)(e->uses[l] + 1);
        if (seen >> l & 1 && x->dims[i] != e->dims[l])
            return bad(op, err);
        seen |= UINT64_C(1) << l;
    }
    return SEDGE_OK;
}

static sedge_status read_inputs(const sedge_op_site *site, uint32_t *at, equation *e, char *ret_end, sedge_error *err) {
    const sedge_op *op = site->op;
    for (;; e->n_inputs++) {
        if (e->n_inputs == op->n_inputs || e->n_inputs == INPUTS_MAX || !sedge_op_optional(site, e->n_inputs))
            return bad(op, err);
        const sedge_tensor *x = sedge_op_input(site, e->n_inputs);
        const uint32_t begin = *at;
        bool dots;
        sedge_status st = read_term(op, at, 0, &e->inputs[e->n_inputs], &dots, ret_end, err);
        if (!st && dots) { /* once more, now that its letters are counted */
            uint32_t dims = x->rank - e->inputs[e->n_inputs].n;
            if (e->inputs[e->n_inputs].n > x->rank)
                return bad(op, err);
            *at = begin;
            e->has_ellipsis = true;
            e->ellipsis = e->ellipsis > dims ? e->ellipsis : dims;
            st = read_term(op, at, dims, &e->inputs[e->n_inputs], &dots, ret_end, err);
        }
        if (!st)
            st = settle_term(op, &e->inputs[e->n_inputs], x, e, err);
        if (st)
            return st;
        if (*ret_end != ',')
            break;
    }
    return ++e->n_inputs == op->n_inputs ? SEDGE_OK : bad(op, err);
}

static sedge_status implied_result(equation *e, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (uint32_t k = e->ellipsis; !st && k-- > 0;)
        st = add_label(&e->result, (uint8_t)(LETTERS + k), err);
    for (uint8_t l = 0; !st && l < LETTERS; l++)
        if (e->uses[l] == 1)
            st = add_label(&e->result, l, err);
    return st;
}

static sedge_status read_equation(const sedge_op_site *site, equation *e, sedge_error *err) {
    uint32_t at = 0;
    char end = 0;
    bool dots = false;
    *e = (equation){ 0 };
    sedge_status st = read_inputs(site, &at, e, &end, err);
    if (st)
        return st;
    if (end == 0)
        return implied_result(e, err);
    st = read_term(site->op, &at, e->ellipsis, &e->result, &dots, &end, err);
    if (st)
        return st;
    uint64_t seen = 0;
    bool fits = end == 0 && (dots || e->ellipsis == 0);
    for (uint32_t i = 0; fits && i < e->result.n; i++) {
        const uint8_t l = e->result.labels[i];
        fits = e->uses[l] > 0 && !(seen >> l & 1);
        seen |= UINT64_C(1) << l;
    }
    return fits ? SEDGE_OK : bad(site->op, err);
}

sedge_status sedge_op_einsum_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    equation e;
    sedge_status st = read_equation(site, &e, err);
    if (!st && !sedge_is_float(x->dtype) && (!sedge_is_integer(x->dtype) || x->dtype == SEDGE_BOOL))
        st = sedge_op_bad_types(x, y, err);
    for (uint32_t i = 1; !st && i < e.n_inputs; i++)
        if (sedge_op_input(site, i)->dtype != x->dtype)
            st = sedge_op_bad_types(x, sedge_op_input(site, i), err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (st)
        return st;
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i < e.result.n; i++)
        dims[i] = e.dims[e.result.labels[i]];
    return sedge_op_set_shape(y, e.result.n, dims, err);
}

/* ---- preparation ---- */

static void add_loop(const sedge_op_site *site, const equation *e, uint8_t label, prepared *d) {
    d->dims[d->n_loops] = (size_t)e->dims[label];
    for (uint32_t i = 0; i < e->n_inputs; i++) {
        const sedge_tensor *x = sedge_op_input(site, i);
        size_t step = 1, sum = 0;
        for (uint32_t k = x->rank; k-- > 0; step *= (size_t)x->dims[k])
            if (e->inputs[i].labels[k] == label && x->dims[k] != 1)
                sum += step; /* of a letter that an input has twice: its diagonal */
        d->steps[i][d->n_loops] = sum;
    }
    d->n_loops++;
}

static sedge_status fill(const sedge_op_site *site, const equation *e, prepared *d, sedge_error *err) {
    bool in_result[LABELS] = { false };
    for (uint32_t i = 0; i < e->result.n; i++) {
        in_result[e->result.labels[i]] = true;
        add_loop(site, e, e->result.labels[i], d);
    }
    d->n_outer = d->n_loops;
    for (uint32_t l = 0; l < LABELS; l++) {
        if (e->uses[l] == 0 || in_result[l])
            continue;
        if (d->n_loops == LOOPS_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "more than %d different dimensions in the equation", LOOPS_MAX);
        add_loop(site, e, (uint8_t)l, d);
    }
    return SEDGE_OK;
}

/* ---- run ---- */

/* moves on by one in the loops from `first` to before `end`; false after the last */
static bool advance(const prepared *d, uint32_t first, uint32_t end, size_t *index, size_t *at) {
    for (uint32_t l = end; l-- > first;) {
        const bool more = ++index[l] < d->dims[l];
        for (uint32_t i = 0; i < d->n_inputs; i++)
            at[i] += more ? d->steps[i][l] : (size_t)0 - d->steps[i][l] * (d->dims[l] - 1);
        if (more)
            return true;
        index[l] = 0;
    }
    return false;
}

/* adds the products along the last loop, or the one product when there are no sums */
static void add_products(const prepared *d, const sedge_op_call *call, const size_t *at, double *real, int64_t *whole) {
    const uint32_t last = d->n_loops - 1;
    const bool summed = d->n_loops > d->n_outer;
    const size_t n = summed ? d->dims[last] : 1;
    for (size_t first = 0; first < n; first += SEDGE_BLOCK) {
        const size_t count = n - first < SEDGE_BLOCK ? n - first : SEDGE_BLOCK;
        double r[SEDGE_BLOCK], rx[SEDGE_BLOCK];
        int64_t w[SEDGE_BLOCK], wx[SEDGE_BLOCK];
        for (uint32_t i = 0; i < d->n_inputs; i++) {
            const size_t step = summed ? d->steps[i][last] : 0, from = at[i] + first * step;
            if (sedge_is_float(d->dtype)) {
                sedge_load_f64(d->dtype, call->inputs[i], from, step, count, i ? rx : r);
                for (size_t k = 0; i && k < count; k++)
                    r[k] *= rx[k];
            } else {
                sedge_load_i64(d->dtype, call->inputs[i], from, step, count, i ? wx : w);
                for (size_t k = 0; i && k < count; k++)
                    w[k] = (int64_t)((uint64_t)w[k] * (uint64_t)wx[k]);
            }
        }
        for (size_t k = 0; k < count; k++)
            if (sedge_is_float(d->dtype))
                *real += r[k];
            else
                *whole = (int64_t)((uint64_t)*whole + (uint64_t)w[k]);
    }
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint32_t blocks = d->n_loops > d->n_outer ? d->n_loops - 1 : d->n_outer; /* loops before the last sum */
    size_t index[LOOPS_MAX] = { 0 }, at[INPUTS_MAX] = { 0 };
    for (size_t o = 0; o < d->n; o++) {
        double real = 0;
        int64_t whole = 0;
        do
            add_products(d, call, at, &real, &whole);
        while (advance(d, d->n_outer, blocks, index, at));
        if (sedge_is_float(d->dtype))
            sedge_store_f64(d->dtype, call->outputs[0], o, 1, &real);
        else
            sedge_store_i64(d->dtype, call->outputs[0], o, 1, &whole);
        (void)advance(d, 0, d->n_outer, index, at);
    }
}

sedge_status sedge_op_einsum_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    equation e;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = read_equation(site, &e, err);
    d->n_inputs = e.n_inputs;
    d->dtype = y->dtype;
    d->n = sedge_op_elements(y);
    if (!st)
        st = fill(site, &e, d, err);
    size_t macs = e.n_inputs;
    for (uint32_t l = 0; !st && l < d->n_loops; l++)
        if (!sedge_mul_size(macs, d->dims[l], &macs))
            st = sedge_fail(err, SEDGE_ELIMIT, "more products than can be counted");
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "einsum", .macs = macs };
    return st;
}
