/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An HTTP/1.1 client for one peer: a connection that is kept open, requests one after the other.
 *
 *     sedge_http_client_options o = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
 *     o.url = "https://127.0.0.1:5000"; o.tls = tls; o.peer = "the hub";
 *     sedge_auto(sedge_http_client) hub = NULL;
 *     st = sedge_http_client_new(&o, &hub, err);
 *     sedge_http_answer answer = SEDGE_HTTP_ANSWER_INIT;
 *     sedge_http_request r = { .method = "GET", .path = "/api/v1/models" };
 *     st = sedge_http_client_send(hub, &r, &answer, err);        network and protocol failures only
 *     if (!st && answer.status == 200) ... sedge_buf_bytes(&answer.body)
 *     sedge_http_answer_done(&answer);
 *
 * Redirects are not followed. A connection that the peer closed while it lay idle is replaced without a word; a request
 * is repeated only when nothing of an answer has come and its method is idempotent (or the request says it is).
 */
#ifndef SEDGE_NET_HTTP_CLIENT_H
#define SEDGE_NET_HTTP_CLIENT_H

#include "net/connection.h"
#include "net/http_parser.h"

typedef struct sedge_http_client sedge_http_client;

typedef struct sedge_http_client_options {
    const char *url;    /**< net/url.h; a path in it goes before every request's */
    sedge_tls *tls;     /**< needed for https; must outlive the client */
    const char *proxy;  /**< or NULL */
    const char *peer;   /**< "the hub", "the agent": for sentences; or NULL */
    const char *bearer; /**< sent as Authorization: Bearer, or NULL. Never logged or in a sentence */
    const sedge_clock *clock;
    sedge_net_counters *counters;
    int64_t connect_timeout_ms;
    int64_t idle_timeout_ms;  /**< longest silence while sending or receiving */
    int64_t total_timeout_ms; /**< of a request; 0: none */
} sedge_http_client_options;
#define SEDGE_HTTP_CLIENT_OPTIONS_INIT                                                                                 \
    ((sedge_http_client_options){ .connect_timeout_ms = 10000, .idle_timeout_ms = 30000 })

/** Texts are copied. Nothing is connected yet. SEDGE_EINVALID for a wrong address, SEDGE_EUSAGE for https without tls.
 */
SEDGE_NODISCARD sedge_status sedge_http_client_new(const sedge_http_client_options *options, sedge_http_client **ret,
                                                   sedge_error *err);
void sedge_http_client_free(sedge_http_client *client);
SEDGE_DEFINE_AUTO(sedge_http_client, sedge_http_client_free)
/** As given in the options, without '/' at its end. Lives as long as the client. */
const char *sedge_http_client_url(const sedge_http_client *client);
/** Closes the connection, if there is one; the next request opens a new one. */
void sedge_http_client_close(sedge_http_client *client);

/** Takes a part of an answer's body; a failure ends the request with its status and sentence. */
typedef sedge_status (*sedge_http_sink_fn)(void *ctx, sedge_bytes part, sedge_error *err);
/** Sees the head of an answer before its body. */
typedef sedge_status (*sedge_http_head_fn)(void *ctx, const sedge_http_head *head, sedge_error *err);

typedef struct sedge_http_request {
    const char *method; /**< "GET", "POST", ... */
    const char *path;   /**< "/..." with the query, encoded */
    const sedge_http_field *fields;
    size_t fields_n;
    const char *content_type; /**< of the body */
    sedge_bytes body;
    const char *body_file;      /**< instead of body: this file's bytes, streamed */
    bool idempotent;            /**< may be repeated although its method is not */
    int64_t answer_limit_bytes; /**< 0: 8 MiB in memory, no limit for a sink */
    int64_t idle_timeout_ms;    /**< 0: the client's; for long polls */
    int64_t total_timeout_ms;   /**< 0: the client's */
    sedge_http_head_fn on_head; /**< or NULL */
    sedge_http_sink_fn sink;    /**< for the body of 200 to 299, or NULL: all is kept in the answer */
    void *ctx;                  /**< for both */
} sedge_http_request;

typedef struct sedge_http_answer {
    int status;
    sedge_buf body;   /**< unless a sink took it */
    sedge_buf fields; /**< private */
} sedge_http_answer;
#define SEDGE_HTTP_ANSWER_INIT ((sedge_http_answer){ 0 })
void sedge_http_answer_done(sedge_http_answer *answer);
#define SEDGE_AUTO_HTTP_ANSWER SEDGE_CLEANUP(sedge_http_answer_done) sedge_http_answer
/** The value of a header (case does not matter), or NULL. Lives as long as the answer. */
const char *sedge_http_answer_get(const sedge_http_answer *answer, const char *name);

/**
 * Sends and receives. answer is initialised by the caller and may be reused; it is emptied first.
 * @return SEDGE_OK when an answer came, whatever its status; else as sedge_connection_open(), or SEDGE_ENETWORK
 *         (broken off), SEDGE_ETIMEOUT, SEDGE_EINVALID (not HTTP), SEDGE_ELIMIT, or what the sink returned. Sentences
 *         name the address; those of a malformed answer the path, too.
 */
SEDGE_NODISCARD sedge_status sedge_http_client_send(sedge_http_client *client, const sedge_http_request *request,
                                                    sedge_http_answer *answer, sedge_error *err);

/**
 * GETs into a file, going on where an earlier try ended: asks with Range for what is missing behind the bytes that
 * the file has already, appends, and fsyncs at the end. The caller checks the digest.
 * A peer that ignores the range starts the file anew. The file is made with mode 0600.
 *
 * @param size_bytes  what the file must hold in the end, or -1: unknown
 * @param limit_bytes no file beyond it
 * @param answer      may be examined for status and headers; a status other than 200 and 206
 *                    is SEDGE_OK with *ret_complete false, and the body is in the answer. Nothing is asked for when the
 *                    file has all of size_bytes already: the status is then what it was
 */
SEDGE_NODISCARD sedge_status sedge_http_client_download(sedge_http_client *client, const sedge_fs *fs, const char *path,
                                                        const char *file, int64_t size_bytes, int64_t limit_bytes,
                                                        sedge_http_answer *answer, bool *ret_complete,
                                                        sedge_error *err);

#endif
