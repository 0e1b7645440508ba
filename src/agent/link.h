/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The line to the hub: one thread with one connection that is kept open. It enrols, polls the desired state, sends
 * reports and samples. Whatever it learns it posts into the loop; it never touches what the loop's thread owns.
 *
 * Polls come every poll_s with jitter and an ETag. When the hub is away, everything waits with exponential back-off
 * (base SEDGE_LINK_BACKOFF_MS, cap SEDGE_LINK_BACKOFF_MAX_MS); the log says so once for each change.
 */
#ifndef SEDGE_AGENT_LINK_H
#define SEDGE_AGENT_LINK_H

#include "agent/identity.h"
#include "net/http_client.h"
#include "os/log.h"
#include "os/loop.h"
#include "proto/desired.h"

enum { SEDGE_LINK_BACKOFF_MS = 500, SEDGE_LINK_BACKOFF_MAX_MS = 60000, SEDGE_LINK_URL_MAX = 1024 };

typedef struct sedge_link sedge_link;

/** All are called in the loop's thread. */
typedef struct sedge_link_events {
    void (*enrolled)(void *ctx, const char *device);
    void (*desired)(void *ctx, const sedge_desired *desired);
    /** The message that was handed over is done with: accepted, or refused for ever (status says which). */
    void (*sent)(void *ctx, uint64_t number, sedge_status status);
    void (*samples_sent)(void *ctx, const char *request, sedge_status status);
    void (*online)(void *ctx, bool online, const char *why); /**< each change, the first too */
    /** It cannot go on: the token is spent, the hub's certificate is wrong. The agent ends with it. */
    void (*hopeless)(void *ctx, const sedge_error *err);
} sedge_link_events;

typedef struct sedge_link_options {
    sedge_loop *loop;
    const sedge_clock *clock;
    const sedge_log *log;
    const char *hub;     /**< https://host:port, or http:// where the hub is --plain */
    const char *ca_file; /**< for the enrolment; later the CA from the hub's answer is used. NULL: the system's CAs */
    const char *token;   /**< or NULL */
    const sedge_labels *labels;
    sedge_identity *identity; /**< used by this thread only, until enrolled is called; from then on it is constant */
    const sedge_link_events *events;
    void *ctx;
} sedge_link_options;

/** Texts are copied. */
SEDGE_NODISCARD sedge_status sedge_link_start(const sedge_link_options *options, sedge_link **ret, sedge_error *err);
/** Gives one report (its CBOR; it is signed here) to be sent; the next one only after sent was called
 * (SEDGE_EBUSY). SEDGE_ENOMEM */
SEDGE_NODISCARD sedge_status sedge_link_send_report(sedge_link *link, uint64_t number, sedge_bytes payload,
                                                    sedge_error *err);
/** The same for samples, whose messages have a place of their own. */
SEDGE_NODISCARD sedge_status sedge_link_send_samples(sedge_link *link, const char *request, sedge_bytes payload,
                                                     sedge_error *err);
/** Payload bytes of this connection so far. */
sedge_net_counters sedge_link_counters(sedge_link *link);

#endif
