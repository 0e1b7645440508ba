/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A small HTTP/1.1 server for this machine: loopback or a Unix socket, in an event loop (os/loop.h), never blocking.
 * For the agent; no TLS, and sedge_http_server_listen_tcp() refuses addresses of other machines.
 *
 *     static const sedge_http_route routes[] = {
 *         { "GET", "/v2/health/live", live, 0 },
 *         { "POST", "/v2/models/{name}/infer", infer, 0 },
 *         { "POST", "/v1/install", install, SEDGE_HTTP_ON_UNIX },
 *     };
 *
 * A handler is called with the complete request and answers at once or later with sedge_http_exchange_answer(),
 * exactly once, in the loop's thread. Requests of one connection are served one after the other. What no route
 * takes, what is malformed and what exceeds a limit is answered here, as RFC 9457 problem details with a member "error"
 * (the Open Inference Protocol's name for the sentence).
 */
#ifndef SEDGE_NET_HTTP_SERVER_H
#define SEDGE_NET_HTTP_SERVER_H

#include "net/http_parser.h"
#include "os/loop.h"

typedef struct sedge_http_server sedge_http_server;
typedef struct sedge_http_exchange sedge_http_exchange;

typedef void (*sedge_http_handler)(void *ctx, sedge_http_exchange *x);

enum { SEDGE_HTTP_ON_TCP = 1 << 1, SEDGE_HTTP_ON_UNIX = 1 << 2 };

typedef struct sedge_http_route {
    const char *method;
    const char *pattern; /**< parts in braces match one part of the path: "/v2/models/{name}" */
    sedge_http_handler handler;
    unsigned where; /**< 0: everywhere */
} sedge_http_route;

typedef struct sedge_http_server_options {
    const sedge_http_route *routes; /**< static; the first that fits is taken */
    size_t routes_n;
    void *ctx;              /**< for the handlers */
    size_t connections_max; /**< further ones wait in the backlog; a quarter is kept for Unix sockets */
    sedge_http_limits limits;
    int64_t idle_timeout_ms; /**< without a request, or in the middle of one */
    const sedge_clock *clock;
} sedge_http_server_options;
#define SEDGE_HTTP_SERVER_OPTIONS_INIT                                                                                 \
    ((sedge_http_server_options){ .connections_max = 64, .limits = { 16384, 64, 4 << 20 }, .idle_timeout_ms = 60000 })

/** loop must outlive the server. */
SEDGE_NODISCARD sedge_status sedge_http_server_new(sedge_loop *loop, const sedge_http_server_options *options,
                                                   sedge_http_server **ret, sedge_error *err);
/** Closes everything; exchanges that were not answered become invalid. Not from a handler. */
void sedge_http_server_free(sedge_http_server *server);
SEDGE_DEFINE_AUTO(sedge_http_server, sedge_http_server_free)

/** Listens at "127.0.0.1:8080" (port 0: any; ret_port may be NULL). SEDGE_EUSAGE for what is no loopback address. */
SEDGE_NODISCARD sedge_status sedge_http_server_listen_tcp(sedge_http_server *server, const char *address, int *ret_port,
                                                          sedge_error *err);
/** Listens at a Unix socket as os/unix_socket.h says. */
SEDGE_NODISCARD sedge_status sedge_http_server_listen_unix(sedge_http_server *server, const char *path,
                                                           sedge_error *err);

/* A request, valid until it is answered. */
sedge_bytes sedge_http_exchange_body(const sedge_http_exchange *x);
/** What stood in the i-th pair of braces, percent-decoded; never NULL for those of the route. */
const char *sedge_http_exchange_part(const sedge_http_exchange *x, size_t i);

/** Answers; the body is copied, x is invalid afterwards. A peer that has gone meanwhile is no matter. */
void sedge_http_exchange_answer(sedge_http_exchange *x, int status, const char *content_type, sedge_bytes body);
/** The same with further headers; wrong ones (line breaks) are left out. */
void sedge_http_exchange_answer_with(sedge_http_exchange *x, int status, const char *content_type, sedge_bytes body,
                                     const sedge_http_field *fields, size_t fields_n);
/** Problem details from a status and its sentence. */
void sedge_http_exchange_fail(sedge_http_exchange *x, sedge_status status, const char *sentence);

#endif
