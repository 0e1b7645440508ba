/* SPDX-License-Identifier: Apache-2.0 */
/** Options of the custom operators of .tflite files: a row for each scalar of their FlexBuffers maps. */
#ifndef SEDGE_MODEL_TFLITE_CUSTOM_H
#define SEDGE_MODEL_TFLITE_CUSTOM_H

#include "model/tflite_options.h"

/** Fills op->u from the map in site->custom by the rows of op->kind. SEDGE_EINVALID, SEDGE_EUNSUPPORTED in site->f. */
void sedge_tflite_read_custom(const sedge_tflite_site *site, sedge_op *op);

#endif
