/* SPDX-License-Identifier: Apache-2.0 */
/** The C file with which a program links only a model's operators from libsedge.a (sedge/operators.h). */
#ifndef SEDGE_COMPILE_OPERATORS_H
#define SEDGE_COMPILE_OPERATORS_H

#include "base/buf.h"
#include "model/graph.h"
#include "sedge/model.h"

/** file: the graph as it was read; format: "tflite" or "onnx"; model: what was opened from it. A failure stays in out.
 */
void sedge_write_link_file(const sedge_graph *file, const char *format, const sedge_model *model, const char *origin,
                           sedge_buf *out);

#endif
