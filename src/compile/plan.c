/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/write.h"

/* a view needs nothing: where it cannot share its input's bytes, it is a move */
static sedge_status need_of(const sedge_emit_op *o, const sedge_prepared *host, sedge_emit_need *ret,
                            sedge_error *err) {
    const sedge_emitter *emitter = sedge_emitter_find(o->site.op->kind);
    if (o->site.op->guard)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "branches are not compiled for microcontrollers");
    if (host->view)
        return SEDGE_OK;
    if (!emitter)
        return sedge_fail(err, SEDGE_EUNSUPPORTED, "it has no kernel for microcontrollers");
    return emitter->need ? emitter->need(o, ret, err) : SEDGE_OK;
}

static sedge_status ask_all(const sedge_model *from, sedge_model *plan, sedge_pool *pool, sedge_error *err) {
    const sedge_graph *g = &from->file.graph;
    sedge_emit e = { .host = from, .model = plan, .graph = g, .pool = pool };
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_prepared *host = &from->steps[i].prepared;
        sedge_emit_op o = sedge_emit_op_at(&e, i);
        sedge_emit_need need = { 0 };
        sedge_status st = need_of(&o, host, &need, err);
        if (st)
            return sedge_wrap(err, st, "operator %u %s", i, sedge_op_kind_name(g->ops[i].kind));
        plan->steps[i].prepared = (sedge_prepared){ .run = host->run,
                                                    .scratch_bytes = need.scratch_bytes,
                                                    .state_bytes = need.state_bytes,
                                                    .in_place = need.in_place && host->in_place,
                                                    .view = host->view };
    }
    return SEDGE_OK;
}

sedge_status sedge_plan_target(const sedge_model *from, sedge_model *plan, sedge_pool *pool, sedge_error *err) {
    const sedge_model_options options = SEDGE_MODEL_OPTIONS_INIT;
    *plan = (sedge_model){ .file.graph = from->file.graph, .pool = *pool };
    plan->steps = sedge_pool_take(&plan->pool, from->file.graph.n_ops, sizeof *plan->steps);
    sedge_status st = plan->steps ? ask_all(from, plan, &plan->pool, err) : sedge_op_no_memory(err);
    if (!st)
        st = sedge_plan_arena(plan, &options, err);
    *pool = plan->pool;
    return st;
}
