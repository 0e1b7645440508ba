/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What supervisor and worker say to each other over their socket pair: frames of u32 length, u32 type and a body.
 * Both are the same program, but the supervisor does not trust a worker, in which a foreign model runs: each body is
 * read through base/bytes.h with the limits here.
 *
 *     to the worker     ROWS    u8 counted, u32 n, n x channels x f32; not counted: only warms, no DONE follows
 *                       INFER   u64 id, the request's JSON
 *                       STATS   -
 *                       STOP    -            the worker answers what came before it and exits
 *     to the supervisor READY   agent/frame.h sedge_ready
 *                       DONE    sedge_done: what came of a ROWS frame
 *                       ANSWER  u64 id, u32 HTTP status, u32 length of a sedge_done, that, the answer's JSON
 *                       STATS   packed histogram of the vectors since the last one (may be empty)
 *                       FAULT   u32 status, a sentence: the worker cannot work and exits
 */
#ifndef SEDGE_AGENT_FRAME_H
#define SEDGE_AGENT_FRAME_H

#include <stdbool.h>

#include "base/buf.h"
#include "sedge/error.h"
#include "sedge/features.h"

enum {
    SEDGE_FRAME_HEADER = 8,
    SEDGE_FRAME_MAX = 8 << 20,   /**< bytes of a body */
    SEDGE_FRAME_ROWS_MAX = 1024, /**< rows in one frame */
    SEDGE_FRAME_TEXT_MAX = 512,
};

#define SEDGE_FRAME_LIST(X)    X(ROWS) X(INFER) X(STATS) X(STOP) X(READY) X(DONE) X(ANSWER) X(FAULT)
#define SEDGE_FRAME_ENUM(NAME) SEDGE_FRAME_##NAME,
typedef enum sedge_frame_type { SEDGE_FRAME_LIST(SEDGE_FRAME_ENUM) SEDGE_FRAME_TYPES } sedge_frame_type;
#undef SEDGE_FRAME_ENUM

/** A worker is ready: what its bundle wants. */
typedef struct sedge_ready {
    uint32_t channels; /**< 1 to SEDGE_FEATURES_CHANNELS_MAX */
    uint32_t length;   /**< rows of a window */
    uint32_t step;
    uint32_t features;
    char names[SEDGE_FEATURES_CHANNELS_MAX][SEDGE_FEATURES_NAME_MAX];
} sedge_ready;

/** What came of the rows of one frame, or of the items of one request (rows is then the number of inferences). */
typedef struct sedge_done {
    uint32_t rows;
    uint32_t inferences;
    uint32_t failures;
    uint32_t anomalies;
    double score_sum;
    uint32_t cpu_ns[SEDGE_FRAME_ROWS_MAX]; /**< one per inference */
    char text[SEDGE_FRAME_TEXT_MAX];       /**< why the first failure failed, or "" */
} sedge_done;

/** Begins a frame in out; the body is appended by the caller, then sedge_frame_end(out, begin). */
size_t sedge_frame_begin(sedge_buf *out, sedge_frame_type type);
void sedge_frame_end(sedge_buf *out, size_t begin);

/** Cuts the first complete frame from in. ret_body is a view into it.
 * @return SEDGE_OK; SEDGE_ETRUNCATED: more bytes are needed; SEDGE_ELIMIT, SEDGE_EINVALID: no frame */
SEDGE_NODISCARD sedge_status sedge_frame_take(sedge_bytes *in, sedge_frame_type *ret_type, sedge_bytes *ret_body,
                                              sedge_error *err);

void sedge_ready_put(sedge_buf *out, const sedge_ready *ready);
SEDGE_NODISCARD bool sedge_ready_take(sedge_bytes body, sedge_ready *ret);
/** The body only, in both directions. */
void sedge_done_put(sedge_buf *out, const sedge_done *done);
SEDGE_NODISCARD bool sedge_done_take(sedge_bytes body, sedge_done *ret);
/** ret_json is a view into the body. */
SEDGE_NODISCARD bool sedge_answer_take(sedge_bytes body, uint64_t *ret_id, int *ret_status, sedge_done *ret_done,
                                       sedge_bytes *ret_json);

#endif
