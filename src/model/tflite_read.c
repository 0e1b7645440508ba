/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tflite_read.h"

#include <string.h>

#include "base/own.h"
#include "model/tflite_reader.h"
#include "model/tflite_schema.h"

bool sedge_tflite_is(sedge_bytes file) {
    return file.n >= 8 && memcmp(file.p + 4, SEDGE_TFLITE_IDENTIFIER, 4) == 0;
}

static sedge_status no_memory(sedge_tflite_reader *r) {
    return sedge_fbr_fail(&r->f, SEDGE_ELIMIT, "the graph needs more than %zu bytes of memory", r->pool->max);
}

void *sedge_tflite_take(sedge_tflite_reader *r, size_t n, size_t size) {
    void *p = r->f.status ? NULL : sedge_pool_take(r->pool, n, size);
    if (!p && !r->f.status)
        no_memory(r);
    return p;
}

const char *sedge_tflite_take_text(sedge_tflite_reader *r, const sedge_fbr_table *t, unsigned field) {
    sedge_fbr_vector v = sedge_fbr_vector_field(&r->f, t, field, 1, SEDGE_NAME_MAX, "characters of a name");
    char *text = sedge_tflite_take(r, (size_t)v.n + 1, 1);
    for (uint32_t i = 0; text && i < v.n; i++)
        text[i] = v.data[i] >= 0x20 && v.data[i] != 0x7f ? (char)v.data[i] : '?';
    return text ? text : "";
}

static const int32_t *take_indices(sedge_tflite_reader *r, const sedge_fbr_table *t, unsigned field, uint32_t max,
                                   const char *what, uint32_t *ret_n) {
    sedge_fbr_vector v = sedge_fbr_vector_field(&r->f, t, field, 4, max, what);
    int32_t *indices = sedge_tflite_take(r, v.n, sizeof *indices);
    for (uint32_t i = 0; indices && i < v.n; i++)
        indices[i] = (int32_t)sedge_load_u32(v.data + 4 * (size_t)i);
    *ret_n = indices ? v.n : 0;
    return indices;
}

/* ---- operators ---- */

static const char *code_name(int32_t code) {
    static const char *const names[] = {
#include "model/tflite_names.inc"
    };
    return code >= 0 && (size_t)code < SEDGE_COUNT(names) ? names[code] : "unknown";
}

/* an operator's code: a row of one of the tables, or a refusal */
typedef struct found_code {
    const sedge_tflite_row *row;
    const sedge_tflite_custom_row *custom;
    sedge_tflite_variable_op *on_variable;
} found_code;

static found_code read_code(sedge_tflite_reader *r, uint32_t index) {
    found_code found = { 0 };
    if (index >= r->codes.n) {
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "its operator code is entry %u of %u", index, r->codes.n);
        return found;
    }
    sedge_fbr_table table = sedge_fbr_vector_table(&r->f, &r->codes, index);
    int32_t old = sedge_fbr_u8(&r->f, &table, CODE_DEPRECATED, 0);
    int32_t code = sedge_fbr_i32(&r->f, &table, CODE_BUILTIN, 0);
    code = code > old ? code : old;
    if (code == SEDGE_TFLITE_CODE_CUSTOM) {
        const char *name = sedge_tflite_take_text(r, &table, CODE_CUSTOM);
        found.custom = sedge_tflite_find_custom(name);
        if (!found.custom)
            sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "custom operator '%s' is not supported", name);
        return found;
    }
    found.on_variable = sedge_tflite_find_variable_op(code);
    found.row = sedge_tflite_find_code(code);
    if (!found.row && !found.on_variable)
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "operator %s (code %d, version %d) is not supported", code_name(code),
                       code, sedge_fbr_i32(&r->f, &table, CODE_VERSION, 1));
    return found;
}

/* only operators on variables may have handles */
static void refuse_handles(sedge_tflite_reader *r, const sedge_tflite_subgraph *s, const int32_t *ends, uint32_t n,
                           const char *what) {
    for (uint32_t i = 0; !r->f.status && i < n; i++)
        if (ends[i] >= 0 && (uint32_t)ends[i] < s->g->n_tensors && s->variable[ends[i]] != SEDGE_TFLITE_NO_HANDLE)
            sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "%s %u is the handle of a variable", what, i);
}

/* whether op remains in the graph */
static bool read_options(sedge_tflite_reader *r, const sedge_fbr_table *table, const found_code *code,
                         sedge_tflite_subgraph *s, sedge_op *op) {
    sedge_fbr_vector custom =
        sedge_fbr_vector_field(&r->f, table, OPERATOR_CUSTOM_OPTIONS, 1, UINT32_MAX, "bytes of custom options");
    const sedge_tflite_site site = { .f = &r->f,
                                     .pool = r->pool,
                                     .graph = s->g,
                                     .options = sedge_fbr_table_field(&r->f, table, OPERATOR_OPTIONS),
                                     .custom = sedge_bytes_of(custom.data, custom.n) };
    if (r->f.status)
        return false;
    if (code->on_variable)
        return code->on_variable(r, s, &site, op);
    refuse_handles(r, s, op->inputs, op->n_inputs, "input");
    refuse_handles(r, s, op->outputs, op->n_outputs, "output");
    op->kind = code->row ? code->row->kind : code->custom->kind;
    if (code->row)
        sedge_tflite_read_row(code->row, &site, op);
    else
        code->custom->read(&site, op);
    return true;
}

static bool read_operator(sedge_tflite_reader *r, const sedge_fbr_table *table, sedge_tflite_subgraph *s,
                          sedge_op *op) {
    const found_code code = read_code(r, sedge_fbr_u32(&r->f, table, OPERATOR_CODE, 0));
    *op = (sedge_op){ .name = "" };
    op->inputs = take_indices(r, table, OPERATOR_INPUTS, SEDGE_OP_ENDS_MAX, "inputs of an operator", &op->n_inputs);
    op->outputs = take_indices(r, table, OPERATOR_OUTPUTS, SEDGE_OP_ENDS_MAX, "outputs of an operator", &op->n_outputs);
    return !r->f.status && read_options(r, table, &code, s, op);
}

static void read_operators(sedge_tflite_reader *r, const sedge_fbr_table *subgraph, sedge_tflite_subgraph *s) {
    sedge_fbr_vector v =
        sedge_fbr_vector_field(&r->f, subgraph, SUBGRAPH_OPERATORS, 4, SEDGE_GRAPH_OPS_MAX, "operators");
    s->g->ops = sedge_tflite_take(r, v.n, sizeof *s->g->ops);
    for (uint32_t i = 0; i < v.n && !r->f.status; i++) {
        sedge_fbr_table table = sedge_fbr_vector_table(&r->f, &v, i);
        if (read_operator(r, &table, s, &s->g->ops[s->g->n_ops]))
            s->g->n_ops++;
        if (r->f.status)
            (void)sedge_wrap(r->f.err, r->f.status, "operator %u", i);
    }
}

void sedge_tflite_read_subgraph(sedge_tflite_reader *r, uint32_t index, sedge_tflite_subgraph *s) {
    sedge_fbr_table table = sedge_fbr_vector_table(&r->f, &r->subgraphs, index);
    sedge_tflite_read_tensors(r, &table, s);
    read_operators(r, &table, s);
    sedge_graph *g = s->g;
    g->inputs = take_indices(r, &table, SUBGRAPH_INPUTS, SEDGE_GRAPH_ENDS_MAX, "graph inputs", &g->n_inputs);
    g->outputs = take_indices(r, &table, SUBGRAPH_OUTPUTS, SEDGE_GRAPH_ENDS_MAX, "graph outputs", &g->n_outputs);
    refuse_handles(r, s, g->inputs, g->n_inputs, "graph input");
    refuse_handles(r, s, g->outputs, g->n_outputs, "graph output");
}

static void read_model(sedge_tflite_reader *r, sedge_graph *g) {
    sedge_fbr_table model = sedge_fbr_root(&r->f, SEDGE_TFLITE_IDENTIFIER);
    uint32_t version = sedge_fbr_u32(&r->f, &model, MODEL_VERSION, 0);
    if (version != SEDGE_TFLITE_VERSION)
        sedge_fbr_fail(&r->f, SEDGE_EUNSUPPORTED, "schema version %u, only %d is supported", version,
                       SEDGE_TFLITE_VERSION);
    r->codes = sedge_fbr_vector_field(&r->f, &model, MODEL_OPERATOR_CODES, 4, SEDGE_GRAPH_OPS_MAX, "operator codes");
    r->buffers = sedge_fbr_vector_field(&r->f, &model, MODEL_BUFFERS, 4, 2 * SEDGE_GRAPH_TENSORS_MAX, "buffers");
    r->subgraphs = sedge_fbr_vector_field(&r->f, &model, MODEL_SUBGRAPHS, 4, SEDGE_TFLITE_SUBGRAPHS_MAX, "subgraphs");
    g->description = sedge_tflite_take_text(r, &model, MODEL_DESCRIPTION);
    if (!r->f.status && r->subgraphs.n == 0)
        sedge_fbr_fail(&r->f, SEDGE_EINVALID, "no subgraph");
    sedge_tflite_subgraph s = { .g = g };
    if (!r->f.status)
        sedge_tflite_read_subgraph(r, 0, &s);
}

sedge_status sedge_tflite_read(sedge_bytes file, sedge_graph_file *ret, sedge_error *err) {
    sedge_tflite_reader r = { .f = { .file = file, .err = err }, .pool = &ret->pool };
    ret->format = "tflite";
    read_model(&r, &ret->graph);
    return r.f.status ? r.f.status : sedge_graph_check(&ret->graph, err);
}
