/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The supervisor: one event loop that owns models, sources, spool and local interface, and two threads that wait for
 * the hub on its behalf (agent/link.h, agent/fetch.h).
 *
 *     STATE/lock                one agent per folder
 *     STATE/identity/           agent/identity.h
 *     STATE/tuf/                trusted update metadata
 *     STATE/models/<name>/      agent/slots.h, and `position` of its source
 *     STATE/spool/              agent/spool.h
 *     STATE/samples.done        the last request for samples that was answered
 *     STATE/agent.sock          the local interface
 */
#ifndef SEDGE_AGENT_AGENT_H
#define SEDGE_AGENT_AGENT_H

#include "os/log.h"
#include "proto/labels.h"

enum { SEDGE_AGENT_SOURCES_MAX = 16 };

typedef struct sedge_agent_options {
    const char *state;
    const char *hub;
    const char *ca;    /**< or NULL */
    const char *token; /**< or NULL */
    sedge_labels labels;
    const char *const *sources; /**< "NAME=FILE" */
    size_t n_sources;
    const char *listen; /**< loopback address, or NULL */
    const char *dump;   /**< file for feature vectors, or NULL */
    const sedge_log *log;
} sedge_agent_options;

/**
 * Runs until SIGTERM or SIGINT (SEDGE_OK), or until it cannot go on. Its threads still wait for the hub when it
 * returns: the program must end with _exit() then.
 */
SEDGE_NODISCARD sedge_status sedge_agent_run(const sedge_agent_options *options, sedge_error *err);

#endif
