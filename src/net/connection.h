/* SPDX-License-Identifier: Apache-2.0 */
/** A stream to a peer, plain or TLS, with deadlines on everything and counters. For one thread at a time. */
#ifndef SEDGE_NET_CONNECTION_H
#define SEDGE_NET_CONNECTION_H

#include "base/bytes.h"
#include "net/tls.h"
#include "net/url.h"
#include "os/clock.h"

/** Bytes of payload, as TLS carries them (without records, handshakes and TCP). */
typedef struct sedge_net_counters {
    uint64_t sent;
    uint64_t received;
    uint64_t connections; /**< opened */
    uint64_t resumed;     /**< of them, TLS sessions resumed */
} sedge_net_counters;

typedef struct sedge_connection sedge_connection;

typedef struct sedge_connection_options {
    const sedge_url *url;
    sedge_tls *tls;               /**< for https; must outlive the connection */
    const char *proxy;            /**< "http://host:port": CONNECT through it (https only), or NULL */
    const char *peer;             /**< "the hub": for "is the hub running?", or NULL */
    const sedge_clock *clock;     /**< NULL: the machine's */
    sedge_net_counters *counters; /**< added to, or NULL; must outlive the connection */
    int64_t timeout_ms;           /**< for all of it: name, connect, handshake */
} sedge_connection_options;

/**
 * @return SEDGE_ENETWORK "cannot connect to https://127.0.0.1:5000: connection refused; is the hub running?",
 *         SEDGE_ETIMEOUT, SEDGE_ENOTFOUND (a name that does not resolve, a socket that is not there),
 *         SEDGE_EREFUSED "https://...: the certificate ..." when the peer is not who it should be or refuses ours
 */
SEDGE_NODISCARD sedge_status sedge_connection_open(const sedge_connection_options *options, sedge_connection **ret,
                                                   sedge_error *err);
/** Says goodbye where that needs no waiting. */
void sedge_connection_free(sedge_connection *c);
SEDGE_DEFINE_AUTO(sedge_connection, sedge_connection_free)

/** 1 to size bytes, or *ret_n 0 when the peer has closed. deadlines are monotonic ms of the clock, -1: none. */
SEDGE_NODISCARD sedge_status sedge_connection_read(sedge_connection *c, void *p, size_t size, int64_t deadline_ms,
                                                   size_t *ret_n, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_connection_write(sedge_connection *c, sedge_bytes data, int64_t deadline_ms,
                                                    sedge_error *err);
/** Is there something to read (data or the peer's close) without waiting? */
bool sedge_connection_has_input(sedge_connection *c);

#endif
