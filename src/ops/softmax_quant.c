/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOFTMAX over the last dimension of quantised tensors: int8 and uint8 to the same type, int8 to int16, int16 to int16.
 * Source: the reference kernels of TensorFlow Lite Micro (gemmlowp's fixed point; int16 by two tables).
 */
#include "base/exact_math.h"
#include "model/fixed_point.h"
#include "model/quant.h"
#include "ops/ops.h"
#include "ops/softmax.h"

enum { DEPTH_MAX = 4095, STEPS = 512, SUM_BITS = 12 };

typedef struct prepared {
    sedge_softmax_s8 s8;
    uint8_t flip; /**< 0x80 for uint8, which is int8 with the top bit flipped */
} prepared;

typedef struct prepared_s16 {
    size_t rows, depth;
    sedge_factor factor;
    int16_t exp[STEPS + 1], reciprocal[STEPS + 1];
} prepared_s16;

/* ---- 8 bits ---- */

static void run_8_bits(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0], *line = call->scratch;
    if (!d->flip) {
        sedge_run_softmax_s8(&d->s8, call->inputs[0], call->outputs[0]);
        return;
    }
    sedge_softmax_s8 one = d->s8;
    one.rows = 1;
    for (size_t row = 0; row < d->s8.rows; row++, x += one.depth, y += one.depth) {
        for (size_t i = 0; i < one.depth; i++)
            line[i] = x[i] ^ d->flip;
        sedge_run_softmax_s8(&one, (const int8_t *)line, (int8_t *)y);
        for (size_t i = 0; i < one.depth; i++)
            y[i] ^= d->flip;
    }
}

static int32_t exp_of(const sedge_softmax_s8 *p, int32_t difference) {
    return sedge_fixed_exp(sedge_scale(difference, p->factor), SEDGE_SOFTMAX_DIFF_BITS);
}

static void wide_row(const sedge_softmax_s8 *p, const int8_t *x, int16_t *y) {
    int32_t largest = INT8_MIN, sum = 0, bits;
    for (size_t i = 0; i < p->depth; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < p->depth; i++)
        if (x[i] - largest >= p->diff_low)
            sum += sedge_shift_round(exp_of(p, x[i] - largest), SUM_BITS);
    int32_t scale = sedge_fixed_reciprocal(sum, SUM_BITS, &bits);
    for (size_t i = 0; i < p->depth; i++) {
        int32_t v = 0;
        if (x[i] - largest >= p->diff_low)
            v = sedge_shift_round(sedge_mul_high(scale, exp_of(p, x[i] - largest)), bits + 31 - 16);
        y[i] = (int16_t)sedge_clamp(v + INT16_MIN, INT16_MIN, INT16_MAX);
    }
}

static void run_s8_s16(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int8_t *x = call->inputs[0];
    int16_t *y = call->outputs[0];
    for (size_t row = 0; row < d->s8.rows; row++)
        wide_row(&d->s8, x + row * d->s8.depth, y + row * d->s8.depth);
}

static sedge_status want_output(const sedge_tensor *y, float scale, int32_t zero, sedge_error *err) {
    float off = y->quant.scales[0] - scale;
    if (sedge_zero_point(y) == zero && (off < 0 ? -off : off) <= 0.001f * scale)
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUNSUPPORTED, "output '%s' has scale %g and zero point %d, %g and %d are needed",
                      y->name, (double)y->quant.scales[0], sedge_zero_point(y), (double)scale, zero);
}

sedge_status sedge_softmax_s8_init(sedge_softmax_s8 *p, const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    sedge_status st = y->dtype == SEDGE_INT16 ? want_output(y, 0x1p-16f, INT16_MIN, err)
                                              : want_output(y, 0x1p-8f, y->dtype == SEDGE_INT8 ? -128 : 0, err);
    if (st)
        return st;
    *p = (sedge_softmax_s8){ .depth = (size_t)x->dims[x->rank - 1] };
    p->rows = sedge_op_elements(x) / p->depth;
    if (p->depth > DEPTH_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu values in a row of 8 bits, the limit is %d", p->depth, DEPTH_MAX);
    double real = (double)site->op->u.softmax.beta * (double)x->quant.scales[0] * (1 << (31 - SEDGE_SOFTMAX_DIFF_BITS));
    if (real >= 0x1p30) /* one step is beyond the radius: only differences of 0 count, whatever the factor */
        return SEDGE_OK;
    if (!(real > 1) || !sedge_factor_of(real, &p->factor))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has scale %g, which is too small", x->name,
                          (double)x->quant.scales[0]);
    p->diff_low = -sedge_fixed_radius(SEDGE_SOFTMAX_DIFF_BITS, p->factor.shift);
    return SEDGE_OK;
}

/* ---- int16 ---- */

/* table[x / 128] with interpolation; x is an int16 */
static int32_t look_up(const int16_t *table, int32_t x) {
    int32_t index = 256 + (x >> 7), base = table[index];
    int16_t slope = (int16_t)(table[index + 1] - base);
    return (int16_t)(base + ((slope * (x & 0x7f) + 64) >> 7));
}

static void row_s16(const prepared_s16 *d, const int16_t *x, int16_t *y) {
    int32_t largest = INT16_MIN, sum = 0, zeros = 0;
    for (size_t i = 0; i < d->depth; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < d->depth; i++) {
        int64_t difference = (int64_t)sedge_scale(x[i] - largest, d->factor) + INT16_MAX;
        y[i] = (int16_t)look_up(d->exp, (int32_t)(difference < INT16_MIN ? INT16_MIN : difference));
        sum += y[i];
    }
    while (!((uint32_t)sum << zeros & UINT32_C(0x80000000)) && zeros < 31)
        zeros++;
    zeros++; /* one more than the bits that are free above */
    int32_t shifted = (int32_t)((((int64_t)sum << (zeros - 2)) + (1 << 13)) >> 14) - (3 << 15);
    int64_t scale = look_up(d->reciprocal, sedge_clamp(shifted, INT16_MIN, INT16_MAX));
    int32_t right = 32 - zeros;
    for (size_t i = 0; i < d->depth; i++)
        y[i] = (int16_t)sedge_clamp((int32_t)((y[i] * scale + (INT64_C(1) << (right - 1))) >> right), 0, INT16_MAX);
}

static void run_s16(const sedge_op_call *call) {
    const prepared_s16 *d = call->prepared;
    for (size_t row = 0; row < d->rows; row++)
        row_s16(d, (const int16_t *)call->inputs[0] + row * d->depth, (int16_t *)call->outputs[0] + row * d->depth);
}

static float one_over_one_plus(float x) {
    return 1 / (1 + x);
}

static float whole(float x) {
    return (float)sedge_round_f32(x);
}

/* entries bent so that half way between two of them the error is shared; float32 throughout, as the reference */
static void fill_table(float in_scale, int32_t in_zero, float (*fn)(float), int16_t *table) {
    float low = in_scale * (float)(INT16_MIN - in_zero), high = in_scale * (float)(INT16_MAX - in_zero);
    float out_scale = 2.0f / 65535, step = (high - low) / STEPS;
    float unit = 65536.0f / (out_scale * INT16_MAX - out_scale * INT16_MIN);
    for (int i = 0; i <= STEPS; i++) {
        float value = fn(i < STEPS ? low + (float)i * step : high), entry = whole(value * unit);
        if (i < STEPS) {
            float next = fn(low + (float)(i + 1) * step), middle = fn(low + (float)i * step + step / 2);
            float error = whole((next * unit + entry) / 2) - whole(middle * unit);
            entry -= whole(error / 2);
        }
        table[i] = (int16_t)(entry > INT16_MAX ? INT16_MAX : entry < INT16_MIN ? INT16_MIN : entry);
    }
}

static sedge_status prepare_s16(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    prepared_s16 *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->depth = (size_t)x->dims[x->rank - 1];
    d->rows = sedge_op_elements(x) / d->depth;
    sedge_status st = want_output(y, 0x1p-15f, 0, err);
    if (!st && (y->dtype != SEDGE_INT16 || sedge_zero_point(x) != 0))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' of int16 needs zero point 0 and an output of int16",
                        x->name);
    if (!st && d->depth > INT16_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "%zu values in a row of int16, the limit is %d", d->depth, INT16_MAX);
    double real = (double)x->quant.scales[0] * (double)site->op->u.softmax.beta / (10.0 / 65535.0);
    if (!st && (real >= 0x1p14 || !sedge_factor_of(real, &d->factor)))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has scale %g, which is too large", x->name,
                        (double)x->quant.scales[0]);
    if (st)
        return st;
    fill_table(10.0f / 65535, INT16_MAX, sedge_expf, d->exp);
    fill_table(1.0f / 65535, INT16_MIN, one_over_one_plus, d->reciprocal);
    *ret = (sedge_prepared){ .run = run_s16,
                             .data = d,
                             .kernel = "softmax_s16_scalar",
                             .packed_bytes = sizeof d->exp + sizeof d->reciprocal,
                             .macs = 2 * (uint64_t)d->rows * d->depth };
    return SEDGE_OK;
}

sedge_status sedge_softmax_prepare_quant(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    if (x->dtype == SEDGE_INT16)
        return prepare_s16(site, ret, err);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_softmax_s8_init(&d->s8, site, err);
    if (st)
        return st;
    d->flip = x->dtype == SEDGE_UINT8 ? 0x80 : 0;
    *ret = (sedge_prepared){ .run = y->dtype == SEDGE_INT16 ? run_s8_s16 : run_8_bits,
                             .data = d,
                             .kernel = y->dtype == SEDGE_INT16 ? "softmax_s8_s16_scalar" : "softmax_s8_scalar",
                             .scratch_bytes = d->flip ? d->s8.depth : 0,
                             .macs = 2 * (uint64_t)d->s8.rows * d->s8.depth };
    return SEDGE_OK;
}
