/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The numbers of the TensorFlow Lite schema (version 3) that the reader and the writer share: field positions of its
 * FlatBuffers tables and the values of its enumerations.
 *
 * Source: the public schema.fbs of TensorFlow Lite.
 */
#ifndef SEDGE_MODEL_TFLITE_SCHEMA_H
#define SEDGE_MODEL_TFLITE_SCHEMA_H

#include "model/graph.h"

#define SEDGE_TFLITE_IDENTIFIER "TFL3"
enum { SEDGE_TFLITE_VERSION = 3, SEDGE_TFLITE_DATA_ALIGN = 16 };

/* field positions, table by table */
enum { MODEL_VERSION, MODEL_OPERATOR_CODES, MODEL_SUBGRAPHS, MODEL_DESCRIPTION, MODEL_BUFFERS };
enum { CODE_DEPRECATED, CODE_CUSTOM, CODE_VERSION, CODE_BUILTIN };
enum { SUBGRAPH_TENSORS, SUBGRAPH_INPUTS, SUBGRAPH_OUTPUTS, SUBGRAPH_OPERATORS, SUBGRAPH_NAME };
enum {
    TENSOR_SHAPE,
    TENSOR_TYPE,
    TENSOR_BUFFER,
    TENSOR_NAME,
    TENSOR_QUANTIZATION,
    TENSOR_IS_VARIABLE,
    TENSOR_SPARSITY,
    TENSOR_SHAPE_SIGNATURE,
    TENSOR_HAS_RANK,
};
enum { QUANT_MIN, QUANT_MAX, QUANT_SCALE, QUANT_ZERO_POINT, QUANT_DETAILS_TYPE, QUANT_DETAILS, QUANT_AXIS };
enum {
    OPERATOR_CODE,
    OPERATOR_INPUTS,
    OPERATOR_OUTPUTS,
    OPERATOR_OPTIONS_TYPE,
    OPERATOR_OPTIONS,
    OPERATOR_CUSTOM_OPTIONS,
};
enum { BUFFER_DATA, BUFFER_OFFSET, BUFFER_SIZE };
enum { RESHAPE_SHAPE }; /* the other options: tflite_options.c */

enum { SEDGE_TFLITE_CODE_CUSTOM = 32, SEDGE_TFLITE_CODE_PLACEHOLDER = 127 };

/** X(dtype, number in the schema) */
#define SEDGE_TFLITE_TYPE_LIST(X)                                                                                      \
    X(FLOAT32, 0)                                                                                                      \
    X(INT32, 2)                                                                                                        \
    X(UINT8, 3)                                                                                                        \
    X(INT64, 4)                                                                                                        \
    X(BOOL, 6)                                                                                                         \
    X(INT16, 7)                                                                                                        \
    X(COMPLEX64, 8)                                                                                                    \
    X(INT8, 9)                                                                                                         \
    X(FLOAT64, 10)                                                                                                     \
    X(UINT64, 12)                                                                                                      \
    X(UINT32, 15)

#endif
