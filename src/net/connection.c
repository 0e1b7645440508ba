/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/format.h"
#include "net/http_parser.h"
#include "net/tls_private.h"
#include "os/errno.h"
#include "os/unix_socket.h"

enum { PLACE_MAX = 1200, PROXY_HEAD_MAX = 8192 };

struct sedge_connection {
    int fd;
    SSL *ssl; /* NULL: plain */
    const sedge_clock *clock;
    sedge_net_counters *counters;
    char place[PLACE_MAX]; /* "https://127.0.0.1:5000" */
    const char *peer;
    bool broken; /* no goodbye */
};

static void set_place(char *out, size_t size, const sedge_url *url) {
    static const char *const schemes[] = { "http", "https" };
    bool v6 = strchr(url->host, ':');
    if (url->scheme == SEDGE_URL_UNIX)
        sedge_format(out, size, "unix:%s", url->path);
    else
        sedge_format(out, size, "%s://%s%s%s:%d", schemes[url->scheme], v6 ? "[" : "", url->host, v6 ? "]" : "",
                     url->port);
}

/* Puts "cannot connect to <place>" before and "is the hub running?" behind the sentence of errno. */
static sedge_status cannot_connect(const sedge_connection *c, int error, sedge_error *err) {
    sedge_status status = sedge_errno_status(error);
    if (status == SEDGE_EIO)
        status = SEDGE_ENETWORK;
    bool absent = error == ECONNREFUSED || error == ENOENT;
    if (absent && c->peer)
        return sedge_fail(err, status, "cannot connect to %s: %s; is %s running?", c->place,
                          error == ENOENT ? "no such socket" : sedge_errno_text(error), c->peer);
    return sedge_fail(err, status, "cannot connect to %s: %s", c->place, sedge_errno_text(error));
}

/* Waits until fd is ready for events; false when the deadline has passed. */
static bool wait_ready(const sedge_connection *c, short events, int64_t deadline_ms) {
    for (;;) {
        int64_t left = deadline_ms < 0 ? 1000000 : deadline_ms - sedge_monotonic_ms(c->clock);
        struct pollfd p = { .fd = c->fd, .events = events };
        int n = poll(&p, 1, left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left);
        if (n > 0)
            return true;
        if (n == 0 && deadline_ms >= 0 && left <= 1000000)
            return false;
    }
}

static sedge_status timed_out(const sedge_connection *c, const char *what, sedge_error *err) {
    return sedge_fail(err, SEDGE_ETIMEOUT, "%s: %s in time", c->place, what);
}

/* Connects to one address; returns 0 or an errno, ETIMEDOUT at the deadline. */
static int connect_one(sedge_connection *c, const struct sockaddr *address, socklen_t n, int64_t deadline_ms) {
    c->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->fd < 0)
        return errno;
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int error = connect(c->fd, address, n) < 0 ? errno : 0;
    if (error == EINPROGRESS) {
        socklen_t size = sizeof error;
        if (!wait_ready(c, POLLOUT, deadline_ms))
            error = ETIMEDOUT;
        else if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
            error = errno;
    }
    if (error) {
        close(c->fd);
        c->fd = -1;
    }
    return error;
}

static sedge_status connect_tcp(sedge_connection *c, const sedge_url *url, int64_t deadline_ms, sedge_error *err) {
    char port[8];
    sedge_format(port, sizeof port, "%d", url->port);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *all;
    int e = getaddrinfo(url->host, port, &hints, &all);
    if (e)
        return sedge_fail(err, e == EAI_NONAME ? SEDGE_ENOTFOUND : SEDGE_ENETWORK, "cannot connect to %s: %s", c->place,
                          e == EAI_NONAME ? "nobody knows this name; check the address" : gai_strerror(e));
    int error = ENETUNREACH;
    for (const struct addrinfo *a = all; a && error; a = a->ai_next)
        error = connect_one(c, a->ai_addr, a->ai_addrlen, deadline_ms);
    freeaddrinfo(all);
    return error ? cannot_connect(c, error, err) : SEDGE_OK;
}

static sedge_status connect_unix(sedge_connection *c, const sedge_url *url, sedge_error *err) {
    sedge_error why = SEDGE_ERROR_INIT;
    sedge_status st = sedge_unix_connect(url->path, &c->fd, &why);
    if (!st)
        return sedge_fd_set_nonblocking(c->fd, true, err);
    if (st == SEDGE_ENOTFOUND || st == SEDGE_ENETWORK)
        return cannot_connect(c, st == SEDGE_ENOTFOUND ? ENOENT : ECONNREFUSED, err);
    return sedge_fail(err, st, "%s", why.text);
}

static sedge_status handshake(sedge_connection *c, sedge_tls *tls, const char *host, int64_t deadline_ms,
                              sedge_error *err) {
    sedge_status st = tls_start(tls, host, c->fd, &c->ssl, err);
    while (!st) {
        ERR_clear_error();
        errno = 0;
        int n = SSL_do_handshake(c->ssl);
        if (n == 1)
            break;
        int saved_errno = errno;
        int why = SSL_get_error(c->ssl, n);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            c->broken = true;
            return tls_fail(c->ssl, why, saved_errno, c->place, c->peer, err);
        }
        if (!wait_ready(c, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms))
            st = timed_out(c, "the TLS handshake did not end", err);
    }
    if (!st && c->counters)
        c->counters->resumed += SSL_session_reused(c->ssl) ? 1 : 0;
    return st;
}

/* Reads the proxy's answer byte by byte, so that nothing behind its head is taken. */
static sedge_status read_proxy_answer(sedge_connection *c, int64_t deadline_ms, sedge_error *err) {
    sedge_http_limits limits = { .head_bytes = PROXY_HEAD_MAX, .headers = SEDGE_HTTP_HEADERS_MAX };
    sedge_http_parser p;
    sedge_http_parser_init(&p, SEDGE_HTTP_ANSWER, &limits);
    sedge_http_parser_expect_no_body(&p);
    sedge_http_event event = SEDGE_HTTP_MORE;
    sedge_status st = SEDGE_OK;
    while (!st && event != SEDGE_HTTP_HEAD) {
        uint8_t byte;
        size_t n = 0;
        st = sedge_connection_read(c, &byte, 1, deadline_ms, &n, err);
        if (!st && !n)
            st = sedge_fail(err, SEDGE_ENETWORK, "the proxy closed the connection");
        sedge_bytes in = sedge_bytes_of(&byte, n);
        sedge_bytes body;
        if (!st)
            st = sedge_http_parser_next(&p, &in, &event, &body, err);
    }
    if (!st && (p.head.status < 200 || p.head.status > 299))
        st = sedge_fail(err, SEDGE_ENETWORK, "the proxy answers %d %s", p.head.status, p.head.reason);
    sedge_http_parser_done(&p);
    return st;
}

static sedge_status connect_through(sedge_connection *c, const sedge_connection_options *o, int64_t deadline_ms,
                                    sedge_error *err) {
    sedge_url proxy;
    sedge_status st = sedge_url_parse(o->proxy, &proxy, err);
    if (!st && proxy.scheme != SEDGE_URL_HTTP)
        st = sedge_fail(err, SEDGE_EINVALID, "the proxy '%s' must be http://host:port", o->proxy);
    if (!st)
        st = connect_tcp(c, &proxy, deadline_ms, err);
    char text[2 * SEDGE_URL_HOST_MAX + 128];
    bool v6 = strchr(o->url->host, ':');
    const char *open = v6 ? "[" : "";
    const char *shut = v6 ? "]" : "";
    size_t n = sedge_format(text, sizeof text, "CONNECT %s%s%s:%d HTTP/1.1\r\nHost: %s%s%s:%d\r\n\r\n", open,
                            o->url->host, shut, o->url->port, open, o->url->host, shut, o->url->port);
    sedge_net_counters *counters = c->counters;
    c->counters = NULL; /* what the proxy hears is no payload */
    if (!st)
        st = sedge_connection_write(c, sedge_bytes_of(text, n), deadline_ms, err);
    if (!st)
        st = read_proxy_answer(c, deadline_ms, err);
    c->counters = counters;
    return st ? sedge_wrap(err, st, "through the proxy %s", o->proxy) : SEDGE_OK;
}

static sedge_status establish(sedge_connection *c, const sedge_connection_options *o, sedge_error *err) {
    int64_t deadline_ms = sedge_monotonic_ms(c->clock) + o->timeout_ms;
    if (o->url->scheme == SEDGE_URL_UNIX)
        return connect_unix(c, o->url, err);
    sedge_status st = o->proxy && o->url->scheme == SEDGE_URL_HTTPS ? connect_through(c, o, deadline_ms, err)
                                                                    : connect_tcp(c, o->url, deadline_ms, err);
    if (!st && o->url->scheme == SEDGE_URL_HTTPS)
        st = handshake(c, o->tls, o->url->host, deadline_ms, err);
    return st;
}

sedge_status sedge_connection_open(const sedge_connection_options *options, sedge_connection **ret, sedge_error *err) {
    sedge_auto(sedge_connection) c = (sedge_connection *)calloc(1, sizeof *c);
    if (!c)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a connection");
    c->fd = -1;
    c->clock = options->clock ? options->clock : sedge_clock_os();
    c->counters = options->counters;
    c->peer = options->peer;
    set_place(c->place, sizeof c->place, options->url);
    sedge_status st = establish(c, options, err);
    if (st)
        return st;
    if (c->counters)
        c->counters->connections++;
    *ret = SEDGE_STEAL(c);
    return SEDGE_OK;
}

void sedge_connection_free(sedge_connection *c) {
    if (!c)
        return;
    if (c->ssl) {
        if (!c->broken)
            SSL_shutdown(c->ssl);
        ERR_clear_error();
        SSL_free(c->ssl);
    }
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}

/* What a failed SSL_read or SSL_write wants: the events to wait for, or 0 for the end or a failure in *ret_st. */
static short ssl_wants(sedge_connection *c, int n, int saved_errno, sedge_status *ret_st, sedge_error *err) {
    int why = SSL_get_error(c->ssl, n);
    if (why == SSL_ERROR_WANT_READ)
        return POLLIN;
    if (why == SSL_ERROR_WANT_WRITE)
        return POLLOUT;
    if (why == SSL_ERROR_ZERO_RETURN)
        return 0;
    c->broken = true;
    *ret_st = tls_fail(c->ssl, why, saved_errno, c->place, c->peer, err);
    return 0;
}

sedge_status sedge_connection_read(sedge_connection *c, void *p, size_t size, int64_t deadline_ms, size_t *ret_n,
                                   sedge_error *err) {
    int limit = size > 1 << 30 ? 1 << 30 : (int)size;
    for (;;) {
        short wants = POLLIN;
        sedge_status st = SEDGE_OK;
        ERR_clear_error();
        errno = 0;
        ssize_t n = c->ssl ? SSL_read(c->ssl, p, limit) : recv(c->fd, p, (size_t)limit, 0);
        int saved_errno = errno;
        if (n > 0 && c->counters)
            c->counters->received += (uint64_t)n;
        if (n > 0 || (n == 0 && !c->ssl)) {
            *ret_n = (size_t)n;
            return SEDGE_OK;
        }
        if (c->ssl)
            wants = ssl_wants(c, (int)n, saved_errno, &st, err);
        else if (saved_errno != EAGAIN && saved_errno != EINTR)
            return sedge_fail_errno(err, saved_errno, "%s", c->place);
        if (!wants) {
            *ret_n = 0;
            return st;
        }
        if (!wait_ready(c, wants, deadline_ms))
            return timed_out(c, "no answer", err);
    }
}

sedge_status sedge_connection_write(sedge_connection *c, sedge_bytes data, int64_t deadline_ms, sedge_error *err) {
    while (data.n) {
        short wants = POLLOUT;
        sedge_status st = SEDGE_OK;
        int limit = data.n > 1 << 30 ? 1 << 30 : (int)data.n;
        ERR_clear_error();
        errno = 0;
        ssize_t n = c->ssl ? SSL_write(c->ssl, data.p, limit) : send(c->fd, data.p, (size_t)limit, MSG_NOSIGNAL);
        int saved_errno = errno;
        if (n > 0) {
            if (c->counters)
                c->counters->sent += (uint64_t)n;
            data = (sedge_bytes){ data.p + n, data.n - (size_t)n };
            continue;
        }
        if (c->ssl)
            wants = ssl_wants(c, (int)n, saved_errno, &st, err);
        else if (saved_errno != EAGAIN && saved_errno != EINTR)
            return sedge_fail_errno(err, saved_errno, "%s", c->place);
        if (!wants)
            return st ? st : sedge_fail(err, SEDGE_ENETWORK, "%s: the peer closed the connection", c->place);
        if (!wait_ready(c, wants, deadline_ms))
            return timed_out(c, "the peer did not take our data", err);
    }
    return SEDGE_OK;
}

bool sedge_connection_has_input(sedge_connection *c) {
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    if (!c->ssl)
        return poll(&p, 1, 0) > 0;
    if (SSL_pending(c->ssl) > 0)
        return true;
    if (poll(&p, 1, 0) <= 0)
        return false;
    uint8_t byte;
    ERR_clear_error();
    int n = SSL_peek(c->ssl, &byte, 1); /* also takes session tickets in, which are nothing to read */
    return n > 0 || SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_READ;
}
