/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators of two inputs with broadcasting: one walk, and for each row along the last dimension one of a few loops.
 * What the loops compute stands in binary_table.c.
 */
#include "ops/binary.h"

#include <math.h>

#include "base/own.h"
#include "ops/broadcast.h"
#include "ops/kernels/binary_f32.h"
#include "ops/kernels/sum_s8.h"
#include "ops/numbers.h"
#include "ops/ops.h"

static const sedge_binary_f32_kernel *const kernels_f32[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/binary_f32.inc"
#undef K
};
static const sedge_sum_s8_kernel *const kernels_s8[] = {
#define K(name, cpu) &sedge_##name,
#include "ops/kernels/sum_s8.inc"
#undef K
};

/* elements from which the search for a line (sum_s8.h) is worth its time */
enum { LINE_PAYS_FROM = 1024 };

typedef struct prepared prepared;
/* n elements from these places on; within the row an input moves by walk.steps, 0 or 1 */
typedef void row_fn(const prepared *d, const sedge_op_call *call, const sedge_broadcast_row *at, size_t n);

struct prepared {
    sedge_broadcast walk;
    row_fn *row;
    const sedge_binary_row *kind;
    sedge_dtype a, b, y;
    bool clamps;
    float low, high; /* a fused activation on plain numbers */
    sedge_binary_f64 *f64;
    sedge_binary_i64 *i64;
    sedge_binary_quant q;
    const sedge_binary_f32_kernel *kernel_f32;
    sedge_binary_f32_params f32;
    const sedge_sum_s8_kernel *kernel_s8;
    sedge_sum_s8_params s8;
};

/* ---- rows ---- */

static void row_f64(const prepared *d, const sedge_op_call *call, const sedge_broadcast_row *at, size_t n) {
    double a[SEDGE_BLOCK], b[SEDGE_BLOCK];
    size_t step_a = sedge_broadcast_step(&d->walk, 0), step_b = sedge_broadcast_step(&d->walk, 1);
    sedge_load_f64(d->a, call->inputs[0], at->in[0], step_a, n, a);
    sedge_load_f64(d->b, call->inputs[1], at->in[1], step_b, n, b);
    for (size_t i = 0; i < n; i++)
        a[i] = d->f64(a[i], b[i]);
    for (size_t i = 0; d->clamps && i < n; i++) {
        a[i] = a[i] < (double)d->low ? (double)d->low : a[i];
        a[i] = a[i] > (double)d->high ? (double)d->high : a[i];
    }
    sedge_store_f64(d->y, call->outputs[0], at->out, n, a);
}

static void load_i64(const prepared *d, const sedge_op_call *call, const sedge_broadcast_row *at, size_t n, int64_t *a,
                     int64_t *b) {
    sedge_load_i64(d->a, call->inputs[0], at->in[0], sedge_broadcast_step(&d->walk, 0), n, a);
    sedge_load_i64(d->b, call->inputs[1], at->in[1], sedge_broadcast_step(&d->walk, 1), n, b);
}

static void row_i64(const prepared *d, const sedge_op_call *call, const sedge_broadcast_row *at, size_t n) {
    int64_t a[SEDGE_BLOCK], b[SEDGE_BLOCK];
    load_i64(d, call, at, n, a, b);
    for (size_t i = 0; i < n; i++)
        a[i] = d->i64(a[i], b[i]);
    for (size_t i = 0; d->clamps && i < n; i++) {
        a[i] = (float)a[i] < d->low ? (int64_t)d->low : a[i];
        a[i] = (float)a[i] > d->high ? (int64_t)d->high : a[i];
    }
    sedge_store_i64(d->y, call->outputs[0], at->out, n, a);
}

static void row_q(const prepared *d, const sedge_op_call *call, const sedge_broadcast_row *at, size_t n) {
    int64_t a[SEDGE_BLOCK], b[SEDGE_BLOCK];
    load_i64(d, call, at, n, a, b);
    for (size_t i = 0; i < n; i++)
        a[i] = d->kind->q(&d->q, (int32_t)a[i], (int32_t)b[i]);
    sedge_store_i64(d->y, call->outputs[0], at->out, n, a);
}

static void row_f32(const prepared *d, const sedge_op_call *call, const sedge_broadcast_row *at, size_t n) {
    const float *a = call->inputs[0], *b = call->inputs[1];
    float *y = call->outputs[0];
    d->kernel_f32->run(&d->f32, a + at->in[0], b + at->in[1], y + at->out, n);
}

static void row_s8(const prepared *d, const sedge_op_call *call, const sedge_broadcast_row *at, size_t n) {
    const int8_t *a = call->inputs[0], *b = call->inputs[1];
    int8_t *y = call->outputs[0];
    d->kernel_s8->run(&d->s8, a + at->in[0], b + at->in[1], y + at->out, n);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    size_t length = sedge_broadcast_length(&d->walk);
    size_t most = d->row == row_f32 || d->row == row_s8 ? length : SEDGE_BLOCK;
    size_t step_a = sedge_broadcast_step(&d->walk, 0), step_b = sedge_broadcast_step(&d->walk, 1);
    sedge_broadcast_row row = { 0 };
    do {
        for (size_t i = 0; i < length; i += most) {
            sedge_broadcast_row at = { { row.in[0] + i * step_a, row.in[1] + i * step_b }, row.out + i, { 0 } };
            d->row(d, call, &at, length - i < most ? length - i : most);
        }
    } while (sedge_broadcast_next(&d->walk, &row));
}

/* ---- shape ---- */

/* 8 and 16 bits with scales are quantised; all other numbers are plain */
static bool is_quantized(const sedge_tensor *t) {
    bool narrow = t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8 || t->dtype == SEDGE_INT16;
    return narrow && t->quant.count;
}

static bool is_power(const sedge_op_site *site) {
    return site->op->kind == SEDGE_OP_POW;
}

static bool is_logical(sedge_op_kind kind) {
    return kind == SEDGE_OP_LOGICAL_AND || kind == SEDGE_OP_LOGICAL_OR || kind == SEDGE_OP_LOGICAL_XOR;
}

static sedge_status check_types(const sedge_op_site *site, const sedge_binary_row *kind, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1);
    bool supported = sedge_is_float(a->dtype) ? kind->f64 != NULL : sedge_is_integer(a->dtype) && kind->i64 != NULL;
    bool mixed = is_power(site) && (sedge_is_float(b->dtype) || sedge_is_integer(b->dtype));
    if (is_quantized(a))
        supported = kind->q != NULL;
    if (is_logical(site->op->kind))
        supported = a->dtype == SEDGE_BOOL;
    if (!supported || (a->dtype != b->dtype && !mixed))
        return sedge_op_bad_types(a, b, err);
    return SEDGE_OK;
}

static sedge_status check_quant(const sedge_op_site *site, const sedge_binary_row *kind, sedge_error *err) {
    if (!is_quantized(sedge_op_input(site, 0)))
        return SEDGE_OK;
    sedge_status st = sedge_op_want_quant(sedge_op_input(site, 0), err);
    if (!st)
        st = sedge_op_want_quant(sedge_op_input(site, 1), err);
    return st || kind->compares ? st : sedge_op_want_quant(sedge_op_output(site, 0), err);
}

sedge_status sedge_op_binary_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_binary_row *kind = sedge_binary_find(site->op->kind);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = check_types(site, kind, err);
    if (!st)
        st = sedge_op_set_type(y, kind->compares ? SEDGE_BOOL : sedge_op_input(site, 0)->dtype, err);
    if (!st)
        st = check_quant(site, kind, err);
    uint32_t rank;
    int32_t dims[SEDGE_RANK_MAX];
    if (!st)
        st = sedge_broadcast_shape(site, 2, &rank, dims, err);
    return st ? st : sedge_op_set_shape(y, rank, dims, err);
}

/* ---- preparation ---- */

static void choose_plain(prepared *d, const sedge_op_site *site) {
    bool is_float = sedge_is_float(d->a) || (d->a != d->b);
    d->low = -INFINITY;
    d->high = INFINITY;
    d->clamps = site->op->activation != SEDGE_ACTIVATION_NONE;
    if (d->clamps)
        sedge_activation_range_f32(site->op->activation, &d->low, &d->high);
    d->f64 = d->a == SEDGE_FLOAT32 && d->kind->f32 ? d->kind->f32 : d->kind->f64;
    d->i64 = d->a == SEDGE_UINT64 && d->kind->u64 ? d->kind->u64 : d->kind->i64;
    d->row = is_float ? row_f64 : row_i64;
}

/* float32 with a kernel of its own */
static bool choose_f32(prepared *d, const sedge_op_site *site) {
    static const struct {
        uint8_t kind, fn;
    } rows[] = {
        { SEDGE_OP_ADD, SEDGE_BINARY_F32_ADD },
        { SEDGE_OP_SUB, SEDGE_BINARY_F32_SUB },
        { SEDGE_OP_MUL, SEDGE_BINARY_F32_MUL },
        { SEDGE_OP_DIV, SEDGE_BINARY_F32_DIV },
    };
    for (size_t i = 0; d->a == SEDGE_FLOAT32 && i < SEDGE_COUNT(rows); i++) {
        if (rows[i].kind != (uint8_t)site->op->kind)
            continue;
        d->f32 = (sedge_binary_f32_params){ (sedge_binary_f32_fn)rows[i].fn, sedge_broadcast_step(&d->walk, 0),
                                            sedge_broadcast_step(&d->walk, 1), d->low, d->high };
        d->row = row_f32;
        size_t k = 0;
        while (!SEDGE_KERNEL_FITS(kernels_f32[k]->cpu, site->cpu_mask))
            k++;
        d->kernel_f32 = kernels_f32[k];
        return true;
    }
    return false;
}

/* the sum of two tensors of 8 bits */
static bool choose_s8(prepared *d, const sedge_op_site *site) {
    if (d->kind->q != sedge_binary_sum_q || d->y == SEDGE_INT16)
        return false;
    d->s8 = (sedge_sum_s8_params){ .step_a = sedge_broadcast_step(&d->walk, 0),
                                   .step_b = sedge_broadcast_step(&d->walk, 1),
                                   .flip = d->y == SEDGE_UINT8 ? 0x80 : 0,
                                   .sign = d->q.sign,
                                   .a = d->q.a,
                                   .b = d->q.b,
                                   .y = d->q.y };
    int32_t moved = d->y == SEDGE_UINT8 ? 128 : 0;
    d->s8.a_zero = d->q.a_zero - moved;
    d->s8.b_zero = d->q.b_zero - moved;
    d->s8.y_zero = d->q.y_zero - moved;
    d->s8.low = d->q.range.low - moved;
    d->s8.high = d->q.range.high - moved;
    d->row = row_s8;
    if (d->s8.step_a && d->s8.step_b && d->walk.n >= LINE_PAYS_FROM)
        d->s8.line = sedge_sum_s8_find_line(&d->s8);
    size_t k = 0;
    while (!SEDGE_KERNEL_FITS(kernels_s8[k]->cpu, site->cpu_mask))
        k++;
    d->kernel_s8 = kernels_s8[k];
    return true;
}

static sedge_status choose_quant(prepared *d, const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    d->q = (sedge_binary_quant){ .a_zero = sedge_zero_point(sedge_op_input(site, 0)),
                                 .b_zero = sedge_zero_point(sedge_op_input(site, 1)) };
    if (!d->kind->compares) {
        d->q.y_zero = sedge_zero_point(y);
        d->q.range = sedge_activation_range(site->op->activation, y);
    }
    d->row = row_q;
    return d->kind->q_init(site, &d->q, err);
}

sedge_status sedge_op_binary_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->walk = sedge_broadcast_plan(2, (const sedge_tensor *const[]){ a, b }, y);
    d->kind = sedge_binary_find(site->op->kind);
    d->a = a->dtype;
    d->b = b->dtype;
    d->y = y->dtype;
    const char *kernel = "binary_scalar";
    sedge_status st = SEDGE_OK;
    if (is_quantized(a)) {
        st = choose_quant(d, site, err);
        if (!st)
            kernel = choose_s8(d, site) ? d->kernel_s8->name : "binary_q_scalar";
    } else {
        choose_plain(d, site);
        kernel = choose_f32(d, site) ? d->kernel_f32->name : kernel;
    }
    *ret = (sedge_prepared){
        .run = run, .data = d, .kernel = kernel, .macs = d->walk.n, .in_place = sedge_broadcast_in_place(a, y)
    };
    return st;
}
