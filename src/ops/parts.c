/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/parts.h"

#include <string.h>

#include "ops/copy.h"

typedef struct prepared {
    uint32_t whole; /* index of the input that is split */
    uint32_t n;
    size_t outer;
    size_t row;   /* bytes of a row of the whole */
    size_t run[]; /* by part: bytes in a row */
} prepared;

size_t sedge_parts_outer(const sedge_tensor *t, uint32_t axis) {
    size_t outer = 1;
    for (uint32_t i = 0; i < axis; i++)
        outer *= (size_t)t->dims[i];
    return outer;
}

static void run_join(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    uint8_t *to = call->outputs[0];
    for (uint32_t k = 0; k < d->n; k++) {
        const uint8_t *from = call->inputs[k];
        for (size_t i = 0; i < d->outer; i++)
            memcpy(to + i * d->row, from + i * d->run[k], d->run[k]);
        to += d->run[k];
    }
}

static void run_split(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *from = call->inputs[d->whole];
    for (uint32_t k = 0; k < d->n; k++) {
        uint8_t *to = call->outputs[k];
        for (size_t i = 0; i < d->outer; i++)
            memcpy(to + i * d->run[k], from + i * d->row, d->run[k]);
        from += d->run[k];
    }
}

static sedge_status prepare(const sedge_op_site *site, const int32_t *parts, uint32_t n, prepared head,
                            sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d + n * sizeof *d->run);
    if (!d)
        return sedge_op_no_memory(err);
    *d = head;
    d->n = n;
    for (uint32_t k = 0; k < n; k++) {
        d->run[k] = site->tensors[parts[k]].size_bytes / d->outer;
        d->row += d->run[k];
    }
    ret->data = d;
    ret->macs = d->outer * n;
    return SEDGE_OK;
}

sedge_status sedge_parts_prepare_join(const sedge_op_site *site, size_t outer, const char *kernel, sedge_prepared *ret,
                                      sedge_error *err) {
    if (site->op->n_inputs == 1)
        return sedge_view_prepare(site, ret, err);
    *ret = (sedge_prepared){ .run = run_join, .kernel = kernel };
    return prepare(site, site->op->inputs, site->op->n_inputs, (prepared){ .outer = outer }, ret, err);
}

sedge_status sedge_parts_prepare_split(const sedge_op_site *site, uint32_t whole, size_t outer, const char *kernel,
                                       sedge_prepared *ret, sedge_error *err) {
    *ret = (sedge_prepared){ .run = run_split, .kernel = kernel };
    return prepare(site, site->op->outputs, site->op->n_outputs, (prepared){ .whole = whole, .outer = outer }, ret,
                   err);
}
