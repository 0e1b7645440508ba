/* SPDX-License-Identifier: Apache-2.0 */
/** Private to the ONNX reader: TreeEnsemble of ai.onnx.ml 5, float32 or float64, without set membership. */
#ifndef SEDGE_MODEL_ONNX_TREE_NODES_H
#define SEDGE_MODEL_ONNX_TREE_NODES_H

#include "model/onnx_nodes.h"

/** A row's function. */
void sedge_onnx_read_tree_nodes(sedge_onnx_reader *r, const sedge_onnx_row *row, const sedge_onnx_node *n,
                                sedge_op *op);

#endif
