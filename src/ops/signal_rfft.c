/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGNAL_RFFT: samples [..., k] padded with zeros to fft_length, to pairs [..., fft_length + 2] of re and im. int16 and
 * int32 as KissFFT's fixed point (scaled down by the length), float32 through double. SIGNAL_IRFFT: back, float32
 * divided by the length. Source: the signal library of TensorFlow Lite Micro.
 */
#include <string.h>

#include "base/fft.h"
#include "ops/fixed_fft.h"
#include "ops/ops.h"
#include "ops/signal.h"

typedef struct prepared {
    size_t rows, in; /* elements of an input row that are read */
    uint32_t n;      /* samples */
    sedge_fixed_fft fixed;
    double *table; /* float32 */
} prepared;

static int32_t load(const prepared *d, const void *x, size_t i) {
    return d->fixed.bits == 16 ? ((const int16_t *)x)[i] : ((const int32_t *)x)[i];
}

static void store(const prepared *d, void *y, size_t i, int32_t v) {
    if (d->fixed.bits == 16)
        ((int16_t *)y)[i] = (int16_t)v;
    else
        ((int32_t *)y)[i] = v;
}

/* scratch: n / 2 + 1 in, n / 2 + 1 out, n / 2 of work */
static void run_fixed(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    size_t half = d->n / 2, out = d->fixed.inverse ? d->n : (size_t)d->n + 2, row_in = d->in;
    sedge_fixed_complex *from = call->scratch, *to = from + half + 1, *work = to + half + 1;
    for (size_t r = 0; r < d->rows; r++) {
        memset(from, 0, (half + 1) * sizeof *from);
        for (size_t i = 0; i < row_in; i++) {
            int32_t v = load(d, call->inputs[0], r * row_in + i);
            if (i % 2)
                from[i / 2].im = v;
            else
                from[i / 2].re = v;
        }
        if (d->fixed.inverse)
            sedge_fixed_fft_backward(&d->fixed, from, to, work);
        else
            sedge_fixed_fft_forward(&d->fixed, from, to, work);
        for (size_t i = 0; i < out; i++)
            store(d, call->outputs[0], r * out + i, i % 2 ? to[i / 2].im : to[i / 2].re);
    }
}

static void run_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    double *z = call->scratch;
    for (size_t r = 0; r < d->rows; r++, x += d->in, y += d->n + 2) {
        for (size_t i = 0; i < d->n; i++)
            z[i] = i < d->in ? (double)x[i] : 0;
        sedge_fft_real(d->n, d->table, z);
        y[0] = (float)z[0];
        y[1] = y[d->n + 1] = 0;
        y[d->n] = (float)z[1];
        for (size_t i = 2; i < d->n; i++)
            y[i] = (float)z[i];
    }
}

/* the real part of the transform of the conjugate; the table is that of 2 n */
static void run_inverse_f32(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    double *z = call->scratch;
    for (size_t r = 0; r < d->rows; r++, x += d->in, y += d->n) {
        for (size_t k = 0; k <= d->n / 2; k++) {
            double re = (double)x[2 * k], im = k == 0 || k == d->n / 2 ? 0 : (double)x[2 * k + 1];
            size_t mirror = (d->n - k) % d->n;
            z[2 * k] = z[2 * mirror] = re;
            z[2 * mirror + 1] = im;
            z[2 * k + 1] = -im;
        }
        sedge_fft_complex(d->n, d->table, z);
        for (size_t i = 0; i < d->n; i++)
            y[i] = (float)(z[2 * i] / (double)d->n);
    }
}

static sedge_status check(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int32_t n = site->op->u.signal_fft.length;
    if (x->dtype != SEDGE_INT16 && x->dtype != SEDGE_INT32 && x->dtype != SEDGE_FLOAT32)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "tensor '%s' is %s, int16, int32 or float32 is needed", x->name,
                          sedge_dtype_name(x->dtype));
    sedge_status st = sedge_signal_option("fft_length", n, 4, SEDGE_FFT_MAX / 2, err);
    if (!st && (n & (n - 1)) != 0)
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "option fft_length is %d, a power of two is needed", n);
    return st ? st : sedge_signal_input(x, x->dtype, 0, err);
}

static sedge_status shape(const sedge_op_site *site, int32_t in_least, int32_t in_most, int32_t out, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    int32_t dims[SEDGE_RANK_MAX], in = x->dims[x->rank - 1];
    if (in < in_least || in > in_most)
        return sedge_fail(err, SEDGE_EINVALID, "input '%s' has rows of %d values, option fft_length is %d", x->name, in,
                          site->op->u.signal_fft.length);
    memcpy(dims, x->dims, sizeof dims);
    dims[x->rank - 1] = out;
    return sedge_signal_output(sedge_op_output(site, 0), x->dtype, x->rank, dims, err);
}

sedge_status sedge_op_signal_rfft_shape(const sedge_op_site *site, sedge_error *err) {
    int32_t n = site->op->u.signal_fft.length;
    sedge_status st = check(site, err);
    return st ? st : shape(site, 1, n, n + 2, err);
}

sedge_status sedge_op_signal_irfft_shape(const sedge_op_site *site, sedge_error *err) {
    int32_t n = site->op->u.signal_fft.length;
    sedge_status st = check(site, err);
    return st ? st : shape(site, n + 2, n + 2, n, err);
}

static sedge_status init_f32(const sedge_op_site *site, prepared *d, bool inverse, sedge_prepared *ret,
                             sedge_error *err) {
    uint32_t length = inverse ? 2 * d->n : d->n;
    d->table = sedge_pool_take(site->pool, length, sizeof *d->table);
    if (!d->table)
        return sedge_op_no_memory(err);
    sedge_fft_table(length, d->table);
    ret->run = inverse ? run_inverse_f32 : run_f32;
    ret->kernel = "signal_rfft_f32_scalar";
    ret->scratch_bytes = length * sizeof(double);
    return SEDGE_OK;
}

static sedge_status init_fixed(const sedge_op_site *site, prepared *d, bool inverse, sedge_prepared *ret,
                               sedge_error *err) {
    bool wide = sedge_op_input(site, 0)->dtype == SEDGE_INT32;
    sedge_fixed_complex *table = sedge_pool_take(site->pool, sedge_fixed_fft_table(d->n), sizeof *table);
    if (!table)
        return sedge_op_no_memory(err);
    sedge_fixed_fft_init(&d->fixed, d->n, wide ? 32 : 16, inverse, table);
    ret->run = run_fixed;
    ret->kernel = wide ? "signal_rfft_s32_scalar" : "signal_rfft_s16_scalar";
    ret->scratch_bytes = (3 * ((size_t)d->n / 2) + 2) * sizeof(sedge_fixed_complex);
    return SEDGE_OK;
}

static sedge_status prepare(const sedge_op_site *site, bool inverse, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = (uint32_t)site->op->u.signal_fft.length;
    d->in = (size_t)x->dims[x->rank - 1];
    d->rows = sedge_op_elements(x) / d->in;
    size_t before = site->pool->used;
    sedge_prepared p = { .data = d, .macs = (uint64_t)d->rows * d->n * 2 * sedge_signal_bits(d->n) };
    sedge_status st =
        x->dtype == SEDGE_FLOAT32 ? init_f32(site, d, inverse, &p, err) : init_fixed(site, d, inverse, &p, err);
    if (st)
        return st;
    p.packed_bytes = site->pool->used - before;
    *ret = p;
    return SEDGE_OK;
}

sedge_status sedge_op_signal_rfft_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return prepare(site, false, ret, err);
}

sedge_status sedge_op_signal_irfft_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return prepare(site, true, ret, err);
}
