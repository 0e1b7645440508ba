/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/unary.h"

#include "model/quant.h"

typedef struct prepared_f32 {
    sedge_unary_f32 *fn;
    size_t n;
} prepared_f32;

typedef struct prepared_table {
    size_t n;
    uint8_t table[256]; /* by the input's byte */
} prepared_table;

sedge_status sedge_unary_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = sedge_op_set_type(y, x->dtype, err);
    if (st)
        return st;
    if (x->dtype != SEDGE_FLOAT32 && x->dtype != SEDGE_INT8)
        return sedge_op_bad_types(x, y, err);
    if (x->dtype == SEDGE_INT8) {
        st = sedge_op_want_quant(x, err);
        if (!st)
            st = sedge_op_want_quant(y, err);
    }
    return st ? st : sedge_op_same_shape(y, x, err);
}

static void run_f32(const sedge_op_call *call) {
    const prepared_f32 *d = call->prepared;
    const float *x = call->inputs[0];
    float *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        y[i] = d->fn(x[i]);
}

static void run_table(const sedge_op_call *call) {
    const prepared_table *d = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    for (size_t i = 0; i < d->n; i++)
        y[i] = d->table[x[i]];
}

sedge_status sedge_unary_prepare_f32(const sedge_op_site *site, sedge_unary_f32 *fn, const char *kernel,
                                     sedge_prepared *ret, sedge_error *err) {
    prepared_f32 *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    *d = (prepared_f32){ fn, sedge_op_elements(sedge_op_input(site, 0)) };
    *ret = (sedge_prepared){ .run = run_f32, .data = d, .kernel = kernel, .macs = d->n, .in_place = true };
    return SEDGE_OK;
}

sedge_status sedge_unary_prepare_s8(const sedge_op_site *site, sedge_unary_s8 *fn, const void *user, const char *kernel,
                                    sedge_prepared *ret, sedge_error *err) {
    prepared_table *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    sedge_range r = sedge_dtype_range(sedge_op_input(site, 0)->dtype);
    d->n = sedge_op_elements(sedge_op_input(site, 0));
    for (int32_t q = r.low; q <= r.high; q++)
        d->table[(uint8_t)q] = (uint8_t)fn(q, user);
    *ret = (sedge_prepared){
        .run = run_table, .data = d, .kernel = kernel, .packed_bytes = sizeof d->table, .macs = d->n, .in_place = true
    };
    return SEDGE_OK;
}
