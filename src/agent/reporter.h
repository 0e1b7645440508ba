/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Reports on their way to the hub: made, sent one at a time in order, spooled while the hub is away.
 *
 * As long as the hub accepts them reports do not touch the disk. One that is under way when the next is made, or when
 * the line breaks, is spooled before it; what waits is sent oldest first. A report keeps its boot id and number however
 * often it is sent, also after a restart of the agent.
 */
#ifndef SEDGE_AGENT_REPORTER_H
#define SEDGE_AGENT_REPORTER_H

#include "agent/link.h"
#include "agent/spool.h"
#include "proto/report.h"

enum { SEDGE_EVENTS_KEPT = 64 };

typedef struct sedge_reporter {
    const sedge_clock *clock;
    const sedge_log *log;
    sedge_spool spool;
    sedge_link *link; /**< NULL until there is one; borrowed */
    char device[SEDGE_DEVICE_ID_MAX];
    char boot[SEDGE_UUID_MAX];
    uint64_t seq;
    int64_t started_ms;         /**< monotonic */
    int64_t window_from_ms;     /**< device time of the last report */
    sedge_report_event *events; /**< [SEDGE_EVENTS_KEPT], owned: not reported yet */
    size_t n_events;
    sedge_buf flying; /**< the report under way, when it is not in the spool */
    bool in_flight, spooled;
    bool disk_failed; /**< said once until it works again */
} sedge_reporter;

/** Opens the spool in dir and takes a new boot id. */
SEDGE_NODISCARD sedge_status sedge_reporter_init(sedge_reporter *r, const sedge_fs *fs, const char *dir,
                                                 const sedge_clock *clock, const sedge_log *log, sedge_error *err);
void sedge_reporter_done(sedge_reporter *r);

/** Remembers an event for the next report; beyond SEDGE_EVENTS_KEPT the oldest is forgotten. */
void sedge_reporter_event(sedge_reporter *r, const char *kind, const char *model, uint64_t release, const char *text);
/** Makes a report of these models (windows without from_ms and to_ms get them here) and sends or spools it. */
SEDGE_NODISCARD sedge_status sedge_reporter_add(sedge_reporter *r, sedge_report_model *models, size_t n,
                                                uint64_t bytes_sent, uint64_t bytes_received, uint64_t raw_bytes,
                                                sedge_error *err);
/** The link is done with the report under way: sends the next one. */
void sedge_reporter_sent(sedge_reporter *r);
/** The line is broken: what is under way is made durable. */
void sedge_reporter_offline(sedge_reporter *r);
/** Sends what waits, if nothing is under way. */
void sedge_reporter_kick(sedge_reporter *r);

#endif
