/* SPDX-License-Identifier: Apache-2.0 */
/* ai.onnx.ml: classical models. */
#include "base/own.h"
#include "model/onnx_nodes.h"
#include "model/onnx_trees.h"

static void read_scaler(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    uint32_t n_offset, n_scale;
    op->u.scaler.offset = sedge_onnx_floats(n, "offset", SEDGE_TREE_FEATURES_MAX, &n_offset);
    op->u.scaler.scale = sedge_onnx_floats(n, "scale", SEDGE_TREE_FEATURES_MAX, &n_scale);
    op->u.scaler.n = n_offset;
    if (n_offset == 0 || n_offset != n_scale)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u offsets and %u scales", n_offset, n_scale);
}

/* arg: it is a classifier */
static void read_trees(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    op->u.trees = sedge_onnx_trees(n, sedge_onnx_work_pool(r), row->arg != 0);
}

/* the indices as a list, then GATHER along the last axis */
static void read_array_feature_extractor(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                         sedge_op *op) {
    (void)row;
    (void)n;
    sedge_op list = { .kind = SEDGE_OP_RESHAPE, .name = op->name, .u.reshape = { .rank = 1, .dims = { -1 } } };
    if (op->n_inputs != 2 || op->inputs[0] < 0 || op->inputs[1] < 0) {
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u inputs, 2 are needed", op->n_inputs);
        return;
    }
    int32_t indices = sedge_onnx_add_tensor(r);
    sedge_onnx_set_input(r, &list, 0, op->inputs[1]);
    sedge_onnx_add_output(r, &list, indices);
    sedge_onnx_emit(r, &list);
    sedge_onnx_set_input(r, op, 1, indices);
    op->u.gather.axis = -1;
}

static const sedge_onnx_row rows[] = {
    { "ArrayFeatureExtractor", 1, 0, SEDGE_OP_GATHER, 0, read_array_feature_extractor },
    { "TreeEnsembleClassifier", 1, 4, SEDGE_OP_TREE_ENSEMBLE, true, read_trees },
    { "TreeEnsembleRegressor", 1, 4, SEDGE_OP_TREE_ENSEMBLE, false, read_trees },
    { "Scaler", 1, 0, SEDGE_OP_SCALER, 0, read_scaler },
    { "ZipMap", 1, 0, SEDGE_OP_IDENTITY, 0, NULL },
};

const sedge_onnx_family sedge_onnx_ml = { true, rows, SEDGE_COUNT(rows) };
