/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "os/errno.h"
#include "os/file.h"

enum {
    REQUEST_HEAD_MAX = 64 * 1024,
    JOIN_MAX = 64 * 1024, /* a body up to here travels in one write with the head */
    BLOCK = 64 * 1024,
    ANSWER_MEMORY_MAX = 8 << 20,
};

struct sedge_http_client {
    sedge_url url;
    char *text; /* the address as given */
    char *proxy;
    char *peer;
    char *bearer;
    sedge_tls *tls;
    const sedge_clock *clock;
    sedge_net_counters *counters;
    int64_t connect_timeout_ms, idle_timeout_ms, total_timeout_ms;
    sedge_connection *connection; /* NULL: none is open */
};

static bool copy_text(char **ret, const char *text) {
    *ret = text ? strdup(text) : NULL;
    return !text || *ret;
}

sedge_status sedge_http_client_new(const sedge_http_client_options *o, sedge_http_client **ret, sedge_error *err) {
    sedge_auto(sedge_http_client) c = (sedge_http_client *)calloc(1, sizeof *c);
    if (!c)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an HTTP client");
    sedge_status st = sedge_url_parse(o->url, &c->url, err);
    if (st)
        return st;
    if (c->url.scheme == SEDGE_URL_HTTPS && !o->tls)
        return sedge_fail(err, SEDGE_EUSAGE, "%s needs TLS settings; give the CA file", o->url);
    if (o->bearer && !sedge_http_is_value(o->bearer))
        return sedge_fail(err, SEDGE_EINVALID, "the token holds characters that HTTP cannot carry");
    if (!copy_text(&c->text, o->url) || !copy_text(&c->proxy, o->proxy) || !copy_text(&c->peer, o->peer) ||
        !copy_text(&c->bearer, o->bearer))
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an HTTP client");
    size_t n = strlen(c->text);
    while (n && c->text[n - 1] == '/')
        c->text[--n] = '\0';
    c->tls = o->tls;
    c->clock = o->clock ? o->clock : sedge_clock_os();
    c->counters = o->counters;
    c->connect_timeout_ms = o->connect_timeout_ms;
    c->idle_timeout_ms = o->idle_timeout_ms;
    c->total_timeout_ms = o->total_timeout_ms;
    *ret = SEDGE_STEAL(c);
    return SEDGE_OK;
}

void sedge_http_client_close(sedge_http_client *client) {
    sedge_connection_free(client->connection);
    client->connection = NULL;
}

void sedge_http_client_free(sedge_http_client *client) {
    if (!client)
        return;
    sedge_http_client_close(client);
    if (client->bearer)
        explicit_bzero(client->bearer, strlen(client->bearer));
    free(client->bearer);
    free(client->text);
    free(client->proxy);
    free(client->peer);
    free(client);
}

const char *sedge_http_client_url(const sedge_http_client *client) {
    return client->text;
}

void sedge_http_answer_done(sedge_http_answer *answer) {
    sedge_buf_done(&answer->body);
    sedge_buf_done(&answer->fields);
    *answer = SEDGE_HTTP_ANSWER_INIT;
}

/* Headers are kept as name NUL value NUL ... */
const char *sedge_http_answer_get(const sedge_http_answer *answer, const char *name) {
    const char *at = (const char *)answer->fields.data;
    const char *end = at + answer->fields.n;
    while (at && at < end) {
        const char *value = at + strlen(at) + 1;
        if (strcasecmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

/* A request under way. */
typedef struct transfer {
    sedge_http_client *client;
    const sedge_http_request *request;
    sedge_http_answer *answer;
    sedge_error *err;
    int64_t total_deadline_ms; /* -1: none */
    int64_t idle_ms;
    int fd; /* of body_file, or -1 */
    int64_t body_bytes;
    bool begun;   /* something of an answer has come */
    bool unsent;  /* the answer came before all was sent: the connection cannot be used again */
    bool to_sink; /* the body goes to the sink */
} transfer;

static int64_t deadline(const transfer *t) {
    int64_t idle = sedge_monotonic_ms(t->client->clock) + t->idle_ms;
    return t->total_deadline_ms >= 0 && t->total_deadline_ms < idle ? t->total_deadline_ms : idle;
}

static sedge_status ensure_connection(transfer *t, bool *ret_reused) {
    sedge_http_client *c = t->client;
    if (c->connection && sedge_connection_has_input(c->connection))
        sedge_http_client_close(c); /* closed by the peer, or out of step */
    *ret_reused = c->connection;
    if (c->connection)
        return SEDGE_OK;
    sedge_connection_options o = {
        .url = &c->url,
        .tls = c->tls,
        .proxy = c->proxy,
        .peer = c->peer,
        .clock = c->clock,
        .counters = c->counters,
        .timeout_ms = c->connect_timeout_ms,
    };
    return sedge_connection_open(&o, &c->connection, t->err);
}

static sedge_status open_body(transfer *t) {
    t->body_bytes = (int64_t)t->request->body.n;
    if (!t->request->body_file)
        return SEDGE_OK;
    sedge_status st = sedge_file_size(NULL, t->request->body_file, &t->body_bytes, t->err);
    if (st)
        return st;
    t->fd = sedge_fs_os()->open(sedge_fs_os(), t->request->body_file, O_RDONLY, 0);
    return t->fd < 0 ? sedge_fail_errno(t->err, t->fd, "cannot read '%s'", t->request->body_file) : SEDGE_OK;
}

static bool is_among(const char *method, const char *const *methods) {
    for (; *methods; methods++)
        if (strcmp(*methods, method) == 0)
            return true;
    return false;
}

static void put_host(const sedge_url *url, sedge_buf *out) {
    bool v6 = strchr(url->host, ':');
    int usual = url->scheme == SEDGE_URL_HTTPS ? 443 : 80;
    sedge_buf_printf(out, "Host: %s%s%s", v6 ? "[" : "", url->host, v6 ? "]" : "");
    if (url->scheme != SEDGE_URL_UNIX && url->port != usual)
        sedge_buf_printf(out, ":%d", url->port);
    sedge_buf_text(out, "\r\n");
}

static sedge_status put_head(const transfer *t, sedge_buf *out) {
    static const char *const with_body[] = { "POST", "PUT", "PATCH", NULL };
    const sedge_http_request *r = t->request;
    const sedge_url *url = &t->client->url;
    sedge_buf_printf(out, "%s %s%s HTTP/1.1\r\n", r->method, url->scheme == SEDGE_URL_UNIX ? "" : url->path, r->path);
    put_host(url, out);
    sedge_buf_text(out, "User-Agent: sedge/" SEDGE_VERSION "\r\n");
    if (t->client->bearer)
        sedge_buf_printf(out, "Authorization: Bearer %s\r\n", t->client->bearer);
    if (r->content_type)
        sedge_buf_printf(out, "Content-Type: %s\r\n", r->content_type);
    if (t->body_bytes || is_among(r->method, with_body))
        sedge_buf_printf(out, "Content-Length: %lld\r\n", (long long)t->body_bytes);
    for (size_t i = 0; i < r->fields_n; i++) {
        if (!sedge_http_is_token(r->fields[i].name) || !sedge_http_is_value(r->fields[i].value))
            return sedge_fail(t->err, SEDGE_EINVALID, "the header '%.60s' holds characters that HTTP cannot carry",
                              r->fields[i].name);
        sedge_buf_printf(out, "%s: %s\r\n", r->fields[i].name, r->fields[i].value);
    }
    sedge_buf_text(out, "\r\n");
    return out->failed ? sedge_fail(t->err, SEDGE_ELIMIT, "the request's headers exceed %d bytes", REQUEST_HEAD_MAX)
                       : SEDGE_OK;
}

static bool is_path(const char *path) {
    if (*path != '/')
        return false;
    for (; *path; path++)
        if ((unsigned char)*path <= 0x20 || (unsigned char)*path >= 0x7f || *path == '#')
            return false;
    return true;
}

static sedge_status write_part(transfer *t, sedge_bytes data) {
    return sedge_connection_write(t->client->connection, data, deadline(t), t->err);
}

static sedge_status write_file(transfer *t) {
    SEDGE_AUTO_MEM uint8_t *block = malloc(BLOCK);
    if (!block)
        return sedge_fail(t->err, SEDGE_ENOMEM, "no memory to send '%s'", t->request->body_file);
    for (int64_t left = t->body_bytes; left;) {
        if (sedge_connection_has_input(t->client->connection)) {
            t->unsent = true;
            return SEDGE_OK;
        }
        size_t want = left < BLOCK ? (size_t)left : BLOCK;
        int64_t n = sedge_fs_os()->read(sedge_fs_os(), t->fd, block, want);
        if (n < 0)
            return sedge_fail_errno(t->err, (int)n, "cannot read '%s'", t->request->body_file);
        if (n == 0)
            return sedge_fail(t->err, SEDGE_EIO, "'%s' has become shorter while it was sent", t->request->body_file);
        sedge_status st = write_part(t, sedge_bytes_of(block, (size_t)n));
        if (st)
            return st;
        left -= n;
    }
    return SEDGE_OK;
}

static sedge_status write_memory(transfer *t) {
    for (sedge_bytes rest = t->request->body; rest.n;) {
        if (sedge_connection_has_input(t->client->connection)) {
            t->unsent = true;
            return SEDGE_OK;
        }
        size_t n = rest.n < BLOCK ? rest.n : BLOCK;
        sedge_status st = write_part(t, sedge_bytes_of(rest.p, n));
        if (st)
            return st;
        rest = (sedge_bytes){ rest.p + n, rest.n - n };
    }
    return SEDGE_OK;
}

static sedge_status write_request(transfer *t) {
    SEDGE_AUTO_BUF head = sedge_buf_init(REQUEST_HEAD_MAX + JOIN_MAX);
    sedge_status st = put_head(t, &head);
    bool joined = !t->request->body_file && t->request->body.n <= JOIN_MAX;
    if (!st && joined) {
        sedge_buf_put(&head, t->request->body.p, t->request->body.n);
        if (head.failed)
            st = sedge_fail(t->err, SEDGE_ENOMEM, "no memory for a request");
    }
    if (!st)
        st = write_part(t, sedge_buf_bytes(&head));
    if (head.data) /* it may hold the token */
        explicit_bzero(head.data, head.n);
    if (st || joined)
        return st;
    return t->request->body_file ? write_file(t) : write_memory(t);
}

static sedge_status take_head(transfer *t, const sedge_http_head *head) {
    sedge_http_answer *a = t->answer;
    a->status = head->status;
    for (size_t i = 0; i < head->fields_n; i++) {
        sedge_buf_put(&a->fields, head->fields[i].name, strlen(head->fields[i].name) + 1);
        sedge_buf_put(&a->fields, head->fields[i].value, strlen(head->fields[i].value) + 1);
    }
    if (a->fields.failed)
        return sedge_fail(t->err, SEDGE_ENOMEM, "no memory for an answer");
    t->to_sink = t->request->sink && head->status >= 200 && head->status <= 299;
    return t->request->on_head ? t->request->on_head(t->request->ctx, head, t->err) : SEDGE_OK;
}

static sedge_status take_body(transfer *t, sedge_bytes part) {
    if (t->to_sink)
        return t->request->sink(t->request->ctx, part, t->err);
    sedge_buf *body = &t->answer->body;
    if (part.n > body->max - body->n)
        return sedge_fail(t->err, SEDGE_ELIMIT, "%s%s: an answer of more than %zu bytes, the limit", t->client->text,
                          t->request->path, body->max);
    sedge_buf_put(body, part.p, part.n);
    return body->failed ? sedge_fail(t->err, SEDGE_ENOMEM, "no memory for an answer") : SEDGE_OK;
}

/* Feeds one piece of input; *ret_done tells that the answer is whole. */
static sedge_status feed(transfer *t, sedge_http_parser *p, sedge_bytes *in, bool *ret_done) {
    *ret_done = false;
    for (;;) {
        sedge_http_event event;
        sedge_bytes body;
        sedge_status st = sedge_http_parser_next(p, in, &event, &body, t->err);
        if (st)
            return sedge_wrap(t->err, st, "%s%s", t->client->text, t->request->path);
        if (event == SEDGE_HTTP_MORE)
            return SEDGE_OK;
        if (event == SEDGE_HTTP_DONE) {
            *ret_done = true;
            return SEDGE_OK;
        }
        st = event == SEDGE_HTTP_HEAD ? take_head(t, &p->head) : take_body(t, body);
        if (st)
            return st;
    }
}

static sedge_status read_until_done(transfer *t, sedge_http_parser *p, uint8_t *block, bool *ret_keep) {
    for (;;) {
        size_t n = 0;
        sedge_status st = sedge_connection_read(t->client->connection, block, BLOCK, deadline(t), &n, t->err);
        if (st)
            return st;
        if (!n) {
            if (!t->begun)
                return sedge_fail(t->err, SEDGE_ENETWORK, "%s: the peer closed the connection without an answer",
                                  t->client->text);
            st = sedge_http_parser_end(p, t->err);
            return st ? sedge_wrap(t->err, SEDGE_ENETWORK, "%s%s", t->client->text, t->request->path) : SEDGE_OK;
        }
        t->begun = true;
        sedge_bytes in = sedge_bytes_of(block, n);
        bool done;
        st = feed(t, p, &in, &done);
        if (st)
            return st;
        if (done) {
            *ret_keep = p->head.keep_alive && !t->unsent && !in.n;
            return SEDGE_OK;
        }
    }
}

static sedge_status read_answer(transfer *t, bool *ret_keep) {
    int64_t limit = t->request->answer_limit_bytes;
    if (!limit)
        limit = t->request->sink ? INT64_MAX : ANSWER_MEMORY_MAX;
    sedge_http_limits limits = SEDGE_HTTP_LIMITS;
    limits.body_bytes = limit;
    SEDGE_AUTO_MEM uint8_t *block = malloc(BLOCK);
    if (!block)
        return sedge_fail(t->err, SEDGE_ENOMEM, "no memory for an answer");
    sedge_http_parser p;
    sedge_http_parser_init(&p, SEDGE_HTTP_ANSWER, &limits);
    if (strcmp(t->request->method, "HEAD") == 0)
        sedge_http_parser_expect_no_body(&p);
    sedge_status st = read_until_done(t, &p, block, ret_keep);
    sedge_http_parser_done(&p);
    return st;
}

static void clear_answer(transfer *t) {
    int64_t limit = t->request->answer_limit_bytes;
    sedge_http_answer_done(t->answer);
    t->answer->body = sedge_buf_init(limit > 0 && !t->request->sink ? (size_t)limit : ANSWER_MEMORY_MAX);
    t->answer->fields = sedge_buf_init(4 * SEDGE_HTTP_LIMITS.head_bytes);
}

/* A peer that turns a request down may answer and close before it has read all of it: then the answer counts, not that
 * writing failed. */
static sedge_status exchange(transfer *t, bool *ret_keep) {
    sedge_error why = SEDGE_ERROR_INIT;
    sedge_error *err = t->err;
    t->err = &why;
    sedge_status sent = write_request(t);
    t->err = err;
    if (sent && sent != SEDGE_ENETWORK)
        return sedge_fail(err, sent, "%s", why.text);
    t->unsent = t->unsent || sent;
    sedge_status st = read_answer(t, ret_keep);
    if (st && sent && !t->begun)
        return sedge_fail(err, sent, "%s", why.text);
    return st;
}

static sedge_status try_once(transfer *t, bool *ret_reused) {
    t->begun = t->unsent = t->to_sink = false;
    clear_answer(t);
    t->fd = -1;
    sedge_status st = open_body(t);
    bool keep = false;
    if (!st)
        st = ensure_connection(t, ret_reused);
    if (!st)
        st = exchange(t, &keep);
    if (t->fd >= 0)
        sedge_fs_os()->close(sedge_fs_os(), t->fd);
    if (st || !keep)
        sedge_http_client_close(t->client);
    return st;
}

sedge_status sedge_http_client_send(sedge_http_client *client, const sedge_http_request *request,
                                    sedge_http_answer *answer, sedge_error *err) {
    static const char *const idempotent[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", NULL };
    if (!sedge_http_is_token(request->method) || !is_path(request->path) ||
        (request->content_type && !sedge_http_is_value(request->content_type)))
        return sedge_fail(err, SEDGE_EINVALID, "'%.20s %.200s' is no HTTP request", request->method, request->path);
    int64_t total_ms = request->total_timeout_ms ? request->total_timeout_ms : client->total_timeout_ms;
    transfer t = {
        .client = client,
        .request = request,
        .answer = answer,
        .err = err,
        .total_deadline_ms = total_ms > 0 ? sedge_monotonic_ms(client->clock) + total_ms : -1,
        .idle_ms = request->idle_timeout_ms ? request->idle_timeout_ms : client->idle_timeout_ms,
    };
    bool reused = false;
    sedge_status st = try_once(&t, &reused);
    bool repeatable = request->idempotent || is_among(request->method, idempotent);
    if (st == SEDGE_ENETWORK && reused && !t.begun && repeatable)
        st = try_once(&t, &reused);
    return st;
}
