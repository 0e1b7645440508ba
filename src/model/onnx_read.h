/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading .onnx files: the standard domain and ai.onnx.ml. Nodes become operators by the rows of onnx_nodes.h; others,
 * other versions, sequences, maps as inputs, external data and sparse tensors are refused by name. Initializers are
 * constants, also those that are listed as inputs. The maps of a ZipMap stay the columns of a tensor. int4 is int8.
 *
 * Everything that is read is checked. The structure of the trees is checked when they are prepared (tree_link.h).
 */
#ifndef SEDGE_MODEL_ONNX_READ_H
#define SEDGE_MODEL_ONNX_READ_H

#include "base/bytes.h"
#include "model/graph.h"

/** Fills ret->graph from file, in ret->pool, which the caller has made and frees in any case. As sedge_graph_read. */
SEDGE_NODISCARD sedge_status sedge_onnx_read(sedge_bytes file, sedge_graph_file *ret, sedge_error *err);

#endif
