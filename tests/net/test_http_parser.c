/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_parser.h"

#include <stdlib.h>
#include <string.h>

#include "../include/sedge_test.h"

/* What came out of parsing: the same however the input is cut. */
typedef struct outcome {
    sedge_status status;
    sedge_error err;
    bool head, done;
    char body[256];
    size_t body_n, left_over;
} outcome;

static const sedge_http_limits limits = { .head_bytes = 300, .headers = 5, .body_bytes = 40 };

/* Feeds the text in pieces of step bytes, each on a heap copy of exact size, so that reading too far is seen. */
static outcome parse(sedge_http_kind kind, const char *text, size_t n, size_t step, bool no_body) {
    outcome o = { 0 };
    sedge_http_parser p;
    sedge_http_parser_init(&p, kind, &limits);
    if (no_body)
        sedge_http_parser_expect_no_body(&p);
    for (size_t at = 0; at < n && !o.status && !o.done;) {
        size_t take = step < n - at ? step : n - at;
        uint8_t *copy = malloc(take);
        memcpy(copy, text + at, take);
        sedge_bytes in = sedge_bytes_of(copy, take);
        for (sedge_http_event e = SEDGE_HTTP_HEAD; !o.status && e != SEDGE_HTTP_MORE && !o.done;) {
            sedge_bytes body;
            o.status = sedge_http_parser_next(&p, &in, &e, &body, &o.err);
            o.head = o.head || (!o.status && e == SEDGE_HTTP_HEAD);
            o.done = !o.status && e == SEDGE_HTTP_DONE;
            if (!o.status && e == SEDGE_HTTP_BODY) {
                memcpy(o.body + o.body_n, body.p, body.n);
                o.body_n += body.n;
            }
        }
        at += take - in.n;
        o.left_over = n - at;
        free(copy);
    }
    if (!o.status && !o.done)
        o.status = sedge_http_parser_end(&p, &o.err);
    sedge_http_parser_done(&p);
    return o;
}

#define GET     "GET /a HTTP/1.1\r\n"
#define HOST    "Host: h\r\n"
#define OK      "HTTP/1.1 200 OK\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct row {
    const char *name;
    sedge_http_kind kind;
    const char *text;
    sedge_status status;
    const char *words; /* of the sentence, or the body */
    bool no_body;
} rows[] = {
    { "get", SEDGE_HTTP_REQUEST, GET HOST "\r\n", SEDGE_OK, "" },
    { "1.0 needs no host", SEDGE_HTTP_REQUEST, "GET / HTTP/1.0\r\n\r\n", SEDGE_OK, "" },
    { "body", SEDGE_HTTP_REQUEST, "PUT /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", SEDGE_OK, "abc" },
    { "chunked", SEDGE_HTTP_REQUEST,
      "POST /a HTTP/1.1\r\n" HOST CHUNKED "\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n", SEDGE_OK, "abc0123456789" },
    { "answer", SEDGE_HTTP_ANSWER, OK "Content-Length: 2\r\n\r\nhi", SEDGE_OK, "hi" },
    { "no reason", SEDGE_HTTP_ANSWER, "HTTP/1.1 204\r\n\r\n", SEDGE_OK, "" },
    { "until close", SEDGE_HTTP_ANSWER, OK "\r\nhello", SEDGE_OK, "hello" },
    { "interim", SEDGE_HTTP_ANSWER, "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", SEDGE_OK, "x" },
    { "head answer", SEDGE_HTTP_ANSWER, OK "Content-Length: 20\r\n\r\n", SEDGE_OK, "", true },
    { "304 with length", SEDGE_HTTP_ANSWER, "HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n", SEDGE_OK, "" },
    { "bare LF", SEDGE_HTTP_REQUEST, "GET / HTTP/1.1\nHost: h\n\n", SEDGE_EINVALID, "CR LF" },
    { "bare CR", SEDGE_HTTP_REQUEST, GET "Host: a\rb\r\n\r\n", SEDGE_EINVALID, "CR LF" },
    { "nul", SEDGE_HTTP_REQUEST, GET "Host: \1\r\n\r\n", SEDGE_EINVALID, "control characters" },
    { "empty line", SEDGE_HTTP_REQUEST, "\r\n" GET HOST "\r\n", SEDGE_EINVALID, "empty line" },
    { "no host", SEDGE_HTTP_REQUEST, GET "\r\n", SEDGE_EINVALID, "Host" },
    { "two hosts", SEDGE_HTTP_REQUEST, GET HOST HOST "\r\n", SEDGE_EINVALID, "Host" },
    { "length and chunked", SEDGE_HTTP_REQUEST, GET HOST "Content-Length: 3\r\n" CHUNKED "\r\n", SEDGE_EINVALID,
      "both Content-Length" },
    { "two lengths", SEDGE_HTTP_REQUEST, GET HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", SEDGE_EINVALID,
      "more than one Content-Length" },
    { "length list", SEDGE_HTTP_REQUEST, GET HOST "Content-Length: 3, 3\r\n\r\nabc", SEDGE_EINVALID, "no number" },
    { "signed length", SEDGE_HTTP_REQUEST, GET HOST "Content-Length: +3\r\n\r\nabc", SEDGE_EINVALID, "no number" },
    { "empty length", SEDGE_HTTP_REQUEST, GET HOST "Content-Length:\r\n\r\n", SEDGE_EINVALID, "no number" },
    { "huge length", SEDGE_HTTP_REQUEST, GET HOST "Content-Length: 99999999999999999999\r\n\r\n", SEDGE_ELIMIT,
      "18 digits" },
    { "length limit", SEDGE_HTTP_REQUEST, GET HOST "Content-Length: 41\r\n\r\n", SEDGE_ELIMIT, "the limit is 40" },
    { "other coding", SEDGE_HTTP_REQUEST, GET HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", SEDGE_EINVALID,
      "other than chunked" },
    { "coding twice", SEDGE_HTTP_REQUEST, GET HOST CHUNKED CHUNKED "\r\n", SEDGE_EINVALID, "other than chunked" },
    { "coding in 1.0", SEDGE_HTTP_REQUEST, "GET / HTTP/1.0\r\n" CHUNKED "\r\n", SEDGE_EINVALID, "other than chunked" },
    { "folded", SEDGE_HTTP_REQUEST, GET HOST "X: a\r\n b\r\n\r\n", SEDGE_EINVALID, "folded" },
    { "blank before colon", SEDGE_HTTP_REQUEST, GET HOST "X : a\r\n\r\n", SEDGE_EINVALID, "no token" },
    { "no colon", SEDGE_HTTP_REQUEST, GET HOST "X\r\n\r\n", SEDGE_EINVALID, "colon" },
    { "too many headers", SEDGE_HTTP_REQUEST, GET HOST "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n\r\n", SEDGE_ELIMIT,
      "more than 5 HTTP headers" },
    { "target", SEDGE_HTTP_REQUEST, "GET http://h/ HTTP/1.1\r\n" HOST "\r\n", SEDGE_EINVALID, "no path" },
    { "blanks", SEDGE_HTTP_REQUEST, "GET  / HTTP/1.1\r\n" HOST "\r\n", SEDGE_EINVALID, "no path" },
    { "version", SEDGE_HTTP_REQUEST, "GET / HTTP/2.0\r\n" HOST "\r\n", SEDGE_EINVALID, "version" },
    { "0.9", SEDGE_HTTP_REQUEST, "GET /\r\n\r\n", SEDGE_EINVALID, "no path" },
    { "expect", SEDGE_HTTP_REQUEST, GET HOST "Expect: magic\r\n\r\n", SEDGE_EINVALID, "Expect" },
    { "chunk extension", SEDGE_HTTP_ANSWER, OK CHUNKED "\r\n1;a=b\r\nx\r\n0\r\n\r\n", SEDGE_EINVALID, "extension" },
    { "chunk trailer", SEDGE_HTTP_ANSWER, OK CHUNKED "\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n", SEDGE_EINVALID, "trailer" },
    { "chunk size", SEDGE_HTTP_ANSWER, OK CHUNKED "\r\nx\r\n", SEDGE_EINVALID, "no number" },
    { "chunk size long", SEDGE_HTTP_ANSWER, OK CHUNKED "\r\n0000000000000001\r\n", SEDGE_ELIMIT, "15 digits" },
    { "chunk end", SEDGE_HTTP_ANSWER, OK CHUNKED "\r\n1\r\nxy\r\n", SEDGE_EINVALID, "end in CR LF" },
    { "chunk limit", SEDGE_HTTP_ANSWER, OK CHUNKED "\r\n29\r\n", SEDGE_ELIMIT, "more than 40 bytes" },
    { "status", SEDGE_HTTP_ANSWER, "HTTP/1.1 20 OK\r\n\r\n", SEDGE_EINVALID, "three digits" },
    { "not http", SEDGE_HTTP_ANSWER, "SSH-2.0-x\r\n\r\n", SEDGE_EINVALID, "is this an HTTP server?" },
};

static void check(const struct row *row, const outcome *o) {
    if (o->status != row->status)
        print_message("%s: %s\n", row->name, o->err.text);
    assert_int_equal(o->status, row->status);
    if (o->status) {
        if (!strstr(o->err.text, row->words))
            print_message("%s: %s\n", row->name, o->err.text);
        assert_non_null(strstr(o->err.text, row->words));
        return;
    }
    assert_int_equal(o->body_n, strlen(row->words));
    assert_memory_equal(o->body, row->words, o->body_n);
}

static void in_pieces_of_any_size(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        size_t n = strlen(rows[i].text);
        for (size_t step = 1; step <= n; step++) {
            outcome o = parse(rows[i].kind, rows[i].text, n, step, rows[i].no_body);
            check(&rows[i], &o);
        }
    }
}

static void cut_at_every_length(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        for (size_t n = 1; n < strlen(rows[i].text); n++) {
            outcome o = parse(rows[i].kind, rows[i].text, n, n, rows[i].no_body);
            bool until_close = o.head && o.status == SEDGE_OK && !o.done;
            assert_true(o.status || until_close);
            if (o.status && !rows[i].status)
                assert_int_equal(o.status, SEDGE_ETRUNCATED);
        }
}

static void head_limit_and_left_over(void **state) {
    (void)state;
    char text[400];
    memset(text, 'a', sizeof text);
    memcpy(text, "GET /", 5);
    outcome o = parse(SEDGE_HTTP_REQUEST, text, sizeof text, 7, false);
    assert_int_equal(o.status, SEDGE_ELIMIT);
    assert_string_equal(o.err.text, "more than 300 bytes of HTTP head, the limit");
    static const char two[] = GET HOST "\r\n" GET HOST "\r\n";
    o = parse(SEDGE_HTTP_REQUEST, two, sizeof two - 1, sizeof two - 1, false);
    assert_int_equal(o.status, SEDGE_OK);
    assert_int_equal(o.left_over, (sizeof two - 1) / 2);
    static const char nul[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
    o = parse(SEDGE_HTTP_REQUEST, nul, sizeof nul - 1, 100, false);
    assert_int_equal(o.status, SEDGE_EINVALID);
}

static void keep_alive(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool keep;
    } cases[] = {
        { GET HOST "\r\n", true },
        { GET HOST "Connection: close\r\n\r\n", false },
        { GET HOST "Connection: foo , Close\r\n\r\n", false },
        { GET HOST "Connection: closer\r\n\r\n", true },
        { "GET / HTTP/1.0\r\n\r\n", false },
        { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
    };
    for (size_t i = 0; i < SEDGE_COUNT(cases); i++) {
        sedge_http_parser p;
        sedge_http_parser_init(&p, SEDGE_HTTP_REQUEST, &limits);
        sedge_bytes in = sedge_bytes_text(cases[i].text);
        sedge_http_event e;
        sedge_bytes body;
        assert_int_equal(sedge_http_parser_next(&p, &in, &e, &body, NULL), SEDGE_OK);
        assert_int_equal(e, SEDGE_HTTP_HEAD);
        assert_int_equal(p.head.keep_alive, cases[i].keep);
        sedge_http_parser_done(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_pieces_of_any_size),
        cmocka_unit_test(cut_at_every_length),
        cmocka_unit_test(head_limit_and_left_over),
        cmocka_unit_test(keep_alive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
