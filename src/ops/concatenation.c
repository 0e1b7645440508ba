/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CONCATENATION: inputs one behind the other along an axis. Parts of int8 and uint8 whose scale or zero point is not
 * that of the output are requantised in float32, as TensorFlow Lite does for uint8.
 */
#include <string.h>

#include "model/quant.h"
#include "ops/ops.h"
#include "ops/parts.h"

enum { VALUES = 256 };

typedef struct requantised {
    uint32_t n;
    size_t outer;
    struct part {
        size_t run;     /* bytes in a row */
        uint8_t *table; /* NULL: as it is */
    } parts[];
} requantised;

sedge_status sedge_op_concatenation_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *x = sedge_op_input(site, 0);
    sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis;
    sedge_status st = sedge_op_axis(site->op->u.axis, x->rank, &axis, err);
    if (!st)
        st = sedge_op_set_type(y, x->dtype, err);
    if (st)
        return st;
    int32_t dims[SEDGE_RANK_MAX];
    memcpy(dims, x->dims, sizeof dims);
    for (uint32_t k = 1; k < site->op->n_inputs; k++) {
        const sedge_tensor *t = sedge_op_optional(site, k);
        if (!t)
            return sedge_fail(err, SEDGE_EINVALID, "input %u is absent", k);
        if (t->dtype != x->dtype)
            return sedge_op_bad_types(x, t, err);
        bool fits = t->rank == x->rank && t->dims[axis] <= INT32_MAX - dims[axis];
        for (uint32_t i = 0; fits && i < x->rank; i++)
            fits = i == axis || t->dims[i] == dims[i];
        if (!fits)
            return sedge_fail(err, SEDGE_EINVALID, "inputs '%s' and '%s' do not fit along axis %u", x->name, t->name,
                              axis);
        dims[axis] += t->dims[axis];
    }
    return sedge_op_set_shape(y, x->rank, dims, err);
}

static bool same_quant(const sedge_tensor *t, const sedge_tensor *y) {
    return t->quant.count != 1 || y->quant.count != 1 ||
           (t->quant.scales[0] == y->quant.scales[0] && sedge_zero_point(t) == sedge_zero_point(y));
}

static void fill_table(const sedge_tensor *t, const sedge_tensor *y, uint8_t *table) {
    const sedge_range range = sedge_dtype_range(y->dtype);
    const float scale = t->quant.scales[0] * (1.f / y->quant.scales[0]);
    const float bias = (float)-sedge_zero_point(t) * scale;
    for (int32_t q = range.low; q <= range.high; q++) {
        int64_t v = (int64_t)sedge_round_f32((float)q * scale + bias) + sedge_zero_point(y);
        table[(uint8_t)q] = (uint8_t)(v < range.low ? range.low : v > range.high ? range.high : v);
    }
}

static void run_requantised(const sedge_op_call *call) {
    const requantised *d = call->prepared;
    uint8_t *to = call->outputs[0];
    for (size_t i = 0; i < d->outer; i++)
        for (uint32_t k = 0; k < d->n; k++) {
            const struct part *p = &d->parts[k];
            const uint8_t *from = (const uint8_t *)call->inputs[k] + i * p->run;
            for (size_t b = 0; b < p->run; b++)
                to[b] = p->table ? p->table[from[b]] : from[b];
            to += p->run;
        }
}

static sedge_status prepare_requantised(const sedge_op_site *site, size_t outer, sedge_prepared *ret,
                                        sedge_error *err) {
    const uint32_t n = site->op->n_inputs;
    requantised *d = sedge_pool_take(site->pool, 1, sizeof *d + n * sizeof *d->parts);
    uint8_t *tables = sedge_pool_take(site->pool, n, VALUES);
    if (!d || !tables)
        return sedge_op_no_memory(err);
    d->n = n;
    d->outer = outer;
    const sedge_tensor *y = sedge_op_output(site, 0);
    for (uint32_t k = 0; k < n; k++) {
        const sedge_tensor *t = sedge_op_input(site, k);
        d->parts[k] = (struct part){ t->size_bytes / outer, same_quant(t, y) ? NULL : tables + k * VALUES };
        if (d->parts[k].table)
            fill_table(t, y, d->parts[k].table);
    }
    *ret = (sedge_prepared){ .run = run_requantised,
                             .data = d,
                             .kernel = "concatenation_requantised",
                             .packed_bytes = (size_t)n * VALUES,
                             .macs = y->size_bytes };
    return SEDGE_OK;
}

sedge_status sedge_op_concatenation_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    const sedge_tensor *y = sedge_op_output(site, 0);
    uint32_t axis, odd = 0;
    sedge_status st = sedge_op_axis(site->op->u.axis, y->rank, &axis, err);
    if (st)
        return st;
    const size_t outer = sedge_parts_outer(y, axis);
    while (odd < site->op->n_inputs && same_quant(sedge_op_input(site, odd), y))
        odd++;
    if (odd == site->op->n_inputs)
        return sedge_parts_prepare_join(site, outer, "concatenation", ret, err);
    if (y->dtype != SEDGE_INT8 && y->dtype != SEDGE_UINT8)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "'%s' and '%s' of type %s have different scales or zero points",
                          sedge_op_input(site, odd)->name, y->name, sedge_dtype_name(y->dtype));
    return prepare_requantised(site, outer, ret, err);
}
