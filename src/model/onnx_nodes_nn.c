/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions, pools, norms, recurrent layers, resizing, detection, signals. */
#include "base/own.h"
#include "model/onnx_nodes.h"

static void read_dropout(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    (void)n;
    if (op->n_outputs > 1)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "the mask of a dropout");
    op->n_inputs = op->n_inputs ? 1 : 0;
}

static const sedge_onnx_row rows[] = {
    { "Dropout", 7, 0, SEDGE_OP_IDENTITY, 0, read_dropout },
};

const sedge_onnx_family sedge_onnx_nn = { false, rows, SEDGE_COUNT(rows) };
