/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading .tflite files. Verifies everything that it reads: bounds, alignment, counts, element types, sizes of
 * constants, indices, quantisation; what it does not read (metadata, signatures) cannot matter.
 *
 * The operators of tflite_options.h. A dimension that is -1 in the shape signature, or less than 1 in the shape,
 * becomes free. The first subgraph is the model; another one is read when CALL_ONCE names it, and may only give
 * variables their first bytes. Resource variables become variable tensors: see sedge_tflite_find_variable_op.
 */
#ifndef SEDGE_MODEL_TFLITE_READ_H
#define SEDGE_MODEL_TFLITE_READ_H

#include "base/bytes.h"
#include "model/graph.h"

/** Whether the bytes carry the identifier of a .tflite file. */
bool sedge_tflite_is(sedge_bytes file);
/** Fills ret->graph from file, in ret->pool, which the caller has made and frees in any case. As sedge_graph_read. */
SEDGE_NODISCARD sedge_status sedge_tflite_read(sedge_bytes file, sedge_graph_file *ret, sedge_error *err);

#endif
