/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A worker process as the supervisor sees it: started, fed, listened to, ended. Never blocks.
 *
 * Nothing that a worker says is trusted: a frame that breaks the rules of agent/frame.h ends the worker, as its death
 * does, with one call of gone. The callbacks may call anything here, sedge_child_free included.
 */
#ifndef SEDGE_AGENT_CHILD_H
#define SEDGE_AGENT_CHILD_H

#include "agent/frame.h"
#include "agent/rows.h"
#include "base/own.h"
#include "os/loop.h"

typedef struct sedge_child sedge_child;

typedef struct sedge_child_events {
    void (*ready)(void *ctx, sedge_child *child, const sedge_ready *ready);
    void (*done)(void *ctx, sedge_child *child, const sedge_done *done);
    void (*answer)(void *ctx, sedge_child *child, uint64_t id, int status, const sedge_done *done, sedge_bytes json);
    void (*stats)(void *ctx, sedge_child *child, sedge_bytes packed);
    /** It has ended or was given up; nothing else will be called. why is a sentence. */
    void (*gone)(void *ctx, sedge_child *child, const char *why);
} sedge_child_events;

typedef struct sedge_child_options {
    sedge_loop *loop;
    const char *program;  /**< NULL: this program */
    const char *bundle;   /**< path of the bundle file */
    int dump_fd;          /**< for feature vectors, or -1 */
    int64_t memory_bytes; /**< of address space; 0: no limit */
    const sedge_child_events *events;
    void *ctx;
} sedge_child_options;

SEDGE_NODISCARD sedge_status sedge_child_start(const sedge_child_options *options, sedge_child **ret, sedge_error *err);
/** Kills it if it still runs, and reaps it. No callback. NULL is fine. */
void sedge_child_free(sedge_child *child);
pid_t sedge_child_pid(const sedge_child *child);

/** All queue and return; what cannot be queued (no memory) ends the child through gone. */
void sedge_child_send_rows(sedge_child *child, const sedge_rows *rows, uint64_t from, uint64_t until, bool counted);
void sedge_child_send_request(sedge_child *child, uint64_t id, sedge_bytes json);
void sedge_child_send_stats(sedge_child *child);
/** Answers what came before, then ends by itself: gone is called. */
void sedge_child_send_stop(sedge_child *child);

/** The throw-away check of a bundle in a process of its own. */
typedef struct sedge_check sedge_check;
/** err is NULL when the bundle is good. Called once, from the loop; the check may be freed in it. */
typedef void (*sedge_check_fn)(void *ctx, const sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_check_start(sedge_loop *loop, const char *program, const char *bundle,
                                               sedge_check_fn fn, void *ctx, sedge_check **ret, sedge_error *err);
/** Ends it without a call. NULL is fine. */
void sedge_check_free(sedge_check *check);
enum { SEDGE_CHECK_SECONDS_MAX = 30 };

#endif
