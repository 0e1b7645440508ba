/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes, movement of elements, gathers and scatters, constants. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_constant(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    static const struct {
        const char *name;
        sedge_dtype dtype;
        bool list;
    } forms[] = {
        { "value_float", SEDGE_FLOAT32, false },
        { "value_floats", SEDGE_FLOAT32, true },
        { "value_int", SEDGE_INT64, false },
        { "value_ints", SEDGE_INT64, true },
    };
    int32_t constant = sedge_onnx_tensor_attribute(r, n, "value");
    for (size_t i = 0; constant < 0 && i < SEDGE_COUNT(forms); i++)
        constant = sedge_onnx_number_attribute(r, n, forms[i].name, forms[i].dtype, forms[i].list);
    if (constant < 0)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "a constant that is neither a tensor nor numbers");
    sedge_onnx_become_constant(r, op, constant);
}

static void read_shape(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    op->u.shape.part = true;
    op->u.shape.start = sedge_onnx_int32(n, "start", 0);
    op->u.shape.end = sedge_onnx_int32(n, "end", INT32_MAX);
    sedge_onnx_set_output_type(r, op, 0, SEDGE_INT64);
}

/* both branches, each within its guard, then an IF for each output */
static void read_if(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    int32_t from_then[SEDGE_OP_ENDS_MAX] = { 0 }, from_else[SEDGE_OP_ENDS_MAX] = { 0 };
    const int32_t *outputs = op->outputs;
    uint32_t n_outputs = op->n_outputs;
    if (op->n_inputs != 1 || op->inputs[0] < 0) {
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u inputs, 1 is needed", op->n_inputs);
        return;
    }
    int32_t condition = op->inputs[0];
    sedge_onnx_read_branch(r, n, "then_branch", condition, true, n_outputs, from_then);
    sedge_onnx_read_branch(r, n, "else_branch", condition, false, n_outputs, from_else);
    for (uint32_t i = 0; !n->r->status && i < n_outputs; i++) {
        sedge_op one = { .kind = SEDGE_OP_IF, .name = op->name };
        sedge_onnx_set_input(r, &one, 0, condition);
        sedge_onnx_set_input(r, &one, 1, from_then[i]);
        sedge_onnx_set_input(r, &one, 2, from_else[i]);
        sedge_onnx_add_output(r, &one, outputs[i]);
        sedge_onnx_emit(r, &one);
    }
    op->n_outputs = 0;
}

static const sedge_onnx_row rows[] = {
    { "Constant", 1, 0, SEDGE_OP_IDENTITY, 0, read_constant }, { "If", 1, 0, SEDGE_OP_IF, 0, read_if },
    { "Shape", 1, 0, SEDGE_OP_SHAPE, 0, read_shape },          { "Size", 1, 0, SEDGE_OP_SIZE, 0, NULL },
    { "Identity", 1, 0, SEDGE_OP_IDENTITY, 0, NULL },
};

const sedge_onnx_family sedge_onnx_tensor = { false, rows, SEDGE_COUNT(rows) };
