/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/binary.h"

/* dimension i of a shape that is extended on the left to rank */
static int32_t dim_at(const sedge_tensor *t, uint32_t rank, uint32_t i) {
    uint32_t missing = rank - t->rank;
    return i < missing ? 1 : t->dims[i - missing];
}

static sedge_status check_types(const sedge_tensor *a, const sedge_tensor *b, const sedge_tensor *y, sedge_error *err) {
    if (a->dtype != b->dtype || (a->dtype != SEDGE_FLOAT32 && a->dtype != SEDGE_INT8))
        return sedge_op_bad_types(a, b, err);
    if (y->dtype != a->dtype)
        return sedge_op_bad_types(a, y, err);
    const sedge_tensor *all[] = { a, b, y };
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; !st && a->dtype == SEDGE_INT8 && i < 3; i++)
        st = sedge_op_want_quant(all[i], err);
    return st;
}

sedge_status sedge_binary_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *a = sedge_op_input(site, 0), *b = sedge_op_input(site, 1);
    sedge_tensor *y = sedge_op_output(site, 0);
    sedge_status st = check_types(a, b, y, err);
    if (st)
        return st;
    uint32_t rank = a->rank > b->rank ? a->rank : b->rank;
    int32_t dims[SEDGE_RANK_MAX];
    for (uint32_t i = 0; i < rank; i++) {
        int32_t da = dim_at(a, rank, i), db = dim_at(b, rank, i);
        if (da != db && da != 1 && db != 1)
            return sedge_fail(err, SEDGE_EINVALID, "inputs '%s' and '%s' do not fit: %d against %d in dimension %u",
                              a->name, b->name, da, db, i);
        dims[i] = da == 1 ? db : da;
    }
    return sedge_op_set_shape(y, rank, dims, err);
}

static void fill_steps(const sedge_tensor *t, const sedge_binary *w, size_t *steps) {
    size_t step = 1;
    for (uint32_t i = w->rank; i-- > 0;) {
        size_t dim = (size_t)dim_at(t, w->rank, i);
        steps[i] = dim == 1 ? 0 : step;
        step *= dim;
    }
}

sedge_binary sedge_binary_walk(const sedge_tensor *a, const sedge_tensor *b, const sedge_tensor *y) {
    sedge_binary w = { .rank = y->rank ? y->rank : 1, .n = sedge_op_elements(y) };
    w.dims[0] = 1;
    for (uint32_t i = 0; i < y->rank; i++)
        w.dims[i] = (size_t)y->dims[i];
    if (a->size_bytes == y->size_bytes && b->size_bytes == y->size_bytes) { /* nothing is stretched: one long row */
        w = (sedge_binary){ .rank = 1, .dims = { w.n }, .step_a = { 1 }, .step_b = { 1 }, .n = w.n };
        return w;
    }
    fill_steps(a, &w, w.step_a);
    fill_steps(b, &w, w.step_b);
    return w;
}

bool sedge_binary_in_place(const sedge_tensor *a, const sedge_tensor *y) {
    return !a->data && a->size_bytes == y->size_bytes;
}

bool sedge_binary_next(const sedge_binary *w, size_t index[SEDGE_RANK_MAX], sedge_binary_row *row) {
    row->y += w->dims[w->rank - 1];
    for (uint32_t i = w->rank - 1; i-- > 0;) {
        row->a += w->step_a[i];
        row->b += w->step_b[i];
        if (++index[i] < w->dims[i])
            return true;
        row->a -= w->step_a[i] * w->dims[i];
        row->b -= w->step_b[i] * w->dims[i];
        index[i] = 0;
    }
    return false;
}
