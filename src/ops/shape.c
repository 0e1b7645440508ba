/* SPDX-License-Identifier: Apache-2.0 */
/* SHAPE, SIZE and RANK: dimensions, number of elements and of dimensions, int64 unless the file says int32. */
#include "ops/ops.h"

typedef struct prepared {
    uint32_t n;
    bool wide; /* int64 */
    int64_t values[SEDGE_RANK_MAX];
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (uint32_t i = 0; i < d->n; i++)
        if (d->wide)
            ((int64_t *)call->outputs[0])[i] = d->values[i];
        else
            ((int32_t *)call->outputs[0])[i] = (int32_t)d->values[i];
}

static sedge_status set_type(sedge_tensor *y, sedge_error *err) {
    return sedge_op_set_type(y, y->dtype == SEDGE_INT32 ? SEDGE_INT32 : SEDGE_INT64, err);
}

static sedge_status prepare(const sedge_op_site *site, const int64_t *values, uint32_t n, const char *kernel,
                            sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = n;
    d->wide = sedge_op_output(site, 0)->dtype == SEDGE_INT64;
    for (uint32_t i = 0; i < n; i++)
        d->values[i] = values[i];
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = kernel, .macs = n };
    return SEDGE_OK;
}

/* a bound of the list as an index: negative counts from the end, then clamped */
static uint32_t clamp(int32_t bound, uint32_t rank) {
    int64_t b = bound < 0 ? (int64_t)bound + rank : bound;
    return (uint32_t)(b < 0 ? 0 : b > (int64_t)rank ? (int64_t)rank : b);
}

static void listed(const sedge_op_site *site, uint32_t *first, uint32_t *n) {
    uint32_t rank = sedge_op_input(site, 0)->rank;
    bool part = site->op->u.shape.part;
    uint32_t end = part ? clamp(site->op->u.shape.end, rank) : rank;
    *first = part ? clamp(site->op->u.shape.start, rank) : 0;
    *n = end > *first ? end - *first : 0;
}

sedge_status sedge_op_shape_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t first, n;
    listed(site, &first, &n);
    sedge_status st = set_type(y, err);
    return st ? st : sedge_op_set_shape(y, 1, (int32_t[]){ (int32_t)n }, err);
}

sedge_status sedge_op_shape_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    uint32_t first, n;
    int64_t values[SEDGE_RANK_MAX];
    listed(site, &first, &n);
    for (uint32_t i = 0; i < n; i++)
        values[i] = sedge_op_input(site, 0)->dims[first + i];
    return prepare(site, values, n, "shape", ret, err);
}

sedge_status sedge_op_size_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = set_type(y, err);
    if (!st && y->dtype == SEDGE_INT32 && sedge_op_elements(sedge_op_input(site, 0)) > INT32_MAX)
        st = sedge_fail(err, SEDGE_ELIMIT, "the number of elements does not fit int32");
    return st ? st : sedge_op_set_shape(y, 0, NULL, err);
}

sedge_status sedge_op_size_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    int64_t n = (int64_t)sedge_op_elements(sedge_op_input(site, 0));
    return prepare(site, &n, 1, "size", ret, err);
}

sedge_status sedge_op_rank_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = set_type(y, err);
    return st ? st : sedge_op_set_shape(y, 0, NULL, err);
}

sedge_status sedge_op_rank_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const int64_t n = sedge_op_input(site, 0)->rank;
    return prepare(site, &n, 1, "rank", ret, err);
}
