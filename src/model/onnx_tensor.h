/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading a TensorProto: initializers and attributes that are tensors.
 *
 * Values come as raw_data or in the typed fields, packed or one by one; float16 as bits. Bool is made 0 or 1; int4 and
 * uint4 become int8 and uint8, a string its number. External data, segments, complex, bfloat16 and 8-bit floats are
 * refused by name.
 */
#ifndef SEDGE_MODEL_ONNX_TENSOR_H
#define SEDGE_MODEL_ONNX_TENSOR_H

#include "base/pool.h"
#include "model/graph.h"
#include "model/protobuf.h"

/** Whether the file has it as int4 or uint4. */
SEDGE_NODISCARD bool sedge_onnx_tensor_is_4_bits(sedge_pbr *r, sedge_bytes message);
/** Who numbers texts; SEDGE_STRING_UNKNOWN after a failure, which it records. */
typedef struct sedge_onnx_numbering {
    uint32_t (*number)(void *user, sedge_bytes text);
    void *user;
} sedge_onnx_numbering;

/** The tensor's name in the file; empty when it has none. */
sedge_bytes sedge_onnx_tensor_name(sedge_pbr *r, sedge_bytes message);
/**
 * Fills type, shape, size and data of t, whose name stays. The data borrow the file's bytes where these are aligned,
 * else they are copied into the pool. Failures are recorded in r.
 */
void sedge_onnx_read_tensor(sedge_pbr *r, sedge_pool *pool, const sedge_onnx_numbering *texts, sedge_bytes message,
                            sedge_tensor *t);

#endif
