/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing a tree ensemble as .onnx: IR version 8, one TreeEnsembleClassifier or TreeEnsembleRegressor of ai.onnx.ml
 * version 3. Input "input" [N, n_features] float32; outputs "label" [N] int64 and "probabilities" [N, n_targets]
 * float32 of a classifier, "variable" [N, n_targets] float32 of a regressor.
 *
 * Source: onnx.proto3 of the ONNX project; the operators' documentation.
 */
#ifndef SEDGE_MODEL_ONNX_WRITE_H
#define SEDGE_MODEL_ONNX_WRITE_H

#include "base/buf.h"
#include "model/tree_ensemble.h"
#include "sedge/error.h"

/**
 * Appends the file to out; the same ensemble gives the same bytes. Checks the ensemble as the reader does.
 * SEDGE_EINVALID names tree and node, SEDGE_ELIMIT, SEDGE_ENOMEM.
 */
SEDGE_NODISCARD sedge_status sedge_onnx_write_trees(const sedge_tree_ensemble *e, sedge_buf *out, sedge_error *err);

#endif
