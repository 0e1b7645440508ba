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

static const sedge_onnx_row rows[] = {
    { "Constant", 1, 0, SEDGE_OP_IDENTITY, 0, read_constant },
    { "Identity", 1, 0, SEDGE_OP_IDENTITY, 0, NULL },
};

const sedge_onnx_family sedge_onnx_tensor = { false, rows, SEDGE_COUNT(rows) };
