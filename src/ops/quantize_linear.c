/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantisation with scales and zero points that are tensors, as ONNX has it.
 *
 * QUANTIZE_LINEAR          x, scale, zero point (may be absent: 0): round(x / scale) half to even, plus zero point,
 *                          saturated; the output has the zero point's type, else the one that is declared, else uint8
 * DEQUANTIZE_LINEAR        (x - zero point) * scale, of the scale's type
 * DYNAMIC_QUANTIZE_LINEAR  float32 to uint8, with the scale and zero point of the range of x as outputs 1 and 2
 *
 * Scale and zero point are one number each, or one for each slice along u.axis.
 */
#include "base/exact_math.h"
#include "model/quant.h"
#include "ops/axis.h"
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    sedge_dtype x, scale, y;
    size_t inner, count; /* element i has scale i / inner % count */
    bool has_zero;
    sedge_range range;
} prepared;

typedef void block_fn(const prepared *d, double *x, size_t n, double scale, double zero);

static void quantize_block(const prepared *d, double *x, size_t n, double scale, double zero) {
    double low = (double)d->range.low, high = (double)d->range.high;
    for (size_t i = 0; i < n; i++) {
        double ratio = d->x == SEDGE_FLOAT64 ? x[i] / scale : (double)((float)x[i] / (float)scale);
        double q = sedge_round_even(ratio) + zero;
        x[i] = q < low ? low : q > high ? high : q;
    }
}

static void dequantize_block(const prepared *d, double *x, size_t n, double scale, double zero) {
    (void)d;
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - zero) * scale;
}

static void run(const sedge_op_call *call, sedge_dtype zero_type, block_fn *fn) {
    const prepared *d = call->prepared;
    double x[SEDGE_BLOCK], scale, zero = 0;
    for (size_t at = 0; at < d->n;) {
        size_t left = d->inner - at % d->inner, n = d->n - at < SEDGE_BLOCK ? d->n - at : SEDGE_BLOCK;
        size_t slice = at / d->inner % d->count;
        n = n < left ? n : left;
        sedge_load_f64(d->scale, call->inputs[1], slice, 1, 1, &scale);
        if (d->has_zero)
            sedge_load_f64(zero_type, call->inputs[2], slice, 1, 1, &zero);
        sedge_load_f64(d->x, call->inputs[0], at, 1, n, x);
        fn(d, x, n, scale, zero);
        sedge_store_f64(d->y, call->outputs[0], at, n, x);
        at += n;
    }
}

static void run_quantize(const sedge_op_call *call) {
    run(call, ((const prepared *)call->prepared)->y, quantize_block);
}

static void run_dequantize(const sedge_op_call *call) {
    run(call, ((const prepared *)call->prepared)->x, dequantize_block);
}

static void run_dynamic(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const float *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    float low = 0, high = 0;
    for (size_t i = 0; i < d->n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    float scale = (high - low) / 255;
    float divisor = scale > 0 ? scale : 1; /* all zeros: any scale is right */
    double zero = sedge_round_even((double)((0 - low) / divisor));
    zero = zero > 0 ? zero < 255 ? zero : 255 : 0; /* NaN too */
    for (size_t i = 0; i < d->n; i++) {
        double q = sedge_round_even((double)(x[i] / divisor)) + zero;
        y[i] = (uint8_t)(q > 0 ? q < 255 ? q : 255 : 0);
    }
    *(float *)call->outputs[1] = scale;
    *(uint8_t *)call->outputs[2] = (uint8_t)zero;
}

/* ---- shape ---- */

static bool quantized_type(sedge_dtype dtype) {
    return dtype == SEDGE_INT8 || dtype == SEDGE_UINT8 || dtype == SEDGE_INT16 || dtype == SEDGE_UINT16 ||
           dtype == SEDGE_INT32;
}

/* scale and zero point: one each, or as many as the axis has slices */
static sedge_status check_params(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *scale = sedge_op_input(site, 1);
    const sedge_tensor *zero = sedge_op_optional(site, 2);
    size_t n = sedge_op_elements(scale);
    uint32_t axis = 0;
    if (scale->dtype != SEDGE_FLOAT32 && scale->dtype != SEDGE_FLOAT16)
        return sedge_op_bad_types(x, scale, err);
    if (zero && sedge_op_elements(zero) != n)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' has %zu values, '%s' %zu", scale->name, n, zero->name,
                          sedge_op_elements(zero));
    sedge_status st = n == 1 ? SEDGE_OK : sedge_op_axis(site->op->u.axis, x->rank, &axis, err);
    if (!st && n != 1 && (scale->rank != 1 || n != (size_t)x->dims[axis]))
        st = sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' has %zu values, 1 or %d are needed", scale->name, n,
                        x->dims[axis]);
    return st;
}

sedge_status sedge_op_quantize_linear_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *zero = sedge_op_optional(site, 2);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_dtype to = zero ? zero->dtype : y->dtype == SEDGE_DTYPE_FREE ? SEDGE_UINT8 : y->dtype;
    if ((!sedge_is_float(x->dtype) && x->dtype != SEDGE_INT32) || !quantized_type(to) || to == SEDGE_INT32)
        return sedge_op_bad_types(x, zero ? zero : y, err);
    sedge_status st = check_params(site, err);
    if (!st)
        st = sedge_op_set_type(y, to, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_dequantize_linear_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *zero = sedge_op_optional(site, 2);
    sedge_tensor *y = sedge_op_output(site, 0);
    if (!quantized_type(x->dtype) || (zero && zero->dtype != x->dtype))
        return sedge_op_bad_types(x, zero ? zero : x, err);
    sedge_status st = check_params(site, err);
    if (!st)
        st = sedge_op_set_type(y, sedge_op_input(site, 1)->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_dynamic_quantize_linear_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    static const sedge_dtype types[] = { SEDGE_UINT8, SEDGE_FLOAT32, SEDGE_UINT8 };
    sedge_status st = sedge_op_want_type(x, SEDGE_FLOAT32, err);
    for (uint32_t i = 0; !st && i < 3; i++) {
        st = sedge_op_set_type(sedge_op_output(site, i), types[i], err);
        if (!st)
            st = sedge_op_set_shape(sedge_op_output(site, i), i ? 0 : x->rank, x->dims, err);
    }
    return st;
}

/* ---- preparation ---- */

static sedge_status prepare(const sedge_op_site *site, sedge_op_run *run_fn, const char *kernel, sedge_prepared *ret,
                            sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0), *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .n = sedge_op_elements(x),
                     .x = x->dtype,
                     .y = y->dtype,
                     .inner = sedge_op_elements(x),
                     .count = 1,
                     .range = sedge_dtype_range(y->dtype) };
    *ret = (sedge_prepared){ .run = run_fn, .data = d, .kernel = kernel, .macs = d->n };
    if (site->op->n_inputs < 2)
        return SEDGE_OK;
    const sedge_tensor *scale = sedge_op_input(site, 1);
    d->scale = scale->dtype;
    d->has_zero = sedge_op_optional(site, 2) != NULL;
    d->count = sedge_op_elements(scale);
    uint32_t axis = 0;
    sedge_status st = d->count == 1 ? SEDGE_OK : sedge_op_axis(site->op->u.axis, x->rank, &axis, err);
    if (!st && d->count != 1)
        d->inner = sedge_axis_view_of(x, axis, axis).inner;
    return st;
}

sedge_status sedge_op_quantize_linear_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return prepare(site, run_quantize, "quantize_linear_scalar", ret, err);
}

sedge_status sedge_op_dequantize_linear_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    return prepare(site, run_dequantize, "dequantize_linear_scalar", ret, err);
}

sedge_status sedge_op_dynamic_quantize_linear_prepare(const sedge_op_site *site, sedge_prepared *ret,
                                                      sedge_error *err) {
    return prepare(site, run_dynamic, "dynamic_quantize_linear_scalar", ret, err);
}
