/* SPDX-License-Identifier: Apache-2.0 */
/** What the supervisor holds; for the files that make it up (agent.c, local.c, report_now.c), in the loop's thread. */
#ifndef SEDGE_AGENT_AGENT_STATE_H
#define SEDGE_AGENT_AGENT_STATE_H

#include "agent/agent.h"
#include "agent/link.h"
#include "agent/reporter.h"
#include "agent/supervised.h"
#include "net/http_server.h"

typedef struct sedge_agent {
    const sedge_agent_options *o;
    const sedge_fs *fs;
    const sedge_clock *clock;
    const sedge_log *log;
    sedge_loop *loop;
    int lock_fd, signal_fd, dump_fd;
    sedge_random random;
    sedge_identity identity;
    sedge_link *link;
    sedge_fetcher *fetcher;
    sedge_reporter reporter;
    sedge_host host;
    sedge_supervised *models[SEDGE_DESIRED_MODELS_MAX];
    size_t n_models;
    sedge_feed *sources[SEDGE_AGENT_SOURCES_MAX];
    size_t n_sources;
    sedge_http_server *server;
    sedge_desired desired;
    bool has_desired;
    bool enrolled, online;
    char offline_why[SEDGE_ERROR_TEXT_MAX];
    char samples_done[SEDGE_UUID_MAX]; /**< the last request that was answered */
    bool samples_in_flight;
    uint64_t tick_timer, report_timer, build_timer;
    sedge_error end; /**< why it stops; SEDGE_OK: because it was asked to */
} sedge_agent;

/** "STATE/<name>". */
SEDGE_NODISCARD sedge_status sedge_agent_path(const sedge_agent *a, const char *name, char ret[SEDGE_PATH_MAX],
                                              sedge_error *err);
sedge_supervised *sedge_agent_find(sedge_agent *a, const char *model);
/** Finds it or opens its folder. */
SEDGE_NODISCARD sedge_status sedge_agent_model(sedge_agent *a, const char *model, sedge_supervised **ret,
                                               sedge_error *err);
/** Payload bytes to and from the hub. */
sedge_net_counters sedge_agent_bytes(const sedge_agent *a);
/** float32 of all rows seen since the start. */
uint64_t sedge_agent_raw_bytes(const sedge_agent *a);

/** Starts the local interface (agent/local.c). */
SEDGE_NODISCARD sedge_status sedge_agent_serve(sedge_agent *a, sedge_error *err);

/** A report now-ish: asks the workers for their histograms first (agent/report_now.c). */
void sedge_agent_report_soon(sedge_agent *a);
/** One with what is there, at once. */
void sedge_agent_report_now(sedge_agent *a);
/** One about the window of this model only, which ends. */
void sedge_agent_report_window(sedge_agent *a, sedge_supervised *m);
/** Answers desired.samples, once for a request. Call it regularly. */
void sedge_agent_send_samples(sedge_agent *a);
void sedge_agent_samples_sent(sedge_agent *a, const char *request, sedge_status status);

#endif
