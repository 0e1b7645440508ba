/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One model in service: rows and requests go to its worker, and nothing of them is lost when that worker is replaced or
 * dies.
 *
 * At most three workers exist at a time: the active one, the next one (starting, or ready and waiting for the switch)
 * and one that drains. A switch holds rows back until the draining worker has acknowledged what it was given (a worker
 * that does not within SEDGE_DRAIN_MS is killed and its rows go to the new one), feeds the new worker the newest rows
 * again without counting them, so that its windows are full, and goes on where the old one stopped. Requests go to the
 * new worker at once; those that a dead worker left unanswered are given to its successor.
 */
#ifndef SEDGE_AGENT_SERVING_H
#define SEDGE_AGENT_SERVING_H

#include "agent/child.h"
#include "net/http_server.h"
#include "os/log.h"
#include "sedge/monitor.h"

enum {
    SEDGE_ROWS_KEPT = 4096,      /**< newest rows kept for samples and warm windows */
    SEDGE_ROWS_OPEN_MAX = 1024,  /**< rows read but not acknowledged */
    SEDGE_ROWS_FLIGHT_MAX = 512, /**< of them, with the worker */
    SEDGE_REQUESTS_MAX = 256,    /**< waiting for an answer */
    SEDGE_REQUEST_TRIES_MAX = 3,
    SEDGE_REQUEST_WAIT_MS = 10000,
    SEDGE_DRAIN_MS = 1000,
    SEDGE_STALL_MS = 15000, /**< a worker that says nothing about its rows for so long is dead */
};

/** What was done in a window of time. */
typedef struct sedge_tally {
    uint64_t rows, inferences, failures, anomalies;
    double score_sum;
    sedge_latency cpu;
} sedge_tally;
void sedge_tally_add(sedge_tally *tally, const sedge_done *done, uint64_t rows);

typedef struct sedge_serving sedge_serving;

typedef struct sedge_serving_events {
    void (*ready)(void *ctx, const sedge_ready *ready); /**< the next worker waits for sedge_serving_hand_over */
    void (*not_ready)(void *ctx, const char *why);      /**< the next worker ended before it was ready */
    void (*died)(void *ctx, const char *why);           /**< the active worker ended; there is none now */
    /** The window so far is all of what the worker before did: take it now. The new one goes on after this call. */
    void (*retired)(void *ctx);
    void (*done)(void *ctx, const sedge_done *done, uint64_t rows); /**< the active worker has done something */
} sedge_serving_events;

typedef struct sedge_serving_options {
    sedge_loop *loop;
    const sedge_clock *clock;
    const sedge_log *log;
    const char *program; /**< NULL: this program */
    const char *name;    /**< of the model, for the log; must stay */
    int dump_fd;         /**< or -1 */
    const sedge_serving_events *events;
    void *ctx;
} sedge_serving_options;

SEDGE_NODISCARD sedge_status sedge_serving_new(const sedge_serving_options *options, sedge_serving **ret,
                                               sedge_error *err);
void sedge_serving_free(sedge_serving *s);

/** Starts the next worker, dropping one that was starting. ready or not_ready follows. */
SEDGE_NODISCARD sedge_status sedge_serving_prepare(sedge_serving *s, const char *bundle, int64_t memory_bytes,
                                                   sedge_error *err);
/** Drops the next worker, if there is one. */
void sedge_serving_cancel(sedge_serving *s);
/** The next worker, which is ready, becomes the active one; the active one drains. SEDGE_ENOMEM: nothing changed. */
SEDGE_NODISCARD sedge_status sedge_serving_hand_over(sedge_serving *s, sedge_error *err);
/** Kills the active worker at once; what it did not acknowledge waits for the next one. */
void sedge_serving_stop(sedge_serving *s);
bool sedge_serving_is_active(const sedge_serving *s);
pid_t sedge_serving_pid(const sedge_serving *s); /**< of the active worker; 0: none */

/** What the active worker's bundle wants (the next one's when there is none); NULL before any was ready. */
const sedge_ready *sedge_serving_wants(const sedge_serving *s);

/** How many rows may be added now. */
uint64_t sedge_serving_room(const sedge_serving *s);
/** One row of the channels that sedge_serving_wants; sent with the next sedge_serving_feed. */
void sedge_serving_add(sedge_serving *s, const float *values, sedge_row_info info);
/** Rows with an offset below it were counted before a restart of the agent: they only warm. */
void sedge_serving_warm_until(sedge_serving *s, int64_t offset);
/** Sends what waits, and notices workers that drain or stall for too long. Call it after adding rows and regularly. */
void sedge_serving_feed(sedge_serving *s);
/** The newest rows; NULL before the first worker was ready. */
const sedge_rows *sedge_serving_rows(const sedge_serving *s);

/** A request of the Open Inference Protocol; answered in the course of time, in any case. */
void sedge_serving_request(sedge_serving *s, sedge_http_exchange *x);

/** Asks the active worker for its histogram; it is added to the counts when it comes. */
void sedge_serving_pull_counts(sedge_serving *s);
/** The window so far, which starts anew; packed (may stay empty) gets the histogram. */
SEDGE_NODISCARD sedge_status sedge_serving_take_window(sedge_serving *s, sedge_tally *ret, sedge_buf *packed,
                                                       sedge_error *err);
/** Since the agent started. */
const sedge_tally *sedge_serving_totals(const sedge_serving *s);

#endif
