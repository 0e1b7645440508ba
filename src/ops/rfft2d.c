/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFFT2D: real float32 [..., rows, columns] to complex64 [..., fft rows, fft columns / 2 + 1], cut or padded with zeros
 * to the two lengths of the constant second input, which are powers of two. Computed in double, rounded once.
 * COMPLEX_ABS is in complex_abs.c. Source: the operator of TensorFlow Lite.
 */
#include "base/fft.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t batch, in_rows, in_columns;
    uint32_t rows, columns;
    const double *row_table, *column_table; /* of columns and of 2 * rows; NULL for a length of 1 */
} prepared;

/* one row of the input to columns / 2 + 1 bins */
static void row_bins(const prepared *d, const float *x, size_t n, double *z, float *y) {
    for (size_t i = 0; i < d->columns; i++)
        z[i] = i < n ? (double)x[i] : 0;
    if (d->columns > 1)
        sedge_fft_real(d->columns, d->row_table, z);
    y[0] = (float)z[0];
    y[1] = 0;
    for (size_t i = 2; i < d->columns; i++)
        y[i] = (float)z[i];
    if (d->columns > 1) {
        y[d->columns] = (float)z[1];
        y[d->columns + 1] = 0;
    }
}

static void column_bins(const prepared *d, size_t column, size_t bins, double *z, float *y) {
    for (size_t r = 0; r < d->rows; r++) {
        z[2 * r] = (double)y[2 * (r * bins + column)];
        z[2 * r + 1] = (double)y[2 * (r * bins + column) + 1];
    }
    sedge_fft_complex(d->rows, d->column_table, z);
    for (size_t r = 0; r < d->rows; r++) {
        y[2 * (r * bins + column)] = (float)z[2 * r];
        y[2 * (r * bins + column) + 1] = (float)z[2 * r + 1];
    }
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    size_t bins = d->columns / 2 + 1;
    for (size_t b = 0; b < d->batch; b++, x += d->in_rows * d->in_columns, y += d->rows * bins * 2) {
        for (size_t r = 0; r < d->rows; r++)
            row_bins(d, x + r * d->in_columns, r < d->in_rows ? d->in_columns : 0, call->scratch, y + r * bins * 2);
        for (size_t c = 0; d->rows > 1 && c < bins; c++)
            column_bins(d, c, bins, call->scratch, y);
    }
}

sedge_status sedge_op_rfft2d_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *lengths = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_want_type(x, SEDGE_FLOAT32, err);
    if (!st)
        st = sedge_op_want_type(y, SEDGE_COMPLEX64, err);
    if (!st)
        st = sedge_op_want_type(lengths, SEDGE_INT32, err);
    if (!st)
        st = sedge_op_want_constant(lengths, "the lengths", err);
    if (!st && (x->rank < 2 || sedge_op_elements(lengths) != 2))
        st = sedge_fail(err, SEDGE_EINVALID, "input '%s' needs 2 dimensions, '%s' 2 values", x->name, lengths->name);
    if (st)
        return st;
    const int32_t *n = lengths->data;
    for (int i = 0; i < 2; i++)
        if (n[i] < 1 || n[i] > SEDGE_FFT_MAX / 2 || (n[i] & (n[i] - 1)) != 0)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "a length of %d, a power of two up to %d is needed", n[i],
                              SEDGE_FFT_MAX / 2);
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    dims[x->rank - 2] = n[0];
    dims[x->rank - 1] = n[1] / 2 + 1;
    return sedge_op_set_shape(y, x->rank, dims, err);
}

static sedge_status take_table(const sedge_op_site *site, uint32_t n, const double **ret, sedge_error *err) {
    if (n < 2)
        return SEDGE_OK;
    double *table = sedge_pool_take(site->pool, n, sizeof *table);
    if (!table)
        return sedge_op_no_memory(err);
    sedge_fft_table(n, table);
    *ret = table;
    return SEDGE_OK;
}

sedge_status sedge_op_rfft2d_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const int32_t *n = sedge_op_input(site, 1)->data;
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .in_rows = (size_t)x->dims[x->rank - 2],
                     .in_columns = (size_t)x->dims[x->rank - 1],
                     .rows = (uint32_t)n[0],
                     .columns = (uint32_t)n[1] };
    d->batch = sedge_op_elements(x) / d->in_rows / d->in_columns;
    sedge_status st = take_table(site, d->columns, &d->row_table, err);
    if (!st && d->rows > 1)
        st = take_table(site, 2 * d->rows, &d->column_table, err);
    if (st)
        return st;
    size_t longest = d->columns > 2 * d->rows ? d->columns : 2 * d->rows;
    *ret = (sedge_prepared){ .run = run,
                             .data = d,
                             .kernel = "rfft2d_f32_scalar",
                             .packed_bytes = (d->columns + 2 * (size_t)d->rows) * sizeof(double),
                             .scratch_bytes = longest * sizeof(double),
                             .macs = 8 * (uint64_t)sedge_op_elements(sedge_op_output(site, 0)) };
    return SEDGE_OK;
}
