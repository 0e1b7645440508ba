/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates made by crypto, a server on OpenSSL that asks for ours: who is let in, and what is said otherwise. */
#include "net/tls.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "base/format.h"
#include "crypto/openssl.h"
#include "net/http_client.h"

#include "../include/sedge_test.h"

#define DAY (24LL * 3600 * 1000)

static const int64_t now_ms = 1795405118123; /* November 2026 */

typedef struct identity {
    sedge_key *key;
    sedge_cert *cert;
} identity;

static identity ca, other_ca, server_id, device, stranger;
static sedge_buf ca_pem, other_pem;

static void make_ca(identity *id, sedge_buf *pem) {
    *pem = sedge_buf_init(1 << 16);
    assert_int_equal(sedge_key_generate(SEDGE_KEY_P256, &id->key, NULL), SEDGE_OK);
    assert_int_equal(sedge_cert_make_ca(id->key, "test CA", now_ms, 3650, &id->cert, NULL), SEDGE_OK);
    assert_int_equal(sedge_cert_pem(id->cert, pem, NULL), SEDGE_OK);
}

static void make_device(identity *id, const identity *issuer) {
    SEDGE_AUTO_BUF pem = sedge_buf_init(1 << 16);
    sedge_auto(sedge_csr) csr = NULL;
    assert_int_equal(sedge_key_generate(SEDGE_KEY_P256, &id->key, NULL), SEDGE_OK);
    assert_int_equal(sedge_csr_make(id->key, "d1", &pem, NULL), SEDGE_OK);
    assert_int_equal(sedge_csr_from_pem(sedge_buf_bytes(&pem), &csr, NULL), SEDGE_OK);
    assert_int_equal(sedge_cert_issue_device(issuer->cert, issuer->key, csr, "d1", now_ms, 30, &id->cert, NULL),
                     SEDGE_OK);
}

static int make_identities(void **state) {
    (void)state;
    static const char *const names[] = { "localhost", "127.0.0.1" };
    signal(SIGPIPE, SIG_IGN);
    make_ca(&ca, &ca_pem);
    make_ca(&other_ca, &other_pem);
    assert_int_equal(sedge_key_generate(SEDGE_KEY_P256, &server_id.key, NULL), SEDGE_OK);
    assert_int_equal(
        sedge_cert_issue_server(ca.cert, ca.key, server_id.key, names, 2, now_ms, 90, &server_id.cert, NULL), SEDGE_OK);
    make_device(&device, &ca);
    make_device(&stranger, &other_ca);
    return 0;
}

static int free_identities(void **state) {
    (void)state;
    identity *all[] = { &ca, &other_ca, &server_id, &device, &stranger };
    for (size_t i = 0; i < SEDGE_COUNT(all); i++) {
        sedge_key_free(all[i]->key);
        sedge_cert_free(all[i]->cert);
    }
    sedge_buf_done(&ca_pem);
    sedge_buf_done(&other_pem);
    return 0;
}

typedef struct server {
    int fd;
    int port;
    int connections;
    const char *address;
    bool ask_for_cert;
    bool speak_tls;
    pthread_t thread;
} server;

static void answer(SSL_CTX *ctx, int c) {
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    SSL *ssl = SSL_new(ctx);
    char block[4096];
    SSL_set_fd(ssl, c);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, block, sizeof block) > 0) {
        SSL_write(ssl, text, sizeof text - 1);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
}

static SSL_CTX *server_context(const server *s) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(ctx), (time_t)(now_ms / 1000));
    SSL_CTX_use_certificate(ctx, sedge_cert_openssl(server_id.cert));
    SSL_CTX_use_PrivateKey(ctx, sedge_key_openssl(server_id.key));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), sedge_cert_openssl(ca.cert));
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"t", 1);
    if (s->ask_for_cert)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return ctx;
}

static void *serve(void *arg) {
    server *s = arg;
    SSL_CTX *ctx = server_context(s);
    for (int i = 0; i < s->connections; i++) {
        int c = accept(s->fd, NULL, NULL);
        if (s->speak_tls)
            answer(ctx, c);
        else
            assert_true(send(c, "HTTP/1.1 400 No\r\n\r\n", 19, MSG_NOSIGNAL) > 0);
        shutdown(c, SHUT_WR);
        char block[256];
        while (read(c, block, sizeof block) > 0) {
        }
        close(c);
    }
    SSL_CTX_free(ctx);
    return NULL;
}

static void start(server *s) {
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = inet_addr(s->address) };
    socklen_t n = sizeof a;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_return_code(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_return_code(listen(s->fd, 4), 0);
    assert_return_code(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(server *s) {
    pthread_join(s->thread, NULL);
    close(s->fd);
}

static const struct row {
    const char *name;
    const char *host;
    const sedge_buf *ca;
    const identity *us;
    int64_t days;
    bool plain_server;
    sedge_status status;
    const char *words;
} rows[] = {
    { "address", "127.0.0.1", &ca_pem, &device, 0, false, SEDGE_OK, "" },
    { "name", "localhost", &ca_pem, &device, 0, false, SEDGE_OK, "" },
    { "wrong CA", "127.0.0.1", &other_pem, &device, 0, false, SEDGE_EREFUSED,
      "not signed by the CA that we were given" },
    { "wrong address", "127.0.0.2", &ca_pem, &device, 0, false, SEDGE_EREFUSED, "another name or address" },
    { "expired", "127.0.0.1", &ca_pem, &device, 91, false, SEDGE_EREFUSED, "it has expired" },
    { "not yet", "127.0.0.1", &ca_pem, &device, -3, false, SEDGE_EREFUSED, "not valid yet" },
    { "no certificate", "127.0.0.1", &ca_pem, NULL, 0, false, SEDGE_EREFUSED, "the hub refuses our certificate" },
    { "strange certificate", "127.0.0.1", &ca_pem, &stranger, 0, false, SEDGE_EREFUSED,
      "the hub refuses our certificate" },
    { "no TLS", "127.0.0.1", &ca_pem, &device, 0, true, SEDGE_ENETWORK, "does not speak TLS; is it http:// instead?" },
};

static sedge_tls *tls_for(const struct row *row, sedge_clock_manual *clock) {
    *clock = sedge_clock_manual_at(now_ms + row->days * DAY);
    clock->clock.monotonic_ns = sedge_clock_os()->monotonic_ns;
    sedge_tls_options o = {
        .ca_pem = sedge_buf_bytes(row->ca),
        .cert = row->us ? row->us->cert : NULL,
        .key = row->us ? row->us->key : NULL,
        .clock = &clock->clock,
    };
    sedge_tls *tls;
    assert_int_equal(sedge_tls_new(&o, &tls, NULL), SEDGE_OK);
    return tls;
}

static sedge_http_client *client_for(sedge_tls *tls, const char *host, int port, sedge_net_counters *counters) {
    char url[64];
    sedge_format(url, sizeof url, "https://%s:%d", host, port);
    sedge_http_client_options o = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
    o.url = url;
    o.tls = tls;
    o.peer = "the hub";
    o.counters = counters;
    sedge_http_client *c;
    assert_int_equal(sedge_http_client_new(&o, &c, NULL), SEDGE_OK);
    return c;
}

static void who_is_let_in(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        const char *address = strcmp(rows[i].host, "localhost") == 0 ? "127.0.0.1" : rows[i].host;
        server s = { .connections = 1, .address = address, .ask_for_cert = true, .speak_tls = !rows[i].plain_server };
        start(&s);
        sedge_clock_manual clock;
        sedge_auto(sedge_tls) tls = tls_for(&rows[i], &clock);
        sedge_auto(sedge_http_client) c = client_for(tls, rows[i].host, s.port, NULL);
        SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_http_request r = { .method = "GET", .path = "/" };
        sedge_status st = sedge_http_client_send(c, &r, &a, &err);
        if (st != rows[i].status || !strstr(err.text, rows[i].words))
            print_message("%s: %s\n", rows[i].name, err.text);
        assert_int_equal(st, rows[i].status);
        assert_non_null(strstr(err.text, rows[i].words));
        sedge_http_client_close(c);
        stop(&s);
    }
}

static void resumes_and_counts(void **state) {
    (void)state;
    server s = { .connections = 3, .address = "127.0.0.1", .speak_tls = true };
    start(&s);
    sedge_clock_manual clock;
    sedge_net_counters counters = { 0 };
    sedge_auto(sedge_tls) tls = tls_for(&rows[0], &clock);
    sedge_auto(sedge_http_client) c = client_for(tls, "127.0.0.1", s.port, &counters);
    SEDGE_AUTO_HTTP_ANSWER a = SEDGE_HTTP_ANSWER_INIT;
    sedge_http_request r = { .method = "GET", .path = "/" };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sedge_http_client_send(c, &r, &a, NULL), SEDGE_OK);
        assert_string_equal(sedge_buf_cstr(&a.body), "hi");
    }
    stop(&s);
    assert_int_equal(counters.connections, 3);
    assert_int_equal(counters.resumed, 2);
    assert_int_equal(counters.received,
                     3 * strlen("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"));
    assert_true(counters.sent > 0);
}

static void wrong_options(void **state) {
    (void)state;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_tls *tls;
    sedge_tls_options o = { .ca_file = "/no/such/ca.pem" };
    assert_int_equal(sedge_tls_new(&o, &tls, &err), SEDGE_ENOTFOUND);
    o = (sedge_tls_options){ .ca_pem = sedge_bytes_text("no certificate") };
    assert_int_equal(sedge_tls_new(&o, &tls, &err), SEDGE_EINVALID);
    assert_string_equal(err.text, "the CA text holds no certificate in PEM form");
    o = (sedge_tls_options){ .ca_pem = sedge_buf_bytes(&ca_pem), .cert = device.cert, .key = stranger.key };
    assert_int_equal(sedge_tls_new(&o, &tls, &err), SEDGE_EINVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(who_is_let_in), cmocka_unit_test(resumes_and_counts),
                                        cmocka_unit_test(wrong_options) };
    return cmocka_run_group_tests(tests, make_identities, free_identities);
}
