/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tflite_write.h"

#include <string.h>

#include "base/own.h"
#include "model/flatbuffer_write.h"
#include "model/tflite_options.h"
#include "model/tflite_schema.h"

static uint8_t type_number(sedge_dtype dtype) {
#define ROW(NAME, number) [SEDGE_##NAME] = number,
    static const uint8_t numbers[] = { SEDGE_TFLITE_TYPE_LIST(ROW) };
#undef ROW
    return numbers[dtype];
}

/* the operator codes of the file: distinct (code, version) pairs in order of first use */
enum { CODES_MAX = 64 };
typedef struct code_table {
    size_t n;
    struct {
        uint8_t code;
        int32_t version;
    } rows[CODES_MAX];
} code_table;

static int32_t op_version(const sedge_graph *g, const sedge_op *op, const sedge_tflite_row *row) {
    const sedge_tensor *first = op->n_inputs && op->inputs[0] >= 0 ? &g->tensors[op->inputs[0]] : NULL;
    bool int8 = first && (first->dtype == SEDGE_INT8 || first->dtype == SEDGE_UINT8);
    if (op->kind != SEDGE_OP_FULLY_CONNECTED)
        return int8 ? row->int8_version : 1;
    if (int8 && op->n_inputs > 1 && op->inputs[1] >= 0 && g->tensors[op->inputs[1]].quant.count > 1)
        return 12;
    return op->u.keep_num_dims ? 5 : int8 ? row->int8_version : 1;
}

static size_t code_index(code_table *codes, uint8_t code, int32_t version) {
    size_t i = 0;
    while (i < codes->n && (codes->rows[i].code != code || codes->rows[i].version != version))
        i++;
    if (i == codes->n && i < CODES_MAX) {
        codes->rows[i].code = code;
        codes->rows[i].version = version;
        codes->n++;
    }
    return i;
}

static void write_codes(sedge_fbw *w, size_t slot, const code_table *codes) {
    size_t vector = sedge_fbw_references(w, codes->n);
    sedge_fbw_link(w, slot, vector);
    for (size_t i = 0; i < codes->n; i++) {
        const sedge_fbw_field fields[] = {
            { CODE_DEPRECATED, 1, codes->rows[i].code, NULL }, /* all codes here are below 127 */
            { CODE_VERSION, 4, (uint32_t)codes->rows[i].version, NULL },
            { CODE_BUILTIN, 4, codes->rows[i].code, NULL },
        };
        sedge_fbw_link(w, vector + 4 + 4 * i, sedge_fbw_table(w, fields, SEDGE_COUNT(fields)));
    }
}

static void write_quant(sedge_fbw *w, size_t slot, const sedge_quant *q) {
    size_t scale_slot = 0, zero_slot = 0;
    const sedge_fbw_field fields[] = {
        { QUANT_SCALE, 4, 0, &scale_slot },
        { QUANT_ZERO_POINT, 4, 0, &zero_slot },
        { QUANT_AXIS, 4, q->count > 1 ? q->axis : 0, NULL },
    };
    sedge_fbw_link(w, slot, sedge_fbw_table(w, fields, SEDGE_COUNT(fields)));
    sedge_fbw_link(w, scale_slot, sedge_fbw_vector(w, q->scales, q->count, sizeof(float), 4));
    sedge_fbw_link(w, zero_slot, sedge_fbw_vector_head(w, q->count, 8));
    for (uint32_t i = 0; i < q->count; i++)
        sedge_buf_u64(w->out, (uint64_t)(int64_t)(q->zero_points ? q->zero_points[i] : 0));
}

static void write_tensor(sedge_fbw *w, size_t slot, const sedge_tensor *t, uint32_t buffer) {
    int32_t shape[SEDGE_RANK_MAX], signature[SEDGE_RANK_MAX];
    bool has_free = false;
    for (uint32_t i = 0; i < t->rank; i++) {
        signature[i] = t->dims[i];
        shape[i] = t->dims[i] == SEDGE_DIM_FREE ? 1 : t->dims[i];
        has_free |= t->dims[i] == SEDGE_DIM_FREE;
    }
    size_t shape_slot = 0, name_slot = 0, quant_slot = 0, signature_slot = 0;
    sedge_fbw_field fields[7] = {
        { TENSOR_SHAPE, 4, 0, &shape_slot },
        { TENSOR_TYPE, 1, type_number(t->dtype), NULL },
        { TENSOR_BUFFER, 4, buffer, NULL },
        { TENSOR_NAME, 4, 0, &name_slot },
    };
    size_t n = 4;
    if (t->quant.count)
        fields[n++] = (sedge_fbw_field){ TENSOR_QUANTIZATION, 4, 0, &quant_slot };
    if (t->variable)
        fields[n++] = (sedge_fbw_field){ TENSOR_IS_VARIABLE, 1, 1, NULL };
    if (has_free)
        fields[n++] = (sedge_fbw_field){ TENSOR_SHAPE_SIGNATURE, 4, 0, &signature_slot };
    sedge_fbw_link(w, slot, sedge_fbw_table(w, fields, n));
    sedge_fbw_link(w, shape_slot, sedge_fbw_vector(w, shape, t->rank, 4, 4));
    sedge_fbw_link(w, name_slot, sedge_fbw_string(w, t->name));
    if (t->quant.count)
        write_quant(w, quant_slot, &t->quant);
    if (has_free)
        sedge_fbw_link(w, signature_slot, sedge_fbw_vector(w, signature, t->rank, 4, 4));
}

/* The options table of an operator whose options_type is not 0. */
static void write_options(sedge_fbw *w, size_t slot, const sedge_op *op, const sedge_tflite_row *row) {
    size_t shape_slot = 0;
    sedge_fbw_field fields[SEDGE_FBW_FIELDS_MAX];
    size_t n = 0;
    for (unsigned i = 0; i < row->n_options; i++) {
        const sedge_tflite_option *o = &row->options[i];
        if (o->member_size)
            fields[n++] = (sedge_fbw_field){ o->field, o->type == SEDGE_TFLITE_OPTION_BYTE ? 1 : 4,
                                             sedge_tflite_option_bits(o, op), NULL };
    }
    if (op->kind == SEDGE_OP_RESHAPE)
        fields[n++] = (sedge_fbw_field){ RESHAPE_SHAPE, 4, 0, &shape_slot };
    sedge_fbw_link(w, slot, sedge_fbw_table(w, fields, n));
    if (op->kind == SEDGE_OP_RESHAPE)
        sedge_fbw_link(w, shape_slot, sedge_fbw_vector(w, op->u.reshape.dims, op->u.reshape.rank, 4, 4));
}

static void write_operator(sedge_fbw *w, size_t slot, const sedge_op *op, size_t code) {
    const sedge_tflite_row *row = sedge_tflite_find_kind(op->kind);
    if (!row)
        return; /* there is a row: choose_codes has looked */
    size_t inputs_slot = 0, outputs_slot = 0, options_slot = 0;
    sedge_fbw_field fields[5] = {
        { OPERATOR_CODE, 4, code, NULL },
        { OPERATOR_INPUTS, 4, 0, &inputs_slot },
        { OPERATOR_OUTPUTS, 4, 0, &outputs_slot },
    };
    size_t n = 3;
    if (row->options_type) {
        fields[n++] = (sedge_fbw_field){ OPERATOR_OPTIONS_TYPE, 1, row->options_type, NULL };
        fields[n++] = (sedge_fbw_field){ OPERATOR_OPTIONS, 4, 0, &options_slot };
    }
    sedge_fbw_link(w, slot, sedge_fbw_table(w, fields, n));
    sedge_fbw_link(w, inputs_slot, sedge_fbw_vector(w, op->inputs, op->n_inputs, 4, 4));
    sedge_fbw_link(w, outputs_slot, sedge_fbw_vector(w, op->outputs, op->n_outputs, 4, 4));
    if (row->options_type)
        write_options(w, options_slot, op, row);
}

static void write_tensors(sedge_fbw *w, size_t slot, const sedge_graph *g) {
    size_t vector = sedge_fbw_references(w, g->n_tensors);
    sedge_fbw_link(w, slot, vector);
    uint32_t buffer = 0; /* buffer 0 is the empty one by convention */
    for (uint32_t i = 0; i < g->n_tensors; i++)
        write_tensor(w, vector + 4 + 4 * (size_t)i, &g->tensors[i], g->tensors[i].data ? ++buffer : 0);
}

static void write_subgraph(sedge_fbw *w, size_t slot, const sedge_graph *g, const uint32_t *op_codes) {
    size_t list = sedge_fbw_references(w, 1);
    sedge_fbw_link(w, slot, list);
    size_t tensors_slot = 0, inputs_slot = 0, outputs_slot = 0, ops_slot = 0, name_slot = 0;
    const sedge_fbw_field fields[] = {
        { SUBGRAPH_TENSORS, 4, 0, &tensors_slot }, { SUBGRAPH_INPUTS, 4, 0, &inputs_slot },
        { SUBGRAPH_OUTPUTS, 4, 0, &outputs_slot }, { SUBGRAPH_OPERATORS, 4, 0, &ops_slot },
        { SUBGRAPH_NAME, 4, 0, &name_slot },
    };
    sedge_fbw_link(w, list + 4, sedge_fbw_table(w, fields, SEDGE_COUNT(fields)));
    sedge_fbw_link(w, inputs_slot, sedge_fbw_vector(w, g->inputs, g->n_inputs, 4, 4));
    sedge_fbw_link(w, outputs_slot, sedge_fbw_vector(w, g->outputs, g->n_outputs, 4, 4));
    sedge_fbw_link(w, name_slot, sedge_fbw_string(w, "main"));
    write_tensors(w, tensors_slot, g);
    size_t vector = sedge_fbw_references(w, g->n_ops);
    sedge_fbw_link(w, ops_slot, vector);
    for (uint32_t i = 0; i < g->n_ops; i++)
        write_operator(w, vector + 4 + 4 * (size_t)i, &g->ops[i], op_codes[i]);
}

static void write_buffer(sedge_fbw *w, size_t slot, const sedge_tensor *t) {
    size_t data_slot = 0;
    const sedge_fbw_field field = { BUFFER_DATA, 4, 0, &data_slot };
    sedge_fbw_link(w, slot, sedge_fbw_table(w, &field, t ? 1 : 0));
    if (t)
        sedge_fbw_link(w, data_slot, sedge_fbw_vector(w, t->data, t->size_bytes, 1, SEDGE_TFLITE_DATA_ALIGN));
}

static void write_buffers(sedge_fbw *w, size_t slot, const sedge_graph *g) {
    size_t n = 1;
    for (uint32_t i = 0; i < g->n_tensors; i++)
        n += g->tensors[i].data != NULL;
    size_t vector = sedge_fbw_references(w, n);
    sedge_fbw_link(w, slot, vector);
    size_t next = vector + 4;
    write_buffer(w, next, NULL);
    for (uint32_t i = 0; i < g->n_tensors; i++) {
        if (!g->tensors[i].data)
            continue;
        sedge_tensor t = g->tensors[i];
        if (sedge_tensor_set_size(&t, NULL) == SEDGE_OK) /* the graph has been checked */
            write_buffer(w, next += 4, &t);
    }
}

static sedge_status choose_codes(const sedge_graph *g, code_table *codes, uint32_t *op_codes, sedge_error *err) {
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const sedge_tflite_row *row = sedge_tflite_find_kind(g->ops[i].kind);
        if (!row)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "operator %u %s has no place in a .tflite file", i,
                              sedge_op_kind_name(g->ops[i].kind));
        op_codes[i] = (uint32_t)code_index(codes, row->code, op_version(g, &g->ops[i], row));
    }
    return SEDGE_OK;
}

static sedge_status check_variables(const sedge_graph *g, sedge_error *err) {
    for (uint32_t i = 0; i < g->n_tensors; i++)
        if (g->tensors[i].initial)
            return sedge_fail(err, SEDGE_EUNSUPPORTED, "variable '%s': first bytes have no place in a .tflite file",
                              g->tensors[i].name);
    return SEDGE_OK;
}

sedge_status sedge_tflite_write(const sedge_graph *g, sedge_buf *out, sedge_error *err) {
    sedge_status st = sedge_graph_check(g, err);
    if (!st)
        st = check_variables(g, err);
    if (st)
        return sedge_wrap(err, st, "writing .tflite");
    SEDGE_AUTO_MEM uint32_t *op_codes = calloc((size_t)g->n_ops + 1, sizeof *op_codes);
    if (!op_codes)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to write %u operators", g->n_ops);
    code_table codes = { 0 };
    st = choose_codes(g, &codes, op_codes, err);
    if (st)
        return st;

    size_t root, codes_slot = 0, subgraphs_slot = 0, description_slot = 0, buffers_slot = 0;
    sedge_fbw w = sedge_fbw_begin(out, SEDGE_TFLITE_IDENTIFIER, &root);
    const sedge_fbw_field fields[] = {
        { MODEL_VERSION, 4, SEDGE_TFLITE_VERSION, NULL }, { MODEL_OPERATOR_CODES, 4, 0, &codes_slot },
        { MODEL_SUBGRAPHS, 4, 0, &subgraphs_slot },       { MODEL_DESCRIPTION, 4, 0, &description_slot },
        { MODEL_BUFFERS, 4, 0, &buffers_slot },
    };
    sedge_fbw_link(&w, root, sedge_fbw_table(&w, fields, SEDGE_COUNT(fields)));
    write_codes(&w, codes_slot, &codes);
    sedge_fbw_link(&w, description_slot, sedge_fbw_string(&w, g->description ? g->description : ""));
    write_subgraph(&w, subgraphs_slot, g, op_codes);
    write_buffers(&w, buffers_slot, g);
    if (out->failed)
        return sedge_fail(err, SEDGE_ELIMIT, "the .tflite file needs more than %zu bytes, or memory ran out", out->max);
    return SEDGE_OK;
}
