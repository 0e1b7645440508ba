/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the graph to the buffers of plan.h. A view shares the bytes of its input; an operator that can work in place
 * writes onto its input when nothing reads that input later. Such tensors form one buffer, named by its root.
 */
#include "runtime/compiled.h"
#include "runtime/plan.h"

enum { NEVER = -1, BEFORE_FIRST = -1 };

typedef struct lives {
    int32_t *first; /* by tensor; for a root: of the whole buffer */
    int32_t *last;
    size_t *bytes;
    int32_t *first_write, *last_write; /* of a variable: the steps that may change it; NEVER */
} lives;

static void use(const sedge_model *model, lives *l, int32_t tensor, int32_t step) {
    uint32_t r = model->root[tensor];
    if (l->last[r] < step)
        l->last[r] = step;
}

/* the last step that reads a tensor by its own name; graph outputs are read after the end */
static void find_last_reads(const sedge_graph *g, int32_t *last_read) {
    for (uint32_t t = 0; t < g->n_tensors; t++)
        last_read[t] = NEVER;
    for (uint32_t i = 0; i < g->n_ops; i++)
        for (uint32_t k = 0; k < g->ops[i].n_inputs; k++)
            if (g->ops[i].inputs[k] >= 0)
                last_read[g->ops[i].inputs[k]] = (int32_t)i;
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        last_read[g->outputs[i]] = (int32_t)g->n_ops;
        if (g->tensors[g->outputs[i]].sizes_in)
            last_read[g->tensors[g->outputs[i]].sizes_in - 1] = (int32_t)g->n_ops;
    }
}

static void enter_write(lives *l, int32_t variable, uint32_t step) {
    if (l->first_write[variable] == NEVER)
        l->first_write[variable] = (int32_t)step;
    l->last_write[variable] = (int32_t)step;
}

/* every operator that has a variable as an input may change it, unless its output is a view */
static void find_writes(const sedge_model *model, lives *l) {
    const sedge_graph *g = &model->file.graph;
    for (uint32_t t = 0; t < g->n_tensors; t++)
        l->first_write[t] = l->last_write[t] = NEVER;
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->n_outputs; k++)
            if (g->tensors[op->outputs[k]].variable)
                enter_write(l, op->outputs[k], i);
        for (uint32_t k = 0; k < op->n_inputs && !model->steps[i].prepared.view; k++)
            if (op->inputs[k] >= 0 && g->tensors[op->inputs[k]].variable)
                enter_write(l, op->inputs[k], i);
    }
}

/* whether a view of a variable, made at step i, would be read when the variable may have changed */
static bool outlives(const lives *l, uint32_t variable, uint32_t i, int32_t last_read) {
    return last_read >= l->first_write[variable] && (int32_t)i <= l->last_write[variable];
}

/* whether output 0 of step i may share the bytes of input 0 */
static bool shares(const sedge_model *model, const lives *l, uint32_t i, const int32_t *last_read) {
    const sedge_graph *g = &model->file.graph;
    const sedge_op *op = &g->ops[i];
    const sedge_prepared *p = &model->steps[i].prepared;
    if ((!p->view && !p->in_place) || op->inputs[0] < 0)
        return false;
    uint32_t r = model->root[op->inputs[0]];
    if (p->view)
        return !g->tensors[r].variable || !outlives(l, r, i, last_read[op->outputs[0]]);
    if (op->n_outputs != 1)
        return false;
    return !g->tensors[r].data && !g->tensors[r].variable && l->last[r] <= (int32_t)i &&
           g->tensors[op->inputs[0]].size_bytes == g->tensors[op->outputs[0]].size_bytes;
}

/* roots in graph order; a root's last step is known when it is asked for because reads are entered ahead, by name */
static sedge_status find_roots(sedge_model *model, lives *l, const int32_t *last_read, sedge_error *err) {
    const sedge_graph *g = &model->file.graph;
    for (uint32_t t = 0; t < g->n_tensors; t++) {
        model->root[t] = t;
        l->first[t] = BEFORE_FIRST;
        l->last[t] = last_read[t];
        l->bytes[t] = g->tensors[t].size_bytes;
        if (g->tensors[t].variable && (last_read[t] != NEVER || l->last_write[t] != NEVER))
            l->last[t] = (int32_t)g->n_ops;
    }
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->n_outputs; k++) {
            int32_t y = op->outputs[k];
            if (g->tensors[y].variable)
                continue;
            l->first[y] = (int32_t)i;
            if (k == 0 && shares(model, l, i, last_read))
                model->root[y] = model->root[op->inputs[0]];
            else if (k == 0 && model->steps[i].prepared.view && !model->steps[i].prepared.run)
                return sedge_fail(err, SEDGE_EUNSUPPORTED, "operator %u %s: variable '%s' changes while it is read", i,
                                  sedge_op_kind_name(op->kind), g->tensors[op->inputs[0]].name);
            use(model, l, y, last_read[y] > (int32_t)i ? last_read[y] : (int32_t)i);
        }
    }
    return SEDGE_OK;
}

/* the variables that have a place, for the reset of an instance */
static sedge_status list_variables(sedge_model *model, const lives *l, sedge_error *err) {
    const sedge_graph *g = &model->file.graph;
    uint32_t n = 0;
    for (uint32_t t = 0; t < g->n_tensors; t++)
        n += g->tensors[t].variable && l->last[t] != NEVER;
    model->variables = sedge_pool_take(&model->pool, n, sizeof *model->variables);
    if (!model->variables)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to plan the arena");
    for (uint32_t t = 0; t < g->n_tensors; t++)
        if (g->tensors[t].variable && l->last[t] != NEVER)
            model->variables[model->n_variables++] = t;
    return SEDGE_OK;
}

/* what operators keep from one invoke to the next lives as long as the instance */
static size_t add_states(const sedge_model *model, sedge_plan_buffer *buffers, size_t n) {
    const sedge_graph *g = &model->file.graph;
    for (uint32_t i = 0; i < g->n_ops; i++)
        if (model->steps[i].prepared.state_bytes)
            buffers[n++] =
                (sedge_plan_buffer){ model->steps[i].prepared.state_bytes, BEFORE_FIRST, (int32_t)g->n_ops, 0 };
    return n;
}

static sedge_status fill_offsets(sedge_model *model, const lives *l, sedge_pool *work, sedge_error *err) {
    const sedge_graph *g = &model->file.graph;
    sedge_plan_buffer *buffers = sedge_pool_take(work, (size_t)g->n_tensors + 2 * (size_t)g->n_ops, sizeof *buffers);
    uint32_t *owner = sedge_pool_take(work, g->n_tensors, sizeof *owner);
    if (!buffers || !owner)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to plan the arena");
    size_t n = 0;
    for (uint32_t t = 0; t < g->n_tensors; t++)
        if (model->root[t] == t && !g->tensors[t].data && l->last[t] != NEVER) {
            owner[t] = (uint32_t)n;
            buffers[n++] = (sedge_plan_buffer){ l->bytes[t], l->first[t], l->last[t], 0 };
        }
    size_t first_scratch = n;
    for (uint32_t i = 0; i < g->n_ops; i++)
        if (model->steps[i].prepared.scratch_bytes)
            buffers[n++] = (sedge_plan_buffer){ model->steps[i].prepared.scratch_bytes, (int32_t)i, (int32_t)i, 0 };
    size_t first_state = n;
    n = add_states(model, buffers, n);
    sedge_status st = sedge_plan(buffers, n, work, &model->stats.arena_bytes, err);
    if (st)
        return st;
    for (uint32_t t = 0; t < g->n_tensors; t++) {
        uint32_t r = model->root[t];
        model->offset[t] = g->tensors[r].data || l->last[r] == NEVER ? 0 : buffers[owner[r]].offset;
    }
    for (uint32_t i = 0; i < g->n_ops; i++)
        if (model->steps[i].prepared.scratch_bytes)
            model->steps[i].scratch_offset = buffers[first_scratch++].offset;
    for (uint32_t i = 0; i < g->n_ops; i++)
        if (model->steps[i].prepared.state_bytes)
            model->steps[i].state_offset = buffers[first_state++].offset;
    return SEDGE_OK;
}

static sedge_status plan_in(sedge_model *model, sedge_pool *work, sedge_error *err) {
    const sedge_graph *g = &model->file.graph;
    lives l = {
        .first = sedge_pool_take(work, g->n_tensors, sizeof(int32_t)),
        .last = sedge_pool_take(work, g->n_tensors, sizeof(int32_t)),
        .bytes = sedge_pool_take(work, g->n_tensors, sizeof(size_t)),
        .first_write = sedge_pool_take(work, g->n_tensors, sizeof(int32_t)),
        .last_write = sedge_pool_take(work, g->n_tensors, sizeof(int32_t)),
    };
    int32_t *last_read = sedge_pool_take(work, g->n_tensors, sizeof *last_read);
    model->root = sedge_pool_take(&model->pool, g->n_tensors, sizeof *model->root);
    model->offset = sedge_pool_take(&model->pool, g->n_tensors, sizeof *model->offset);
    if (!l.first || !l.last || !l.bytes || !l.first_write || !l.last_write || !last_read || !model->root ||
        !model->offset)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to plan the arena");
    find_last_reads(g, last_read);
    for (uint32_t i = 0; i < g->n_inputs; i++) /* an input that nothing reads must still have bytes to be set */
        if (last_read[g->inputs[i]] == NEVER)
            last_read[g->inputs[i]] = 0;
    find_writes(model, &l);
    sedge_status st = find_roots(model, &l, last_read, err);
    if (!st)
        st = list_variables(model, &l, err);
    return st ? st : fill_offsets(model, &l, work, err);
}

sedge_status sedge_plan_arena(sedge_model *model, const sedge_model_options *options, sedge_error *err) {
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    sedge_status st = plan_in(model, &work, err);
    sedge_pool_done(&work);
    if (st)
        return st;
    if (model->stats.arena_bytes > options->max_arena_bytes)
        return sedge_fail(err, SEDGE_ELIMIT, "the arena needs %zu bytes, the budget max_arena_bytes is %zu",
                          model->stats.arena_bytes, options->max_arena_bytes);
    return SEDGE_OK;
}
