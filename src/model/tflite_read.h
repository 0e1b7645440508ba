/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading .tflite files. Verifies everything that it reads: bounds, alignment, counts, element types, sizes of
 * constants, indices, quantisation; what it does not read (metadata, signatures) cannot matter.
 *
 * One subgraph; the operators of tflite_schema.h. A dimension that is -1 in the shape signature becomes free.
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
