/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/compiled.h"

static const sedge_input_shape *find_row(const sedge_model_options *options, uint32_t input) {
    for (size_t i = 0; i < options->n_shapes; i++)
        if (options->shapes[i].input == input)
            return &options->shapes[i];
    return NULL;
}

static sedge_status apply_row(sedge_tensor *t, const sedge_input_shape *row, sedge_error *err) {
    if (t->rank == SEDGE_RANK_FREE && row->rank <= SEDGE_RANK_MAX) {
        t->rank = row->rank;
        for (uint32_t i = 0; i < t->rank; i++)
            t->dims[i] = SEDGE_DIM_FREE;
    }
    if (row->rank != t->rank)
        return sedge_fail(err, SEDGE_EUSAGE, "input '%s' has rank %u, rank %u was asked for", t->name, t->rank,
                          row->rank);
    for (uint32_t i = 0; i < t->rank; i++) {
        if (row->dims[i] < 0)
            return sedge_fail(err, SEDGE_EUSAGE, "input '%s': dimension %u cannot be %d", t->name, i, row->dims[i]);
        if (t->dims[i] != SEDGE_DIM_FREE && t->dims[i] != row->dims[i])
            return sedge_fail(err, SEDGE_EUSAGE, "input '%s': dimension %u is %d in the model, %d was asked for",
                              t->name, i, t->dims[i], row->dims[i]);
        t->dims[i] = row->dims[i];
    }
    return SEDGE_OK;
}

/* the columns that the operators reading this input want, for a free last dimension */
static int32_t wanted_columns(const sedge_graph *g, int32_t input) {
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_op *op = &g->ops[i];
        if (op->n_inputs == 0 || op->inputs[0] != input)
            continue;
        if (op->kind == SEDGE_OP_TREE_ENSEMBLE && op->u.trees->n_features)
            return (int32_t)op->u.trees->n_features;
        if (op->kind == SEDGE_OP_SCALER)
            return (int32_t)op->u.scaler.n;
    }
    return 1;
}

static sedge_status settle_input(sedge_graph *g, const sedge_model_options *options, uint32_t i, sedge_error *err) {
    sedge_tensor *t = &g->tensors[g->inputs[i]];
    const sedge_input_shape *row = find_row(options, i);
    sedge_status st = row ? apply_row(t, row, err) : SEDGE_OK;
    if (st)
        return st;
    if (t->rank == SEDGE_RANK_FREE)
        return sedge_fail(err, SEDGE_EUSAGE, "input '%s' has no shape in the model: give one", t->name);
    for (uint32_t d = 0; d < t->rank; d++)
        if (t->dims[d] == SEDGE_DIM_FREE)
            t->dims[d] = d > 0 && d + 1 == t->rank ? wanted_columns(g, g->inputs[i]) : 1;
    return sedge_tensor_set_size(t, err);
}

sedge_status sedge_settle_shapes(sedge_graph *g, const sedge_model_options *options, sedge_error *err) {
    for (size_t i = 0; i < options->n_shapes; i++)
        if (options->shapes[i].input >= g->n_inputs)
            return sedge_fail(err, SEDGE_EUSAGE, "a shape for input %u, the model has %u", options->shapes[i].input,
                              g->n_inputs);
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        sedge_status st = settle_input(g, options, i, err);
        if (st)
            return sedge_wrap(err, st, "input %u", i);
    }
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_op_site site = { .tensors = g->tensors, .op = &g->ops[i] };
        sedge_status st = sedge_op_shape(&site, err);
        if (st)
            return sedge_wrap(err, st, "operator %u %s", i, sedge_op_kind_name(g->ops[i].kind));
    }
    return SEDGE_OK;
}
