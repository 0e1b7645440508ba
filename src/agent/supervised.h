/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One model on this device: its slots, its update machine, its workers and its source, in the loop's thread.
 *
 * The update machine (agent/update.h) decides, this file acts: it submits the fetch, starts the throw-away check, moves
 * the bundle into the free slot, starts the new worker, switches, hands over, watches the probation and commits or goes
 * back. A worker that dies outside of a probation is started again, with back-off.
 */
#ifndef SEDGE_AGENT_SUPERVISED_H
#define SEDGE_AGENT_SUPERVISED_H

#include "agent/backoff.h"
#include "agent/feed.h"
#include "agent/fetch.h"
#include "agent/health.h"
#include "agent/serving.h"
#include "agent/slots.h"
#include "agent/update.h"
#include "proto/report.h"

typedef struct sedge_supervised sedge_supervised;

/** What a model needs of the agent. Everything outlives it. */
typedef struct sedge_host {
    const sedge_fs *fs;
    sedge_loop *loop;
    const sedge_clock *clock;
    const sedge_log *log;
    sedge_random *random;
    const char *program; /**< for workers; NULL: this program */
    int dump_fd;         /**< for feature vectors, or -1 */
    /** The update thread; NULL while the device is not enrolled. */
    sedge_fetcher *(*fetcher)(void *ctx);
    /** The source for these channels, bound to this model. SEDGE_EBUSY: no header yet; SEDGE_EINVALID: no source has
     * the columns; *ret NULL with SEDGE_OK: there is no source for this model. */
    sedge_status (*source)(void *ctx, sedge_supervised *model, const sedge_ready *wants, sedge_feed **ret,
                           sedge_error *err);
    /** Something happened that people and hub should know. */
    void (*event)(void *ctx, const char *kind, const char *model, uint64_t release, const char *text);
    void (*changed)(void *ctx, sedge_supervised *model);     /**< its state is another: report soon */
    void (*window_ends)(void *ctx, sedge_supervised *model); /**< the release changes: report the window now */
    void *ctx;
} sedge_host;

/** Opens the folder, recovers it, and starts the worker of the current slot. */
SEDGE_NODISCARD sedge_status sedge_supervised_new(const sedge_host *host, const char *dir, const char *name,
                                                  sedge_supervised **ret, sedge_error *err);
/** Ends its workers; saves nothing. NULL is fine. */
void sedge_supervised_free(sedge_supervised *m);
const char *sedge_supervised_name(const sedge_supervised *m);
sedge_serving *sedge_supervised_serving(sedge_supervised *m);
const sedge_slots *sedge_supervised_slots(const sedge_supervised *m);
/** Bound source, or NULL. */
sedge_feed *sedge_supervised_source(const sedge_supervised *m);

/** The hub wants this; NULL: the hub names no release for this model (what runs stays). */
void sedge_supervised_want(sedge_supervised *m, const sedge_desired_model *wanted);
/** A verified bundle, brought by hand, lies at path in the folder for incoming files. SEDGE_ECONFLICT during an update.
 */
SEDGE_NODISCARD sedge_status sedge_supervised_install(sedge_supervised *m, const char *path,
                                                      const sedge_installed *what, sedge_error *err);
/** Back to the other slot, by hand. SEDGE_ENOTFOUND when there is none to go to. */
SEDGE_NODISCARD sedge_status sedge_supervised_roll_back(sedge_supervised *m, sedge_error *err);

/** Timers, source, health. Call it every SEDGE_TICK_MS or so. */
void sedge_supervised_tick(sedge_supervised *m);
enum { SEDGE_TICK_MS = 50, SEDGE_START_MS = 10000, SEDGE_MIN_INFERENCES = 8 };

/** All of a report's model but the window. */
void sedge_supervised_describe(const sedge_supervised *m, sedge_report_model *ret);
/** The release, digest and roll-out that the current window is about (during a switch, those of the model before). */
const sedge_installed *sedge_supervised_window_of(const sedge_supervised *m);
/** Where a restart should go on, durable. */
SEDGE_NODISCARD sedge_status sedge_supervised_save_position(sedge_supervised *m, sedge_error *err);

#endif
