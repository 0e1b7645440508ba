/* SPDX-License-Identifier: Apache-2.0 */
/** Field numbers of the ONNX messages and element types that the reader and the writer share. Source: onnx.proto3. */
#ifndef SEDGE_MODEL_ONNX_SCHEMA_H
#define SEDGE_MODEL_ONNX_SCHEMA_H

enum { MODEL_IR_VERSION = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_GRAPH = 7, MODEL_OPSET = 8 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum {
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12,
    GRAPH_SPARSE_INITIALIZER = 15,
};
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP_TYPE = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7 };
enum {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_F = 2,
    ATTRIBUTE_I = 3,
    ATTRIBUTE_S = 4,
    ATTRIBUTE_FLOATS = 7,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_STRINGS = 9,
    ATTRIBUTE_TYPE = 20,
};
/* values of ATTRIBUTE_TYPE */
enum { TYPE_INT = 2, TYPE_STRING = 3, TYPE_FLOATS = 6, TYPE_INTS = 7, TYPE_STRINGS = 8 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2 };
enum { TYPE_TENSOR = 1 };
enum { TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2 };
enum { SHAPE_DIM = 1 };
enum { DIM_VALUE = 1, DIM_PARAM = 2 };

/** X(dtype, number in ONNX) */
#define SEDGE_ONNX_TYPE_LIST(X)                                                                                        \
    X(FLOAT32, 1)                                                                                                      \
    X(UINT8, 2)                                                                                                        \
    X(INT8, 3)                                                                                                         \
    X(INT16, 5)                                                                                                        \
    X(INT32, 6)                                                                                                        \
    X(INT64, 7)                                                                                                        \
    X(BOOL, 9)                                                                                                         \
    X(FLOAT64, 11)

#define SEDGE_ONNX_ML_DOMAIN "ai.onnx.ml"

/** X(attribute of the file, member of sedge_tree_node): the numbers of a node. */
#define SEDGE_ONNX_NODE_INTS(X)                                                                                        \
    X(nodes_treeids, tree)                                                                                             \
    X(nodes_nodeids, node)                                                                                             \
    X(nodes_featureids, feature)                                                                                       \
    X(nodes_truenodeids, if_true)                                                                                      \
    X(nodes_falsenodeids, if_false)                                                                                    \
    X(nodes_missing_value_tracks_true, missing_is_true)

#endif
