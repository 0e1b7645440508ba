/* SPDX-License-Identifier: Apache-2.0 */
/** The first byte chooses request or answer and how the rest is cut; cutting must not change what is understood. */
#include <stdlib.h>
#include <string.h>

#include "net/http_parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct summary {
    sedge_status status;
    int heads, messages;
    uint64_t head_sum, body_sum;
    size_t body_n;
} summary;

static uint64_t add_text(uint64_t sum, const char *text) {
    for (; text && *text; text++)
        sum = sum * 31 + (uint8_t)*text;
    return sum * 31 + 7;
}

static void add_head(summary *s, const sedge_http_head *h) {
    s->heads++;
    s->head_sum = add_text(add_text(add_text(s->head_sum, h->method), h->target), h->reason);
    for (size_t i = 0; i < h->fields_n; i++) {
        if (!sedge_http_is_token(h->fields[i].name) || !sedge_http_is_value(h->fields[i].value))
            abort();
        s->head_sum = add_text(add_text(s->head_sum, h->fields[i].name), h->fields[i].value);
    }
    s->head_sum = s->head_sum * 31 + (uint64_t)h->status + h->framing + (uint64_t)h->keep_alive;
}

static void feed(sedge_http_parser *p, sedge_bytes in, summary *s) {
    sedge_http_event e = SEDGE_HTTP_HEAD;
    while (!s->status && (in.n || e != SEDGE_HTTP_MORE)) {
        sedge_bytes body = { NULL, 0 };
        s->status = sedge_http_parser_next(p, &in, &e, &body, NULL);
        if (s->status)
            return;
        if (e == SEDGE_HTTP_HEAD)
            add_head(s, &p->head);
        for (size_t i = 0; i < body.n; i++)
            s->body_sum = s->body_sum * 31 + body.p[i];
        s->body_n += body.n;
        if (e == SEDGE_HTTP_DONE) {
            s->messages++;
            sedge_http_parser_reset(p);
            e = SEDGE_HTTP_MORE;
        }
    }
}

static summary parse(sedge_http_kind kind, sedge_bytes in, size_t step) {
    static const sedge_http_limits limits = { .head_bytes = 512, .headers = 16, .body_bytes = 256 };
    sedge_http_parser p;
    summary s = { SEDGE_OK };
    sedge_http_parser_init(&p, kind, &limits);
    while (in.n && !s.status) {
        size_t n = step < in.n ? step : in.n;
        feed(&p, sedge_bytes_of(in.p, n), &s);
        in = (sedge_bytes){ in.p + n, in.n - n };
    }
    if (!s.status)
        s.status = sedge_http_parser_end(&p, NULL);
    sedge_http_parser_done(&p);
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    sedge_http_kind kind = data[0] & 1 ? SEDGE_HTTP_ANSWER : SEDGE_HTTP_REQUEST;
    sedge_bytes in = sedge_bytes_of(data + 1, size - 1);
    summary whole = parse(kind, in, size);
    summary cut = parse(kind, in, (size_t)(data[0] >> 1) % 64 + 1);
    if (whole.status != cut.status || whole.heads != cut.heads || whole.messages != cut.messages ||
        whole.head_sum != cut.head_sum)
        abort();
    if (!whole.status && (whole.body_n != cut.body_n || whole.body_sum != cut.body_sum))
        abort();
    return 0;
}
