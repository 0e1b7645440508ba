/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Requests of the Open Inference Protocol, version 2 (REST), on a pipeline.
 *
 * One input: `features` FP32 [n, features] (scaled vectors, as the model takes them) or `window` FP32 [length,
 * channels] or [n, length, channels]; data flat or nested, null where a value of a window is missing. Outputs: `output`
 * FP32 [n, outputs], `score` FP32 [n], `anomaly` BOOL [n].
 */
#ifndef SEDGE_AGENT_INFER_H
#define SEDGE_AGENT_INFER_H

#include "agent/frame.h"
#include "agent/pipeline.h"

enum { SEDGE_INFER_BATCH_MAX = SEDGE_FRAME_ROWS_MAX };

/**
 * Answers one request. out gets JSON in any case; on a failure {"error": sentence}. ret_done counts what the model did.
 * @return the HTTP status: 200, 400 (the request), 413 (too many), 500 (the model gave no result)
 */
int sedge_infer(sedge_pipeline *p, sedge_bytes request, sedge_buf *out, sedge_done *ret_done);

#endif
