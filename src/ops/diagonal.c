/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What counts from the diagonal of a matrix: EYE_LIKE (x) is 1 on diagonal k of a matrix of x's shape, else 0, of the
 * declared type or x's; TRILU (x, k or absent) keeps what lies on and above (upper) or below diagonal k of the last two
 * dimensions and makes the rest 0.
 */
#include <string.h>

#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t matrices, rows, columns, unit;
    int64_t k;
    bool upper;
    sedge_dtype dtype;
} prepared;

static int64_t clamp_k(int64_t k) {
    return k < INT32_MIN ? INT32_MIN : k > INT32_MAX ? INT32_MAX : k;
}

sedge_status sedge_op_eye_like_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    if (x->rank != 2)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' has rank %u, a matrix is needed", x->name, x->rank);
    sedge_status st = y->dtype == SEDGE_DTYPE_FREE ? sedge_op_set_type(y, x->dtype, err) : SEDGE_OK;
    if (!st && !sedge_is_integer(y->dtype) && !sedge_is_float(y->dtype))
        st = sedge_op_bad_types(x, y, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

static void run_eye_like(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t r = 0; r < d->rows; r++)
        for (size_t c = 0; c < d->columns; c++) {
            const int64_t v = (int64_t)c - (int64_t)r == d->k;
            sedge_store_i64(d->dtype, call->outputs[0], r * d->columns + c, 1, &v);
        }
}

static void run_trilu(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *x = call->inputs[0];
    uint8_t *y = call->outputs[0];
    for (size_t r = 0; r < d->matrices * d->rows; r++)
        for (size_t c = 0; c < d->columns; c++, x += d->unit, y += d->unit) {
            const int64_t above = (int64_t)c - (int64_t)(r % d->rows);
            if (!(d->upper ? above >= d->k : above <= d->k))
                memset(y, 0, d->unit);
            else if (x != y)
                memcpy(y, x, d->unit);
        }
}

static sedge_status prepare(const sedge_op_site *site, int64_t k, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->rows = (size_t)y->dims[y->rank - 2];
    d->columns = (size_t)y->dims[y->rank - 1];
    d->matrices = sedge_op_elements(y) / (d->rows * d->columns);
    d->unit = sedge_dtype_size(y->dtype);
    d->k = clamp_k(k);
    d->upper = site->op->u.diagonal.upper;
    d->dtype = y->dtype;
    ret->data = d;
    ret->macs = sedge_op_elements(y);
    return SEDGE_OK;
}

sedge_status sedge_op_eye_like_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    *ret = (sedge_prepared){ .run = run_eye_like, .kernel = "eye_like" };
    return prepare(site, site->op->u.diagonal.k, ret, err);
}

static sedge_status read_k(const sedge_op_site *site, int64_t *ret, sedge_error *err) {
    uint32_t n = 1;
    *ret = 0;
    if (!sedge_op_optional(site, 1))
        return SEDGE_OK;
    sedge_status st = sedge_op_constant_ints(site, 1, "the diagonal", 1, ret, &n, err);
    if (!st && n != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "%u diagonals, one is needed", n);
    return st;
}

sedge_status sedge_op_trilu_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    int64_t k;
    if (x->rank < 2)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' has rank %u, matrices are needed", x->name, x->rank);
    sedge_status st = read_k(site, &k, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    return st ? st : sedge_op_same_shape(y, x, err);
}

sedge_status sedge_op_trilu_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    int64_t k;
    sedge_status st = read_k(site, &k, err);
    *ret = (sedge_prepared){ .run = run_trilu, .kernel = "trilu", .in_place = true };
    return st ? st : prepare(site, k, ret, err);
}
