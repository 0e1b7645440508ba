/* SPDX-License-Identifier: Apache-2.0 */
/* Server and client together, the server in a thread of its own. */
#include "net/http_server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"
#include "net/http_client.h"
#include "net/http_route.h"
#include "os/file.h"
#include "os/unix_socket.h"

#include "../include/sedge_test.h"

typedef struct fixture {
    sedge_loop *loop;
    sedge_http_server *server;
    pthread_t thread;
    char dir[32];
    char socket[64];
    char unix_url[80];
    char tcp_url[64];
    sedge_http_exchange *later;
} fixture;

static void hello(void *ctx, sedge_http_exchange *x) {
    (void)ctx;
    sedge_http_exchange_answer(x, 200, "text/plain", sedge_bytes_text("hello"));
}

static void echo(void *ctx, sedge_http_exchange *x) {
    (void)ctx;
    char text[256];
    sedge_bytes body = sedge_http_exchange_body(x);
    size_t n =
        sedge_format(text, sizeof text, "%s %.*s", sedge_http_exchange_part(x, 0), (int)body.n, (const char *)body.p);
    sedge_http_field field = { "X-Part", sedge_http_exchange_part(x, 0) };
    sedge_http_exchange_answer_with(x, 200, "text/plain", sedge_bytes_of(text, n), &field, 1);
}

static void answer_later(void *ctx) {
    fixture *f = ctx;
    sedge_http_exchange_answer(f->later, 202, NULL, sedge_bytes_text("late"));
}

static void slow(void *ctx, sedge_http_exchange *x) {
    fixture *f = ctx;
    f->later = x;
    assert_int_equal(sedge_loop_after(f->loop, 20, answer_later, f, NULL, NULL), SEDGE_OK);
}

static void big(void *ctx, sedge_http_exchange *x) {
    (void)ctx;
    size_t n = 8 << 20;
    uint8_t *body = calloc(1, n);
    sedge_http_exchange_answer(x, 200, "application/octet-stream", sedge_bytes_of(body, n));
    free(body);
}

static const sedge_http_route routes[] = {
    { "GET", "/hello", hello, 0 }, { "POST", "/m/{name}/infer", echo, 0 },          { "GET", "/m/{name}", echo, 0 },
    { "GET", "/slow", slow, 0 },   { "POST", "/admin", hello, SEDGE_HTTP_ON_UNIX }, { "GET", "/big", big, 0 },
};

static void *run(void *arg) {
    fixture *f = arg;
    assert_int_equal(sedge_loop_run(f->loop, NULL), SEDGE_OK);
    return NULL;
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    memcpy(f->dir, "/tmp/sedge-http-XXXXXX", sizeof "/tmp/sedge-http-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    sedge_format(f->socket, sizeof f->socket, "%s/s", f->dir);
    sedge_format(f->unix_url, sizeof f->unix_url, "unix:%s", f->socket);
    assert_int_equal(sedge_loop_new(NULL, &f->loop, NULL), SEDGE_OK);
    sedge_http_server_options o = SEDGE_HTTP_SERVER_OPTIONS_INIT;
    o.routes = routes;
    o.routes_n = SEDGE_COUNT(routes);
    o.ctx = f;
    o.limits.body_bytes = 1000;
    o.connections_max = 4;
    assert_int_equal(sedge_http_server_new(f->loop, &o, &f->server, NULL), SEDGE_OK);
    int port;
    assert_int_equal(sedge_http_server_listen_tcp(f->server, "127.0.0.1:0", &port, NULL), SEDGE_OK);
    assert_int_equal(sedge_http_server_listen_unix(f->server, f->socket, NULL), SEDGE_OK);
    sedge_format(f->tcp_url, sizeof f->tcp_url, "http://127.0.0.1:%d", port);
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    sedge_loop_stop(f->loop);
    pthread_join(f->thread, NULL);
    sedge_http_server_free(f->server);
    sedge_loop_free(f->loop);
    assert_int_equal(sedge_dir_remove_tree(NULL, f->dir, NULL), SEDGE_OK);
    free(f);
    return 0;
}

static const struct row {
    const char *method, *path, *body;
    int status;
    const char *words;
    bool on_unix;
} rows[] = {
    { "GET", "/hello", NULL, 200, "hello" },
    { "GET", "/hello?x=1", NULL, 200, "hello" },
    { "HEAD", "/hello", NULL, 200, "" },
    { "POST", "/m/pump/infer?q=a%20b+c", "rows", 200, "pump rows" },
    { "POST", "/m/a%2eb/infer", "", 200, "a.b " },
    { "GET", "/slow", NULL, 202, "late" },
    { "GET", "/none", NULL, 404, "nothing is at /none" },
    { "GET", "/m/", NULL, 404, "nothing is at /m/" },
    { "GET", "/m/a%2fb", NULL, 404, "nothing is at" },
    { "GET", "/m/a%zz", NULL, 404, "nothing is at" },
    { "GET", "/hello/", NULL, 404, "nothing is at" },
    { "DELETE", "/hello", NULL, 405, "DELETE is not done here; GET is" },
    { "POST", "/admin", "", 404, "nothing is at" },
    { "POST", "/admin", "", 200, "hello", true },
};

static sedge_http_client *client_for(const char *url) {
    sedge_http_client_options o = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
    o.url = url;
    sedge_http_client *c;
    assert_int_equal(sedge_http_client_new(&o, &c, NULL), SEDGE_OK);
    return c;
}

static void serves_routes(void **state) {
    const fixture *f = *state;
    sedge_auto(sedge_http_client) tcp = client_for(f->tcp_url);
    sedge_auto(sedge_http_client) local = client_for(f->unix_url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_http_request r = { .method = rows[i].method, .path = rows[i].path };
        if (rows[i].body)
            r.body = sedge_bytes_text(rows[i].body);
        assert_int_equal(sedge_http_client_send(rows[i].on_unix ? local : tcp, &r, &a, NULL), SEDGE_OK);
        assert_int_equal(a.status, rows[i].status);
        if (a.status < 300)
            assert_string_equal(sedge_buf_cstr(&a.body), rows[i].words);
        else
            assert_non_null(strstr(sedge_buf_cstr(&a.body), rows[i].words));
        if (a.status == 405)
            assert_string_equal(sedge_http_answer_get(&a, "Allow"), "GET");
    }
    sedge_http_request r = { .method = "GET", .path = "/big" };
    assert_int_equal(sedge_http_client_send(tcp, &r, &a, NULL), SEDGE_OK);
    assert_int_equal(a.body.n, 8 << 20);
}

static void refuses_what_is_too_large(void **state) {
    const fixture *f = *state;
    sedge_auto(sedge_http_client) c = client_for(f->tcp_url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    size_t n = 4 << 20;
    SEDGE_AUTO_MEM uint8_t *body = calloc(1, n);
    sedge_http_request r = { .method = "POST", .path = "/m/x/infer", .body = sedge_bytes_of(body, n) };
    assert_int_equal(sedge_http_client_send(c, &r, &a, NULL), SEDGE_OK);
    assert_int_equal(a.status, 413);
    assert_non_null(strstr(sedge_buf_cstr(&a.body), "the limit is 1000"));
    SEDGE_AUTO_BUF value = sedge_buf_init(1 << 20);
    for (int i = 0; i < 20000; i++)
        sedge_buf_u8(&value, 'a');
    sedge_http_field field = { "X", sedge_buf_cstr(&value) };
    sedge_http_request head = { .method = "GET", .path = "/hello", .fields = &field, .fields_n = 1 };
    assert_int_equal(sedge_http_client_send(c, &head, &a, NULL), SEDGE_OK);
    assert_int_equal(a.status, 431);
}

/* Everything that comes back on a raw connection, until the peer closes. */
static void raw(const fixture *f, const char *text, size_t step, sedge_buf *out) {
    int fd;
    assert_int_equal(sedge_unix_connect(f->socket, &fd, NULL), SEDGE_OK);
    size_t n = strlen(text);
    for (size_t at = 0; at < n; at += step) {
        size_t take = step < n - at ? step : n - at;
        assert_int_equal(send(fd, text + at, take, MSG_NOSIGNAL), take);
    }
    uint8_t block[4096];
    for (ssize_t got; (got = read(fd, block, sizeof block)) > 0;)
        sedge_buf_put(out, block, (size_t)got);
    close(fd);
}

static size_t count(const char *text, const char *word) {
    size_t n = 0;
    for (; (text = strstr(text, word)); text++)
        n++;
    return n;
}

static void pipelined_and_in_pieces(void **state) {
    const fixture *f = *state;
    SEDGE_AUTO_BUF text = sedge_buf_init(1 << 20);
    for (int i = 0; i < 1500; i++)
        sedge_buf_text(&text, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    sedge_buf_text(&text,
                   "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    raw(f, sedge_buf_cstr(&text), text.n, &out);
    assert_int_equal(count(sedge_buf_cstr(&out), "HTTP/1.1 200 OK\r\n"), 1501);
    assert_int_equal(count(sedge_buf_cstr(&out), "HTTP/1.1 202 Accepted\r\n"), 1);
    sedge_buf_clear(&out);
    raw(f,
        "POST /m/x/infer HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
        "2\r\nab\r\n0\r\n\r\nGET /x\r\n\r\n",
        1, &out);
    assert_int_equal(count(sedge_buf_cstr(&out), "HTTP/1.1 100 Continue\r\n\r\n"), 1);
    assert_int_equal(count(sedge_buf_cstr(&out), "x ab"), 1);
    assert_int_equal(count(sedge_buf_cstr(&out), "HTTP/1.1 400 Bad Request\r\n"), 1);
}

static void more_peers_than_room(void **state) {
    const fixture *f = *state;
    sedge_http_client *clients[4];
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    sedge_http_request r = { .method = "GET", .path = "/hello", .idle_timeout_ms = 100 };
    for (size_t i = 0; i < 4; i++) {
        clients[i] = client_for(f->unix_url);
        assert_int_equal(sedge_http_client_send(clients[i], &r, &a, NULL), SEDGE_OK);
    }
    sedge_auto(sedge_http_client) fifth = client_for(f->unix_url);
    assert_int_equal(sedge_http_client_send(fifth, &r, &a, NULL), SEDGE_ETIMEOUT);
    for (size_t i = 0; i < 4; i++)
        sedge_http_client_free(clients[i]);
    assert_int_equal(sedge_http_client_send(fifth, &r, &a, NULL), SEDGE_OK);
}

static void only_loopback(void **state) {
    const fixture *f = *state;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_http_server_listen_tcp(f->server, "0.0.0.0:0", NULL, &err), SEDGE_EUSAGE);
    assert_non_null(strstr(err.text, "no loopback address"));
    sedge_auto(sedge_loop) loop = NULL;
    assert_int_equal(sedge_loop_new(NULL, &loop, NULL), SEDGE_OK);
    sedge_http_server_options o = SEDGE_HTTP_SERVER_OPTIONS_INIT;
    sedge_auto(sedge_http_server) other = NULL;
    assert_int_equal(sedge_http_server_new(loop, &o, &other, NULL), SEDGE_OK);
    assert_int_equal(sedge_http_server_listen_unix(other, f->socket, &err), SEDGE_ECONFLICT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(serves_routes, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(pipelined_and_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(more_peers_than_room, setup, teardown),
        cmocka_unit_test_setup_teardown(only_loopback, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
