/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVDF: a layer of rank-r filters over time. Inputs: x [batch, in], feature weights [filters, in], time weights
 * [filters, memory], bias [units] or absent, state [batch, filters * memory] (variable); filters = units * rank. Each
 * step shifts every filter's memory by one, puts the product of x and the feature weights at its end, multiplies the
 * memory by the time weights and adds up the filters of a unit.
 *
 * float32, or int8 with time weights and state both int16 or both int8. Source: the reference kernels of TensorFlow
 * Lite Micro (int8 has no activation there).
 */
#include <string.h>

#include "base/own.h"
#include "model/quant.h"
#include "ops/ops.h"

enum { X, FEATURE, TIME, BIAS, STATE, N_INPUTS, S8_IN_MAX = 65535, MEMORY_MAX = 65535 };

typedef struct prepared {
    size_t batch, in, filters, memory, rank;
    float low, high;                    /* float32 */
    int32_t x_zero, state_zero, y_zero; /* the others int8 */
    sedge_factor to_state, to_y;
} prepared;

/* ---- float32 ---- */

static void push_f32(const prepared *d, const float *x, const float *w, float *memory) {
    memmove(memory, memory + 1, (d->memory - 1) * sizeof *memory);
    float sum = 0;
    for (size_t i = 0; i < d->in; i++)
        sum += w[i] * x[i];
    memory[d->memory - 1] = sum;
}

static float filter_f32(const prepared *d, const float *w, const float *memory) {
    float sum = 0;
    for (size_t i = 0; i < d->memory; i++)
        sum += w[i] * memory[i];
    return sum;
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[X], *feature = call->inputs[FEATURE], *time = call->inputs[TIME];
    const float *bias = call->inputs[BIAS];
    float *memory = call->inputs[STATE], *y = call->outputs[0];
    for (size_t b = 0; b < d->batch; b++, x += d->in)
        for (size_t u = 0; u < d->filters / d->rank; u++) {
            float sum = bias ? bias[u] : 0;
            for (size_t r = 0; r < d->rank; r++, memory += d->memory) {
                size_t f = u * d->rank + r;
                push_f32(d, x, feature + f * d->in, memory);
                sum += filter_f32(d, time + f * d->memory, memory);
            }
            sum = sum < d->low ? d->low : sum;
            *y++ = sum > d->high ? d->high : sum;
        }
}

/* ---- int8; time weights and state of either width ---- */

static int32_t feature_s8(const prepared *d, const int8_t *x, const int8_t *w, int32_t low, int32_t high) {
    int32_t sum = 0;
    for (size_t i = 0; i < d->in; i++)
        sum += w[i] * (x[i] - d->x_zero);
    return sedge_clamp(sedge_scale(sum, d->to_state), low, high);
}

/* the memory moves on, then is multiplied; sums wrap as the reference's do on the machines it runs on */
static uint32_t filter_s16(const prepared *d, int32_t newest, const int16_t *w, int16_t *memory) {
    memmove(memory, memory + 1, (d->memory - 1) * sizeof *memory);
    memory[d->memory - 1] = (int16_t)(newest + d->state_zero);
    uint32_t sum = 0;
    for (size_t i = 0; i < d->memory; i++)
        sum += (uint32_t)(w[i] * (memory[i] - d->state_zero));
    return sum;
}

static uint32_t filter_s8(const prepared *d, int32_t newest, const int8_t *w, int8_t *memory) {
    memmove(memory, memory + 1, (d->memory - 1) * sizeof *memory);
    memory[d->memory - 1] = (int8_t)(newest + d->state_zero);
    uint32_t sum = 0;
    for (size_t i = 0; i < d->memory; i++)
        sum += (uint32_t)(w[i] * (memory[i] - d->state_zero));
    return sum;
}

static int8_t finish_s8(const prepared *d, uint32_t sum) {
    int64_t y = (int64_t)sedge_scale((int32_t)sum, d->to_y) + d->y_zero;
    return (int8_t)(y < INT8_MIN ? INT8_MIN : y > INT8_MAX ? INT8_MAX : y);
}

static void run_s16(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int8_t *x = call->inputs[X], *feature = call->inputs[FEATURE];
    const int16_t *time = call->inputs[TIME];
    const int32_t *bias = call->inputs[BIAS];
    int16_t *memory = call->inputs[STATE];
    int8_t *y = call->outputs[0];
    for (size_t b = 0; b < d->batch; b++, x += d->in)
        for (size_t u = 0; u < d->filters / d->rank; u++) {
            uint32_t sum = bias ? (uint32_t)bias[u] : 0;
            for (size_t f = u * d->rank; f < (u + 1) * d->rank; f++, memory += d->memory)
                sum += filter_s16(d, feature_s8(d, x, feature + f * d->in, INT16_MIN, INT16_MAX), time + f * d->memory,
                                  memory);
            *y++ = finish_s8(d, sum);
        }
}

static void run_s8(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int8_t *x = call->inputs[X], *feature = call->inputs[FEATURE], *time = call->inputs[TIME];
    const int32_t *bias = call->inputs[BIAS];
    int8_t *memory = call->inputs[STATE], *y = call->outputs[0];
    for (size_t b = 0; b < d->batch; b++, x += d->in)
        for (size_t u = 0; u < d->filters / d->rank; u++) {
            uint32_t sum = bias ? (uint32_t)bias[u] : 0;
            for (size_t f = u * d->rank; f < (u + 1) * d->rank; f++, memory += d->memory)
                sum += filter_s8(d, feature_s8(d, x, feature + f * d->in, INT8_MIN, INT8_MAX), time + f * d->memory,
                                 memory);
            *y++ = finish_s8(d, sum);
        }
}

/* ---- open ---- */

static sedge_status check_types(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X), *time = sedge_op_input(site, TIME);
    const sedge_tensor *bias = sedge_op_optional(site, BIAS);
    bool int8 = x->dtype == SEDGE_INT8;
    if (!int8 && x->dtype != SEDGE_FLOAT32)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, float32 or int8 is needed", x->name,
                          sedge_dtype_name(x->dtype));
    sedge_status st = sedge_op_want_type(sedge_op_input(site, FEATURE), x->dtype, err);
    if (!st && !(int8 ? time->dtype == SEDGE_INT8 || time->dtype == SEDGE_INT16 : time->dtype == SEDGE_FLOAT32))
        st = sedge_op_bad_types(x, time, err);
    if (!st)
        st = sedge_op_want_type(sedge_op_input(site, STATE), time->dtype, err);
    if (!st && bias)
        st = sedge_op_want_type(bias, int8 ? SEDGE_INT32 : SEDGE_FLOAT32, err);
    return st ? st : sedge_op_want_type(sedge_op_output(site, 0), x->dtype, err);
}

static sedge_status bad_shape(const sedge_tensor *t, sedge_error *err) {
    return sedge_fail(err, SEDGE_EINVALID, "tensor '%s' does not fit the others' shapes", t->name);
}

sedge_status sedge_op_svdf_shape(const sedge_op_site *site, sedge_error *err) {
    if (site->op->n_inputs != N_INPUTS || site->op->inputs[STATE] < 0)
        return sedge_fail(err, SEDGE_EINVALID, "%u inputs, 5 are needed", site->op->n_inputs);
    sedge_status st = check_types(site, err);
    if (st)
        return st;
    const sedge_tensor *x = sedge_op_input(site, X), *feature = sedge_op_input(site, FEATURE);
    const sedge_tensor *time = sedge_op_input(site, TIME), *bias = sedge_op_optional(site, BIAS);
    const sedge_tensor *state = sedge_op_input(site, STATE);
    int32_t rank = site->op->u.svdf_rank;
    if (x->rank != 2)
        return bad_shape(x, err);
    if (feature->rank != 2 || feature->dims[1] != x->dims[1] || rank < 1 || feature->dims[0] % rank != 0)
        return bad_shape(feature, err);
    if (time->rank != 2 || time->dims[0] != feature->dims[0] || time->dims[1] > MEMORY_MAX)
        return bad_shape(time, err);
    if (bias && sedge_op_elements(bias) != (size_t)(feature->dims[0] / rank))
        return bad_shape(bias, err);
    if (!state->variable)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the state, tensor '%s', is not a variable", state->name);
    if (state->rank != 2 || state->dims[0] != x->dims[0] ||
        (size_t)state->dims[1] != (size_t)time->dims[0] * (size_t)time->dims[1])
        return bad_shape(state, err);
    return sedge_op_set_shape(sedge_op_output(site, 0), 2, (int32_t[]){ x->dims[0], feature->dims[0] / rank }, err);
}

static sedge_status init_s8(const sedge_op_site *site, prepared *d, sedge_error *err) {
    const sedge_tensor *const all[] = { sedge_op_input(site, X), sedge_op_input(site, FEATURE),
                                        sedge_op_input(site, TIME), sedge_op_input(site, STATE),
                                        sedge_op_output(site, 0) };
    for (size_t i = 0; i < SEDGE_COUNT(all); i++) {
        sedge_status st = sedge_op_want_quant(all[i], err);
        if (st)
            return st;
    }
    const sedge_tensor *x = all[0], *feature = all[1], *time = all[2], *state = all[3], *y = all[4];
    if (sedge_zero_point(feature) != 0 || sedge_zero_point(time) != 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "weights '%s' or '%s' have a zero point that is not 0",
                          feature->name, time->name);
    if (state->dtype == SEDGE_INT16 && sedge_zero_point(state) != 0)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the state '%s' has zero point %d, 0 is needed", state->name,
                          sedge_zero_point(state));
    if (x->dims[1] > S8_IN_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%d inputs in int8, the limit is %d", x->dims[1], S8_IN_MAX);
    /* products and quotients in float32, as the reference has them */
    float to_state = x->quant.scales[0] * feature->quant.scales[0] / state->quant.scales[0];
    float to_y = state->quant.scales[0] * time->quant.scales[0] / y->quant.scales[0];
    if (!sedge_factor_of((double)to_state, &d->to_state) || !sedge_factor_of((double)to_y, &d->to_y))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s' and '%s' are too far from the others", x->name,
                          y->name);
    d->x_zero = sedge_zero_point(x);
    d->state_zero = sedge_zero_point(state);
    d->y_zero = sedge_zero_point(y);
    return SEDGE_OK;
}

sedge_status sedge_op_svdf_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X), *time = sedge_op_input(site, TIME);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .batch = (size_t)x->dims[0],
                     .in = (size_t)x->dims[1],
                     .filters = (size_t)time->dims[0],
                     .memory = (size_t)time->dims[1],
                     .rank = (size_t)site->op->u.svdf_rank };
    sedge_activation_range_f32(site->op->activation, &d->low, &d->high);
    bool int8 = x->dtype == SEDGE_INT8, wide = time->dtype == SEDGE_INT16;
    sedge_status st = int8 ? init_s8(site, d, err) : SEDGE_OK;
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = !int8  ? run_f32
                                    : wide ? run_s16
                                           : run_s8,
                             .data = d,
                             .kernel = !int8  ? "svdf_f32_scalar"
                                       : wide ? "svdf_s16_scalar"
                                              : "svdf_s8_scalar",
                             .macs = (uint64_t)d->batch * d->filters * (d->in + d->memory) };
    return SEDGE_OK;
}
