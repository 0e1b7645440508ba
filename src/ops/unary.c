/* SPDX-License-Identifier: Apache-2.0 */
/* Operators of one input and one output of the same shape. What they compute stands in unary_table.c. */
#include "ops/unary.h"

#include <math.h>

#include "ops/kernels/unary_f32.h"
#include "ops/numbers.h"
#include "ops/ops.h"

static const sedge_unary_f32_kernel *const kernels_f32[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/unary_f32.inc"
#undef K
};

typedef struct prepared {
    size_t n;
    const sedge_unary_row *kind;
    sedge_dtype x, y;
    double p[2];
    const sedge_unary_f32_kernel *kernel;
    sedge_unary_f32_params f32;
    sedge_unary_quant q;
} prepared;

typedef struct prepared_table {
    size_t n;
    uint8_t table[256]; /* by the input's byte */
} prepared_table;

/* ---- run ---- */

static void run_f64(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    double x[SEDGE_BLOCK];
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        sedge_load_f64(d->x, call->inputs[0], at, 1, n, x);
        for (size_t i = 0; i < n; i++)
            x[i] = d->kind->f64(x[i], d->p);
        sedge_store_f64(d->y, call->outputs[0], at, n, x);
    }
}

static void run_i64(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    int64_t x[SEDGE_BLOCK];
    for (size_t at = 0; at < d->n; at += SEDGE_BLOCK) {
        size_t n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        sedge_load_i64(d->x, call->inputs[0], at, 1, n, x);
        for (size_t i = 0; i < n; i++)
            x[i] = d->kind->i64(x[i], d->p);
        sedge_store_i64(d->y, call->outputs[0], at, n, x);
    }
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    d->kernel->run(&d->f32, call->inputs[0], call->outputs[0], d->n);
}

static void run_s16(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const int16_t *x = call->inputs[0];
    int16_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        y[i] = (int16_t)d->kind->q16(&d->q, x[i]);
}

static void run_table(const sedge_op_call *call) {
    const prepared_table *d = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        y[i] = d->table[x[i]];
}

/* ---- shape ---- */

static bool is_8_bits(const sedge_tensor *t) {
    return t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8;
}

static bool is_quantized(const sedge_tensor *t) {
    return (is_8_bits(t) || t->dtype == SEDGE_INT16) && t->quant.count;
}

static bool supported(const sedge_unary_row *kind, const sedge_tensor *x) {
    if (is_quantized(x))
        return is_8_bits(x) ? kind->result == SEDGE_UNARY_SAME && kind->f64 != NULL : kind->q16 != NULL;
    if (kind->kind == SEDGE_OP_LOGICAL_NOT)
        return x->dtype == SEDGE_BOOL;
    return sedge_is_float(x->dtype) ? kind->f64 != NULL : sedge_is_integer(x->dtype) && kind->i64 != NULL;
}

sedge_status sedge_op_unary_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_unary_row *kind = sedge_unary_find(site->op->kind);
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    bool wants_scale = (is_8_bits(x) || x->dtype == SEDGE_INT16) && !kind->i64;
    sedge_status st = wants_scale ? sedge_op_want_quant(x, err) : SEDGE_OK;
    if (st)
        return st;
    if (!supported(kind, x))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' of type %s is not supported", x->name,
                          sedge_dtype_name(x->dtype));
    st = sedge_op_set_type(y, kind->result == SEDGE_UNARY_BOOL ? SEDGE_BOOL : x->dtype, err);
    if (!st && is_quantized(x)) {
        st = sedge_op_want_quant(x, err);
        if (!st)
            st = sedge_op_want_quant(y, err);
    }
    return st ? st : sedge_op_same_shape(y, x, err);
}

/* ---- preparation ---- */

sedge_status sedge_unary_prepare_table(const sedge_op_site *site, int32_t (*fn)(const void *user, int32_t x),
                                       const void *user, const char *kernel, sedge_prepared *ret, sedge_error *err) {
    prepared_table *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_range r = sedge_dtype_range(sedge_op_input(site, 0)->dtype);
    d->n = sedge_op_elements(sedge_op_input(site, 0));
    for (int32_t x = r.low; x <= r.high; x++)
        d->table[(uint8_t)x] = (uint8_t)fn(user, x);
    *ret = (sedge_prepared){
        .run = run_table, .data = d, .kernel = kernel, .packed_bytes = sizeof d->table, .macs = d->n, .in_place = true
    };
    return SEDGE_OK;
}

typedef struct table_user {
    sedge_unary_q *fn;
    const sedge_unary_quant *q;
} table_user;

static int32_t table_fn(const void *user, int32_t x) {
    const table_user *u = user;
    return u->fn(u->q, x);
}

static sedge_status prepare_quant(const sedge_op_site *site, prepared *d, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    const sedge_unary_row *kind = d->kind;
    d->q = (sedge_unary_quant){ .x_zero = sedge_zero_point(x),
                                .y_zero = sedge_zero_point(y),
                                .range = sedge_dtype_range(y->dtype),
                                .x_scale = x->quant.scales[0],
                                .y_scale = y->quant.scales[0],
                                .f64 = kind->f64,
                                .p = { d->p[0], d->p[1] } };
    sedge_status st = kind->q_init ? kind->q_init(site, &d->q, err) : SEDGE_OK;
    if (st)
        return st;
    if (is_8_bits(x)) {
        table_user user = { kind->q_init ? kind->q : sedge_unary_float_q, &d->q };
        return sedge_unary_prepare_table(site, table_fn, &user, "unary_table", ret, err);
    }
    *ret = (sedge_prepared){ .run = run_s16, .data = d, .kernel = "unary_s16_scalar", .macs = d->n, .in_place = true };
    return SEDGE_OK;
}

/* float32 with a kernel of its own */
static bool choose_f32(const sedge_op_site *site, prepared *d) {
    const float alpha = site->op->u.fn.alpha;
    const struct {
        uint8_t kind;
        sedge_unary_f32_params params;
    } rows[] = { { SEDGE_OP_RELU, { SEDGE_UNARY_F32_CLAMP, 0, INFINITY } },
                 { SEDGE_OP_RELU6, { SEDGE_UNARY_F32_CLAMP, 0, 6 } },
                 { SEDGE_OP_RELU_N1_TO_1, { SEDGE_UNARY_F32_CLAMP, -1, 1 } },
                 { SEDGE_OP_LOGISTIC, { SEDGE_UNARY_F32_LOGISTIC, 0, 0 } },
                 { SEDGE_OP_LEAKY_RELU, { SEDGE_UNARY_F32_LEAKY_RELU, alpha, 0 } },
                 { SEDGE_OP_HARD_SWISH, { SEDGE_UNARY_F32_HARD_SWISH, 0, 0 } } };
    size_t k = 0;
    while (!SEDGE_KERNEL_FITS(kernels_f32[k]->cpu, site->cpu_mask))
        k++;
    d->kernel = kernels_f32[k];
    for (size_t i = 0; d->x == SEDGE_FLOAT32 && i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].kind == (uint8_t)site->op->kind) {
            d->f32 = rows[i].params;
            return true;
        }
    return false;
}

sedge_status sedge_op_unary_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .n = sedge_op_elements(x),
                     .kind = sedge_unary_find(site->op->kind),
                     .x = x->dtype,
                     .y = y->dtype,
                     .p = { (double)site->op->u.fn.alpha, (double)site->op->u.fn.beta } };
    if (is_quantized(x))
        return prepare_quant(site, d, ret, err);
    bool f32 = choose_f32(site, d);
    *ret = (sedge_prepared){ .run = f32                    ? run_f32
                                    : sedge_is_float(d->x) ? run_f64
                                                           : run_i64,
                             .data = d,
                             .kernel = f32 ? d->kernel->name : "unary_scalar",
                             .macs = d->n,
                             .in_place = sedge_dtype_size(d->x) == sedge_dtype_size(d->y) };
    return SEDGE_OK;
}
