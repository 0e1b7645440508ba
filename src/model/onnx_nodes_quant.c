/* SPDX-License-Identifier: Apache-2.0 */
/* Quantisation and operators on quantised tensors. */
#include "base/own.h"
#include "model/onnx_nodes.h"

const sedge_onnx_family sedge_onnx_quant = { false, NULL, 0 };
