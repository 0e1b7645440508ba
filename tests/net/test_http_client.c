/* SPDX-License-Identifier: Apache-2.0 */
/* The client against a peer that follows a script: what it sends is checked, what it gets is dealt out. */
#include "net/http_client.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"
#include "os/file.h"

#include "../include/sedge_test.h"

typedef struct turn {
    const char *wait_for; /* text that ends what is read before answering */
    const char *answer;
    bool close;
} turn;

typedef struct peer {
    int fd;
    const turn *turns;
    size_t n;
    char seen[8192];
    size_t seen_n;
    int connections;
    pthread_t thread;
    char url[64];
} peer;

static void read_until(peer *p, int c, const char *text) {
    size_t from = p->seen_n;
    while (!strstr(p->seen + from, text)) {
        ssize_t n = read(c, p->seen + p->seen_n, sizeof p->seen - 1 - p->seen_n);
        if (n <= 0)
            return;
        p->seen_n += (size_t)n;
        p->seen[p->seen_n] = '\0';
    }
}

static void *serve(void *arg) {
    peer *p = arg;
    int c = -1;
    for (size_t i = 0; i < p->n; i++) {
        if (c < 0) {
            c = accept(p->fd, NULL, NULL);
            p->connections++;
        }
        if (p->turns[i].wait_for)
            read_until(p, c, p->turns[i].wait_for);
        if (p->turns[i].answer)
            assert_true(send(c, p->turns[i].answer, strlen(p->turns[i].answer), MSG_NOSIGNAL) >= 0);
        if (p->turns[i].close) {
            close(c);
            c = -1;
        }
    }
    if (c >= 0)
        close(c);
    return NULL;
}

static void start(peer *p, const turn *turns, size_t n) {
    *p = (peer){ .fd = socket(AF_INET, SOCK_STREAM, 0), .turns = turns, .n = n };
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof a;
    assert_return_code(bind(p->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_return_code(listen(p->fd, 8), 0);
    assert_return_code(getsockname(p->fd, (struct sockaddr *)&a, &size), 0);
    sedge_format(p->url, sizeof p->url, "http://127.0.0.1:%d", ntohs(a.sin_port));
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void stop(peer *p) {
    pthread_join(p->thread, NULL);
    close(p->fd);
}

static sedge_http_client *client_for(const char *url) {
    sedge_http_client_options o = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
    o.url = url;
    o.peer = "the hub";
    o.bearer = "t0ken";
    o.idle_timeout_ms = 500;
    sedge_http_client *c;
    assert_int_equal(sedge_http_client_new(&o, &c, NULL), SEDGE_OK);
    return c;
}

static const sedge_http_request get = { .method = "GET", .path = "/x" };

static void keeps_the_connection(void **state) {
    (void)state;
    static const turn turns[] = {
        { "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"7\"\r\n\r\nhi", false },
        { "{}", "HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", false },
    };
    peer p;
    start(&p, turns, 2);
    sedge_auto(sedge_http_client) c = client_for(p.url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    assert_int_equal(sedge_http_client_send(c, &get, &a, NULL), SEDGE_OK);
    assert_int_equal(a.status, 200);
    assert_string_equal(sedge_buf_cstr(&a.body), "hi");
    assert_string_equal(sedge_http_answer_get(&a, "etag"), "\"7\"");
    assert_null(sedge_http_answer_get(&a, "x"));
    sedge_http_field f = { "If-None-Match", "\"7\"" };
    sedge_http_request post = { .method = "POST",
                                .path = "/y?z=1",
                                .fields = &f,
                                .fields_n = 1,
                                .content_type = "application/json",
                                .body = sedge_bytes_text("{}") };
    assert_int_equal(sedge_http_client_send(c, &post, &a, NULL), SEDGE_OK);
    assert_int_equal(a.status, 422);
    assert_string_equal(sedge_buf_cstr(&a.body), "x");
    stop(&p);
    assert_int_equal(p.connections, 1);
    char want[512];
    sedge_format(want, sizeof want,
                 "GET /x HTTP/1.1\r\nHost: %s\r\nUser-Agent: sedge/%s\r\nAuthorization: Bearer t0ken\r\n\r\n"
                 "POST /y?z=1 HTTP/1.1\r\nHost: %s\r\nUser-Agent: sedge/%s\r\nAuthorization: Bearer t0ken\r\n"
                 "Content-Type: application/json\r\nContent-Length: 2\r\nIf-None-Match: \"7\"\r\n\r\n{}",
                 p.url + 7, SEDGE_VERSION, p.url + 7, SEDGE_VERSION);
    assert_string_equal(p.seen, want);
}

static void replaces_a_closed_connection(void **state) {
    (void)state;
    static const turn turns[] = {
        { "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true },
        { "\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nuntil close", true },
    };
    peer p;
    start(&p, turns, 2);
    sedge_auto(sedge_http_client) c = client_for(p.url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    assert_int_equal(sedge_http_client_send(c, &get, &a, NULL), SEDGE_OK);
    assert_int_equal(sedge_http_client_send(c, &get, &a, NULL), SEDGE_OK);
    assert_string_equal(sedge_buf_cstr(&a.body), "until close");
    stop(&p);
    assert_int_equal(p.connections, 2);
}

static void failures(void **state) {
    (void)state;
    static const struct {
        turn turn;
        sedge_status status;
        const char *words;
    } rows[] = {
        { { "\r\n\r\n", NULL, true }, SEDGE_ENETWORK, "the peer closed the connection without an answer" },
        { { "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", true },
          SEDGE_ENETWORK,
          "/x: the HTTP message ends in the middle" },
        { { "\r\n\r\n", "220 smtp ready\r\n\r\n", true }, SEDGE_EINVALID, "is this an HTTP server?" },
        { { "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", true },
          SEDGE_ELIMIT,
          "the limit is 8388608" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        peer p;
        start(&p, &rows[i].turn, 1);
        sedge_auto(sedge_http_client) c = client_for(p.url);
        SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_http_client_send(c, &get, &a, &err), rows[i].status);
        assert_non_null(strstr(err.text, rows[i].words));
        assert_int_equal(strncmp(err.text, p.url, strlen(p.url)), 0);
        stop(&p);
    }
}

static void nobody_there(void **state) {
    (void)state;
    peer p;
    start(&p, NULL, 0);
    stop(&p);
    sedge_auto(sedge_http_client) c = client_for(p.url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_http_client_send(c, &get, &a, &err), SEDGE_ENETWORK);
    char want[200];
    sedge_format(want, sizeof want, "cannot connect to %s: connection refused; is the hub running?", p.url);
    assert_string_equal(err.text, want);
    sedge_auto(sedge_http_client) u = client_for("unix:/no/such.sock");
    assert_int_equal(sedge_http_client_send(u, &get, &a, &err), SEDGE_ENOTFOUND);
    assert_string_equal(err.text, "cannot connect to unix:/no/such.sock: no such socket; is the hub running?");
}

static void silence_times_out(void **state) {
    (void)state;
    static const turn turns[] = { { "never", NULL, true } };
    peer p;
    start(&p, turns, 1);
    sedge_auto(sedge_http_client) c = client_for(p.url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_http_request r = get;
    r.idle_timeout_ms = 50;
    assert_int_equal(sedge_http_client_send(c, &r, &a, &err), SEDGE_ETIMEOUT);
    assert_non_null(strstr(err.text, "no answer in time"));
    stop(&p);
}

static void refuses_line_breaks(void **state) {
    (void)state;
    sedge_auto(sedge_http_client) c = client_for("http://127.0.0.1:1");
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    sedge_http_request r = { .method = "GET", .path = "/x HTTP/1.1\r\nA: b" };
    assert_int_equal(sedge_http_client_send(c, &r, &a, NULL), SEDGE_EINVALID);
}

static void download_goes_on(void **state) {
    (void)state;
    static const turn turns[] = {
        { "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123", true },
        { "\r\n\r\n", "HTTP/1.1 206 Part\r\nContent-Range: bytes 4-9/10\r\nContent-Length: 6\r\n\r\n456789", false },
        { "\r\n\r\n", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", true },
    };
    peer p;
    start(&p, turns, 3);
    char dir[] = "/tmp/sedge-net-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char file[SEDGE_PATH_MAX];
    assert_int_equal(sedge_path_format(file, NULL, "%s/f", dir), SEDGE_OK);
    sedge_auto(sedge_http_client) c = client_for(p.url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    bool complete = false;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_http_client_download(c, NULL, "/f", file, 10, 100, &a, &complete, &err), SEDGE_ENETWORK);
    assert_int_equal(sedge_http_client_download(c, NULL, "/f", file, 10, 100, &a, &complete, &err), SEDGE_OK);
    assert_true(complete);
    assert_non_null(strstr(p.seen, "Range: bytes=4-\r\n"));
    uint8_t *data;
    size_t n;
    assert_int_equal(sedge_file_read(NULL, file, 100, &data, &n, NULL), SEDGE_OK);
    assert_string_equal((char *)data, "0123456789");
    free(data);
    unlink(file);
    assert_int_equal(sedge_http_client_download(c, NULL, "/f", file, 10, 100, &a, &complete, &err), SEDGE_OK);
    assert_false(complete);
    assert_int_equal(a.status, 404);
    stop(&p);
    assert_int_equal(sedge_dir_remove_tree(NULL, dir, NULL), SEDGE_OK);
}

static void an_early_answer_counts(void **state) {
    (void)state;
    static const turn turns[] = { { "\r\n\r\n", "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", false },
                                  { "end of body", NULL, true } };
    peer p;
    start(&p, turns, 2);
    sedge_auto(sedge_http_client) c = client_for(p.url);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    size_t n = 32 << 20;
    SEDGE_AUTO_MEM uint8_t *body = calloc(1, n);
    sedge_http_request r = { .method = "PUT", .path = "/x", .body = sedge_bytes_of(body, n) };
    assert_int_equal(sedge_http_client_send(c, &r, &a, NULL), SEDGE_OK);
    assert_int_equal(a.status, 413);
    assert_string_equal(sedge_buf_cstr(&a.body), "big");
    stop(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_connection),
        cmocka_unit_test(replaces_a_closed_connection),
        cmocka_unit_test(failures),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(silence_times_out),
        cmocka_unit_test(refuses_line_breaks),
        cmocka_unit_test(download_goes_on),
        cmocka_unit_test(an_early_answer_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
