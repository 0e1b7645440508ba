/* SPDX-License-Identifier: Apache-2.0 */
/** Reading the attributes of a tree ensemble node. */
#ifndef SEDGE_MODEL_ONNX_TREES_H
#define SEDGE_MODEL_ONNX_TREES_H

#include "model/onnx_attributes.h"
#include "model/tree_ensemble.h"

/** The ensemble, in n->pool; work is for arrays that are no longer needed. NULL after a failure, see n->r. */
sedge_tree_ensemble *sedge_onnx_trees(const sedge_onnx_node *n, sedge_pool *work, bool classifier);

#endif
