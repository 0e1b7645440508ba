/* SPDX-License-Identifier: Apache-2.0 */
/** The hub: everything that handlers and background work share. */
#ifndef SEDGE_HUB_HUB_H
#define SEDGE_HUB_HUB_H

#include <stdatomic.h>

#include "crypto/cert.h"
#include "hub/blobs/blobs.h"
#include "hub/options.h"
#include "hub/store/store.h"
#include "os/log.h"

typedef struct hub hub;
typedef struct hub_auth hub_auth;
typedef struct hub_server hub_server;
typedef struct hub_tick hub_tick;
typedef struct fleet fleet;
typedef struct hub_tuf hub_tuf;
typedef struct monitors monitors;
typedef struct jobs jobs;

/** The only project today; the tables know more. */
#define HUB_PROJECT "default"

struct hub {
    const hub_options *options;
    const sedge_clock *clock;
    sedge_log log;
    char host[256]; /**< of --listen */
    int port;       /**< that is really listened on */
    char url[512];  /**< public URL, without a '/' at the end */

    int lock_fd;
    store *store;
    blobs *blobs;
    sedge_key *ca_key;
    sedge_cert *ca;
    char *ca_pem;

    hub_auth *auth;
    fleet *fleet;
    hub_tuf *tuf;
    monitors *monitors;
    jobs *jobs;
    hub_tick *tick;
    hub_server *server;

    atomic_ullong generation; /**< counts commits that touched STORE_TOPIC_DESIRED */
    atomic_ullong requests, request_errors;
    atomic_bool ready, stopping;
};

/**
 * Opens or makes everything in options->data and starts serving. On success the hub is the caller's to hub_free().
 * options must outlive it.
 */
SEDGE_NODISCARD sedge_status hub_start(const hub_options *options, hub **ret, sedge_error *err);
/** Stops taking requests, finishes those under way, stops background work and closes the database. */
void hub_free(hub *h);
SEDGE_DEFINE_AUTO(hub, hub_free)

static inline int64_t hub_now_ms(const hub *h) {
    return sedge_now_ms(h->clock);
}

/** `sedge-hub check`: the database and every blob that it names. Prints nothing; the sentence names the first fault. */
SEDGE_NODISCARD sedge_status hub_check(const char *data, int64_t *ret_blobs, sedge_error *err);

#endif
