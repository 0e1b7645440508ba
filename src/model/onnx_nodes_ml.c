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

/* one of the forms of an attribute: a tensor, or by type; -1 for none */
static int32_t label_part(sedge_onnx_reader *r, const sedge_onnx_node *n, const char *const names[4], bool list) {
    static const sedge_dtype types[] = { SEDGE_STRING, SEDGE_INT64, SEDGE_FLOAT32 };
    int32_t constant = sedge_onnx_tensor_attribute(r, n, names[3]);
    for (size_t i = 0; constant < 0 && i < SEDGE_COUNT(types); i++)
        constant = sedge_onnx_number_attribute(r, n, names[i], types[i], list);
    return constant;
}

/* what a label that is not listed becomes when the file does not say it */
static int32_t usual_label(sedge_onnx_reader *r, sedge_dtype dtype) {
    const int64_t whole = -1;
    const float real = -0.0f;
    uint32_t text = dtype == SEDGE_STRING ? sedge_onnx_string(r, sedge_bytes_text("_Unused")) : 0;
    const void *value = dtype == SEDGE_STRING  ? (const void *)&text
                        : dtype == SEDGE_INT64 ? (const void *)&whole
                                               : &real;
    if (dtype != SEDGE_STRING && dtype != SEDGE_INT64 && dtype != SEDGE_FLOAT32)
        sedge_onnx_refuse(r, SEDGE_EUNSUPPORTED, "labels of type %s without a default", sedge_dtype_name(dtype));
    return sedge_onnx_add_constant(r, dtype, 0, NULL, value);
}

/* of several defaults the one of the values' type counts */
static int32_t default_label(sedge_onnx_reader *r, const sedge_onnx_node *n, sedge_dtype dtype) {
    int32_t constant = sedge_onnx_tensor_attribute(r, n, "default_tensor");
    if (constant < 0 && dtype == SEDGE_STRING)
        constant = sedge_onnx_number_attribute(r, n, "default_string", dtype, false);
    if (constant < 0 && dtype == SEDGE_INT64)
        constant = sedge_onnx_number_attribute(r, n, "default_int64", dtype, false);
    if (constant < 0 && dtype == SEDGE_FLOAT32)
        constant = sedge_onnx_number_attribute(r, n, "default_float", dtype, false);
    return constant < 0 ? usual_label(r, dtype) : constant;
}

static void read_labels(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    static const char *const keys[] = { "keys_strings", "keys_int64s", "keys_floats", "keys_tensor" };
    static const char *const values[] = { "values_strings", "values_int64s", "values_floats", "values_tensor" };
    (void)row;
    int32_t from = label_part(r, n, keys, true), to = label_part(r, n, values, true);
    if (from < 0 || to < 0)
        sedge_onnx_refuse(r, SEDGE_EINVALID, "it has no keys or no values");
    if (n->r->status)
        return;
    sedge_onnx_set_input(r, op, 1, from);
    sedge_onnx_set_input(r, op, 2, to);
    sedge_onnx_set_input(r, op, 3, default_label(r, n, sedge_onnx_tensor_at(r, to)->dtype));
}

/* 1 where x is above the threshold, else 0, in the type of x: a comparison and a cast like x */
static void read_binarizer(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n, sedge_op *op) {
    (void)row;
    const float threshold = sedge_onnx_float(n, "threshold", 0);
    if (op->n_inputs != 1 || op->inputs[0] < 0) {
        sedge_onnx_refuse(r, SEDGE_EINVALID, "%u inputs, 1 is needed", op->n_inputs);
        return;
    }
    int32_t x = op->inputs[0], above = sedge_onnx_add_tensor(r);
    sedge_op compare = { .kind = SEDGE_OP_GREATER, .name = op->name };
    sedge_onnx_set_input(r, &compare, 0, x);
    sedge_onnx_set_input(r, &compare, 1, sedge_onnx_add_constant(r, SEDGE_FLOAT32, 0, NULL, &threshold));
    sedge_onnx_add_output(r, &compare, above);
    sedge_onnx_emit(r, &compare);
    sedge_onnx_set_input(r, op, 0, above);
    sedge_onnx_set_input(r, op, 1, x);
}

static const sedge_onnx_row rows[] = {
    { "ArrayFeatureExtractor", 1, 0, SEDGE_OP_GATHER, 0, read_array_feature_extractor },
    { "TreeEnsembleClassifier", 1, 4, SEDGE_OP_TREE_ENSEMBLE, true, read_trees },
    { "TreeEnsembleRegressor", 1, 4, SEDGE_OP_TREE_ENSEMBLE, false, read_trees },
    { "Binarizer", 1, 0, SEDGE_OP_CAST, 0, read_binarizer },
    { "LabelEncoder", 2, 0, SEDGE_OP_LABEL_ENCODER, 0, read_labels },
    { "Scaler", 1, 0, SEDGE_OP_SCALER, 0, read_scaler },
    { "ZipMap", 1, 0, SEDGE_OP_IDENTITY, 0, NULL },
};

const sedge_onnx_family sedge_onnx_ml = { true, rows, SEDGE_COUNT(rows) };
