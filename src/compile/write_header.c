/* SPDX-License-Identifier: Apache-2.0 */
/* <name>.h: what a program needs to know of the model. */
#include "base/format.h"
#include "compile/compile.h"
#include "compile/write.h"
#include "model/quant.h"

/* text of foreign origin in a comment: printable ASCII without what ends one */
static void put_comment_text(sedge_buf *out, const char *text) {
    for (; *text; text++)
        sedge_buf_u8(out, *text < ' ' || *text > '~' || *text == '*' || *text == '\\' ? '_' : (uint8_t)*text);
}

void sedge_write_origin(const char *what, const char *origin, sedge_buf *out) {
    sedge_buf_printf(out, "/* SPDX-License-Identifier: Apache-2.0 */\n/* %s written by sedge compile from ", what);
    put_comment_text(out, origin);
    sedge_buf_text(out, ". Do not edit. */\n");
}

void sedge_write_head(const sedge_emit *e, const char *origin, sedge_buf *out) {
    char what[SEDGE_C_NAME_MAX + 2];
    sedge_format(what, sizeof what, "%s:", e->name);
    sedge_write_origin(what, origin, out);
}

static void put_upper(sedge_buf *out, const char *name) {
    for (; *name; name++)
        sedge_buf_u8(out, *name >= 'a' && *name <= 'z' ? (uint8_t)(*name - 'a' + 'A') : (uint8_t)*name);
}

static void put_define(sedge_buf *out, const sedge_emit *e, const char *what) {
    sedge_buf_text(out, "#define ");
    put_upper(out, e->name);
    sedge_buf_printf(out, "_%s ", what);
}

static void put_end_define(sedge_buf *out, const sedge_emit *e, const char *side, uint32_t i, const char *what) {
    sedge_buf_text(out, "#define ");
    put_upper(out, e->name);
    sedge_buf_printf(out, "_%s_%u_%s ", side, i, what);
}

const char *sedge_c_element(sedge_dtype dtype) {
    static const char *const types[SEDGE_DTYPE_COUNT] = {
        [SEDGE_FLOAT32] = "float",   [SEDGE_INT8] = "int8_t",     [SEDGE_UINT8] = "uint8_t",
        [SEDGE_INT16] = "int16_t",   [SEDGE_INT32] = "int32_t",   [SEDGE_INT64] = "int64_t",
        [SEDGE_FLOAT64] = "double",  [SEDGE_BOOL] = "uint8_t",    [SEDGE_UINT16] = "uint16_t",
        [SEDGE_UINT32] = "uint32_t", [SEDGE_UINT64] = "uint64_t", [SEDGE_FLOAT16] = "uint16_t",
    };
    return types[dtype] ? types[dtype] : "uint8_t";
}

static void put_end(sedge_buf *out, const sedge_emit *e, const char *side, uint32_t i, int32_t tensor) {
    const sedge_tensor *t = &e->graph->tensors[tensor];
    sedge_buf_printf(out, "\n/* %s %u '", side, i);
    put_comment_text(out, t->name);
    sedge_buf_printf(out, "': %s [", sedge_dtype_name(t->dtype));
    for (uint32_t d = 0; d < t->rank; d++)
        sedge_buf_printf(out, d ? " x %d" : "%d", t->dims[d]);
    sedge_buf_text(out, t->quant.count == 1 ? "]; real = SCALE * (value - ZERO_POINT) */\n" : "] */\n");
    const char *upper = side[0] == 'i' ? "INPUT" : "OUTPUT";
    put_end_define(out, e, upper, i, "COUNT");
    sedge_buf_printf(out, "%zu\n", sedge_op_elements(t));
    put_end_define(out, e, upper, i, "BYTES");
    sedge_buf_printf(out, "%zu\n", t->size_bytes);
    if (t->quant.count == 1) {
        put_end_define(out, e, upper, i, "SCALE");
        sedge_buf_printf(out, "%.9gf\n", (double)t->quant.scales[0]);
        put_end_define(out, e, upper, i, "ZERO_POINT");
        sedge_buf_printf(out, "%d\n", sedge_zero_point(t));
    }
    sedge_buf_printf(out, "%s%s *%s_%s_%u(void);\n", side[0] == 'i' ? "" : "const ", sedge_c_element(t->dtype), e->name,
                     side, i);
}

void sedge_write_header(const sedge_emit *e, const char *origin, sedge_buf *out) {
    const sedge_graph *g = e->graph;
    sedge_write_head(e, origin, out);
    sedge_buf_text(out, "#ifndef ");
    put_upper(out, e->name);
    sedge_buf_text(out, "_H\n#define ");
    put_upper(out, e->name);
    sedge_buf_text(out, "_H\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    put_define(out, e, "INPUTS");
    sedge_buf_printf(out, "%u\n", g->n_inputs);
    put_define(out, e, "OUTPUTS");
    sedge_buf_printf(out, "%u\n", g->n_outputs);
    put_define(out, e, "ARENA_BYTES");
    sedge_buf_printf(out, "%zu /* read-write memory */\n", e->model->stats.arena_bytes);
    put_define(out, e, "CONSTANT_BYTES");
    sedge_buf_printf(out, "%zu /* read-only memory, without code */\n", e->constant_bytes);
    for (uint32_t i = 0; i < g->n_inputs; i++)
        put_end(out, e, "input", i, g->inputs[i]);
    for (uint32_t i = 0; i < g->n_outputs; i++)
        put_end(out, e, "output", i, g->outputs[i]);
    sedge_buf_printf(
        out,
        "\n/* Forgets all state; call it once before the first run. */\nvoid %s_reset(void);\n"
        "/* Runs the model. Fill every input before every run: its memory is used again. Outputs stay until "
        "the next\n   write to an input or the next run. Not to be called from two threads at once. */\n"
        "void %s_invoke(void);\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n",
        e->name, e->name);
}
