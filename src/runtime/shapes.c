/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "runtime/fold.h"

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
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "input '%s' has no shape in the model: give one", t->name);
    for (uint32_t d = 0; d < t->rank; d++)
        if (t->dims[d] == SEDGE_DIM_FREE)
            t->dims[d] = d > 0 && d + 1 == t->rank ? wanted_columns(g, g->inputs[i]) : 1;
    return sedge_tensor_set_size(t, err);
}

/* by tensor: the values that the caller gives inputs, copied; *ret stays NULL when there are none */
static sedge_status take_values(sedge_model *model, const sedge_model_options *options, const void ***ret,
                                sedge_error *err) {
    const sedge_graph *g = &model->file.graph;
    const void **values = options->n_values ? sedge_pool_take(&model->pool, g->n_tensors, sizeof *values) : NULL;
    for (size_t i = 0; values && i < options->n_values; i++) {
        const sedge_input_value *v = &options->values[i];
        if (v->input >= g->n_inputs)
            return sedge_fail(err, SEDGE_EUSAGE, "a value for input %u, the model has %u", v->input, g->n_inputs);
        const sedge_tensor *t = &g->tensors[g->inputs[v->input]];
        if (v->size != t->size_bytes)
            return sedge_fail(err, SEDGE_EUSAGE, "a value of %zu bytes for input %u '%s', it has %zu", v->size,
                              v->input, t->name, t->size_bytes);
        void *copy = sedge_pool_take(&model->pool, v->size, 1);
        if (!copy)
            return sedge_op_no_memory(err);
        if (v->size)
            memcpy(copy, v->data, v->size);
        values[g->inputs[v->input]] = copy;
    }
    if (options->n_values && !values)
        return sedge_op_no_memory(err);
    *ret = values;
    return SEDGE_OK;
}

static sedge_status settle_inputs(sedge_graph *g, const sedge_model_options *options, sedge_error *err) {
    for (size_t i = 0; i < options->n_shapes; i++)
        if (options->shapes[i].input >= g->n_inputs)
            return sedge_fail(err, SEDGE_EUSAGE, "a shape for input %u, the model has %u", options->shapes[i].input,
                              g->n_inputs);
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        sedge_status st = settle_input(g, options, i, err);
        if (st)
            return sedge_wrap(err, st, "input %u", i);
    }
    return SEDGE_OK;
}

sedge_status sedge_wrap_op(const sedge_op *op, sedge_status st, sedge_error *err) {
    const char *name = op->name ? op->name : "", *quote = *name ? "'" : "";
    return sedge_wrap(err, st, "operator %u %s%s%s%s%s", op->place, sedge_op_kind_name(op->kind), *name ? " " : "",
                      quote, name, quote);
}

/* whether a guard is known not to hold */
static bool never_runs(const sedge_graph *g, uint32_t guard) {
    for (; guard; guard = g->guards[guard - 1].outer) {
        const sedge_tensor *t = &g->tensors[g->guards[guard - 1].condition];
        const uint8_t *condition = t->dtype == SEDGE_BOOL && t->size_bytes ? t->data : NULL;
        if (condition && (*condition != 0) != g->guards[guard - 1].when)
            return true;
    }
    return false;
}

/* an IF whose condition is known is one of its branches */
static sedge_status choose_branch(sedge_model *model, sedge_op *op, sedge_error *err) {
    const uint8_t *condition = model->file.graph.tensors[op->inputs[0]].data;
    int32_t *inputs = condition ? sedge_pool_take(&model->pool, 1, sizeof *inputs) : NULL;
    if (!condition)
        return SEDGE_OK;
    if (!inputs)
        return sedge_op_no_memory(err);
    inputs[0] = op->inputs[*condition ? 1 : 2];
    op->kind = SEDGE_OP_IDENTITY;
    op->inputs = inputs;
    op->n_inputs = 1;
    return SEDGE_OK;
}

static sedge_status settle_op(sedge_model *model, uint32_t i, const void *const *values, sedge_fold *used,
                              sedge_error *err) {
    sedge_graph *g = &model->file.graph;
    sedge_op *op = &g->ops[i];
    sedge_status st = SEDGE_OK;
    if (op->kind == SEDGE_OP_IF && op->n_inputs == 3 && op->inputs[0] >= 0 &&
        g->tensors[op->inputs[0]].dtype == SEDGE_BOOL && g->tensors[op->inputs[0]].size_bytes)
        st = choose_branch(model, op, err);
    const sedge_op_site site = { .tensors = g->tensors, .op = op, .values = values };
    if (!st)
        st = sedge_op_shape(&site, err);
    return st ? st : sedge_fold_op(model, i, used, err);
}

sedge_status sedge_settle_shapes(sedge_model *model, const sedge_model_options *options, sedge_error *err) {
    sedge_graph *g = &model->file.graph;
    const void **values = NULL;
    sedge_fold used = { 0 };
    sedge_status st = settle_inputs(g, options, err);
    if (!st)
        st = take_values(model, options, &values, err);
    for (uint32_t i = 0; !st && i < g->n_ops; i++) {
        g->ops[i].place = i;
        if (never_runs(g, g->ops[i].guard))
            continue;
        st = settle_op(model, i, values, &used, err);
        if (st)
            return sedge_wrap_op(&g->ops[i], st, err);
    }
    return st ? st : sedge_remove_dead_ops(model, err);
}
