/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reading .onnx files that hold tree ensembles, as skl2onnx, LightGBM's and XGBoost's converters write them:
 * TreeEnsembleClassifier and TreeEnsembleRegressor, Scaler, Cast, Identity and ZipMap (whose maps stay the columns of a
 * tensor). Other operators are refused by name.
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
