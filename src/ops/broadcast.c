/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/broadcast.h"

/* dimension i of a shape that is extended on the left to rank */
static int32_t dim_at(const sedge_tensor *t, uint32_t rank, uint32_t i) {
    uint32_t missing = rank - t->rank;
    return i < missing ? 1 : t->dims[i - missing];
}

static sedge_status widen(uint32_t rank, int32_t *dims, const sedge_tensor *first, const sedge_tensor *t,
                          sedge_error *err) {
    for (uint32_t i = 0; i < rank; i++) {
        int32_t d = dim_at(t, rank, i);
        if (d != dims[i] && d != 1 && dims[i] != 1)
            return sedge_fail(err, SEDGE_EINVALID, "inputs '%s' and '%s' do not fit: %d against %d in dimension %u",
                              first->name, t->name, dims[i], d, i);
        dims[i] = dims[i] == 1 ? d : dims[i];
    }
    return SEDGE_OK;
}

sedge_status sedge_broadcast_shape(const sedge_op_site *site, uint32_t n, uint32_t *ret_rank,
                                   int32_t ret_dims[SEDGE_RANK_MAX], sedge_error *err) {
    uint32_t rank = 0;
    for (uint32_t i = 0; i < n; i++)
        rank = sedge_op_input(site, i)->rank > rank ? sedge_op_input(site, i)->rank : rank;
    for (uint32_t i = 0; i < rank; i++)
        ret_dims[i] = 1;
    sedge_status st = SEDGE_OK;
    for (uint32_t i = 0; !st && i < n; i++)
        st = widen(rank, ret_dims, sedge_op_input(site, 0), sedge_op_input(site, i), err);
    *ret_rank = rank;
    return st;
}

static void fill_steps(const sedge_tensor *t, uint32_t rank, size_t *steps) {
    size_t step = 1;
    for (uint32_t i = rank; i-- > 0;) {
        size_t dim = (size_t)dim_at(t, rank, i);
        steps[i] = dim == 1 ? 0 : step;
        step *= dim;
    }
}

/* whether dimension i of every input goes on where dimension i + 1 ends */
static bool joins(const sedge_broadcast *w, uint32_t i) {
    for (uint32_t k = 0; k < w->n_inputs; k++)
        if (w->steps[k][i] != w->steps[k][i + 1] * w->dims[i + 1])
            return false;
    return true;
}

static void remove_dim(sedge_broadcast *w, uint32_t i) {
    w->rank--;
    for (uint32_t d = i; d < w->rank; d++) {
        w->dims[d] = w->dims[d + 1];
        for (uint32_t k = 0; k < w->n_inputs; k++)
            w->steps[k][d] = w->steps[k][d + 1];
    }
}

static void merge(sedge_broadcast *w) {
    for (uint32_t i = w->rank; i-- > 0;)
        if (w->dims[i] == 1 && w->rank > 1)
            remove_dim(w, i);
    for (uint32_t i = w->rank - 1; i-- > 0;)
        if (joins(w, i)) {
            w->dims[i + 1] *= w->dims[i];
            remove_dim(w, i);
        }
}

sedge_broadcast sedge_broadcast_plan(uint32_t n, const sedge_tensor *const *inputs, const sedge_tensor *y) {
    sedge_broadcast w = { .n_inputs = n, .rank = y->rank ? y->rank : 1, .dims = { 1 }, .n = sedge_op_elements(y) };
    for (uint32_t i = 0; i < y->rank; i++)
        w.dims[i] = (size_t)y->dims[i];
    for (uint32_t k = 0; k < n; k++)
        fill_steps(inputs[k], w.rank, w.steps[k]);
    merge(&w);
    return w;
}

bool sedge_broadcast_next(const sedge_broadcast *w, sedge_broadcast_row *row) {
    row->out += w->dims[w->rank - 1];
    for (uint32_t i = w->rank - 1; i-- > 0;) {
        for (uint32_t k = 0; k < w->n_inputs; k++)
            row->in[k] += w->steps[k][i];
        if (++row->index[i] < w->dims[i])
            return true;
        for (uint32_t k = 0; k < w->n_inputs; k++)
            row->in[k] -= w->steps[k][i] * w->dims[i];
        row->index[i] = 0;
    }
    return false;
}

bool sedge_broadcast_in_place(const sedge_tensor *a, const sedge_tensor *y) {
    return !a->data && a->size_bytes == y->size_bytes && sedge_dtype_size(a->dtype) == sedge_dtype_size(y->dtype);
}
