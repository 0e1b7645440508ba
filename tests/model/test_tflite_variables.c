/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource variables of .tflite files, in a file built here: the main subgraph reads a variable, adds the input and
 * assigns the sum; the second subgraph assigns the variable's first value. Rows change one thing each.
 */
#include "model/tflite_read.h"

#include <string.h>

#include "../include/sedge_test.h"

#include "model/flatbuffer_write.h"
#include "model/tflite_schema.h"

enum { ADD = 0, CALL_ONCE = 129, VAR_HANDLE = 142, READ_VARIABLE = 143, ASSIGN_VARIABLE = 144, NO_OPERATOR = -1 };
enum { TYPE_FLOAT32 = 0, TYPE_RESOURCE = 13 };
enum { ENDS_MAX = 2, OPS_MAX = 6, TENSORS_MAX = 4, SUBGRAPHS_MAX = 2 };

typedef struct op_spec {
    int code;
    int32_t n_inputs, inputs[ENDS_MAX], n_outputs, outputs[ENDS_MAX];
    uint32_t subgraph; /* of CALL_ONCE */
    const char *name;  /* of VAR_HANDLE */
} op_spec;

typedef struct tensor_spec {
    uint8_t type;
    uint32_t buffer;
    int32_t columns;
} tensor_spec;

typedef struct subgraph_spec {
    int n_tensors, n_ops;
    tensor_spec tensors[TENSORS_MAX];
    op_spec ops[OPS_MAX];
} subgraph_spec;

/* tensors: the input, the handle, the old value, the new value (the output) */
static const subgraph_spec good_main = {
    4,
    5,
    { { TYPE_FLOAT32, 0, 3 }, { TYPE_RESOURCE, 0, 0 }, { TYPE_FLOAT32, 0, 3 }, { TYPE_FLOAT32, 0, 3 } },
    { { CALL_ONCE, .subgraph = 1 },
      { VAR_HANDLE, 0, { 0 }, 1, { 1 }, .name = "sum" },
      { READ_VARIABLE, 1, { 1 }, 1, { 2 } },
      { ADD, 2, { 2, 0 }, 1, { 3 } },
      { ASSIGN_VARIABLE, 2, { 1, 3 }, 0 } },
};
static const subgraph_spec good_init = {
    2,
    2,
    { { TYPE_RESOURCE, 0, 0 }, { TYPE_FLOAT32, 1, 3 } },
    { { VAR_HANDLE, 0, { 0 }, 1, { 0 }, .name = "sum" }, { ASSIGN_VARIABLE, 2, { 0, 1 }, 0 } },
};
static const float first[3] = { 10, 20, 30 };

/* ---- writing ---- */

static void write_tensor(sedge_fbw *w, size_t slot, const tensor_spec *t) {
    size_t shape_slot = 0;
    const sedge_fbw_field fields[] = {
        { TENSOR_SHAPE, 4, 0, &shape_slot },
        { TENSOR_TYPE, 1, t->type, NULL },
        { TENSOR_BUFFER, 4, t->buffer, NULL },
    };
    sedge_fbw_link(w, slot, sedge_fbw_table(w, fields, SEDGE_COUNT(fields)));
    const int32_t dims[] = { 1, t->columns };
    sedge_fbw_link(w, shape_slot, sedge_fbw_vector(w, dims, t->columns ? 2 : 0, 4, 4));
}

static void write_op(sedge_fbw *w, size_t slot, const op_spec *op, const int *codes) {
    size_t inputs_slot = 0, outputs_slot = 0, options_slot = 0, container_slot = 0, name_slot = 0;
    uint32_t code = 0;
    while (codes[code] != op->code)
        code++;
    const sedge_fbw_field fields[] = {
        { OPERATOR_CODE, 4, code, NULL },
        { OPERATOR_INPUTS, 4, 0, &inputs_slot },
        { OPERATOR_OUTPUTS, 4, 0, &outputs_slot },
        { OPERATOR_OPTIONS, 4, 0, &options_slot },
    };
    const sedge_fbw_field call_once = { 0, 4, op->subgraph, NULL };
    const sedge_fbw_field handle[] = { { 0, 4, 0, &container_slot }, { 1, 4, 0, &name_slot } };
    sedge_fbw_link(w, slot, sedge_fbw_table(w, fields, SEDGE_COUNT(fields)));
    sedge_fbw_link(w, inputs_slot, sedge_fbw_vector(w, op->inputs, (size_t)op->n_inputs, 4, 4));
    sedge_fbw_link(w, outputs_slot, sedge_fbw_vector(w, op->outputs, (size_t)op->n_outputs, 4, 4));
    if (op->name) {
        sedge_fbw_link(w, options_slot, sedge_fbw_table(w, handle, 2));
        sedge_fbw_link(w, container_slot, sedge_fbw_string(w, "states"));
        sedge_fbw_link(w, name_slot, sedge_fbw_string(w, op->name));
    } else {
        sedge_fbw_link(w, options_slot, sedge_fbw_table(w, &call_once, op->code == CALL_ONCE));
    }
}

static void write_subgraph(sedge_fbw *w, size_t slot, const subgraph_spec *s, const int *codes) {
    size_t tensors_slot = 0, inputs_slot = 0, outputs_slot = 0, ops_slot = 0;
    const sedge_fbw_field fields[] = {
        { SUBGRAPH_TENSORS, 4, 0, &tensors_slot },
        { SUBGRAPH_INPUTS, 4, 0, &inputs_slot },
        { SUBGRAPH_OUTPUTS, 4, 0, &outputs_slot },
        { SUBGRAPH_OPERATORS, 4, 0, &ops_slot },
    };
    const int32_t input = 0, output = s->n_tensors - 1;
    sedge_fbw_link(w, slot, sedge_fbw_table(w, fields, SEDGE_COUNT(fields)));
    sedge_fbw_link(w, inputs_slot, sedge_fbw_vector(w, &input, s->n_tensors == TENSORS_MAX, 4, 4));
    sedge_fbw_link(w, outputs_slot, sedge_fbw_vector(w, &output, s->n_tensors == TENSORS_MAX, 4, 4));
    size_t list = sedge_fbw_references(w, (size_t)s->n_tensors);
    sedge_fbw_link(w, tensors_slot, list);
    for (int i = 0; i < s->n_tensors; i++)
        write_tensor(w, list + 4 + 4 * (size_t)i, &s->tensors[i]);
    list = sedge_fbw_references(w, (size_t)s->n_ops);
    sedge_fbw_link(w, ops_slot, list);
    for (int i = 0; i < s->n_ops; i++)
        write_op(w, list + 4 + 4 * (size_t)i, &s->ops[i], codes);
}

static void write_codes(sedge_fbw *w, size_t slot, const int *codes) {
    size_t n = 0;
    while (codes[n] != NO_OPERATOR)
        n++;
    size_t list = sedge_fbw_references(w, n);
    sedge_fbw_link(w, slot, list);
    for (size_t i = 0; i < n; i++) {
        const sedge_fbw_field fields[] = {
            { CODE_DEPRECATED, 1, codes[i] < 127 ? (uint64_t)codes[i] : 127, NULL },
            { CODE_BUILTIN, 4, (uint64_t)codes[i], NULL },
        };
        sedge_fbw_link(w, list + 4 + 4 * i, sedge_fbw_table(w, fields, SEDGE_COUNT(fields)));
    }
}

static void write_buffers(sedge_fbw *w, size_t slot) {
    size_t data_slot = 0, list = sedge_fbw_references(w, 2);
    const sedge_fbw_field field = { BUFFER_DATA, 4, 0, &data_slot };
    sedge_fbw_link(w, slot, list);
    sedge_fbw_link(w, list + 4, sedge_fbw_table(w, NULL, 0));
    sedge_fbw_link(w, list + 8, sedge_fbw_table(w, &field, 1));
    sedge_fbw_link(w, data_slot, sedge_fbw_vector(w, first, sizeof first, 1, SEDGE_TFLITE_DATA_ALIGN));
}

static void write_model(sedge_buf *out, const subgraph_spec *main_graph, const subgraph_spec *init) {
    static const int codes[] = { ADD, CALL_ONCE, VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, NO_OPERATOR };
    size_t root, codes_slot = 0, subgraphs_slot = 0, buffers_slot = 0;
    sedge_fbw w = sedge_fbw_begin(out, SEDGE_TFLITE_IDENTIFIER, &root);
    const sedge_fbw_field fields[] = {
        { MODEL_VERSION, 4, SEDGE_TFLITE_VERSION, NULL },
        { MODEL_OPERATOR_CODES, 4, 0, &codes_slot },
        { MODEL_SUBGRAPHS, 4, 0, &subgraphs_slot },
        { MODEL_BUFFERS, 4, 0, &buffers_slot },
    };
    sedge_fbw_link(&w, root, sedge_fbw_table(&w, fields, SEDGE_COUNT(fields)));
    write_codes(&w, codes_slot, codes);
    size_t list = sedge_fbw_references(&w, SUBGRAPHS_MAX);
    sedge_fbw_link(&w, subgraphs_slot, list);
    write_subgraph(&w, list + 4, main_graph, codes);
    write_subgraph(&w, list + 8, init, codes);
    write_buffers(&w, buffers_slot);
    assert_false(out->failed);
}

/* ---- reading ---- */

static void test_handles_become_variables(void **state) {
    (void)state;
    SEDGE_AUTO_BUF file = sedge_buf_init(1 << 16);
    write_model(&file, &good_main, &good_init);
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_graph_file read;
    if (sedge_graph_read(file.data, file.n, &read, &err))
        fail_msg("%s", err.text);
    const sedge_graph *g = &read.graph;
    const sedge_tensor *v = &g->tensors[1];
    assert_true(v->variable);
    assert_int_equal(v->size_bytes, sizeof first);
    assert_memory_equal(v->initial, first, sizeof first);
    static const sedge_op_kind kinds[] = { SEDGE_OP_IDENTITY, SEDGE_OP_ADD, SEDGE_OP_ASSIGN };
    assert_int_equal(g->n_ops, SEDGE_COUNT(kinds));
    for (size_t i = 0; i < SEDGE_COUNT(kinds); i++)
        assert_int_equal(g->ops[i].kind, kinds[i]);
    assert_int_equal(g->ops[0].inputs[0], 1);
    assert_int_equal(g->ops[2].inputs[0], 3);
    assert_int_equal(g->ops[2].outputs[0], 1);
    sedge_graph_file_done(&read);
}

/* one change: operator at place op of one of the subgraphs, or a tensor of it */
typedef struct bad_row {
    const char *words; /* of the refusal */
    bool init;         /* in the second subgraph */
    int op;            /* replaced by with; -1: none */
    op_spec with;
    int tensor; /* replaced by as, when as.columns or type says something */
    tensor_spec as;
} bad_row;

static const bad_row bad_rows[] = {
    { "it calls subgraph 2 of 2", .op = 0, .with = { CALL_ONCE, .subgraph = 2 } },
    { "it calls subgraph 0 of 2", .op = 0, .with = { CALL_ONCE, .subgraph = 0 } },
    { "variables are initialised after", .op = 4, .with = { CALL_ONCE, .subgraph = 1 } },
    { "variables are initialised after", true, .op = 1, .with = { CALL_ONCE, .subgraph = 1 } },
    { "not the handle of a variable", .op = 2, .with = { READ_VARIABLE, 1, { 0 }, 1, { 2 } } },
    { "not the handle of a variable", .op = 1, .with = { CALL_ONCE, .subgraph = 1 } },
    { "wrong inputs or outputs", .op = 2, .with = { READ_VARIABLE, 1, { 9 }, 1, { 2 } } },
    { "wrong inputs or outputs", .op = 2, .with = { READ_VARIABLE, 1, { 1 }, 1, { -1 } } },
    { "wrong inputs or outputs", .op = 4, .with = { ASSIGN_VARIABLE, 1, { 1 }, 0 } },
    { "no resource, or made twice", .op = 1, .with = { VAR_HANDLE, 0, { 0 }, 1, { 2 }, .name = "sum" } },
    { "more than one type or shape", .op = -1, .tensor = 2, .as = { TYPE_FLOAT32, 0, 4 } },
    { "more than one type or shape", .op = -1, .tensor = 3, .as = { TYPE_FLOAT32, 0, 4 } },
    { "is the handle of a variable", .op = -1, .tensor = 0, .as = { TYPE_RESOURCE, 0, 0 } },
    { "input 0 is the handle of a variable", .op = 3, .with = { ADD, 2, { 1, 0 }, 1, { 3 } } },
    { "what is not a constant", true, .op = -1, .tensor = 1, .as = { TYPE_FLOAT32, 0, 3 } },
    { "is read while variables are initialised", true, .op = 1, .with = { READ_VARIABLE, 1, { 0 }, 1, { 1 } } },
    { "more than to assign constants", true, .op = 1, .with = { ADD, 2, { 1, 1 }, 1, { 1 } } },
};

static void test_refusals(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(bad_rows); i++) {
        const bad_row *row = &bad_rows[i];
        subgraph_spec main_graph = good_main, init = good_init;
        subgraph_spec *changed = row->init ? &init : &main_graph;
        if (row->op >= 0)
            changed->ops[row->op] = row->with;
        else
            changed->tensors[row->tensor] = row->as;
        SEDGE_AUTO_BUF file = sedge_buf_init(1 << 16);
        write_model(&file, &main_graph, &init);
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_graph_file read;
        if (sedge_graph_read(file.data, file.n, &read, &err) == SEDGE_OK)
            fail_msg("row %zu (%s) is read", i, row->words);
        if (!strstr(err.text, row->words))
            fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err.text, row->words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handles_become_variables),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
