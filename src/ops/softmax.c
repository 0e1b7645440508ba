/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOFTMAX over the last dimension. float32, or int8 in gemmlowp's fixed point (output scale 1/256, zero point -128), as
 * the reference kernels of TensorFlow Lite Micro have it.
 */
#include "ops/softmax.h"
#include "base/exact_math.h"
#include "model/fixed_point.h"
#include "model/quant.h"
#include "ops/ops.h"

enum { S8_DEPTH_MAX = 4095 };

typedef struct prepared {
    size_t rows, depth;
    float beta;
    sedge_softmax_s8 s8;
} prepared;

static void row_f32(const prepared *d, const float *x, float *y) {
    float largest = x[0], sum = 0;
    for (size_t i = 1; i < d->depth; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (size_t i = 0; i < d->depth; i++) {
        y[i] = sedge_expf((x[i] - largest) * d->beta);
        sum += y[i];
    }
    for (size_t i = 0; i < d->depth; i++)
        y[i] /= sum;
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t i = 0; i < d->rows; i++)
        row_f32(d, (const float *)call->inputs[0] + i * d->depth, (float *)call->outputs[0] + i * d->depth);
}

static void run_s8(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    sedge_run_softmax_s8(&d->s8, call->inputs[0], call->outputs[0]);
}

sedge_status sedge_op_softmax_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (st)
        return st;
    if (x->dtype != SEDGE_FLOAT32 && x->dtype != SEDGE_INT8)
        return sedge_op_bad_types(x, y, err);
    if (x->rank == 0)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' is a scalar", x->name);
    return sedge_op_same_shape(y, x, err);
}

sedge_status sedge_softmax_s8_init(sedge_softmax_s8 *p, const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_want_quant(x, err);
    if (!st)
        st = sedge_op_want_quant(y, err);
    if (st)
        return st;
    if (sedge_zero_point(y) != -128 || y->quant.scales[0] != 1.0f / 256)
        return sedge_fail(err, SEDGE_EUNSUPPORTED,
                          "output '%s' has scale %g and zero point %d, 1/256 and -128 are needed", y->name,
                          (double)y->quant.scales[0], sedge_zero_point(y));
    *p = (sedge_softmax_s8){ .depth = (size_t)x->dims[x->rank - 1] };
    p->rows = sedge_op_elements(x) / p->depth;
    if (p->depth > S8_DEPTH_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu values in a row of int8, the limit is %d", p->depth, S8_DEPTH_MAX);
    double real = (double)site->op->u.beta * (double)x->quant.scales[0] * (1 << (31 - SEDGE_SOFTMAX_DIFF_BITS));
    if (real >= 0x1p30) /* one step is beyond the radius: only differences of 0 count, whatever the factor */
        return SEDGE_OK;
    if (!(real > 1) || !sedge_factor_of(real, &p->factor))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has scale %g, which is too small", x->name,
                          (double)x->quant.scales[0]);
    p->diff_low = -sedge_fixed_radius(SEDGE_SOFTMAX_DIFF_BITS, p->factor.shift);
    return SEDGE_OK;
}

sedge_status sedge_op_softmax_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->depth = (size_t)x->dims[x->rank - 1];
    d->rows = sedge_op_elements(x) / d->depth;
    d->beta = site->op->u.beta;
    if (!(d->beta > 0 && d->beta < 1e6f))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "beta is %g, a positive number is needed", (double)d->beta);
    bool int8 = x->dtype == SEDGE_INT8;
    sedge_status st = int8 ? sedge_softmax_s8_init(&d->s8, site, err) : SEDGE_OK;
    if (st)
        return st;
    *ret = (sedge_prepared){ .run = int8 ? run_s8 : run_f32,
                             .data = d,
                             .kernel = int8 ? "softmax_s8_scalar" : "softmax_f32_scalar",
                             .macs = 2 * (uint64_t)d->rows * d->depth,
                             .in_place = !int8 };
    return SEDGE_OK;
}
