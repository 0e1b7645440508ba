/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IF: input 1 where the condition (bool, one element) is true, else input 2. Both are of one type; when their shapes
 * differ the condition must be known at open. Branches of which only one runs: see sedge_guard.
 */
#include <string.h>

#include "ops/ops.h"

typedef struct prepared {
    size_t bytes;
} prepared;

static void run(const sedge_op_call *call) {
    const prepared *d = call->prepared;
    const uint8_t *condition = call->inputs[0];
    memcpy(call->outputs[0], call->inputs[*condition ? 1 : 2], d->bytes);
}

static bool same_shape(const sedge_tensor *a, const sedge_tensor *b) {
    bool same = a->rank == b->rank;
    for (uint32_t i = 0; same && i < a->rank; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

sedge_status sedge_op_if_shape(const sedge_op_site *site, sedge_error *err) {
    const sedge_tensor *condition = sedge_op_input(site, 0), *a = sedge_op_input(site, 1), *b = sedge_op_input(site, 2);
    sedge_status st = sedge_op_want_type(condition, SEDGE_BOOL, err);
    if (!st && condition->size_bytes != 1)
        st = sedge_fail(err, SEDGE_EINVALID, "the condition '%s' has %zu elements", condition->name,
                        condition->size_bytes);
    if (!st && a->dtype != b->dtype)
        st = sedge_op_bad_types(a, b, err);
    if (!st && !same_shape(a, b))
        st = sedge_op_constant(site, 0, "a condition that chooses between shapes", err);
    if (!st)
        st = sedge_op_set_type(sedge_op_output(site, 0), a->dtype, err);
    const uint8_t *known = condition->data;
    return st ? st : sedge_op_same_shape(sedge_op_output(site, 0), !known || *known ? a : b, err);
}

sedge_status sedge_op_if_prepare(const sedge_op_site *site, sedge_prepared *ret, sedge_error *err) {
    prepared *d = sedge_pool_take(site->pool, 1, sizeof *d);
    if (!d)
        return sedge_op_no_memory(err);
    d->bytes = sedge_op_output(site, 0)->size_bytes;
    *ret = (sedge_prepared){ .run = run, .data = d, .kernel = "if", .macs = d->bytes };
    return SEDGE_OK;
}
