/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing .tflite files: FlatBuffers with the identifier TFL3, schema version 3, which LiteRT, TensorFlow Lite Micro
 * and sedge_graph_read load.
 *
 * Operators: the rows of tflite_options.c that have no function, and RESHAPE. The file holds one subgraph; each
 * constant tensor has its own buffer, 16-byte aligned. The same graph gives the same bytes. A free dimension is written
 * as 1 with -1 in the shape signature.
 *
 * Source: the public schema of TensorFlow Lite (schema.fbs, version 3).
 */
#ifndef SEDGE_MODEL_TFLITE_WRITE_H
#define SEDGE_MODEL_TFLITE_WRITE_H

#include "base/buf.h"
#include "model/graph.h"

/**
 * Appends the file to out. size_bytes of the tensors need not be set.
 * SEDGE_EINVALID (sedge_graph_check says no), SEDGE_EUNSUPPORTED (another operator), SEDGE_ELIMIT (out->max),
 * SEDGE_ENOMEM.
 */
SEDGE_NODISCARD sedge_status sedge_tflite_write(const sedge_graph *g, sedge_buf *out, sedge_error *err);

#endif
