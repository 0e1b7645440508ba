/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/fold.h"

/* operators that look at shapes only */
static bool reads_shapes(sedge_op_kind kind) {
    static const uint8_t kinds[] = { SEDGE_OP_SHAPE, SEDGE_OP_SIZE };
    for (size_t i = 0; i < sizeof kinds; i++)
        if (kinds[i] == kind)
            return true;
    return false;
}

/* false when looking at the inputs and making the outputs would pass the bound */
static bool affordable(const sedge_graph *g, const sedge_op *op, sedge_fold *used) {
    for (uint32_t i = 0; i < op->n_inputs + op->n_outputs; i++) {
        int32_t t = i < op->n_inputs ? op->inputs[i] : op->outputs[i - op->n_inputs];
        size_t n = t >= 0 && !(i < op->n_inputs && reads_shapes(op->kind)) ? g->tensors[t].size_bytes : 0;
        if (n > SEDGE_FOLD_MACS_MAX - used->macs)
            return false;
        used->macs += n;
    }
    return true;
}

static bool foldable(const sedge_graph *g, const sedge_op *op) {
    bool known = op->n_inputs > 0;
    for (uint32_t i = 0; i < op->n_inputs; i++)
        known = known && (op->inputs[i] < 0 || g->tensors[op->inputs[i]].data || reads_shapes(op->kind));
    for (uint32_t i = 0; i < op->n_outputs; i++)
        known = known && !g->tensors[op->outputs[i]].variable;
    return known && op->n_outputs > 0;
}

/* room for the outputs of an operator; false when the bounds do not allow it */
static bool take_outputs(sedge_model *model, const sedge_op *op, sedge_fold *used, void **outputs) {
    const sedge_tensor *tensors = model->file.graph.tensors;
    for (uint32_t i = 0; i < op->n_outputs; i++) {
        size_t n = tensors[op->outputs[i]].size_bytes;
        if (n > SEDGE_FOLD_BYTES_MAX - used->bytes)
            return false;
        used->bytes += n;
        outputs[i] = sedge_pool_take(&model->pool, n, 1);
        if (!outputs[i])
            return false;
    }
    return true;
}

/* a size that depended on values is known now */
static sedge_status settle_actual(sedge_tensor *tensors, const sedge_op *op, sedge_error *err) {
    for (uint32_t i = 0; i < op->n_outputs; i++) {
        sedge_tensor *t = &tensors[op->outputs[i]];
        if (!t->sizes_in)
            continue;
        const int32_t *dims = tensors[t->sizes_in - 1].data;
        for (uint32_t d = 0; d < t->rank; d++)
            t->dims[d] = dims[d];
        t->sizes_in = 0;
        sedge_status st = sedge_tensor_set_size(t, err);
        if (st)
            return st;
    }
    return SEDGE_OK;
}

/* the tables of calls are void * for constants too, which no run function writes to */
static void *writable(const void *p) {
    union {
        const void *from;
        void *to;
    } bytes = { p };
    return bytes.to;
}

static sedge_status evaluate(sedge_model *model, const sedge_op *op, const sedge_prepared *p, sedge_pool *work,
                             sedge_fold *used, sedge_error *err) {
    sedge_tensor *tensors = model->file.graph.tensors;
    void *inputs[SEDGE_OP_ENDS_MAX] = { 0 }, *outputs[SEDGE_OP_ENDS_MAX] = { 0 };
    for (uint32_t i = 0; i < op->n_inputs; i++)
        inputs[i] = op->inputs[i] < 0 ? NULL : writable(tensors[op->inputs[i]].data);
    if (p->view) {
        tensors[op->outputs[0]].data = inputs[0];
        return SEDGE_OK;
    }
    void *scratch = sedge_pool_take(work, p->scratch_bytes, 1);
    if (!scratch)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to evaluate constants");
    if (!take_outputs(model, op, used, outputs))
        return SEDGE_OK;
    const sedge_op_call call = { p->data, inputs, outputs, scratch, NULL };
    if (p->run)
        p->run(&call);
    for (uint32_t i = 0; i < op->n_outputs; i++)
        tensors[op->outputs[i]].data = outputs[i];
    return settle_actual(tensors, op, err);
}

sedge_status sedge_fold_op(sedge_model *model, uint32_t i, sedge_fold *used, sedge_error *err) {
    const sedge_graph *g = &model->file.graph;
    const sedge_op *op = &g->ops[i];
    if (!foldable(g, op) || !affordable(g, op, used))
        return SEDGE_OK;
    sedge_pool work = sedge_pool_init(model->pool.max);
    const sedge_op_site site = { .tensors = g->tensors, .op = op, .pool = &work, .cpu_mask = SEDGE_CPU_NONE };
    sedge_prepared p = { 0 };
    sedge_status st = sedge_op_prepare(&site, &p, err);
    if (!st && p.macs <= SEDGE_FOLD_MACS_MAX - used->macs && p.state_bytes == 0) {
        used->macs += p.macs;
        st = evaluate(model, op, &p, &work, used, err);
    }
    sedge_pool_done(&work);
    return st;
}

/* ---- what nothing reads ---- */

/* an operator that changes state, which no tensor tells */
static bool has_effects(const sedge_graph *g, const sedge_op *op) {
    bool effects = op->n_outputs == 0;
    for (uint32_t i = 0; i < op->n_inputs; i++)
        effects =
            effects || (op->inputs[i] >= 0 && g->tensors[op->inputs[i]].variable && op->kind != SEDGE_OP_IDENTITY);
    for (uint32_t i = 0; i < op->n_outputs; i++)
        effects = effects || g->tensors[op->outputs[i]].variable;
    return effects;
}

static bool is_needed(const sedge_graph *g, const sedge_op *op, const uint8_t *read) {
    bool needed = has_effects(g, op);
    for (uint32_t i = 0; i < op->n_outputs; i++)
        needed = needed || (read[op->outputs[i]] && !g->tensors[op->outputs[i]].data);
    return needed;
}

sedge_status sedge_remove_dead_ops(sedge_model *model, sedge_error *err) {
    sedge_graph *g = &model->file.graph;
    sedge_pool work = sedge_pool_init(SIZE_MAX);
    uint8_t *read = sedge_pool_take(&work, g->n_tensors, 1), *keep = sedge_pool_take(&work, g->n_ops, 1);
    if (!read || !keep) {
        sedge_pool_done(&work);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to look for unused operators");
    }
    for (uint32_t i = 0; i < g->n_outputs; i++)
        read[g->outputs[i]] = 1;
    for (uint32_t i = g->n_ops; i-- > 0;) {
        keep[i] = is_needed(g, &g->ops[i], read);
        for (uint32_t k = 0; keep[i] && k < g->ops[i].n_inputs; k++)
            if (g->ops[i].inputs[k] >= 0)
                read[g->ops[i].inputs[k]] = 1;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_ops; i++)
        if (keep[i])
            g->ops[n++] = g->ops[i];
    g->n_ops = n;
    sedge_pool_done(&work);
    return SEDGE_OK;
}
