/* SPDX-License-Identifier: Apache-2.0 */
/* <name>.c: constants, the arena, the calls. */
#include "compile/write.h"

/* the functions of the header that say where inputs and outputs lie */
static void put_ends(sedge_emit *e, sedge_buf *out) {
    const sedge_graph *g = e->graph;
    for (uint32_t i = 0; i < g->n_inputs; i++)
        sedge_buf_printf(out, "\n%s *%s_input_%u(void) {\n    return %s;\n}\n",
                         sedge_c_element(g->tensors[g->inputs[i]].dtype), e->name, i,
                         sedge_emit_address(e, g->inputs[i]));
    for (uint32_t i = 0; i < g->n_outputs; i++)
        sedge_buf_printf(out, "\nconst %s *%s_output_%u(void) {\n    return (const void *)%s;\n}\n",
                         sedge_c_element(g->tensors[g->outputs[i]].dtype), e->name, i,
                         sedge_emit_address(e, g->outputs[i]));
}

static void put_includes(const sedge_emit *e, sedge_buf *out) {
    sedge_buf_printf(out, "#include \"%s.h\"\n\n#include <string.h>\n\n", e->name);
    for (size_t i = 0; sedge_micro_files[i].name; i++)
        if (e->includes.has[i])
            sedge_buf_printf(out, "#include \"%s\"\n", sedge_micro_files[i].name);
}

sedge_status sedge_write_model(sedge_emit *e, const char *origin, sedge_buf *out, sedge_error *err) {
    sedge_buf functions = sedge_buf_init(SIZE_MAX);
    put_ends(e, &functions); /* before the constants: they may define some */
    sedge_status st = sedge_write_reset(e, &functions, err);
    sedge_write_head(e, origin, out);
    put_includes(e, out);
    sedge_buf_text(out, "\n");
    sedge_buf_put(out, e->constants.data, e->constants.n);
    sedge_buf_printf(out, "\nstatic _Alignas(16) uint8_t arena[%zu];\n",
                     e->model->stats.arena_bytes ? e->model->stats.arena_bytes : 1);
    sedge_buf_put(out, functions.data, functions.n);
    sedge_buf_printf(out, "\nvoid %s_invoke(void) {\n", e->name);
    sedge_buf_put(out, e->calls.data, e->calls.n);
    sedge_buf_text(out, "}\n");
    out->failed = out->failed || functions.failed;
    sedge_buf_done(&functions);
    return st;
}
