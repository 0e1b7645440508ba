/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic, comparisons, functions, casts, reductions, softmax, matrix products. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_cast(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    sedge_onnx_set_output_type(r, op, 0, sedge_onnx_dtype(n->r, (uint64_t)sedge_onnx_int(n, "to", 0)));
}

static const sedge_onnx_row rows[] = {
    { "Cast", 6, 0, SEDGE_OP_CAST, 0, read_cast },   { "Add", 7, 0, SEDGE_OP_ADD, 0, NULL },
    { "Sub", 7, 0, SEDGE_OP_SUB, 0, NULL },          { "Mul", 7, 0, SEDGE_OP_MUL, 0, NULL },
    { "Relu", 6, 0, SEDGE_OP_RELU, 0, NULL },        { "Tanh", 6, 0, SEDGE_OP_TANH, 0, NULL },
    { "Sigmoid", 6, 0, SEDGE_OP_LOGISTIC, 0, NULL },
};

const sedge_onnx_family sedge_onnx_math = { false, rows, SEDGE_COUNT(rows) };
