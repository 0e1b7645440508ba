/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UNIDIRECTIONAL_SEQUENCE_LSTM as Keras writes it: four gates with bias, no peephole, no projection, no layer norm,
 * tanh inside. float32, or int8 with an int16 cell state. Inputs by number: 0 x [batch, time, in] (or [time, batch,
 * in]), 1-4 weights [units, in] of the input, forget, cell and output gate, 5-8 weights [units, units] of the state in
 * the same order, 12-15 biases, 18 hidden state, 19 cell state (variables).
 *
 * Source: the reference kernels of TensorFlow Lite Micro. int8 gates are int16 in Q12 before and Q15 behind their
 * function; input and state products are rounded separately, then added with saturation.
 */
#include <string.h>

#include "base/exact_math.h"
#include "model/quant.h"
#include "model/sigmoid_table.h"
#include "ops/kernels/fully_connected.h"
#include "ops/ops.h"

enum { X = 0, W_INPUT = 1, W_STATE = 5, BIAS = 12, HIDDEN = 18, CELL = 19, N_INPUTS = 20, S8_IN_MAX = 65535 };
enum { GATE_INPUT, GATE_FORGET, GATE_CELL, GATE_OUTPUT, GATES };
/* Q12 before the functions; a cell state in Q(15 - p) has the scale 2^p */
enum { GATE_BITS = 12, CELL_POWER_MIN = -15, CELL_POWER_MAX = 2 };

typedef struct shape {
    size_t batch, time, in, units;
    bool time_major;
} shape;

typedef void step_fn(const void *p, const void *x, void *hidden, void *cell, void *scratch);

/* what both types share */
typedef struct prepared {
    shape s;
    size_t element; /* bytes of an element of x, hidden state and output */
    size_t cell_element;
    step_fn *step;
} prepared;

typedef struct prepared_f32 {
    prepared all;
    const sedge_fc_f32_kernel *kernel;
    sedge_fc_f32 from_x, from_state; /* all four gates in one product */
    float cell_clip;                 /* 0: none */
} prepared_f32;

/* a product of one gate: weights as in the file, bias with the zero point of the other side in it */
typedef struct product {
    const int8_t *weights;
    const int32_t *bias;
    sedge_factor factor;
} product;

typedef struct prepared_s8 {
    prepared all;
    product from_x[GATES], from_state[GATES];
    sedge_factor forget, input, output;
    sedge_sigmoid_scale gate_scale, cell_scale;
    int32_t y_zero;
    int32_t cell_clip; /* 0: none */
} prepared_s8;

/* ---- run ---- */

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const shape *s = &d->s;
    const uint8_t *x = call->inputs[X];
    uint8_t *hidden = call->inputs[HIDDEN], *cell = call->inputs[CELL], *y = call->outputs[0];
    size_t state_bytes = s->units * d->element;
    for (size_t b = 0; b < s->batch; b++, hidden += state_bytes, cell += s->units * d->cell_element)
        for (size_t t = 0; t < s->time; t++) {
            size_t row = s->time_major ? t * s->batch + b : b * s->time + t;
            d->step(d, x + row * s->in * d->element, hidden, cell, call->scratch);
            memcpy(y + row * state_bytes, hidden, state_bytes);
        }
}

static float clip_f32(float x, float limit) {
    return x > limit ? limit : x < -limit ? -limit : x;
}

static void step_f32(const void *p, const void *x, void *hidden, void *cell, void *scratch) {
    const prepared_f32 *d = p;
    size_t n = d->all.s.units;
    float *gates = scratch, *more = gates + GATES * n, *h = hidden, *c = cell;
    d->kernel->run(&d->from_x, x, gates);
    d->kernel->run(&d->from_state, h, more);
    for (size_t i = 0; i < GATES * n; i++)
        gates[i] += more[i];
    for (size_t i = 0; i < n; i++) {
        float input = sedge_logisticf(gates[GATE_INPUT * n + i]), forget = sedge_logisticf(gates[GATE_FORGET * n + i]);
        c[i] = forget * c[i] + input * sedge_tanhf(gates[GATE_CELL * n + i]);
        if (d->cell_clip > 0)
            c[i] = clip_f32(c[i], d->cell_clip);
        h[i] = sedge_tanhf(c[i]) * sedge_logisticf(gates[GATE_OUTPUT * n + i]);
    }
}

static int32_t clamp_s16(int32_t x) {
    return sedge_clamp(x, INT16_MIN, INT16_MAX);
}

/* one gate's product with one vector, in Q12 */
static int32_t multiply(const product *p, size_t row, const int8_t *v, size_t n) {
    const int8_t *w = p->weights + row * n;
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += w[i] * v[i];
    return clamp_s16(sedge_scale((int32_t)((uint32_t)sum + (uint32_t)p->bias[row]), p->factor));
}

static void gates_s8(const prepared_s8 *d, const int8_t *x, const int8_t *h, int16_t *gates) {
    const shape *s = &d->all.s;
    for (size_t g = 0; g < GATES; g++)
        for (size_t i = 0; i < s->units; i++) {
            int32_t sum = multiply(&d->from_x[g], i, x, s->in) + multiply(&d->from_state[g], i, h, s->units);
            int32_t scaled = sedge_sigmoid_input((int16_t)clamp_s16(sum), d->gate_scale);
            gates[g * s->units + i] = g == GATE_CELL ? sedge_sigmoid_tanh(scaled) : sedge_sigmoid_logistic(scaled);
        }
}

static void step_s8(const void *p, const void *x, void *hidden, void *cell, void *scratch) {
    const prepared_s8 *d = p;
    size_t n = d->all.s.units;
    int16_t *gates = scratch, *c = cell;
    int8_t *h = hidden;
    gates_s8(d, x, h, gates);
    for (size_t i = 0; i < n; i++) {
        int32_t kept = clamp_s16(sedge_scale(gates[GATE_FORGET * n + i] * c[i], d->forget));
        int32_t added = clamp_s16(sedge_scale(gates[GATE_INPUT * n + i] * gates[GATE_CELL * n + i], d->input));
        int32_t sum = clamp_s16(kept + added);
        c[i] = (int16_t)(d->cell_clip > 0 ? sedge_clamp(sum, -d->cell_clip, d->cell_clip) : sum);
        int32_t y = sedge_sigmoid_tanh(sedge_sigmoid_input(c[i], d->cell_scale)) * gates[GATE_OUTPUT * n + i];
        h[i] = (int8_t)sedge_clamp(sedge_scale(y, d->output) + d->y_zero, INT8_MIN, INT8_MAX);
    }
}

/* ---- shapes ---- */

static sedge_status check_present(const sedge_op_site *site, sedge_error *err) {
    const sedge_op *op = site->op;
    if (op->n_inputs < N_INPUTS)
        return sedge_fail(err, SEDGE_EINVALID, "%u inputs, 20 to 24 are allowed", op->n_inputs);
    for (uint32_t i = 0; i < op->n_inputs; i++) {
        bool wanted = i < 9 || (i >= BIAS && i < BIAS + GATES) || i == HIDDEN || i == CELL;
        if (wanted && op->inputs[i] < 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "input %u is absent", i);
        if (!wanted && op->inputs[i] >= 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "peepholes, projection and layer normalisation (input %u)", i);
    }
    return SEDGE_OK;
}

static sedge_status check_type_and_dims(const sedge_tensor *t, sedge_dtype dtype, const int32_t *dims, uint32_t rank,
                                        sedge_error *err) {
    sedge_status st = sedge_op_want_type(t, dtype, err);
    if (!st)
        st = sedge_op_want_constant(t, "weights and biases", err);
    if (st)
        return st;
    for (uint32_t i = 0; i < rank; i++)
        if (t->rank != rank || t->dims[i] != dims[i])
            return sedge_fail(err, SEDGE_EINVALID, "tensor '%s' does not have the shape of %d units", t->name, dims[0]);
    return SEDGE_OK;
}

static sedge_status check_weights(const sedge_op_site *site, int32_t in, int32_t units, sedge_error *err) {
    bool int8 = sedge_op_input(site, X)->dtype == SEDGE_INT8;
    sedge_dtype weight = int8 ? SEDGE_INT8 : SEDGE_FLOAT32, bias = int8 ? SEDGE_INT32 : SEDGE_FLOAT32;
    for (uint32_t g = 0; g < GATES; g++) {
        sedge_status st =
            check_type_and_dims(sedge_op_input(site, W_INPUT + g), weight, (int32_t[]){ units, in }, 2, err);
        if (!st)
            st = check_type_and_dims(sedge_op_input(site, W_STATE + g), weight, (int32_t[]){ units, units }, 2, err);
        if (!st)
            st = check_type_and_dims(sedge_op_input(site, BIAS + g), bias, (int32_t[]){ units }, 1, err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

static sedge_status check_state(const sedge_tensor *t, sedge_dtype dtype, size_t batch, size_t units,
                                sedge_error *err) {
    sedge_status st = sedge_op_want_type(t, dtype, err);
    if (st)
        return st;
    if (!t->variable)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the state, tensor '%s', is not a variable", t->name);
    if (units != 0 && sedge_op_elements(t) / units == batch && sedge_op_elements(t) % units == 0)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EINVALID, "the state, tensor '%s', does not hold %zu x %zu values", t->name, batch,
                      units);
}

sedge_status sedge_op_unidirectional_sequence_lstm_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_status st = check_present(site, err);
    if (st)
        return st;
    const sedge_tensor *x = sedge_op_input(site, X), *w = sedge_op_input(site, W_INPUT);
    sedge_tensor *y = sedge_op_output(site, 0);
    bool int8 = x->dtype == SEDGE_INT8;
    if (y->dtype != x->dtype || (!int8 && x->dtype != SEDGE_FLOAT32))
        return sedge_op_bad_types(x, y, err);
    if (x->rank != 3 || w->rank != 2)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' must have 3 dimensions, the weights '%s' 2", x->name,
                          w->name);
    st = check_weights(site, x->dims[2], w->dims[0], err);
    size_t batch = (size_t)x->dims[site->op->u.lstm.time_major ? 1 : 0];
    if (!st)
        st = check_state(sedge_op_input(site, HIDDEN), x->dtype, batch, (size_t)w->dims[0], err);
    if (!st)
        st =
            check_state(sedge_op_input(site, CELL), int8 ? SEDGE_INT16 : SEDGE_FLOAT32, batch, (size_t)w->dims[0], err);
    return st ? st : sedge_op_set_shape(y, 3, (int32_t[]){ x->dims[0], x->dims[1], w->dims[0] }, err);
}

/* ---- float32 ---- */

static shape shape_of(const sedge_op_site *site) {
    const sedge_tensor *x = sedge_op_input(site, X);
    bool time_major = site->op->u.lstm.time_major;
    return (shape){ (size_t)x->dims[time_major ? 1 : 0], (size_t)x->dims[time_major ? 0 : 1], (size_t)x->dims[2],
                    (size_t)sedge_op_input(site, W_INPUT)->dims[0], time_major };
}

static const sedge_fc_f32_kernel *choose_f32(uint32_t mask) {
    static const sedge_fc_f32_kernel *const kernels[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/fully_connected_f32.inc"
#undef K
    };
    size_t i = 0;
    while (!SEDGE_KERNEL_FITS(kernels[i]->cpu, mask))
        i++;
    return kernels[i];
}

/* the four gates' weights one below the other, packed for one product; bias_from 0: none */
static sedge_status pack_gates(const sedge_op_site *site, const sedge_fc_f32_kernel *kernel, uint32_t weights_from,
                               uint32_t bias_from, sedge_pool *work, sedge_fc_f32 *ret, sedge_error *err) {
    const sedge_tensor *w = sedge_op_input(site, weights_from);
    size_t units = (size_t)w->dims[0], in = (size_t)w->dims[1], out = GATES * units;
    float *all = sedge_pool_take(work, out * in, sizeof *all);
    void *packed = sedge_pool_take(site->pool, kernel->packed_bytes(in, out), 1);
    float *bias = sedge_pool_take(site->pool, sedge_fc_padded(out, SEDGE_FC_TILE), sizeof *bias);
    if (!all || !packed || !bias)
        return sedge_op_no_memory(err);
    for (uint32_t g = 0; g < GATES; g++) {
        memcpy(all + g * units * in, sedge_op_input(site, weights_from + g)->data, units * in * sizeof *all);
        if (bias_from)
            memcpy(bias + g * units, sedge_op_input(site, bias_from + g)->data, units * sizeof *bias);
    }
    kernel->pack(in, out, all, packed);
    *ret = (sedge_fc_f32){ (uint32_t)in, (uint32_t)out, packed, bias_from ? bias : NULL, 0, 0 };
    sedge_activation_range_f32(SEDGE_ACTIVATION_NONE, &ret->y_low, &ret->y_high);
    return SEDGE_OK;
}

static sedge_status prepare_f32(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared_f32 *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->all = (prepared){ shape_of(site), sizeof(float), sizeof(float), step_f32 };
    d->kernel = choose_f32(site->cpu_mask);
    d->cell_clip = site->op->u.lstm.cell_clip;
    size_t before = site->pool->used;
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    sedge_status st = pack_gates(site, d->kernel, W_INPUT, BIAS, &work, &d->from_x, err);
    if (!st)
        st = pack_gates(site, d->kernel, W_STATE, 0, &work, &d->from_state, err);
    sedge_pool_done(&work);
    ret->kernel = d->kernel->name;
    ret->data = d;
    ret->packed_bytes = site->pool->used - before;
    ret->scratch_bytes = 2 * GATES * d->all.s.units * sizeof(float);
    return st;
}

/* ---- int8 ---- */

static sedge_status init_product(const sedge_op_site *site, const sedge_tensor *v, const sedge_tensor *w,
                                 const sedge_tensor *b, product *ret, sedge_error *err) {
    sedge_status st = sedge_op_want_quant(w, err);
    if (st)
        return st;
    size_t units = (size_t)w->dims[0], in = (size_t)w->dims[1];
    if (sedge_zero_point(w) != 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the weights, tensor '%s', have zero point %d, 0 is needed", w->name,
                          sedge_zero_point(w));
    int32_t *bias = sedge_pool_take(site->pool, units, sizeof *bias);
    if (!bias)
        return sedge_op_no_memory(err);
    const int32_t *values = b ? b->data : NULL;
    const int8_t *row = w->data;
    for (size_t i = 0; i < units; i++, row += in) {
        int64_t sum = 0;
        for (size_t k = 0; k < in; k++)
            sum += row[k];
        bias[i] = (int32_t)((values ? (uint32_t)values[i] : 0) - (uint32_t)(sum * sedge_zero_point(v)));
    }
    *ret = (product){ w->data, bias, { 0, 0 } };
    float scales = v->quant.scales[0] * w->quant.scales[0]; /* in float32, as the reference does */
    if (!sedge_factor_of((double)scales * (1 << GATE_BITS), &ret->factor))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s' and '%s' are too large", v->name, w->name);
    return SEDGE_OK;
}

/* the power p of a scale 2^p */
static bool power_of_two(double scale, int32_t *ret) {
    for (int32_t p = CELL_POWER_MIN; p <= CELL_POWER_MAX; p++) {
        double quotient = p < 0 ? scale * (1 << -p) : scale / (1 << p);
        if (quotient > 0.9995 && quotient < 1.0005) {
            *ret = p;
            return true;
        }
    }
    return false;
}

static sedge_status init_cell(const sedge_op_site *site, prepared_s8 *d, sedge_error *err) {
    const sedge_tensor *hidden = sedge_op_input(site, HIDDEN), *cell = sedge_op_input(site, CELL);
    double cell_scale = (double)cell->quant.scales[0], q15 = 1.0 / 32768;
    int32_t power;
    if (sedge_zero_point(cell) != 0 || !power_of_two(cell_scale, &power))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the cell state '%s' has scale %g, a power of two is needed",
                          cell->name, cell_scale);
    if (!sedge_factor_of(q15 * cell_scale / cell_scale, &d->forget) ||
        !sedge_factor_of(q15 * q15 / cell_scale, &d->input) ||
        !sedge_factor_of(q15 * q15 / (double)hidden->quant.scales[0], &d->output))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scale of '%s' is too small", hidden->name);
    int32_t left = GATE_BITS + power;
    d->gate_scale = (sedge_sigmoid_scale){ 3, 0 };
    d->cell_scale = left >= 0 ? (sedge_sigmoid_scale){ 3 * (1 << left), 0 } : (sedge_sigmoid_scale){ 3, -left };
    d->y_zero = sedge_zero_point(hidden);
    double clip = (double)site->op->u.lstm.cell_clip / cell_scale;
    d->cell_clip = clip > INT16_MAX ? INT16_MAX : clip > 0 ? (int32_t)clip : 0;
    return SEDGE_OK;
}

static sedge_status check_quant(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X), *y = sedge_op_output(site, 0);
    const sedge_tensor *hidden = sedge_op_input(site, HIDDEN);
    const sedge_tensor *const all[] = { x, y, hidden, sedge_op_input(site, CELL) };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        sedge_status st = sedge_op_want_quant(all[i], err);
        if (st)
            return st;
    }
    if (y->quant.scales[0] != hidden->quant.scales[0] || sedge_zero_point(y) != sedge_zero_point(hidden))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "output '%s' and hidden state '%s' are quantised differently",
                          y->name, hidden->name);
    if (x->dims[2] > S8_IN_MAX || sedge_op_input(site, W_STATE)->dims[0] > S8_IN_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%d inputs in int8, the limit is %d", x->dims[2], S8_IN_MAX);
    return SEDGE_OK;
}

static sedge_status prepare_s8(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    sedge_status st = check_quant(site, err);
    if (st)
        return st;
    prepared_s8 *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->all = (prepared){ shape_of(site), sizeof(int8_t), sizeof(int16_t), step_s8 };
    size_t before = site->pool->used;
    st = init_cell(site, d, err);
    for (uint32_t g = 0; !st && g < GATES; g++) {
        st = init_product(site, sedge_op_input(site, X), sedge_op_input(site, W_INPUT + g),
                          sedge_op_input(site, BIAS + g), &d->from_x[g], err);
        if (!st)
            st = init_product(site, sedge_op_input(site, HIDDEN), sedge_op_input(site, W_STATE + g), NULL,
                              &d->from_state[g], err);
    }
    ret->kernel = "lstm_s8_scalar";
    ret->data = d;
    ret->packed_bytes = site->pool->used - before;
    ret->scratch_bytes = GATES * d->all.s.units * sizeof(int16_t);
    return st;
}

sedge_status sedge_op_unidirectional_sequence_lstm_prepare(const sedge_op_site *site, sedge_prepared *ret,
                                                           sedge_error *err) {
    float clip = site->op->u.lstm.cell_clip;
    if (!(clip >= 0 && clip < 1e30f))
        return sedge_fail(err, SEDGE_EINVALID, "cell_clip is %g", (double)clip);
    shape s = shape_of(site);
    sedge_prepared p = { .run = run, .macs = (uint64_t)s.batch * s.time * GATES * s.units * (s.in + s.units) };
    sedge_status st =
        sedge_op_input(site, X)->dtype == SEDGE_INT8 ? prepare_s8(site, &p, err) : prepare_f32(site, &p, err);
    if (!st)
        *ret = p;
    return st;
}
