/* SPDX-License-Identifier: Apache-2.0 */
/* Quantisation and operators on quantised tensors. */
#include "base/own.h"
#include "model/onnx_nodes.h"

/* arg 1: to integers */
static void read_linear(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    int64_t type = sedge_onnx_int(n, "output_dtype", 0);
    op->u.axis = sedge_onnx_int32(n, "axis", 1);
    if (sedge_onnx_int(n, "block_size", 0) != 0)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "scales by block");
    if (row->arg && type != 0)
        sedge_onnx_set_output_type(r, op, 0, sedge_onnx_dtype(n->r, (uint64_t)type));
}

static const sedge_onnx_row rows[] = {
    { "QuantizeLinear", 10, 0, SEDGE_OP_QUANTIZE_LINEAR, 1, read_linear },
    { "DequantizeLinear", 10, 0, SEDGE_OP_DEQUANTIZE_LINEAR, 0, read_linear },
    { "DynamicQuantizeLinear", 11, 0, SEDGE_OP_DYNAMIC_QUANTIZE_LINEAR, 0, NULL },
    { "MatMulInteger", 10, 0, SEDGE_OP_MATMUL_INTEGER, 0, NULL },
    { "QLinearMatMul", 10, 0, SEDGE_OP_QLINEAR_MATMUL, 0, NULL },
};

const sedge_onnx_family sedge_onnx_quant = { false, rows, SEDGE_COUNT(rows) };
