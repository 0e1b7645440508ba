/* SPDX-License-Identifier: Apache-2.0 */
#include "compile/compile.h"

#include <string.h>

#include "base/format.h"
#include "compile/write.h"

#define POOL_MAX ((size_t)1 << 30)
#define TEXT_MAX ((size_t)1 << 30)

sedge_status sedge_c_name_check(const char *name, sedge_error *err) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (n > 0 && n <= SEDGE_C_NAME_MAX && name[n] == '\0' && name[0] >= 'a' && name[0] <= 'z')
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_EUSAGE, "'%s' is no name for C: at most %d of a-z, 0-9 and _, the first one a letter",
                      name, SEDGE_C_NAME_MAX);
}

sedge_emit_op sedge_emit_op_at(sedge_emit *e, uint32_t index) {
    const sedge_graph *g = e->graph;
    return (sedge_emit_op){ e, index, { g->tensors, &g->ops[index], e->pool, SEDGE_CPU_NONE } };
}

sedge_status sedge_write_operators(sedge_emit *e, sedge_error *err) {
    const sedge_graph *g = e->graph;
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_op *op = &g->ops[i];
        bool view = e->model->steps[i].prepared.view;
        if (view && e->model->root[op->inputs[0]] == e->model->root[op->outputs[0]])
            continue;
        sedge_emit_op o = sedge_emit_op_at(e, i);
        sedge_status st = (view ? &sedge_emitter_move : sedge_emitter_find(op->kind))->write(&o, err);
        if (st)
            return sedge_wrap(err, st, "operator %u %s", i, sedge_op_kind_name(g->ops[i].kind));
    }
    return SEDGE_OK;
}

static sedge_status list_files(sedge_c_sources *s, const sedge_emit *e, sedge_error *err) {
    s->files = sedge_pool_take(&s->pool, SEDGE_MICRO_FILES_MAX + 2, sizeof *s->files);
    if (!s->files || s->header.failed || s->model.failed || e->constants.failed || e->calls.failed || s->pool.failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the sources");
    sedge_format(s->files[0].name, sizeof s->files[0].name, "%s.h", e->name);
    s->files[0].text = sedge_buf_bytes(&s->header);
    sedge_format(s->files[1].name, sizeof s->files[1].name, "%s.c", e->name);
    s->files[1].text = sedge_buf_bytes(&s->model);
    s->n = 2;
    for (size_t i = 0; sedge_micro_files[i].name; i++) {
        if (!e->files.has[i])
            continue;
        sedge_c_file *f = &s->files[s->n++];
        sedge_format(f->name, sizeof f->name, "%s", sedge_micro_files[i].name);
        f->text = sedge_bytes_of((const uint8_t *)sedge_micro_files[i].text, strlen(sedge_micro_files[i].text));
    }
    return SEDGE_OK;
}

static sedge_status write_all(const sedge_model *model, sedge_emit *e, const char *origin, sedge_c_sources *s,
                              sedge_error *err) {
    sedge_model *plan = sedge_pool_take(&s->pool, 1, sizeof *plan);
    if (!plan)
        return sedge_op_no_memory(err);
    sedge_status st = sedge_plan_target(model, plan, &s->pool, err);
    if (st)
        return st;
    e->model = plan;
    e->graph = &plan->file.graph;
    e->defined = sedge_pool_take(e->pool, e->graph->n_tensors, sizeof *e->defined);
    if (!e->defined)
        return sedge_op_no_memory(err);
    st = sedge_write_operators(e, err);
    if (st)
        return st;
    st = sedge_write_model(e, origin, &s->model, err);
    if (st)
        return st;
    sedge_write_header(e, origin, &s->header);
    s->arena_bytes = plan->stats.arena_bytes;
    s->constant_bytes = e->constant_bytes;
    return list_files(s, e, err);
}

sedge_status sedge_compile(const sedge_model *model, const char *name, const char *origin, sedge_c_sources *ret,
                           sedge_error *err) {
    SEDGE_AUTO_C_SOURCES s = { .pool = sedge_pool_init(POOL_MAX),
                               .header = sedge_buf_init(TEXT_MAX),
                               .model = sedge_buf_init(TEXT_MAX) };
    sedge_emit e = { .host = model,
                     .name = name,
                     .pool = &s.pool,
                     .constants = sedge_buf_init(TEXT_MAX),
                     .calls = sedge_buf_init(TEXT_MAX) };
    sedge_status st = sedge_c_name_check(name, err);
    if (!st)
        st = write_all(model, &e, origin, &s, err);
    sedge_buf_done(&e.constants);
    sedge_buf_done(&e.calls);
    if (st)
        return st;
    *ret = s;
    s = (sedge_c_sources){ 0 };
    return SEDGE_OK;
}

void sedge_c_sources_done(sedge_c_sources *s) {
    sedge_buf_done(&s->header);
    sedge_buf_done(&s->model);
    sedge_pool_done(&s->pool);
}
