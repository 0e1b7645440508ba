/* SPDX-License-Identifier: Apache-2.0 */
#include "model/onnx_read.h"
#include "model/reader.h"
#include "sedge/operators.h"

const sedge_reader sedge_reader_onnx = { NULL, sedge_onnx_read, "read as ONNX, for it does not start like a .tflite" };
