/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NON_ZERO (x), outputs places and sizes: the coordinates of the elements that are not 0, in order, as int64
 * [rank of x, their number]. The number depends on the values, so places is declared for all elements and sizes, int32
 * [2], holds the actual dimensions (sedge_tensor.sizes_in).
 */
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    sedge_dtype dtype;
    uint32_t rank;
    size_t dims[SEDGE_RANK_MAX];
} prepared;

sedge_status sedge_op_non_zero_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    const sedge_tensor *places = sedge_op_output(site, 0);
    const size_t n = sedge_op_elements(x);
    if (!sedge_is_integer(x->dtype) && !sedge_is_float(x->dtype))
        return sedge_op_bad_types(x, places, err);
    if (x->rank == 0 || n > INT32_MAX)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' has rank %u and %zu elements", x->name, x->rank, n);
    return sedge_op_set_largest(site, SEDGE_INT64, 2, (int32_t[]){ (int32_t)x->rank, (int32_t)n }, err);
}

static bool is_zero(const prepared *d, const void *x, size_t i) {
    double real;
    int64_t whole;
    if (sedge_is_float(d->dtype)) {
        sedge_load_f64(d->dtype, x, i, 1, 1, &real);
        return real == 0;
    }
    sedge_load_i64(d->dtype, x, i, 1, 1, &whole);
    return whole == 0;
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    int64_t *places = call->outputs[0];
    int32_t *sizes = call->outputs[1];
    size_t found = 0, at = 0;
    for (size_t i = 0; i < d->n; i++)
        found += !is_zero(d, call->inputs[0], i);
    for (size_t i = 0; i < d->n; i++) {
        if (is_zero(d, call->inputs[0], i))
            continue;
        size_t rest = i;
        for (uint32_t k = d->rank; k-- > 0; rest /= d->dims[k])
            places[k * found + at] = (int64_t)(rest % d->dims[k]);
        at++;
    }
    sizes[0] = (int32_t)d->rank;
    sizes[1] = (int32_t)found;
}

sedge_status sedge_op_non_zero_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = sedge_op_elements(x);
    d->dtype = x->dtype;
    d->rank = x->rank;
    for (uint32_t i = 0; i < x->rank; i++)
        d->dims[i] = (size_t)x->dims[i];
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "non_zero", .macs = 2 * d->n };
    return SEDGE_OK;
}
