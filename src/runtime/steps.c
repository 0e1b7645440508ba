/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/compiled.h"

static sedge_status add_macs(sedge_model *model, uint64_t macs, uint64_t max, sedge_error *err) {
    if (macs > max || model->stats.macs > max - macs)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %llu multiply-accumulates, the budget max_macs",
                          (unsigned long long)max);
    model->stats.macs += macs;
    return SEDGE_OK;
}

static sedge_status prepare_step(sedge_model *model, const sedge_model_options *options, uint32_t i, sedge_error *err) {
    const sedge_op *op = &model->file.graph.ops[i];
    sedge_step *step = &model->steps[i];
    const sedge_op_site site = { model->file.graph.tensors, op, &model->pool, model->stats.cpu_mask, NULL };
    sedge_status st = sedge_op_prepare(&site, &step->prepared, err);
    if (st)
        return st;
    step->first_end = model->n_ends;
    model->n_ends += op->n_inputs + op->n_outputs;
    model->stats.packed_bytes += step->prepared.packed_bytes;
    return add_macs(model, step->prepared.macs, options->max_macs, err);
}

sedge_status sedge_prepare_steps(sedge_model *model, const sedge_model_options *options, sedge_error *err) {
    const sedge_graph *g = &model->file.graph;
    model->steps = sedge_pool_take(&model->pool, g->n_ops, sizeof *model->steps);
    if (!model->steps)
        return sedge_op_no_memory(err);
    for (uint32_t i = 0; i < g->n_ops; i++) {
        sedge_status st = prepare_step(model, options, i, err);
        if (st)
            return sedge_wrap_op(&g->ops[i], st, err);
    }
    return SEDGE_OK;
}
