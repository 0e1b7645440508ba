/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RNN, GRU and LSTM of ONNX on float32: one or both directions, any batch, initial states, peepholes, clipping, lengths
 * of sequences (clamped to 0 .. the number of steps). Weights must be known at open. Sums run over the inputs in
 * ascending order, then over the state. Source: the operators' documentation.
 */
#include <string.h>

#include "base/exact_math.h"
#include "ops/fully_connected.h"
#include "ops/ops.h"

enum { X, W, R, B, LENGTHS, H0, C0, PEEPHOLES };
enum { Y, Y_H, Y_C };
enum { GATES_MAX = 4 };

/* what one direction multiplies with */
typedef struct direction {
    sedge_dense_f32 input;     /* all gates */
    sedge_dense_f32 state;     /* all gates; of a GRU that resets before: the first two */
    sedge_dense_f32 candidate; /* of such a GRU: the last one */
    const float *peepholes;    /* i, o, f; NULL for none */
    const sedge_recurrent_activation *f;
    bool reverse;
} direction;

typedef struct prepared prepared;
/* one step: gates holds what came from the input, h and c are replaced */
typedef void cell_fn(const prepared *d, const direction *w, float *gates, float *from_h, float *h, float *c);

struct prepared {
    const sedge_recurrent *p;
    cell_fn *cell;
    size_t steps, batch, in, hidden, gates; /* gates: numbers of one step, all gates */
    size_t n_inputs, n_outputs;
    direction directions[2];
};

/* ---- functions ---- */

static double apply_double(const sedge_recurrent_activation *f, double x) {
    double a = (double)f->alpha, b = (double)f->beta;
    switch (f->fn) {
    case SEDGE_RECURRENT_RELU:
        return x > 0 ? x : x != x ? x : 0;
    case SEDGE_RECURRENT_AFFINE:
        return a * x + b;
    case SEDGE_RECURRENT_LEAKY_RELU:
        return x >= 0 ? x : a * x;
    case SEDGE_RECURRENT_THRESHOLDED_RELU:
        return x >= a ? x : 0;
    case SEDGE_RECURRENT_SCALED_TANH:
        return a * sedge_tanh(b * x);
    case SEDGE_RECURRENT_HARD_SIGMOID:
        x = a * x + b;
        return x < 0 ? 0 : x > 1 ? 1 : x;
    case SEDGE_RECURRENT_ELU:
        return x >= 0 ? x : a * sedge_expm1(x);
    case SEDGE_RECURRENT_SOFTSIGN:
        return x / (1 + (x < 0 ? -x : x));
    case SEDGE_RECURRENT_SOFTPLUS:
        return x > 0 ? x + sedge_log1p(sedge_exp(-x)) : sedge_log1p(sedge_exp(x));
    case SEDGE_RECURRENT_SIGMOID:
        return 1 / (1 + sedge_exp(-x));
    case SEDGE_RECURRENT_TANH:
    case SEDGE_RECURRENT_FNS:
        break;
    }
    return sedge_tanh(x);
}

static float apply(const prepared *d, const sedge_recurrent_activation *f, float x) {
    float clip = d->p->clip;
    if (clip > 0)
        x = x > clip ? clip : x < -clip ? -clip : x;
    return (float)apply_double(f, (double)x);
}

/* ---- cells ---- */

static void rnn_cell(const prepared *d, const direction *w, float *gates, float *from_h, float *h, float *c) {
    (void)c;
    sedge_dense_f32_run(&w->state, h, from_h);
    for (size_t k = 0; k < d->hidden; k++)
        h[k] = apply(d, &w->f[0], gates[k] + from_h[k]);
}

/* gates: z, r, h */
static void gru_cell(const prepared *d, const direction *w, float *gates, float *from_h, float *h, float *c) {
    (void)c;
    size_t n = d->hidden;
    float *z = gates, *r = gates + n, *candidate = gates + 2 * n;
    sedge_dense_f32_run(&w->state, h, from_h);
    for (size_t k = 0; k < 2 * n; k++)
        gates[k] = apply(d, &w->f[0], gates[k] + from_h[k]);
    if (d->p->reset_after) {
        for (size_t k = 0; k < n; k++)
            candidate[k] += r[k] * from_h[2 * n + k];
    } else {
        for (size_t k = 0; k < n; k++)
            r[k] *= h[k];
        sedge_dense_f32_run(&w->candidate, r, from_h);
        for (size_t k = 0; k < n; k++)
            candidate[k] += from_h[k];
    }
    for (size_t k = 0; k < n; k++)
        h[k] = (1 - z[k]) * apply(d, &w->f[1], candidate[k]) + z[k] * h[k];
}

static float peep(const direction *w, size_t gate, size_t n, size_t k, float c) {
    return w->peepholes ? w->peepholes[gate * n + k] * c : 0;
}

/* gates: i, o, f, c */
static void lstm_cell(const prepared *d, const direction *w, float *gates, float *from_h, float *h, float *c) {
    size_t n = d->hidden;
    sedge_dense_f32_run(&w->state, h, from_h);
    for (size_t k = 0; k < d->gates; k++)
        gates[k] += from_h[k];
    for (size_t k = 0; k < n; k++) {
        float i = apply(d, &w->f[0], gates[k] + peep(w, 0, n, k, c[k]));
        float f = d->p->coupled ? 1 - i : apply(d, &w->f[0], gates[2 * n + k] + peep(w, 2, n, k, c[k]));
        c[k] = f * c[k] + i * apply(d, &w->f[1], gates[3 * n + k]);
        float o = apply(d, &w->f[0], gates[n + k] + peep(w, 1, n, k, c[k]));
        h[k] = o * (float)apply_double(&w->f[2], (double)c[k]);
    }
}

/* ---- run ---- */

/* the place of a state: [directions, batch, hidden], or batch first */
static size_t state_at(const prepared *d, size_t which, size_t b) {
    return (d->p->batch_first ? b * d->p->directions + which : which * d->batch + b) * d->hidden;
}

static size_t result_at(const prepared *d, size_t which, size_t b, size_t t) {
    size_t directions = d->p->directions;
    size_t row = d->p->batch_first ? (b * d->steps + t) * directions + which : (t * directions + which) * d->batch + b;
    return row * d->hidden;
}

static void load(float *to, const float *from, size_t at, size_t n) {
    if (from)
        memcpy(to, from + at, n * sizeof *to);
    else
        memset(to, 0, n * sizeof *to);
}

static void store(float *to, size_t at, const float *from, size_t n) {
    if (to)
        memcpy(to + at, from, n * sizeof *to);
}

static size_t length_of(const prepared *d, const int32_t *lengths, size_t b) {
    if (!lengths)
        return d->steps;
    return lengths[b] < 0 ? 0 : (size_t)lengths[b] > d->steps ? d->steps : (size_t)lengths[b];
}

static void run_sequence(const prepared *d, const sedge_op_call *call, size_t which, size_t b, float *const *outputs) {
    const direction *w = &d->directions[which];
    size_t n = d->hidden, length = length_of(d, call->inputs[LENGTHS], b);
    float *h = call->scratch, *c = h + n, *gates = c + n, *from_h = gates + d->gates;
    const float *x = call->inputs[X];
    load(h, call->inputs[H0], state_at(d, which, b), n);
    load(c, call->inputs[C0], state_at(d, which, b), n);
    for (size_t s = 0; s < length; s++) {
        size_t t = w->reverse ? length - 1 - s : s;
        sedge_dense_f32_run(&w->input, x + (d->p->batch_first ? b * d->steps + t : t * d->batch + b) * d->in, gates);
        d->cell(d, w, gates, from_h, h, c);
        store(outputs[Y], result_at(d, which, b, t), h, n);
    }
    store(outputs[Y_H], state_at(d, which, b), h, n);
    store(outputs[Y_C], state_at(d, which, b), c, n);
}

/* calls hold as many ends as the operator; the absent ones are NULL here */
static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    void *inputs[PEEPHOLES + 1] = { 0 };
    float *outputs[Y_C + 1] = { 0 };
    for (size_t i = 0; i < d->n_inputs; i++)
        inputs[i] = call->inputs[i];
    for (size_t i = 0; i < d->n_outputs; i++)
        outputs[i] = call->outputs[i];
    if (inputs[LENGTHS])
        memset(outputs[Y], 0, d->steps * d->p->directions * d->batch * d->hidden * sizeof(float));
    const sedge_op_call all = { d, inputs, NULL, call->scratch, NULL };
    for (size_t which = 0; which < d->p->directions; which++)
        for (size_t b = 0; b < d->batch; b++)
            run_sequence(d, &all, which, b, outputs);
}

/* ---- the operator ---- */

/* sizes that the inputs agree on */
typedef struct sizes {
    int32_t steps, batch, in, hidden, gates, directions;
} sizes;

static uint32_t gates_of(sedge_op_kind kind) {
    return kind == SEDGE_OP_RNN ? 1 : kind == SEDGE_OP_GRU ? 3 : 4;
}

static sedge_status check_input(const sedge_op_site *site, uint32_t i, uint32_t rank, const int32_t *dims,
                                bool constant, sedge_error *err) {
    const sedge_tensor *t = sedge_op_optional(site, i);
    if (!t)
        return SEDGE_OK;
    sedge_status st = sedge_op_want_type(t, i == LENGTHS ? SEDGE_INT32 : SEDGE_FLOAT32, err);
    bool fits = t->rank == rank;
    for (uint32_t d = 0; fits && d < rank; d++)
        fits = t->dims[d] == dims[d];
    if (!st && !fits)
        st = sedge_fail(err, SEDGE_EINVALID, "input %u '%s' has a shape that does not fit the others", i, t->name);
    return !st && constant ? sedge_op_constant(site, i, "weights", err) : st;
}

static sedge_status find_sizes(const sedge_op_site *site, sizes *s, sedge_error *err) {
    const sedge_recurrent *p = site->op->u.recurrent;
    const sedge_tensor *x = sedge_op_input(site, X), *r = sedge_op_input(site, R);
    if (x->rank != 3 || r->rank != 3)
        return sedge_fail(err, SEDGE_EINVALID, "inputs '%s' and '%s' must have rank 3", x->name, r->name);
    *s = (sizes){ .steps = x->dims[p->batch_first],
                  .batch = x->dims[!p->batch_first],
                  .in = x->dims[2],
                  .hidden = r->dims[2],
                  .gates = (int32_t)gates_of(site->op->kind),
                  .directions = (int32_t)p->directions };
    if (s->hidden > INT32_MAX / (2 * GATES_MAX))
        return sedge_fail(err, SEDGE_ELIMIT, "%d units", s->hidden);
    return SEDGE_OK;
}

static sedge_status check_inputs(const sedge_op_site *site, const sizes *s, sedge_error *err) {
    int32_t d = s->directions, h = s->hidden, rows = s->gates * h;
    bool first = site->op->u.recurrent->batch_first;
    const int32_t state[] = { first ? s->batch : d, first ? d : s->batch, h };
    sedge_status st = sedge_op_want_type(sedge_op_input(site, X), SEDGE_FLOAT32, err);
    if (!st)
        st = check_input(site, W, 3, (int32_t[]){ d, rows, s->in }, true, err);
    if (!st)
        st = check_input(site, R, 3, (int32_t[]){ d, rows, h }, true, err);
    if (!st)
        st = check_input(site, B, 2, (int32_t[]){ d, 2 * rows }, true, err);
    if (!st)
        st = check_input(site, LENGTHS, 1, &s->batch, false, err);
    if (!st)
        st = check_input(site, H0, 3, state, false, err);
    if (!st)
        st = check_input(site, C0, 3, state, false, err);
    return st ? st : check_input(site, PEEPHOLES, 2, (int32_t[]){ d, 3 * h }, true, err);
}

sedge_status sedge_op_recurrent_shape(const sedge_op_site *site, sedge_error *err) {
    uint32_t most = site->op->kind == SEDGE_OP_LSTM ? 3 : 2;
    bool first = site->op->u.recurrent->batch_first;
    sizes s;
    if (site->op->n_outputs < 1 || site->op->n_outputs > most)
        return sedge_fail(err, SEDGE_EINVALID, "%u outputs, 1 to %u are allowed", site->op->n_outputs, most);
    sedge_status st = find_sizes(site, &s, err);
    if (!st)
        st = check_inputs(site, &s, err);
    const int32_t all[2][4] = { { s.steps, s.directions, s.batch, s.hidden },
                                { s.batch, s.steps, s.directions, s.hidden } };
    const int32_t state[2][3] = { { s.directions, s.batch, s.hidden }, { s.batch, s.directions, s.hidden } };
    for (uint32_t i = 0; !st && i < site->op->n_outputs; i++) {
        sedge_tensor *y = sedge_op_output(site, i);
        st = sedge_op_set_type(y, SEDGE_FLOAT32, err);
        if (!st)
            st = i == Y ? sedge_op_set_shape(y, 4, all[first], err) : sedge_op_set_shape(y, 3, state[first], err);
    }
    return st;
}

static const float *slice(const sedge_op_site *site, uint32_t input, size_t at) {
    const sedge_tensor *t = sedge_op_optional(site, input);
    return t ? (const float *)t->data + at : NULL;
}

static sedge_status prepare_direction(const sedge_op_site *site, prepared *d, size_t which, size_t *packed,
                                      sedge_error *err) {
    direction *w = &d->directions[which];
    size_t n = d->hidden, rows = d->gates;
    const float *bias = slice(site, B, which * 2 * rows), *state_bias = bias ? bias + rows : NULL;
    const float *r = slice(site, R, which * rows * n);
    bool split = site->op->kind == SEDGE_OP_GRU && !d->p->reset_after;
    w->peepholes = slice(site, PEEPHOLES, which * 3 * n);
    w->f = d->p->activations[which];
    w->reverse = which ? true : d->p->reverse;
    sedge_status st =
        sedge_dense_f32_init(site, d->in, rows, slice(site, W, which * rows * d->in), bias, &w->input, err);
    if (!st)
        st = sedge_dense_f32_init(site, n, split ? 2 * n : rows, r, state_bias, &w->state, err);
    if (!st && split)
        st =
            sedge_dense_f32_init(site, n, n, r + 2 * n * n, state_bias ? state_bias + 2 * n : NULL, &w->candidate, err);
    *packed += w->input.packed_bytes + w->state.packed_bytes + w->candidate.packed_bytes;
    return st;
}

sedge_status sedge_op_recurrent_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sizes s;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = find_sizes(site, &s, err);
    if (st)
        return st;
    *d = (prepared){ .p = site->op->u.recurrent,
                     .cell = site->op->kind == SEDGE_OP_RNN   ? rnn_cell
                             : site->op->kind == SEDGE_OP_GRU ? gru_cell
                                                              : lstm_cell,
                     .steps = (size_t)s.steps,
                     .batch = (size_t)s.batch,
                     .in = (size_t)s.in,
                     .hidden = (size_t)s.hidden,
                     .gates = (size_t)s.gates * (size_t)s.hidden,
                     .n_inputs = site->op->n_inputs,
                     .n_outputs = site->op->n_outputs };
    *ret = (sedge_prepared){ .run = run, .data = d, .scratch_bytes = 2 * (d->hidden + d->gates) * sizeof(float) };
    for (size_t which = 0; !st && which < d->p->directions; which++)
        st = prepare_direction(site, d, which, &ret->packed_bytes, err);
    if (st)
        return st;
    ret->kernel = d->directions[0].input.kernel->name;
    ret->macs = (uint64_t)d->p->directions * d->batch * d->steps * d->gates * (d->in + d->hidden);
    return SEDGE_OK;
}
