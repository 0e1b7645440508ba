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
    ATTRIBUTE_T = 5,
    ATTRIBUTE_G = 6,
    ATTRIBUTE_FLOATS = 7,
    ATTRIBUTE_INTS = 8,
    ATTRIBUTE_STRINGS = 9,
    ATTRIBUTE_TYPE = 20,
};
/* values of ATTRIBUTE_TYPE */
enum { TYPE_INT = 2, TYPE_STRING = 3, TYPE_FLOATS = 6, TYPE_INTS = 7, TYPE_STRINGS = 8 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2 };
enum { TYPE_TENSOR = 1, TYPE_SEQUENCE = 4, TYPE_MAP = 5, TYPE_SPARSE = 8, TYPE_OPTIONAL = 9 };
enum { TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2 };
/* TensorProto, the values */
enum {
    TENSOR_DIMS = 1,
    TENSOR_TYPE = 2,
    TENSOR_SEGMENT = 3,
    TENSOR_FLOAT_DATA = 4,
    TENSOR_INT32_DATA = 5,
    TENSOR_STRING_DATA = 6,
    TENSOR_INT64_DATA = 7,
    TENSOR_NAME = 8,
    TENSOR_RAW_DATA = 9,
    TENSOR_DOUBLE_DATA = 10,
    TENSOR_UINT64_DATA = 11,
    TENSOR_EXTERNAL = 13,
    TENSOR_LOCATION = 14,
};
enum { SHAPE_DIM = 1 };
enum { DIM_VALUE = 1, DIM_PARAM = 2 };

/** X(dtype, number in ONNX) */
#define SEDGE_ONNX_TYPE_LIST(X)                                                                                        \
    X(FLOAT32, 1)                                                                                                      \
    X(UINT8, 2)                                                                                                        \
    X(INT8, 3)                                                                                                         \
    X(UINT16, 4)                                                                                                       \
    X(INT16, 5)                                                                                                        \
    X(INT32, 6)                                                                                                        \
    X(INT64, 7)                                                                                                        \
    X(STRING, 8)                                                                                                       \
    X(BOOL, 9)                                                                                                         \
    X(FLOAT16, 10)                                                                                                     \
    X(FLOAT64, 11)                                                                                                     \
    X(UINT32, 12)                                                                                                      \
    X(UINT64, 13)

/** X(name, number in ONNX): types that are refused by name, or only unpacked. */
#define SEDGE_ONNX_OTHER_TYPE_LIST(X)                                                                                  \
    X(undefined, 0)                                                                                                    \
    X(complex64, 14)                                                                                                   \
    X(complex128, 15)                                                                                                  \
    X(bfloat16, 16)                                                                                                    \
    X(float8e4m3fn, 17)                                                                                                \
    X(float8e4m3fnuz, 18)                                                                                              \
    X(float8e5m2, 19)                                                                                                  \
    X(float8e5m2fnuz, 20)                                                                                              \
    X(uint4, 21)                                                                                                       \
    X(int4, 22)                                                                                                        \
    X(float4e2m1, 23)
enum { ONNX_TYPE_UINT4 = 21, ONNX_TYPE_INT4 = 22 };

#define SEDGE_ONNX_DOMAIN    "ai.onnx"
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
