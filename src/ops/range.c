/* SPDX-License-Identifier: Apache-2.0 */
/* RANGE (start, limit, step): start + i * step, each computed in float64 or int64, up to the limit, which is left out.
 */
#include "ops/numbers.h"
#include "ops/ops.h"

typedef struct prepared {
    size_t n;
    sedge_dtype dtype;
    double real[3]; /* start, limit, step */
    int64_t whole[3];
} prepared;

static sedge_status read_values(const sedge_op_site *site, prepared *ret, sedge_error *err) {
    static const char *const names[] = { "the start", "the limit", "the step" };
    ret->dtype = sedge_op_input(site, 0)->dtype;
    for (uint32_t i = 0; i < 3; i++) {
        const sedge_tensor *t = sedge_op_input(site, i);
        if (t->dtype != ret->dtype || t->dtype == SEDGE_BOOL || t->dtype == SEDGE_UINT64 ||
            !(sedge_is_float(t->dtype) || sedge_is_integer(t->dtype)))
            return sedge_op_bad_types(sedge_op_input(site, 0), t, err);
        if (sedge_op_elements(t) != 1)
            return sedge_fail(err, SEDGE_EINVALID, "%s, tensor '%s', has %zu elements", names[i], t->name,
                              sedge_op_elements(t));
        sedge_status st = sedge_op_constant(site, i, names[i], err);
        if (st)
            return st;
        sedge_load_f64(t->dtype, t->data, 0, 1, 1, &ret->real[i]);
        sedge_load_i64(t->dtype, t->data, 0, 1, 1, &ret->whole[i]);
    }
    return SEDGE_OK;
}

/* the number of values; more than a dimension can have: -1 */
static int64_t count(const prepared *d) {
    if (sedge_is_float(d->dtype)) {
        double n = (d->real[1] - d->real[0]) / d->real[2];
        if (!(n < INT32_MAX))
            return -1;
        int64_t whole = n > 0 ? (int64_t)n : 0;
        return whole + (n > (double)whole);
    }
    const bool up = d->whole[2] > 0;
    if (up ? d->whole[0] >= d->whole[1] : d->whole[0] <= d->whole[1])
        return 0;
    const uint64_t span =
        up ? (uint64_t)d->whole[1] - (uint64_t)d->whole[0] : (uint64_t)d->whole[0] - (uint64_t)d->whole[1];
    const uint64_t step = up ? (uint64_t)d->whole[2] : 0 - (uint64_t)d->whole[2];
    const uint64_t n = (span - 1) / step + 1;
    return n > INT32_MAX ? -1 : (int64_t)n;
}

sedge_status sedge_op_range_shape(const sedge_op_site *site, sedge_error *err) {
    sedge_tensor *y = sedge_op_output(site, 0);
    prepared d;
    sedge_status st = read_values(site, &d, err);
    if (st)
        return st;
    const bool still = sedge_is_float(d.dtype) ? d.real[2] == 0 : d.whole[2] == 0;
    const int64_t n = still ? -1 : count(&d);
    if (n < 0)
        return sedge_fail(err, SEDGE_EINVALID, "a range from %lld to %lld in steps of %lld", (long long)d.whole[0],
                          (long long)d.whole[1], (long long)d.whole[2]);
    const int32_t dims[] = { (int32_t)n };
    st = sedge_op_set_type(y, d.dtype, err);
    return st ? st : sedge_op_set_shape(y, 1, dims, err);
}

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    for (size_t i = 0; i < d->n; i++) {
        const double real = d->real[0] + (double)i * d->real[2];
        const int64_t whole = (int64_t)((uint64_t)d->whole[0] + (uint64_t)i * (uint64_t)d->whole[2]);
        if (sedge_is_float(d->dtype))
            sedge_store_f64(d->dtype, call->outputs[0], i, 1, &real);
        else
            sedge_store_i64(d->dtype, call->outputs[0], i, 1, &whole);
    }
}

sedge_status sedge_op_range_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->n = sedge_op_elements(sedge_op_output(site, 0));
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "range", .macs = d->n };
    return read_values(site, d, err);
}
