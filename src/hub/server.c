/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "hub/auth.h"
#include "hub/call.h"
#include "hub/fleet/fleet.h"
#include "hub/queue.h"
#include "hub/tls.h"
#include "os/errno.h"

enum {
    IO_THREADS = 2,
    BACKLOG = 512,
    CONNECTIONS_MAX = 4096,
    CONNECTION_MEMORY_BYTES = 24 * 1024, /**< request line and headers must fit */
    IDLE_TIMEOUT_S = 120,
    LAST_ANSWERS_MS = 3000, /**< to send what is answered when the hub is stopped */
    DISCARD_MAX =
        32 << 20 /**< of a refused body is read, so that its sender gets to the answer; then the line is cut */
};

struct hub_server {
    hub *h;
    hub_tls *tls; /**< NULL with --plain */
    struct MHD_Daemon *daemon;
    work_queue *work;
    atomic_int owed; /**< requests that were given to work, whose answers are not sent yet */
};

/** Per connection; made lazily by the first request. */
typedef struct peer {
    bool checked;
    sedge_status status; /**< of the client's certificate */
    char device[SEDGE_DEVICE_ID_MAX];
    char text[160];
} peer;

/** A request between its first header and its answer. */
typedef struct exchange {
    hub_request rq; /**< first */
    hub_server *server;
    struct MHD_Connection *connection;
    bool refused, answered, owed;
    int64_t discarded;
    sedge_status status; /**< why it was refused */
    int http;            /**< 0: the status's own */
    sedge_error error;
} exchange;

/* ---- connections ------------------------------------------------------------------------------------------------ */

static void on_connection(void *cls, struct MHD_Connection *c, void **socket_context,
                          enum MHD_ConnectionNotificationCode code) {
    hub_server *s = cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        free(*socket_context);
        *socket_context = NULL;
        return;
    }
    *socket_context = calloc(1, sizeof(peer));
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    int on = 1;
    if (fd)
        (void)setsockopt(fd->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const union MHD_ConnectionInfo *tls =
        s->tls ? MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION) : NULL;
    if (tls && !hub_tls_prepare(s->tls, (gnutls_session_t)tls->tls_session) && fd)
        (void)shutdown(fd->connect_fd, SHUT_RDWR);
}

/** The device behind the connection; checked once, since the certificate cannot change. */
static sedge_status peer_device(exchange *x, const char **ret, sedge_error *err) {
    const union MHD_ConnectionInfo *ctx = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const union MHD_ConnectionInfo *tls = MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    peer *p = ctx ? ctx->socket_context : NULL;
    if (!p || !tls)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a connection");
    if (!p->checked) {
        sedge_error why = SEDGE_ERROR_INIT;
        p->status = hub_tls_device(x->server->tls, (gnutls_session_t)tls->tls_session, p->device, &why);
        p->checked = true;
        snprintf(p->text, sizeof p->text, "%.150s", why.text);
    }
    *ret = p->device;
    return p->status ? sedge_fail(err, p->status, "%s", p->text) : SEDGE_OK;
}

/* ---- the head of a request --------------------------------------------------------------------------------------- */

static enum MHD_Result add_query(void *cls, enum MHD_ValueKind kind, const char *key, const char *value) {
    hub_request *rq = cls;
    (void)kind;
    size_t key_n = strlen(key) + 1, value_n = value ? strlen(value) + 1 : 1;
    if (rq->query_n == HUB_QUERY_MAX)
        return MHD_NO;
    hub_pair pair = { .name = malloc(key_n), .value = malloc(value_n) };
    if (!pair.name || !pair.value || !hub_percent_decode(key, key_n - 1, pair.name, key_n) ||
        !hub_percent_decode(value ? value : "", value_n - 1, pair.value, value_n)) {
        free(pair.name);
        free(pair.value);
        return MHD_NO;
    }
    rq->query[rq->query_n++] = pair;
    return MHD_YES;
}

static const char *header(const exchange *x, const char *name) {
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static void copy_header(const exchange *x, const char *name, char out[HUB_HEADER_TEXT_MAX]) {
    const char *value = header(x, name);
    if (value && strlen(value) < HUB_HEADER_TEXT_MAX)
        strcpy(out, value);
}

static sedge_status identify_device(exchange *x, sedge_error *err) {
    hub *h = x->rq.hub;
    const char *device = NULL;
    if (h->options->plain) {
        device = header(x, "Sedge-Device");
        if (!device || !sedge_is_device_id(device))
            return sedge_fail(err, SEDGE_EAUTH, "name the device: send 'Sedge-Device: ID'");
    } else {
        sedge_status st = peer_device(x, &device, err);
        if (st)
            return st;
        if (!device[0])
            return sedge_fail(err, SEDGE_EAUTH, "a device certificate is needed; enrol first");
    }
    sedge_status st = fleet_check_device(h->fleet, device, err);
    if (!st)
        strcpy(x->rq.who.device, device);
    return st;
}

static sedge_status identify(exchange *x, sedge_error *err) {
    static const hub_role least[] = {
        [HUB_MAY_READ] = HUB_ROLE_VIEWER, [HUB_MAY_JOB] = HUB_ROLE_JOB, [HUB_MAY_ADMIN] = HUB_ROLE_ADMIN
    };
    hub_may may = x->rq.route->may;
    if (may == HUB_MAY_ANYONE)
        return SEDGE_OK;
    if (may == HUB_MAY_DEVICE)
        return identify_device(x, err);
    if (x->rq.hub->options->plain) {
        x->rq.who.role = HUB_ROLE_ADMIN;
        return SEDGE_OK;
    }
    sedge_status st = hub_auth_check(x->rq.hub->auth, header(x, "Authorization"), &x->rq.who, err);
    if (!st && x->rq.who.role < least[may])
        st = sedge_fail(err, SEDGE_EREFUSED, "this token may not do that");
    return st;
}

static int64_t body_limit(hub_body kind) {
    static const int64_t limits[] = { [HUB_BODY_NONE] = 0,
                                      [HUB_BODY_JSON] = HUB_JSON_MAX,
                                      [HUB_BODY_RAW] = HUB_RAW_MAX,
                                      [HUB_BODY_BLOB] = HUB_BLOB_MAX };
    return limits[kind];
}

static sedge_status prepare_body(exchange *x, sedge_error *err) {
    hub_request *rq = &x->rq;
    int64_t limit = body_limit(rq->route->body);
    const char *length = header(x, "Content-Length");
    if (length && strtoll(length, NULL, 10) > limit)
        return sedge_fail(err, SEDGE_ELIMIT, "the body has %s bytes, the limit is %lld", length, (long long)limit);
    rq->body = sedge_buf_init((size_t)(rq->route->body == HUB_BODY_BLOB ? 0 : limit));
    if (rq->route->body == HUB_BODY_BLOB)
        return blob_upload_new(rq->hub->blobs, limit, &rq->upload, err);
    return SEDGE_OK;
}

static sedge_status find_route(exchange *x, sedge_error *err) {
    hub_request *rq = &x->rq;
    bool other = false;
    rq->route = hub_route_find(hub_routes, hub_routes_n, rq->method, rq->path, &rq->params, &other);
    if (rq->route)
        return SEDGE_OK;
    x->http = other ? 405 : 404;
    return sedge_fail(err, SEDGE_ENOTFOUND, other ? "%s is not known for %s" : "there is no %s %s", rq->method,
                      rq->path);
}

static sedge_status begin(exchange *x, sedge_error *err) {
    copy_header(x, "If-None-Match", x->rq.if_none_match);
    copy_header(x, "Range", x->rq.range);
    copy_header(x, "Content-Type", x->rq.content_type);
    sedge_status st = find_route(x, err);
    if (!st && MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, NULL, NULL) !=
                   MHD_get_connection_values(x->connection, MHD_GET_ARGUMENT_KIND, add_query, &x->rq))
        st = sedge_fail(err, SEDGE_EINVALID, "the query is malformed or has more than %d parameters", HUB_QUERY_MAX);
    if (!st)
        st = identify(x, err);
    if (!st)
        st = prepare_body(x, err);
    return st;
}

static exchange *exchange_new(hub_server *s, struct MHD_Connection *c, const char *method, const char *url) {
    exchange *x = calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->server = s;
    x->connection = c;
    x->rq.hub = s->h;
    x->rq.connection = c;
    x->rq.answer.fd = -1;
    x->rq.started_ms = sedge_monotonic_ms(s->h->clock);
    x->rq.path = strdup(url);
    if (!x->rq.path || strlen(method) >= sizeof x->rq.method || sedge_uuid7(hub_now_ms(s->h), x->rq.id, NULL)) {
        free(x->rq.path);
        free(x);
        return NULL;
    }
    strcpy(x->rq.method, method);
    return x;
}

/* ---- body and answer --------------------------------------------------------------------------------------------- */

static void refuse(exchange *x, sedge_status status) {
    x->refused = true;
    x->status = status;
}

/** False when the connection is to be cut. */
static bool take_body(exchange *x, const char *data, size_t n) {
    hub_request *rq = &x->rq;
    if (x->refused) {
        x->discarded += (int64_t)n;
        return x->discarded <= DISCARD_MAX;
    }
    sedge_status st = SEDGE_OK;
    if (rq->upload) {
        st = blob_upload_add(rq->upload, sedge_bytes_of(data, n), &x->error);
    } else {
        sedge_buf_put(&rq->body, data, n);
        if (rq->body.failed)
            st = sedge_fail(&x->error, SEDGE_ELIMIT, "the body is longer than the limit of %lld bytes",
                            (long long)body_limit(rq->route->body));
    }
    if (st)
        refuse(x, st);
    return true;
}

/**
 * A client that sends its body before it listens loses an answer that comes early: the line is reset under it. One that
 * asked whether to go on, or that has more to send than is worth reading, gets the answer at once.
 */
static bool reads_through(const exchange *x) {
    const char *length = header(x, "Content-Length");
    return length && !header(x, "Expect") && strtoll(length, NULL, 10) <= DISCARD_MAX;
}

static struct MHD_Response *make_response(hub_answer *a) {
    if (a->fd >= 0) {
        struct MHD_Response *r =
            MHD_create_response_from_fd_at_offset64((uint64_t)a->length, a->fd, (uint64_t)a->offset);
        if (r)
            a->fd = -1; /* the response closes it */
        return r;
    }
    size_t n = 0;
    void *data = sedge_buf_steal(&a->bytes, &n);
    struct MHD_Response *r = MHD_create_response_from_buffer(n, data ? data : strdup(""), MHD_RESPMEM_MUST_FREE);
    if (!r)
        free(data);
    return r;
}

static enum MHD_Result send_answer(exchange *x) {
    hub_answer *a = &x->rq.answer;
    if (x->refused)
        hub_answer_error(&x->rq, x->status, x->http, x->error.text);
    struct MHD_Response *r = make_response(a);
    if (!r)
        return MHD_NO;
    if (a->type)
        (void)MHD_add_response_header(r, "Content-Type", a->type);
    (void)MHD_add_response_header(r, "X-Request-Id", x->rq.id);
    (void)MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    for (size_t i = 0; i < a->headers_n; i++)
        (void)MHD_add_response_header(r, a->headers[i].name, a->headers[i].value);
    enum MHD_Result ok = MHD_queue_response(x->connection, (unsigned)a->status, r);
    MHD_destroy_response(r);
    return ok;
}

static void run_request(hub_request *rq) {
    sedge_error err = SEDGE_ERROR_INIT;
    rq->answer.headers_n = 0;
    sedge_status st = rq->route->handle ? rq->route->handle(rq, &err) : hub_call_run(rq, &err);
    if (st) {
        rq->wait_until_ms = 0;
        hub_answer_error(rq, st, 0, err.text[0] ? err.text : sedge_status_meaning(st));
        if (sedge_status_http(st) >= 500)
            sedge_log_error(&rq->hub->log, "request.failed id=%s status=%s error=%s", rq->id, sedge_status_name(st),
                            err.text);
    }
}

static void request_answered(hub_request *rq) {
    exchange *x = (exchange *)rq;
    x->answered = true;
    MHD_resume_connection(x->connection);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url, const char *method,
                                  const char *version, const char *data, size_t *data_n, void **state) {
    hub_server *s = cls;
    exchange *x = *state;
    (void)version;
    if (!x) {
        *state = x = exchange_new(s, c, method, url);
        if (!x)
            return MHD_NO;
        sedge_status st = begin(x, &x->error);
        if (st)
            refuse(x, st);
        return st && !reads_through(x) ? send_answer(x) : MHD_YES;
    }
    if (*data_n) {
        bool go_on = take_body(x, data, *data_n);
        *data_n = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    if (x->refused || x->answered)
        return send_answer(x);
    MHD_suspend_connection(c);
    x->owed = true;
    atomic_fetch_add(&s->owed, 1);
    sedge_status st = work_add(s->work, &x->rq, &x->error);
    if (st) {
        refuse(x, st);
        MHD_resume_connection(c);
    }
    return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code) {
    hub_server *s = cls;
    exchange *x = *state;
    (void)c;
    if (!x)
        return;
    hub_request *rq = &x->rq;
    hub *h = s->h;
    atomic_fetch_add(&h->requests, 1);
    if (rq->answer.status >= 500)
        atomic_fetch_add(&h->request_errors, 1);
    const char *who = rq->who.device[0] ? rq->who.device : rq->who.token;
    bool quiet = rq->route && (rq->who.device[0] || strcmp(rq->route->pattern, "/health") == 0);
    (quiet ? sedge_log_debug : sedge_log_info)(
        &h->log, "request id=%s method=%s path=%s status=%d ms=%lld who=%s end=%s", rq->id, rq->method, rq->path,
        rq->answer.status, (long long)(sedge_monotonic_ms(h->clock) - rq->started_ms), who,
        code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "ok" : "cut");
    if (x->owed)
        atomic_fetch_sub(&s->owed, 1);
    hub_request_free(rq); /* frees the exchange, whose first member it is */
    *state = NULL;
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

static size_t keep_coded(void *cls, struct MHD_Connection *c, char *text) {
    (void)cls;
    (void)c;
    return strlen(text);
}

static void log_library(void *cls, const char *fmt, va_list args) {
    hub_server *s = cls;
    char text[256];
    vsnprintf(text, sizeof text, fmt, args);
    text[strcspn(text, "\r\n")] = 0;
    sedge_log_debug(&s->h->log, "http text=%s", text);
}

static int try_listen(const struct addrinfo *at) {
    int on = 1, fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int code = errno;
    close(fd);
    return -code;
}

static int bound_port(int fd) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage room;
    } a;
    socklen_t n = sizeof a;
    if (getsockname(fd, &a.any, &n) != 0)
        return 0;
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

static sedge_status listen_socket(hub *h, int *ret_fd, sedge_error *err) {
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *list = NULL;
    char port[8];
    snprintf(port, sizeof port, "%d", h->port);
    int code = getaddrinfo(h->host, port, &hints, &list);
    if (code != 0)
        return sedge_fail(err, SEDGE_EUSAGE, "--listen %s: %s", h->options->listen, gai_strerror(code));
    int fd = -EADDRNOTAVAIL;
    for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next)
        fd = try_listen(at);
    freeaddrinfo(list);
    if (fd < 0)
        return sedge_fail_errno(err, fd, "cannot listen on %s", h->options->listen);
    h->port = bound_port(fd);
    *ret_fd = fd;
    return SEDGE_OK;
}

static struct MHD_Daemon *start_daemon(hub_server *s, int fd) {
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
        { MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, NULL },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    char *key = NULL, *cert = NULL;
    if (s->tls) {
        flags |= MHD_USE_TLS;
        tls[0].ptr_value = key = strdup(hub_tls_key_pem(s->tls));
        tls[1].ptr_value = cert = strdup(hub_tls_cert_pem(s->tls));
        tls[2].ptr_value = priorities;
    }
    struct MHD_Daemon *d = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, log_library, s, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)IO_THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_coded, NULL, MHD_OPTION_ARRAY, s->tls ? tls : none,
        MHD_OPTION_END);
    if (key)
        sedge_wipe(key, strlen(key));
    free(key);
    free(cert);
    return d;
}

static void server_free(hub_server *s) {
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    work_free(s->work);
    hub_tls_free(s->tls);
    free(s);
}
SEDGE_DEFINE_AUTO(hub_server, server_free)

sedge_status hub_server_start(hub *h, hub_server **ret, sedge_error *err) {
    sedge_auto(hub_server) s = calloc(1, sizeof *s);
    int fd = -1;
    if (!s)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the server");
    s->h = h;
    sedge_status st = work_start(h, run_request, request_answered, &s->work, err);
    if (!st && !h->options->plain)
        st = hub_tls_new(h, &s->tls, err);
    if (!st)
        st = listen_socket(h, &fd, err);
    if (st)
        return st;
    s->daemon = start_daemon(s, fd);
    if (!s->daemon) {
        close(fd);
        return sedge_fail(err, SEDGE_EINTERNAL, "the HTTP server does not start on %s", h->options->listen);
    }
    *ret = SEDGE_STEAL(s);
    return SEDGE_OK;
}

void hub_server_stop(hub_server *s) {
    if (!s)
        return;
    int fd = MHD_quiesce_daemon(s->daemon);
    work_stop(s->work); /* every suspended connection has its answer before the daemon goes */
    int64_t end_ms = sedge_monotonic_ms(s->h->clock) + LAST_ANSWERS_MS;
    while (atomic_load(&s->owed) > 0 && sedge_monotonic_ms(s->h->clock) < end_ms)
        sedge_sleep_ms(5);
    server_free(s);
    if (fd >= 0)
        close(fd);
}

void hub_server_wake(hub_server *s) {
    if (s && s->work)
        work_wake(s->work);
}
