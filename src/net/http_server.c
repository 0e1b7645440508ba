/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"
#include "net/http_route.h"
#include "net/url.h"
#include "os/errno.h"
#include "os/unix_socket.h"

enum {
    LISTENERS_MAX = 8,
    BACKLOG = 64,
    READ_BLOCK = 16 * 1024,
    ANSWER_MAX = 64 << 20,
    INPUT_WAITING_MAX = 64 * 1024, /* pipelined requests beyond it wait in the kernel */
    LINGER_MS = 2000,
};

typedef struct listener {
    sedge_http_server *server;
    int fd; /* -1: free */
    unsigned where;
    bool watched; /* there is room */
} listener;

typedef enum phase {
    READING,   /* a request is coming in, or nothing yet */
    ANSWERING, /* the handler has it */
    SENDING,   /* the answer goes out */
    LINGERING, /* the last answer is out; what still comes is thrown away, as closing now could take the answer along */
} phase;

typedef struct connection {
    sedge_http_server *server;
    struct connection *next;
    int fd;
    unsigned where;
    phase phase;
    bool close_after; /* no request after this one */
    bool refused;     /* with input that was not read */
    unsigned held;    /* callers that still look at it: a dropped one is freed when they are through */
    bool dropped;
    sedge_http_parser parser;
    sedge_buf input; /* received and not parsed yet */
    sedge_buf body;
    sedge_buf output;
    size_t output_at;
    uint64_t timer;
    sedge_http_exchange *exchange; /* while ANSWERING */
} connection;

struct sedge_http_exchange {
    connection *connection; /* NULL: the peer has gone */
    sedge_http_server *server;
    sedge_http_exchange *next;
    route_match match;
};

struct sedge_http_server {
    sedge_loop *loop;
    sedge_http_server_options options;
    listener listeners[LISTENERS_MAX];
    bool stopped;
    connection *connections;
    size_t connections_n;
    sedge_http_exchange *exchanges;
};

static void on_connection(void *ctx, int fd, unsigned events);
static void on_listener(void *ctx, int fd, unsigned events);
static void on_timeout(void *ctx);
static void go_on(connection *c);

/* A quarter is kept for Unix sockets: whoever fills the TCP side locks nobody out who manages this program. */
static bool has_room(const sedge_http_server *s, unsigned where) {
    size_t max = s->options.connections_max;
    return s->connections_n < (where == SEDGE_HTTP_ON_TCP ? max - max / 4 : max);
}

/* Watches or unwatches the listening sockets as there is room. A failure to watch leaves them for the next change. */
static void update_accepting(sedge_http_server *s) {
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        listener *l = &s->listeners[i];
        bool want = l->fd >= 0 && !s->stopped && has_room(s, l->where);
        if (want && !l->watched)
            l->watched = !sedge_loop_watch(s->loop, l->fd, SEDGE_LOOP_READ, on_listener, l, NULL);
        else if (!want && l->watched) {
            sedge_loop_unwatch(s->loop, l->fd);
            l->watched = false;
        }
    }
}

static void unlink_connection(connection *c) {
    connection **at = &c->server->connections;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    c->server->connections_n--;
}

static void free_connection(connection *c) {
    sedge_http_parser_done(&c->parser);
    sedge_buf_done(&c->input);
    sedge_buf_done(&c->body);
    sedge_buf_done(&c->output);
    free(c);
}

static void drop(connection *c) {
    sedge_loop_unwatch(c->server->loop, c->fd);
    sedge_loop_cancel(c->server->loop, c->timer);
    close(c->fd);
    if (c->exchange)
        c->exchange->connection = NULL;
    unlink_connection(c);
    update_accepting(c->server);
    c->dropped = true;
    if (!c->held)
        free_connection(c);
}

static void let_go(connection *c) {
    if (--c->held == 0 && c->dropped)
        free_connection(c);
}

static void on_timeout(void *ctx) {
    connection *c = (connection *)ctx;
    c->timer = 0;
    drop(c);
}

/* Starts the idle time anew. Without memory for a timer the connection goes, rather than stay for ever. */
static bool restart_timer(connection *c) {
    sedge_loop_cancel(c->server->loop, c->timer);
    c->timer = 0;
    return c->server->options.idle_timeout_ms <= 0 ||
           sedge_loop_after(c->server->loop, c->server->options.idle_timeout_ms, on_timeout, c, &c->timer, NULL) ==
               SEDGE_OK;
}

static bool watch(connection *c, bool write) {
    /* while a handler has the request nothing is read, so that a peer cannot pile requests up; its going is still seen
     */
    bool read =
        c->phase == READING || c->phase == LINGERING || (c->phase == ANSWERING && c->input.n < INPUT_WAITING_MAX);
    unsigned events = (read ? SEDGE_LOOP_READ : 0U) | (write ? SEDGE_LOOP_WRITE : 0U);
    return sedge_loop_watch(c->server->loop, c->fd, events, on_connection, c, NULL) == SEDGE_OK;
}

static void put_answer(connection *c, int status, const char *content_type, sedge_bytes body,
                       const sedge_http_field *fields, size_t fields_n) {
    sedge_buf *out = &c->output;
    bool without_body = status == 204 || status == 304;
    const char *method = c->parser.head.method;
    sedge_buf_clear(out);
    c->output_at = 0;
    sedge_buf_printf(out, "HTTP/1.1 %d %s\r\n", status, sedge_http_reason(status));
    if (content_type && !without_body && sedge_http_is_value(content_type))
        sedge_buf_printf(out, "Content-Type: %s\r\n", content_type);
    if (!without_body)
        sedge_buf_printf(out, "Content-Length: %zu\r\n", body.n);
    if (c->close_after)
        sedge_buf_text(out, "Connection: close\r\n");
    for (size_t i = 0; i < fields_n; i++)
        if (sedge_http_is_token(fields[i].name) && sedge_http_is_value(fields[i].value))
            sedge_buf_printf(out, "%s: %s\r\n", fields[i].name, fields[i].value);
    sedge_buf_text(out, "\r\n");
    if (!without_body && !(method && strcmp(method, "HEAD") == 0))
        sedge_buf_put(out, body.p, body.n);
}

static void put_problem(connection *c, int status, const char *name, const char *sentence,
                        const sedge_http_field *fields, size_t fields_n) {
    SEDGE_AUTO_BUF text = sedge_buf_init(8192);
    http_put_problem(&text, status, name, sentence);
    put_answer(c, status, "application/problem+json", sedge_buf_bytes(&text), fields, fields_n);
}

/* Sends what the kernel takes; true when all of it is gone. false with *ret_gone when the peer is. */
static bool flush(connection *c, bool *ret_gone) {
    *ret_gone = c->output.failed;
    while (!*ret_gone && c->output_at < c->output.n) {
        ssize_t n = send(c->fd, c->output.data + c->output_at, c->output.n - c->output_at, MSG_NOSIGNAL);
        if (n >= 0)
            c->output_at += (size_t)n;
        else if (errno == EAGAIN)
            return false;
        else if (errno != EINTR)
            *ret_gone = true;
    }
    return !*ret_gone;
}

static void next_request(connection *c) {
    sedge_http_parser_reset(&c->parser);
    sedge_buf_clear(&c->body);
    c->phase = READING;
}

static bool linger(connection *c) {
    c->phase = LINGERING;
    sedge_loop_cancel(c->server->loop, c->timer);
    c->timer = 0;
    return shutdown(c->fd, SHUT_WR) == 0 && watch(c, false) &&
           sedge_loop_after(c->server->loop, LINGER_MS, on_timeout, c, &c->timer, NULL) == SEDGE_OK;
}

/* What follows a sent answer; false when the connection is to go. */
static bool after_sending(connection *c) {
    if (c->close_after)
        return c->refused && linger(c);
    next_request(c);
    return restart_timer(c) && watch(c, false);
}

/* Goes on sending; afterwards the next request. The connection may be gone then. */
static void send_on(connection *c) {
    bool gone;
    bool all = flush(c, &gone);
    if (gone || (all ? !after_sending(c) : !restart_timer(c) || !watch(c, true)))
        drop(c);
}

/* A request that cannot be served: answered, and then the connection ends, as its framing is not to be trusted. */
static void refuse(connection *c, sedge_status st, const char *sentence) {
    bool head_too_large = st == SEDGE_ELIMIT && c->parser.head.framing == SEDGE_HTTP_NO_BODY;
    c->close_after = c->refused = true;
    c->phase = SENDING;
    put_problem(c, head_too_large ? 431 : sedge_status_http(st), sedge_status_name(st), sentence, NULL, 0);
    send_on(c);
}

static void release(sedge_http_exchange *x) {
    sedge_http_exchange **at = &x->server->exchanges;
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    route_match_done(&x->match);
    free(x);
}

static sedge_http_exchange *new_exchange(connection *c) {
    sedge_http_exchange *x = (sedge_http_exchange *)calloc(1, sizeof *x);
    if (!x)
        return NULL;
    x->connection = c;
    x->server = c->server;
    x->next = c->server->exchanges;
    c->server->exchanges = x;
    c->exchange = x;
    return x;
}

/* What no route takes. */
static void answer_unrouted(connection *c, const route_match *m) {
    c->phase = SENDING;
    sedge_http_field allow = { "Allow", m->allow };
    char sentence[256];
    bool method = m->found == ROUTE_OTHER_METHOD;
    if (method)
        sedge_format(sentence, sizeof sentence, "%.20s is not done here; %s is", c->parser.head.method, m->allow);
    else
        sedge_format(sentence, sizeof sentence, "nothing is at %.200s", c->parser.head.target);
    put_problem(c, method ? 405 : 404, method ? "unsupported" : "not_found", sentence, &allow, method);
    send_on(c);
}

/* Hands a whole request to its route. The connection may be gone or waiting for the answer then. */
static void dispatch(connection *c) {
    sedge_http_server *s = c->server;
    c->close_after = !c->parser.head.keep_alive;
    sedge_http_exchange *x = new_exchange(c);
    if (!x) {
        refuse(c, SEDGE_ENOMEM, "no memory for the request");
        return;
    }
    if (route_find(s->options.routes, s->options.routes_n, &c->parser.head, c->where, &x->match)) {
        c->phase = ANSWERING;
        sedge_loop_cancel(s->loop, c->timer); /* how long an answer takes is the handler's matter */
        c->timer = 0;
        x->match.route->handler(s->options.ctx, x);
        return;
    }
    route_match m = x->match;
    x->match = (route_match){ .found = ROUTE_NONE };
    c->exchange = NULL;
    release(x);
    answer_unrouted(c, &m);
    route_match_done(&m);
}

static bool send_continue(connection *c) {
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    ssize_t n = send(c->fd, text, sizeof text - 1, MSG_NOSIGNAL);
    return n == (ssize_t)(sizeof text - 1);
}

/* Parses what has come; true when a request was whole and has been handed on. The connection may be gone then. */
static bool parse_input(connection *c) {
    sedge_bytes in = sedge_buf_bytes(&c->input);
    size_t before = in.n;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_http_event event = SEDGE_HTTP_HEAD;
    sedge_status st = SEDGE_OK;
    while (!st && event != SEDGE_HTTP_MORE && event != SEDGE_HTTP_DONE) {
        sedge_bytes part = { NULL, 0 };
        st = sedge_http_parser_next(&c->parser, &in, &event, &part, &err);
        if (!st && event == SEDGE_HTTP_BODY)
            sedge_buf_put(&c->body, part.p, part.n);
        if (!st && c->body.failed)
            st = sedge_fail(&err, SEDGE_ENOMEM, "no memory for the request");
        if (!st && event == SEDGE_HTTP_HEAD && c->parser.head.expects_continue && !send_continue(c))
            st = sedge_fail(&err, SEDGE_ENETWORK, "the peer has gone");
    }
    memmove(c->input.data, in.p, in.n);
    c->input.n -= before - in.n;
    if (st)
        refuse(c, st, err.text);
    else if (event == SEDGE_HTTP_DONE)
        dispatch(c);
    return st || event == SEDGE_HTTP_DONE;
}

/* Serves requests from what has come until one needs more input or a later answer. An answer given in a handler gets
 * here a second time: then the outer call goes on, so that many small requests at once need no deep stack. */
static void proceed(connection *c) {
    if (c->held)
        return;
    c->held++;
    bool more = true;
    while (more && !c->dropped && c->phase == READING && c->input.n)
        more = parse_input(c);
    let_go(c);
}

/* Sends, and serves what has come meanwhile. The connection may be gone then. */
static void go_on(connection *c) {
    c->held++;
    send_on(c);
    bool alive = !c->dropped;
    let_go(c);
    if (alive)
        proceed(c);
}

/* Reads what is there; false when the peer has closed or gone. */
static bool receive(connection *c) {
    uint8_t block[READ_BLOCK];
    ssize_t n = recv(c->fd, block, sizeof block, 0);
    if (n > 0) {
        sedge_buf_put(&c->input, block, (size_t)n);
        return !c->input.failed;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void on_sending(connection *c, unsigned events) {
    if (events & SEDGE_LOOP_WRITE)
        go_on(c);
    else if (events & SEDGE_LOOP_HANGUP)
        drop(c);
}

static void on_lingering(connection *c) {
    if (receive(c))
        sedge_buf_clear(&c->input);
    else
        drop(c);
}

/* A peer that goes while its request is under way gets no answer; one that sends further requests waits. */
static void on_answering(connection *c, unsigned events) {
    bool room = c->input.n < INPUT_WAITING_MAX;
    if (room ? !receive(c) : (events & SEDGE_LOOP_HANGUP) != 0)
        drop(c);
    else if (c->input.n >= INPUT_WAITING_MAX && !watch(c, false))
        drop(c);
}

static void on_reading(connection *c) {
    if (receive(c) && restart_timer(c))
        proceed(c);
    else
        drop(c);
}

static void on_connection(void *ctx, int fd, unsigned events) {
    (void)fd;
    connection *c = (connection *)ctx;
    switch (c->phase) {
    case READING:
        on_reading(c);
        return;
    case ANSWERING:
        on_answering(c, events);
        return;
    case SENDING:
        on_sending(c, events);
        return;
    case LINGERING:
        on_lingering(c);
        return;
    }
}

static void add_connection(sedge_http_server *s, int fd, unsigned where) {
    int one = 1;
    connection *c = (connection *)calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    if (where == SEDGE_HTTP_ON_TCP)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->server = s;
    c->fd = fd;
    c->where = where;
    sedge_http_parser_init(&c->parser, SEDGE_HTTP_REQUEST, &s->options.limits);
    c->input = sedge_buf_init(INPUT_WAITING_MAX + READ_BLOCK);
    c->body = sedge_buf_init((size_t)s->options.limits.body_bytes);
    c->output = sedge_buf_init(ANSWER_MAX);
    c->next = s->connections;
    s->connections = c;
    s->connections_n++;
    if (!restart_timer(c) || !watch(c, false))
        drop(c);
}

static void on_listener(void *ctx, int fd, unsigned events) {
    (void)events;
    listener *l = (listener *)ctx;
    sedge_http_server *s = l->server;
    while (has_room(s, l->where)) {
        int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (c < 0)
            break;
        add_connection(s, c, l->where);
    }
    update_accepting(s);
}

sedge_status sedge_http_server_new(sedge_loop *loop, const sedge_http_server_options *options, sedge_http_server **ret,
                                   sedge_error *err) {
    sedge_http_server *s = (sedge_http_server *)calloc(1, sizeof *s);
    if (!s)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an HTTP server");
    s->loop = loop;
    s->options = *options;
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        s->listeners[i] = (listener){ .server = s, .fd = -1 };
    *ret = s;
    return SEDGE_OK;
}

static void stop_accepting(sedge_http_server *server) {
    server->stopped = true;
    update_accepting(server);
    for (size_t i = 0; i < LISTENERS_MAX; i++)
        if (server->listeners[i].fd >= 0) {
            close(server->listeners[i].fd);
            server->listeners[i].fd = -1;
        }
}

void sedge_http_server_free(sedge_http_server *server) {
    if (!server)
        return;
    stop_accepting(server);
    while (server->connections)
        drop(server->connections);
    while (server->exchanges)
        release(server->exchanges);
    free(server);
}

/* Takes over a listening socket (of SEDGE_HTTP_ON_TCP or _UNIX); closed with the server. */
static sedge_status adopt(sedge_http_server *server, int listen_fd, unsigned where, sedge_error *err) {
    for (size_t i = 0; i < LISTENERS_MAX; i++) {
        listener *l = &server->listeners[i];
        if (l->fd >= 0)
            continue;
        sedge_status st = sedge_fd_set_nonblocking(listen_fd, true, err);
        if (!st && has_room(server, where)) {
            st = sedge_loop_watch(server->loop, listen_fd, SEDGE_LOOP_READ, on_listener, l, err);
            l->watched = !st;
        }
        if (st)
            return st;
        l->fd = listen_fd;
        l->where = where;
        return SEDGE_OK;
    }
    return sedge_fail(err, SEDGE_ELIMIT, "more than %d listening sockets, the limit", LISTENERS_MAX);
}

static sedge_status adopt_or_close(sedge_http_server *server, int fd, unsigned where, sedge_error *err) {
    sedge_status st = adopt(server, fd, where, err);
    if (st)
        close(fd);
    return st;
}

sedge_status sedge_http_server_listen_unix(sedge_http_server *server, const char *path, sedge_error *err) {
    int fd;
    sedge_status st = sedge_unix_listen(path, BACKLOG, &fd, err);
    return st ? st : adopt_or_close(server, fd, SEDGE_HTTP_ON_UNIX, err);
}

typedef union any_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} any_address;

static socklen_t make_address(const char *host, int port, any_address *ret) {
    *ret = (any_address){ .any.sa_family = AF_UNSPEC };
    const char *v4 = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    if (inet_pton(AF_INET, v4, &ret->v4.sin_addr) == 1) {
        ret->v4.sin_family = AF_INET;
        ret->v4.sin_port = htons((uint16_t)port);
        return sizeof ret->v4;
    }
    if (inet_pton(AF_INET6, host, &ret->v6.sin6_addr) != 1)
        return 0;
    ret->v6.sin6_family = AF_INET6;
    ret->v6.sin6_port = htons((uint16_t)port);
    return sizeof ret->v6;
}

sedge_status sedge_http_server_listen_tcp(sedge_http_server *server, const char *address, int *ret_port,
                                          sedge_error *err) {
    char host[SEDGE_URL_HOST_MAX];
    int port;
    sedge_status st = sedge_address_parse(address, host, &port, err);
    if (st)
        return st;
    any_address a;
    socklen_t n = make_address(host, port, &a);
    if (!n || !sedge_host_is_loopback(host))
        return sedge_fail(err, SEDGE_EUSAGE,
                          "'%s' is no loopback address: without TLS only this machine may ask; use 127.0.0.1:PORT",
                          address);
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 || bind(fd, &a.any, n) < 0 ||
        listen(fd, BACKLOG) < 0 || getsockname(fd, &a.any, &n) < 0) {
        st = sedge_fail_errno(err, errno, "cannot listen at %s", address);
        if (fd >= 0)
            close(fd);
        return st;
    }
    if (ret_port)
        *ret_port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    return adopt_or_close(server, fd, SEDGE_HTTP_ON_TCP, err);
}

sedge_bytes sedge_http_exchange_body(const sedge_http_exchange *x) {
    return x->connection ? sedge_buf_bytes(&x->connection->body) : sedge_bytes_of(NULL, 0);
}

const char *sedge_http_exchange_part(const sedge_http_exchange *x, size_t i) {
    return i < x->match.parts_n ? x->match.parts[i] : "";
}

/* Takes an answered exchange off its connection and goes on there. What the answer is made of may lie in the exchange
 * (parts of the path) or the connection (the request's body), so this comes last. */
static void finish(sedge_http_exchange *x) {
    connection *c = x->connection;
    release(x);
    if (!c)
        return;
    c->exchange = NULL;
    c->phase = SENDING;
    go_on(c);
}

void sedge_http_exchange_answer_with(sedge_http_exchange *x, int status, const char *content_type, sedge_bytes body,
                                     const sedge_http_field *fields, size_t fields_n) {
    if (x->connection)
        put_answer(x->connection, status, content_type, body, fields, fields_n);
    finish(x);
}

void sedge_http_exchange_answer(sedge_http_exchange *x, int status, const char *content_type, sedge_bytes body) {
    sedge_http_exchange_answer_with(x, status, content_type, body, NULL, 0);
}

void sedge_http_exchange_fail(sedge_http_exchange *x, sedge_status status, const char *sentence) {
    if (x->connection)
        put_problem(x->connection, sedge_status_http(status), sedge_status_name(status), sentence, NULL, 0);
    finish(x);
}
