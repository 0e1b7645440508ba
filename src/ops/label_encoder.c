/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LABEL_ENCODER of ai.onnx.ml: each element of x that equals a key becomes the value beside it, the first of equal
 * keys; others become the default. Inputs x, keys, values, default; all but x are constants. Floats are equal by value,
 * and a NaN equals a NaN; everything else by its bytes.
 */
#include <string.h>

#include "ops/ops.h"

enum { X, KEYS, VALUES, DEFAULT };

typedef struct prepared {
    size_t n, n_keys, from, to; /* from, to: bytes of an element */
    sedge_dtype dtype;
    const uint8_t *keys, *values, *otherwise;
} prepared;

static bool same_number(double a, double b) {
    return a == b || (a != a && b != b);
}

static bool equal(const prepared *d, const uint8_t *a, const uint8_t *b) {
    float f[2];
    double g[2];
    if (d->dtype == SEDGE_FLOAT32) {
        memcpy(&f[0], a, sizeof f[0]);
        memcpy(&f[1], b, sizeof f[1]);
        return same_number((double)f[0], (double)f[1]);
    }
    if (d->dtype == SEDGE_FLOAT64) {
        memcpy(&g[0], a, sizeof g[0]);
        memcpy(&g[1], b, sizeof g[1]);
        return same_number(g[0], g[1]);
    }
    return memcmp(a, b, d->from) == 0;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *x = call->inputs[X];
    uint8_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++, x += d->from, y += d->to) {
        size_t k = 0;
        while (k < d->n_keys && !equal(d, x, d->keys + k * d->from))
            k++;
        memcpy(y, k < d->n_keys ? d->values + k * d->to : d->otherwise, d->to);
    }
}

sedge_status sedge_op_label_encoder_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X), *keys = sedge_op_input(site, KEYS),
                       *values = sedge_op_input(site, VALUES), *otherwise = sedge_op_input(site, DEFAULT);
    for (uint32_t i = KEYS; i <= DEFAULT; i++) {
        sedge_status st = sedge_op_constant(site, i, "labels", err);
        if (st)
            return st;
    }
    if (x->dtype != keys->dtype || x->dtype == SEDGE_FLOAT16)
        return sedge_op_bad_types(x, keys, err);
    if (values->dtype != otherwise->dtype)
        return sedge_op_bad_types(values, otherwise, err);
    if (sedge_op_elements(keys) != sedge_op_elements(values) || sedge_op_elements(otherwise) != 1)
        return sedge_fail(err, SEDGE_EINVALID, "%zu keys, %zu values and %zu defaults", sedge_op_elements(keys),
                          sedge_op_elements(values), sedge_op_elements(otherwise));
    sedge_status st = sedge_op_set_type(sedge_op_output(site, 0), values->dtype, err);
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), x, err);
}

sedge_status sedge_op_label_encoder_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, X), *keys = sedge_op_input(site, KEYS),
                       *values = sedge_op_input(site, VALUES);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared){ .n = sedge_op_elements(x),
                     .n_keys = sedge_op_elements(keys),
                     .from = sedge_dtype_size(x->dtype),
                     .to = sedge_dtype_size(values->dtype),
                     .dtype = x->dtype,
                     .keys = keys->data,
                     .values = values->data,
                     .otherwise = sedge_op_input(site, DEFAULT)->data };
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "label_encoder", .macs = (uint64_t)d->n * d->n_keys };
    return SEDGE_OK;
}
