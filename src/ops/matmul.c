/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Products of matrices, with NumPy's rules for batches and vectors.
 *
 * MATMUL      a, b; u.matmul may transpose either. Numbers of one type, or int8 with scales as the reference kernels of
 *             TensorFlow Lite Micro have BATCH_MATMUL.
 * GEMM        alpha * a * b + beta * c, c broadcast.
 * MATMUL_INTEGER  8 bits, zero points of a and b as inputs 2 and 3; the sums are the int32 output.
 * QLINEAR_MATMUL  a, its scale and zero point, b, ..., scale and zero point of y; rounds half to even.
 *
 * Sums run over k in ascending order, in double or int64. float32 with constant b takes the kernels of FULLY_CONNECTED.
 */
#include "base/exact_math.h"
#include "model/quant.h"
#include "ops/broadcast.h"
#include "ops/fully_connected.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct matrix {
    sedge_dtype dtype;
    size_t row, column; /* elements from one row, one column to the next */
    uint32_t input;
    int32_t scale, zero; /* inputs that hold them; -1: none */
    size_t step;         /* of scale and zero point, along m for a, along n for b: 0 or 1 */
} matrix;

typedef struct prepared {
    size_t m, k, n;
    matrix a, b, c;
    sedge_broadcast batches;
    sedge_dtype y;
    double alpha, beta;
    bool has_c, quantized;
    int32_t y_scale, y_zero_input;
    /* quantised by the file's scales */
    int32_t a_zero, b_zero, y_zero;
    sedge_factor factor;
    sedge_range range;
} prepared;

typedef struct prepared_dense {
    sedge_dense_f32 dense;
    size_t rows;
} prepared_dense;

typedef struct place {
    size_t a, b, y; /* of one product */
} place;

static double number(const sedge_op_call *call, int32_t input, sedge_dtype dtype, size_t at, double otherwise) {
    double x = otherwise;
    if (input >= 0 && call->inputs[input])
        sedge_load_f64(dtype, call->inputs[input], at, 1, 1, &x);
    return x;
}

/* ---- floating types ---- */

static void row_f64(const prepared *d, const sedge_op_call *call, const place *p, size_t i, size_t j, size_t n) {
    double sums[SEDGE_BLOCK] = { 0 }, b[SEDGE_BLOCK], a;
    for (size_t k = 0; k < d->k; k++) {
        sedge_load_f64(d->a.dtype, call->inputs[0], p->a + i * d->a.row + k * d->a.column, 1, 1, &a);
        sedge_load_f64(d->b.dtype, call->inputs[1], p->b + k * d->b.row + j * d->b.column, d->b.column, n, b);
        for (size_t l = 0; l < n; l++)
            sums[l] += a * b[l];
    }
    for (size_t l = 0; l < n; l++) {
        sums[l] *= d->alpha;
        if (d->has_c)
            sums[l] += d->beta * number(call, 2, d->c.dtype, i * d->c.row + (j + l) * d->c.column, 0);
    }
    sedge_store_f64(d->y, call->outputs[0], p->y + i * d->n + j, n, sums);
}

/* ---- integers ---- */

static int64_t zero_of(const sedge_op_call *call, const matrix *m, size_t at, int64_t otherwise) {
    return (int64_t)number(call, m->zero, m->dtype, at * m->step, (double)otherwise);
}

static int64_t finish(const prepared *d, const sedge_op_call *call, int64_t sum, size_t i, size_t j) {
    if (d->quantized) {
        int64_t v = (int64_t)sedge_scale((int32_t)sum, d->factor) + d->y_zero;
        return v < d->range.low ? d->range.low : v > d->range.high ? d->range.high : v;
    }
    if (d->y_scale >= 0) {
        double scale = number(call, d->a.scale, SEDGE_FLOAT32, i * d->a.step, 1) *
                       number(call, d->b.scale, SEDGE_FLOAT32, j * d->b.step, 1) /
                       number(call, d->y_scale, SEDGE_FLOAT32, 0, 1);
        double v = sedge_round_even((double)sum * scale) + number(call, d->y_zero_input, d->y, 0, 0);
        return v < d->range.low ? d->range.low : v > d->range.high ? d->range.high : v == v ? (int64_t)v : 0;
    }
    if (!d->has_c)
        return sum;
    int64_t c;
    sedge_load_i64(d->c.dtype, call->inputs[2], i * d->c.row + j * d->c.column, 1, 1, &c);
    return (int64_t)((uint64_t)sum + (uint64_t)c);
}

static void row_i64(const prepared *d, const sedge_op_call *call, const place *p, size_t i, size_t j, size_t n) {
    int64_t sums[SEDGE_BLOCK] = { 0 }, b[SEDGE_BLOCK], zeros[SEDGE_BLOCK], a;
    int64_t a_zero = zero_of(call, &d->a, i, d->a_zero);
    for (size_t l = 0; l < n; l++)
        zeros[l] = zero_of(call, &d->b, j + l, d->b_zero);
    for (size_t k = 0; k < d->k; k++) {
        sedge_load_i64(d->a.dtype, call->inputs[0], p->a + i * d->a.row + k * d->a.column, 1, 1, &a);
        sedge_load_i64(d->b.dtype, call->inputs[d->b.input], p->b + k * d->b.row + j * d->b.column, d->b.column, n, b);
        uint64_t factor = (uint64_t)a - (uint64_t)a_zero;
        for (size_t l = 0; l < n; l++)
            sums[l] = (int64_t)((uint64_t)sums[l] + factor * ((uint64_t)b[l] - (uint64_t)zeros[l]));
    }
    for (size_t l = 0; l < n; l++)
        sums[l] = finish(d, call, sums[l], i, j + l);
    sedge_store_i64(d->y, call->outputs[0], p->y + i * d->n + j, n, sums);
}

/* ---- run ---- */

static void product(const prepared *d, const sedge_op_call *call, const place *p) {
    bool real = sedge_is_float(d->a.dtype);
    for (size_t i = 0; i < d->m; i++)
        for (size_t j = 0; j < d->n; j += SEDGE_BLOCK) {
            size_t n = d->n - j < SEDGE_BLOCK ? d->n - j : SEDGE_BLOCK;
            if (real)
                row_f64(d, call, p, i, j, n);
            else
                row_i64(d, call, p, i, j, n);
        }
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    sedge_broadcast_row row = { 0 };
    do {
        for (size_t i = 0; i < sedge_broadcast_length(&d->batches); i++) {
            place p = { (row.in[0] + i * sedge_broadcast_step(&d->batches, 0)) * d->m * d->k,
                        (row.in[1] + i * sedge_broadcast_step(&d->batches, 1)) * d->k * d->n,
                        (row.out + i) * d->m * d->n };
            product(d, call, &p);
        }
    } while (sedge_broadcast_next(&d->batches, &row));
}

static void run_dense(const sedge_op_call *call) {
    const prepared_dense *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t i = 0; i < d->rows; i++, x += d->dense.p.in, y += d->dense.p.out)
        sedge_dense_f32_run(&d->dense, x, y);
}

/* ---- shape ---- */

/* input b of QLINEAR_MATMUL stands behind the scale and zero point of a */
static uint32_t b_input(const sedge_op_site *site) {
    return site->op->kind == SEDGE_OP_QLINEAR_MATMUL ? 3 : 1;
}

/* a matrix's rows and columns as they are multiplied; a vector is a row as a, a column as b */
static void sides(const sedge_op_site *site, bool is_b, size_t *ret_rows, size_t *ret_columns) {
    const sedge_tensor *t = sedge_op_input(site, is_b ? b_input(site) : 0);
    bool turned = is_b ? site->op->u.matmul.transpose_b : site->op->u.matmul.transpose_a;
    size_t rows = t->rank > 1 ? (size_t)t->dims[t->rank - 2] : 1, columns = (size_t)t->dims[t->rank - 1];
    bool column = t->rank == 1 && is_b;
    *ret_rows = turned || column ? columns : rows;
    *ret_columns = turned || column ? rows : columns;
}

static sedge_tensor batch_of(const sedge_tensor *t) {
    sedge_tensor batch = *t;
    batch.rank = t->rank > 2 ? t->rank - 2 : 0;
    return batch;
}

static sedge_status settle(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, b_input(site));
    size_t m, k, k2, n;
    sides(site, false, &m, &k);
    sides(site, true, &k2, &n);
    if (k != k2)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' has %zu columns, '%s' has %zu rows", a->name, k, b->name, k2);
    sedge_tensor batches[2] = { batch_of(a), batch_of(b) };
    const int32_t pair[] = { 0, 1 };
    const sedge_op both = { .n_inputs = 2, .inputs = pair };
    const sedge_op_site batch_site = { .tensors = batches, .op = &both };
    int32_t dims[SEDGE_RANK_MAX];
    uint32_t rank;
    sedge_status st = sedge_broadcast_shape(&batch_site, 2, &rank, dims, err);
    if (st)
        return st;
    if (a->rank > 1)
        dims[rank++] = (int32_t)m;
    if (b->rank > 1)
        dims[rank++] = (int32_t)n;
    return sedge_op_set_shape(sedge_op_output(site, 0), rank, dims, err);
}

static bool is_8_bits(const sedge_tensor *t) {
    return t->dtype == SEDGE_INT8 || t->dtype == SEDGE_UINT8;
}

static sedge_status want_matrices(const sedge_op_site *site, uint32_t most, sedge_error *err) {
    for (uint32_t i = 0; i < 2; i++) {
        const sedge_tensor *t = sedge_op_input(site, i ? b_input(site) : 0);
        if (t->rank == 0 || t->rank > most ||
            (t->rank == 1 && (i ? site->op->u.matmul.transpose_b : site->op->u.matmul.transpose_a)))
            return sedge_fail(err, SEDGE_EINVALID, "input '%s' has rank %u", t->name, t->rank);
    }
    return SEDGE_OK;
}

sedge_status sedge_op_matmul_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    if (a->dtype != b->dtype || (!sedge_is_float(a->dtype) && !sedge_is_integer(a->dtype)))
        return sedge_op_bad_types(a, b, err);
    sedge_status st = sedge_op_set_type(y, a->dtype, err);
    if (!st && a->quant.count) {
        const sedge_tensor *all[] = { a, b, y };
        for (size_t i = 0; !st && i < 3; i++)
            st = a->dtype == SEDGE_INT8 ? sedge_op_want_quant(all[i], err) : sedge_op_want_type(a, SEDGE_INT8, err);
    }
    if (!st)
        st = want_matrices(site, SEDGE_RANK_MAX, err);
    return st ? st : settle(site, err);
}

sedge_status sedge_op_gemm_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *c = sedge_op_optional(site, 2);
    bool scaled = site->op->u.matmul.alpha != 1 || site->op->u.matmul.beta != 1;
    if (scaled && !sedge_is_float(a->dtype))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "alpha and beta other than 1 with %s", sedge_dtype_name(a->dtype));
    if (c && (c->dtype != a->dtype || c->rank > 2))
        return sedge_op_bad_types(a, c, err);
    sedge_status st = want_matrices(site, 2, err);
    if (!st)
        st = sedge_op_matmul_shape(site, err);
    const sedge_tensor *y = sedge_op_output(site, 0);
    for (uint32_t i = 0; !st && c && i < c->rank; i++)
        if (c->dims[c->rank - 1 - i] != 1 && c->dims[c->rank - 1 - i] != y->dims[y->rank - 1 - i])
            st = sedge_fail(err, SEDGE_EINVALID, "input '%s' does not fit the product", c->name);
    return st;
}

/* a scale or zero point: one, or one a row of a, a column of b */
static sedge_status check_params(const sedge_op_site *site, int32_t input, sedge_dtype dtype, size_t lines,
                                 sedge_error *err) {
    const sedge_tensor *t = input >= 0 ? sedge_op_optional(site, (uint32_t)input) : NULL;
    sedge_status st = t ? sedge_op_want_type(t, dtype, err) : SEDGE_OK;
    if (!st && t && sedge_op_elements(t) != 1 && sedge_op_elements(t) != lines)
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has %zu values, 1 or %zu are needed", t->name,
                        sedge_op_elements(t), lines);
    return st;
}

static sedge_status check_8_bits(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, b_input(site));
    if (!is_8_bits(a) || !is_8_bits(b))
        return sedge_op_bad_types(a, b, err);
    return want_matrices(site, SEDGE_RANK_MAX, err);
}

sedge_status sedge_op_matmul_integer_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_status st = check_8_bits(site, err);
    size_t m, k, n;
    if (st)
        return st;
    sides(site, false, &m, &k);
    sides(site, true, &k, &n);
    st = check_params(site, 2, sedge_op_input(site, 0)->dtype, m, err);
    if (!st)
        st = check_params(site, 3, sedge_op_input(site, 1)->dtype, n, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_INT32, err);
    return st ? st : settle(site, err);
}

sedge_status sedge_op_qlinear_matmul_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_status st = check_8_bits(site, err);
    size_t m, k, n;
    if (st)
        return st;
    sides(site, false, &m, &k);
    sides(site, true, &k, &n);
    const struct {
        int32_t input;
        sedge_dtype dtype;
        size_t lines;
    } rows[] = { { 1, SEDGE_FLOAT32, m }, { 2, sedge_op_input(site, 0)->dtype, m },
                 { 4, SEDGE_FLOAT32, n }, { 5, sedge_op_input(site, 3)->dtype, n },
                 { 6, SEDGE_FLOAT32, 1 }, { 7, sedge_op_input(site, 7)->dtype, 1 } };
    for (size_t i = 0; !st && i < sizeof rows / sizeof rows[0]; i++)
        st = check_params(site, rows[i].input, rows[i].dtype, rows[i].lines, err);
    if (!st && !is_8_bits(sedge_op_input(site, 7)))
        st = sedge_op_bad_types(sedge_op_input(site, 7), sedge_op_input(site, 7), err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), sedge_op_input(site, 7)->dtype, err);
    return st ? st : settle(site, err);
}

/* ---- preparation ---- */

static matrix matrix_of(const sedge_op_site *site, bool is_b) {
    uint32_t input = is_b ? b_input(site) : 0;
    const sedge_tensor *t = sedge_op_input(site, input);
    bool turned = is_b ? site->op->u.matmul.transpose_b : site->op->u.matmul.transpose_a;
    size_t width = (size_t)t->dims[t->rank - 1];
    matrix m = { .dtype = t->dtype, .row = width, .column = 1, .input = input, .scale = -1, .zero = -1 };
    if (turned || (t->rank == 1 && is_b)) {
        m.row = 1;
        m.column = width;
    }
    return m;
}

static size_t step_of(const sedge_op_site *site, int32_t scale, int32_t zero) {
    const sedge_tensor *s = scale >= 0 ? sedge_op_optional(site, (uint32_t)scale) : NULL;
    const sedge_tensor *z = zero >= 0 ? sedge_op_optional(site, (uint32_t)zero) : NULL;
    return (s && sedge_op_elements(s) > 1) || (z && sedge_op_elements(z) > 1);
}

static int32_t present(const sedge_op_site *site, uint32_t input) {
    return sedge_op_optional(site, input) ? (int32_t)input : -1;
}

static sedge_status fill(const sedge_op_site *site, prepared *d, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, b_input(site));
    const sedge_tensor *y = sedge_op_output(site, 0);
    size_t k;
    sides(site, false, &d->m, &d->k);
    sides(site, true, &k, &d->n);
    d->a = matrix_of(site, false);
    d->b = matrix_of(site, true);
    d->y = y->dtype;
    sedge_tensor batch_a = batch_of(a), batch_b = batch_of(b), batch_y = *y;
    batch_y.rank = batch_a.rank > batch_b.rank ? batch_a.rank : batch_b.rank;
    d->batches = sedge_broadcast_plan(2, (const sedge_tensor *const[]){ &batch_a, &batch_b }, &batch_y);
    d->alpha = d->beta = 1;
    d->y_scale = d->y_zero_input = -1;
    d->range = sedge_dtype_range(y->dtype);
    if (!a->quant.count || site->op->kind != SEDGE_OP_MATMUL)
        return SEDGE_OK;
    d->quantized = true;
    d->a_zero = sedge_zero_point(a);
    d->b_zero = sedge_zero_point(b);
    d->y_zero = sedge_zero_point(y);
    double factor = (double)(a->quant.scales[0] * b->quant.scales[0]) / (double)y->quant.scales[0];
    if (!sedge_factor_of(factor, &d->factor))
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "the scales of '%s', '%s' and '%s' are too far apart", a->name,
                          b->name, y->name);
    return SEDGE_OK;
}

static sedge_status prepare(const sedge_op_site *site, prepared **ret_data, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_status st = fill(site, d, err);
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "matmul_scalar",
                             .macs = (uint64_t)sedge_op_elements(sedge_op_output(site, 0)) * d->k };
    *ret_data = d;
    return st;
}

/* constant float32 matrices by the kernels of FULLY_CONNECTED, which want them as [n][k] */
static bool is_dense(const sedge_op_site *site, const sedge_tensor *c) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1);
    bool plain =
        site->op->kind == SEDGE_OP_MATMUL || (site->op->u.matmul.alpha == 1 && (!c || site->op->u.matmul.beta == 1));
    bool bias =
        !c || (c->data && sedge_op_elements(c) == (size_t)b->dims[b->rank - 1 - site->op->u.matmul.transpose_b]);
    return a->dtype == SEDGE_FLOAT32 && b->data && b->rank == 2 && !site->op->u.matmul.transpose_a && plain && bias;
}

static sedge_status prepare_dense(const sedge_op_site *site, const sedge_tensor *c, sedge_prepared *ret,
                                  sedge_error *err) {
    const sedge_tensor *b = sedge_op_input(site, 1);
    size_t k, n;
    sides(site, true, &k, &n);
    prepared_dense *d = sedge_pool_take(site->pool, 1, sizeof *d);
    const float *weights = b->data;
    if (d && !site->op->u.matmul.transpose_b) {
        float *turned = sedge_pool_take(site->pool, k * n, sizeof *turned);
        for (size_t i = 0; turned && i < n; i++)
            for (size_t j = 0; j < k; j++)
                turned[i * k + j] = weights[j * n + i];
        weights = turned;
    }
    if (!d || !weights)
        return sedge_op_no_memory(err);
    d->rows = sedge_op_elements(sedge_op_input(site, 0)) / k;
    sedge_status st = sedge_dense_f32_init(site, k, n, weights, c ? c->data : NULL, &d->dense, err);
    *ret = (sedge_prepared){ .run = run_dense,
                             .data = d,
                             .kernel = d->dense.kernel ? d->dense.kernel->name : "",
                             .packed_bytes = d->dense.packed_bytes,
                             .macs = (uint64_t)d->rows * k * n };
    return st;
}

sedge_status sedge_op_matmul_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d;
    return is_dense(site, NULL) ? prepare_dense(site, NULL, ret, err) : prepare(site, &d, ret, err);
}

sedge_status sedge_op_gemm_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *c = sedge_op_optional(site, 2);
    prepared *d;
    if (is_dense(site, c))
        return prepare_dense(site, c, ret, err);
    sedge_status st = prepare(site, &d, ret, err);
    if (st)
        return st;
    d->alpha = (double)site->op->u.matmul.alpha;
    d->beta = (double)site->op->u.matmul.beta;
    d->has_c = c != NULL;
    if (c) {
        size_t columns = c->rank > 0 ? (size_t)c->dims[c->rank - 1] : 1, rows = c->rank > 1 ? (size_t)c->dims[0] : 1;
        d->c = (matrix){ .dtype = c->dtype, .row = rows > 1 ? columns : 0, .column = columns > 1 };
    }
    return SEDGE_OK;
}

sedge_status sedge_op_matmul_integer_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d;
    sedge_status st = prepare(site, &d, ret, err);
    if (st)
        return st;
    d->a.zero = present(site, 2);
    d->b.zero = present(site, 3);
    d->a.step = step_of(site, -1, d->a.zero);
    d->b.step = step_of(site, -1, d->b.zero);
    return SEDGE_OK;
}

sedge_status sedge_op_qlinear_matmul_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d;
    sedge_status st = prepare(site, &d, ret, err);
    if (st)
        return st;
    d->a.scale = 1;
    d->a.zero = 2;
    d->b.scale = 4;
    d->b.zero = 5;
    d->y_scale = 6;
    d->y_zero_input = 7;
    d->a.step = step_of(site, 1, 2);
    d->b.step = step_of(site, 4, 5);
    const sedge_tensor *ends[][2] = { { sedge_op_input(site, 1), sedge_op_input(site, 2) },
                                      { sedge_op_input(site, 4), sedge_op_input(site, 5) } };
    for (size_t i = 0; i < 2; i++)
        if (sedge_op_elements(ends[i][0]) != sedge_op_elements(ends[i][1]))
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' and '%s' differ in their number of values",
                              ends[i][0]->name, ends[i][1]->name);
    return SEDGE_OK;
}
