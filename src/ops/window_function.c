/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WINDOW_FUNCTION (size), known at open: Hann, Hamming and Blackman windows of ONNX, and MEL_WEIGHT_MATRIX (number of
 * bands, length of the transform, sample rate, lowest and highest frequency), as its reference places the bands.
 */
#include "base/exact_math.h"
#include "ops/ops.h"

enum { LENGTH_MAX = 1 << 24, BANDS_MAX = 1 << 16 };

/* ---- WINDOW_FUNCTION ---- */

typedef struct window {
    size_t n;
    double period;
    sedge_dtype dtype;
    const double *terms;
} window;

/* a - b cos(x) + c cos(2 x) */
static const double terms[SEDGE_WINDOWS][3] = {
    [SEDGE_WINDOW_HANN] = { 0.5, 0.5, 0 },
    [SEDGE_WINDOW_HAMMING] = { 25.0 / 46, 21.0 / 46, 0 },
    [SEDGE_WINDOW_BLACKMAN] = { 0.42, 0.5, 0.08 },
};

static void run_window(const sedge_op_call *call) {
    const window *d = call->prepared;
    for (size_t i = 0; i < d->n; i++) {
        double x = 2 * SEDGE_PI * (double)i / d->period;
        double v = d->terms[0] - d->terms[1] * sedge_cos(x) + d->terms[2] * sedge_cos(2 * x);
        if (d->dtype == SEDGE_FLOAT64)
            ((double *)call->outputs[0])[i] = v;
        else
            ((float *)call->outputs[0])[i] = (float)v;
    }
}

sedge_status sedge_op_window_function_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_tensor *y = sedge_op_output(site, 0);
    int64_t size = 0;
    sedge_status st = sedge_op_constant_int(site, 0, "the size", 1, LENGTH_MAX, &size, err);
    if (!st && y->dtype != SEDGE_FLOAT64)
        st = sedge_op_set_type(y, SEDGE_FLOAT32, err);
    return st ? st : sedge_op_set_shape(y, 1, (int32_t[]){ (int32_t)size }, err);
}

sedge_status sedge_op_window_function_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    window *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = (size_t)y->dims[0];
    d->period = (double)d->n - (site->op->u.window_function.periodic ? 0 : 1);
    d->period = d->period > 0 ? d->period : 1;
    d->dtype = y->dtype;
    d->terms = terms[site->op->u.window_function.window];
    *ret = (sedge_prepared){ .run = run_window, .data = d, .kernel = "window_function", .macs = 2 * d->n };
    return SEDGE_OK;
}

/* ---- MEL_WEIGHT_MATRIX ---- */

enum { BANDS, TRANSFORM, RATE, LOWEST, HIGHEST };

typedef struct mel {
    int64_t bands, transform, rate;
    float lowest, highest;
} mel;

static sedge_status load_mel(const sedge_op_site *site, mel *m, sedge_error *err) {
    sedge_status st = sedge_op_constant_int(site, BANDS, "the number of bands", 1, BANDS_MAX, &m->bands, err);
    if (!st)
        st = sedge_op_constant_int(site, TRANSFORM, "the length of the transform", 1, LENGTH_MAX, &m->transform, err);
    if (!st)
        st = sedge_op_constant_int(site, RATE, "the sample rate", 1, INT32_MAX, &m->rate, err);
    if (!st)
        st = sedge_op_constant_float(site, LOWEST, "the lowest frequency", &m->lowest, err);
    if (!st)
        st = sedge_op_constant_float(site, HIGHEST, "the highest frequency", &m->highest, err);
    if (!st && (!(m->lowest >= 0) || !(m->highest > m->lowest) || (double)m->highest > (double)m->rate / 2))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "frequencies from %g to %g, a part of 0 to half the rate is needed",
                        (double)m->lowest, (double)m->highest);
    return st;
}

static double mel_of(double hertz) {
    return 2595 * sedge_log(1 + hertz / 700) / sedge_log(10);
}

/* the row at which band edge i stands */
static int64_t edge(const mel *m, int64_t i) {
    double low = mel_of((double)m->lowest), high = mel_of((double)m->highest);
    double at = low + (double)i * (high - low) / (double)(m->bands + 2);
    double hertz = 700 * (sedge_exp(at / 2595 * sedge_log(10)) - 1);
    int64_t row = (int64_t)sedge_floor((double)(m->transform + 1) * hertz / (double)m->rate),
            rows = m->transform / 2 + 1;
    return row < 0 ? 0 : row >= rows ? rows - 1 : row;
}

static void run_mel(const sedge_op_call *call) {
    const mel *m = call->prepared;
    float *y = call->outputs[0];
    int64_t rows = m->transform / 2 + 1;
    for (int64_t i = 0; i < rows * m->bands; i++)
        y[i] = 0;
    for (int64_t b = 0; b < m->bands; b++) {
        int64_t low = edge(m, b), middle = edge(m, b + 1), high = edge(m, b + 2);
        if (low == middle)
            y[middle * m->bands + b] = 1;
        for (int64_t k = low; low < middle && k <= middle; k++)
            y[k * m->bands + b] = (float)(k - low) / (float)(middle - low);
        for (int64_t k = middle; k < high; k++)
            y[k * m->bands + b] = (float)(high - k) / (float)(high - middle);
    }
}

sedge_status sedge_op_mel_weight_matrix_shape(const sedge_op_site *site, sedge_error *err) {
    mel m;
    sedge_status st = load_mel(site, &m, err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), SEDGE_FLOAT32, err);
    if (st)
        return st;
    int32_t dims[] = { (int32_t)(m.transform / 2 + 1), (int32_t)m.bands };
    return sedge_op_set_shape(sedge_op_output(site, 0), 2, dims, err);
}

sedge_status sedge_op_mel_weight_matrix_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    mel *m = sedge_pool_take(site->pool, 1, sizeof *m);
    if (!m)
        return sedge_op_no_memory(err);
    *ret = (sedge_prepared){
        .run = run_mel, .data = m, .kernel = "mel_weight_matrix", .macs = sedge_op_elements(sedge_op_output(site, 0))
    };
    return load_mel(site, m, err);
}
