/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_parser.h"

#include <string.h>
#include <strings.h>

#include "base/own.h"

const sedge_http_limits SEDGE_HTTP_LIMITS = { .head_bytes = 16384, .headers = 100, .body_bytes = 1 << 20 };

enum { LENGTH_DIGITS_MAX = 18, CHUNK_DIGITS_MAX = 15 };

void sedge_http_parser_init(sedge_http_parser *p, sedge_http_kind kind, const sedge_http_limits *limits) {
    *p = (sedge_http_parser){ .kind = kind, .limits = *limits };
    if (p->limits.headers > SEDGE_HTTP_HEADERS_MAX)
        p->limits.headers = SEDGE_HTTP_HEADERS_MAX;
    p->text = sedge_buf_init(p->limits.head_bytes);
}

void sedge_http_parser_done(sedge_http_parser *p) {
    sedge_buf_done(&p->text);
    *p = (sedge_http_parser){ .state = SEDGE_HTTP_BROKEN };
}

static void restart(sedge_http_parser *p) {
    sedge_buf_clear(&p->text);
    p->head = (sedge_http_head){ 0 };
    p->state = SEDGE_HTTP_IN_HEAD;
    p->left = p->body_bytes = 0;
    p->digits = 0;
    p->cr = false;
}

void sedge_http_parser_reset(sedge_http_parser *p) {
    restart(p);
    p->no_body = false;
    p->interim = 0;
}

void sedge_http_parser_expect_no_body(sedge_http_parser *p) {
    p->no_body = true;
}

bool sedge_http_parser_has_begun(const sedge_http_parser *p) {
    return p->state != SEDGE_HTTP_IN_HEAD || p->text.n > 0 || p->interim > 0;
}

static bool is_token_char(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_value_char(unsigned char c) {
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

bool sedge_http_is_token(const char *text) {
    if (!*text)
        return false;
    for (; *text; text++)
        if (!is_token_char((unsigned char)*text))
            return false;
    return true;
}

bool sedge_http_is_value(const char *text) {
    for (; *text; text++)
        if (!is_value_char((unsigned char)*text))
            return false;
    return true;
}

static sedge_status malformed(sedge_error *err, const char *what) {
    return sedge_fail(err, SEDGE_EINVALID, "malformed HTTP: %s", what);
}

/* Cuts the next line off *rest, which ends in CR LF; the line becomes a string. The head has been checked to hold no
 * bare CR or LF and no NUL. */
static char *cut_line(char **rest) {
    char *line = *rest;
    char *end = strchr(line, '\r');
    *end = '\0';
    *rest = end + 2;
    return line;
}

/* Cuts the text before the first blank; NULL when there is none. */
static char *cut_word(char **rest) {
    char *blank = strchr(*rest, ' ');
    if (!blank)
        return NULL;
    char *word = *rest;
    *blank = '\0';
    *rest = blank + 1;
    return word;
}

static bool read_version(const char *text, int *ret_minor) {
    if (strncmp(text, "HTTP/1.", 7) != 0 || (text[7] != '0' && text[7] != '1') || text[8])
        return false;
    *ret_minor = text[7] - '0';
    return true;
}

static bool is_target(const char *text) {
    if (strcmp(text, "*") == 0)
        return true;
    if (*text != '/')
        return false;
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f)
            return false;
    return true;
}

static sedge_status read_request_line(sedge_http_parser *p, char *line, sedge_error *err) {
    p->head.method = cut_word(&line);
    if (!p->head.method || !sedge_http_is_token(p->head.method))
        return malformed(err, "the request line has no method");
    p->head.target = cut_word(&line);
    if (!p->head.target || !is_target(p->head.target))
        return malformed(err, "the request's target is no path");
    if (!read_version(line, &p->head.minor))
        return malformed(err, "the request line names no version HTTP/1.0 or HTTP/1.1");
    return SEDGE_OK;
}

static sedge_status read_status_line(sedge_http_parser *p, char *line, sedge_error *err) {
    const char *version = cut_word(&line);
    if (!version || !read_version(version, &p->head.minor))
        return malformed(err, "the answer does not begin with HTTP/1.0 or HTTP/1.1; is this an HTTP server?");
    if (strspn(line, "0123456789") != 3 || line[0] < '1' || line[0] > '5' || (line[3] && line[3] != ' '))
        return malformed(err, "the answer has no status of three digits");
    p->head.status = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    p->head.reason = line[3] ? line + 4 : "";
    return sedge_http_is_value(p->head.reason) ? SEDGE_OK : malformed(err, "control characters in the status line");
}

static sedge_status read_field(sedge_http_parser *p, char *line, sedge_error *err) {
    if (p->head.fields_n == p->limits.headers)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %zu HTTP headers, the limit", p->limits.headers);
    if (*line == ' ' || *line == '\t')
        return malformed(err, "a folded header");
    char *colon = strchr(line, ':');
    if (!colon)
        return malformed(err, "a header without a colon");
    *colon = '\0';
    if (!sedge_http_is_token(line))
        return malformed(err, "a header's name is no token");
    char *value = colon + 1;
    value += strspn(value, " \t");
    size_t n = strlen(value);
    while (n && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        value[--n] = '\0';
    if (!sedge_http_is_value(value))
        return malformed(err, "control characters in a header");
    p->head.fields[p->head.fields_n++] = (sedge_http_field){ line, value };
    return SEDGE_OK;
}

const char *sedge_http_head_get(const sedge_http_head *head, const char *name) {
    for (size_t i = 0; i < head->fields_n; i++)
        if (strcasecmp(head->fields[i].name, name) == 0)
            return head->fields[i].value;
    return NULL;
}

static size_t count_fields(const sedge_http_head *head, const char *name) {
    size_t n = 0;
    for (size_t i = 0; i < head->fields_n; i++)
        n += strcasecmp(head->fields[i].name, name) == 0;
    return n;
}

/* Does the comma-separated list of the Connection headers hold this word? */
static bool connection_says(const sedge_http_head *head, const char *word) {
    size_t n = strlen(word);
    for (size_t i = 0; i < head->fields_n; i++) {
        if (strcasecmp(head->fields[i].name, "Connection") != 0)
            continue;
        for (const char *c = head->fields[i].value; *c; c += strcspn(c, ","), c += *c == ',') {
            c += strspn(c, " \t");
            size_t length = strcspn(c, ", \t");
            if (length == n && strncasecmp(c, word, n) == 0)
                return true;
        }
    }
    return false;
}

static sedge_status read_length(sedge_http_parser *p, sedge_error *err) {
    const char *text = sedge_http_head_get(&p->head, "Content-Length");
    p->head.content_length = -1;
    if (!text)
        return SEDGE_OK;
    if (count_fields(&p->head, "Content-Length") > 1)
        return malformed(err, "more than one Content-Length");
    size_t n = strspn(text, "0123456789");
    if (!n || text[n])
        return malformed(err, "Content-Length is no number");
    if (n > LENGTH_DIGITS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "Content-Length has more than %d digits, the limit", LENGTH_DIGITS_MAX);
    int64_t length = 0;
    for (size_t i = 0; i < n; i++)
        length = length * 10 + (text[i] - '0');
    p->head.content_length = length;
    return SEDGE_OK;
}

static bool answer_has_no_body(const sedge_http_parser *p) {
    int status = p->head.status;
    return p->kind == SEDGE_HTTP_ANSWER && (p->no_body || status < 200 || status == 204 || status == 304);
}

static sedge_status read_framing(sedge_http_parser *p, sedge_error *err) {
    sedge_http_head *h = &p->head;
    sedge_status st = read_length(p, err);
    if (st)
        return st;
    const char *coding = sedge_http_head_get(h, "Transfer-Encoding");
    if (coding && h->content_length >= 0)
        return malformed(err, "both Content-Length and Transfer-Encoding");
    if (coding && (h->minor == 0 || count_fields(h, "Transfer-Encoding") > 1 || strcasecmp(coding, "chunked") != 0))
        return malformed(err, "a Transfer-Encoding other than chunked");
    if (answer_has_no_body(p))
        h->framing = SEDGE_HTTP_NO_BODY;
    else if (coding)
        h->framing = SEDGE_HTTP_CHUNKED;
    else if (h->content_length >= 0)
        h->framing = h->content_length ? SEDGE_HTTP_LENGTH : SEDGE_HTTP_NO_BODY;
    else
        h->framing = p->kind == SEDGE_HTTP_REQUEST ? SEDGE_HTTP_NO_BODY : SEDGE_HTTP_UNTIL_CLOSE;
    if (h->framing == SEDGE_HTTP_LENGTH && h->content_length > p->limits.body_bytes)
        return sedge_fail(err, SEDGE_ELIMIT, "a body of %lld bytes, the limit is %lld", (long long)h->content_length,
                          (long long)p->limits.body_bytes);
    return SEDGE_OK;
}

static sedge_status read_connection(sedge_http_parser *p, sedge_error *err) {
    sedge_http_head *h = &p->head;
    size_t hosts = count_fields(h, "Host");
    if (p->kind == SEDGE_HTTP_REQUEST && (hosts > 1 || (h->minor == 1 && hosts == 0)))
        return malformed(err, "one Host header is wanted");
    h->keep_alive = h->minor == 1 ? !connection_says(h, "close") : connection_says(h, "keep-alive");
    if (h->framing == SEDGE_HTTP_UNTIL_CLOSE || h->status == 101)
        h->keep_alive = false;
    const char *expect = sedge_http_head_get(h, "Expect");
    if (p->kind == SEDGE_HTTP_REQUEST && expect && h->minor == 1) {
        if (strcasecmp(expect, "100-continue") != 0)
            return malformed(err, "an Expect other than 100-continue");
        h->expects_continue = true;
    }
    return SEDGE_OK;
}

static sedge_status read_head(sedge_http_parser *p, sedge_error *err) {
    char *rest = (char *)p->text.data;
    char *first = cut_line(&rest);
    sedge_status st =
        p->kind == SEDGE_HTTP_REQUEST ? read_request_line(p, first, err) : read_status_line(p, first, err);
    while (!st && *rest != '\r')
        st = read_field(p, cut_line(&rest), err);
    if (!st)
        st = read_framing(p, err);
    return st ? st : read_connection(p, err);
}

static bool text_ends_with(const sedge_buf *b, const char *end, size_t n) {
    return b->n >= n && memcmp(b->data + b->n - n, end, n) == 0;
}

/* Collects the head up to the empty line; *ret_whole tells that it is there. Empty lines before it are refused. */
static sedge_status collect_head(sedge_http_parser *p, sedge_bytes *in, bool *ret_whole, sedge_error *err) {
    *ret_whole = false;
    while (in->n && !*ret_whole) {
        const uint8_t *line_end = (const uint8_t *)memchr(in->p, '\n', in->n);
        size_t n = line_end ? (size_t)(line_end - in->p) + 1 : in->n;
        size_t room = p->limits.head_bytes - p->text.n;
        for (size_t i = 0; i < n && i < room; i++) {
            bool after_cr = i ? in->p[i - 1] == '\r' : p->cr;
            if (!in->p[i] || (in->p[i] == '\n') != after_cr)
                return malformed(err, in->p[i] ? "a line that does not end in CR LF" : "a NUL byte in the head");
        }
        if (n > room)
            return sedge_fail(err, SEDGE_ELIMIT, "more than %zu bytes of HTTP head, the limit", p->limits.head_bytes);
        p->cr = in->p[n - 1] == '\r';
        sedge_buf_put(&p->text, in->p, n);
        if (p->text.failed)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for an HTTP message");
        *in = (sedge_bytes){ in->p + n, in->n - n };
        if (p->text.n == 2 && text_ends_with(&p->text, "\r\n", 2))
            return malformed(err, "an empty line instead of a message");
        *ret_whole = line_end && text_ends_with(&p->text, "\r\n\r\n", 4);
    }
    return SEDGE_OK;
}

static sedge_status in_head(sedge_http_parser *p, sedge_bytes *in, sedge_http_event *ret, sedge_error *err) {
    for (;;) {
        bool whole;
        sedge_status st = collect_head(p, in, &whole, err);
        if (st || !whole)
            return st;
        st = read_head(p, err);
        if (st)
            return st;
        bool interim = p->kind == SEDGE_HTTP_ANSWER && p->head.status < 200 && p->head.status != 101;
        if (!interim) {
            p->state = SEDGE_HTTP_AFTER_HEAD;
            *ret = SEDGE_HTTP_HEAD;
            return SEDGE_OK;
        }
        if (++p->interim > SEDGE_HTTP_INTERIM_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "more than %d interim answers, the limit", SEDGE_HTTP_INTERIM_MAX);
        restart(p);
    }
}

static void after_head(sedge_http_parser *p) {
    static const sedge_http_state next[] = {
        [SEDGE_HTTP_NO_BODY] = SEDGE_HTTP_AT_END,
        [SEDGE_HTTP_LENGTH] = SEDGE_HTTP_IN_LENGTH,
        [SEDGE_HTTP_CHUNKED] = SEDGE_HTTP_IN_CHUNK_SIZE,
        [SEDGE_HTTP_UNTIL_CLOSE] = SEDGE_HTTP_IN_UNTIL_CLOSE,
    };
    p->state = next[p->head.framing];
    p->left = p->head.framing == SEDGE_HTTP_LENGTH ? p->head.content_length : 0;
}

/* Hands out the next part of the body, at most what is left of it or of the chunk. */
static sedge_status in_body(sedge_http_parser *p, sedge_bytes *in, sedge_http_event *ret, sedge_bytes *ret_body,
                            sedge_error *err) {
    size_t n = in->n;
    if (p->state != SEDGE_HTTP_IN_UNTIL_CLOSE && (uint64_t)p->left < n)
        n = (size_t)p->left;
    if ((uint64_t)n > (uint64_t)(p->limits.body_bytes - p->body_bytes))
        return sedge_fail(err, SEDGE_ELIMIT, "a body of more than %lld bytes, the limit",
                          (long long)p->limits.body_bytes);
    *ret_body = (sedge_bytes){ in->p, n };
    *in = (sedge_bytes){ in->p + n, in->n - n };
    p->body_bytes += (int64_t)n;
    p->left -= (int64_t)n;
    if (p->state == SEDGE_HTTP_IN_LENGTH && !p->left)
        p->state = SEDGE_HTTP_AT_END;
    else if (p->state == SEDGE_HTTP_IN_CHUNK && !p->left)
        p->state = SEDGE_HTTP_IN_CHUNK_END;
    *ret = SEDGE_HTTP_BODY;
    return SEDGE_OK;
}

static int hex_value(uint8_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static sedge_status chunk_size_byte(sedge_http_parser *p, uint8_t c, sedge_error *err) {
    if (p->cr) {
        if (c != '\n')
            return malformed(err, "a chunk size that does not end in CR LF");
        p->cr = false;
        p->digits = 0;
        p->state = p->left ? SEDGE_HTTP_IN_CHUNK : SEDGE_HTTP_IN_LAST_END;
        if (p->left > p->limits.body_bytes - p->body_bytes)
            return sedge_fail(err, SEDGE_ELIMIT, "a body of more than %lld bytes, the limit",
                              (long long)p->limits.body_bytes);
        return SEDGE_OK;
    }
    int digit = hex_value(c);
    if (digit >= 0) {
        if (++p->digits > CHUNK_DIGITS_MAX)
            return sedge_fail(err, SEDGE_ELIMIT, "a chunk size of more than %d digits, the limit", CHUNK_DIGITS_MAX);
        p->left = p->left * 16 + digit;
        return SEDGE_OK;
    }
    if (c != '\r' || !p->digits)
        return malformed(err, c == ';' ? "a chunk extension" : "a chunk size that is no number");
    p->cr = true;
    return SEDGE_OK;
}

/* The CR LF behind a chunk, and behind the last one, where a trailer could stand. */
static sedge_status line_end_byte(sedge_http_parser *p, uint8_t c, sedge_error *err) {
    bool last = p->state == SEDGE_HTTP_IN_LAST_END;
    if (c != (p->cr ? '\n' : '\r'))
        return malformed(err, last ? "a trailer behind the chunks" : "a chunk that does not end in CR LF");
    if (p->cr)
        p->state = last ? SEDGE_HTTP_AT_END : SEDGE_HTTP_IN_CHUNK_SIZE;
    p->cr = !p->cr;
    return SEDGE_OK;
}

static sedge_status take_byte(sedge_http_parser *p, sedge_bytes *in, sedge_error *err) {
    uint8_t c = in->p[0];
    *in = (sedge_bytes){ in->p + 1, in->n - 1 };
    return p->state == SEDGE_HTTP_IN_CHUNK_SIZE ? chunk_size_byte(p, c, err) : line_end_byte(p, c, err);
}

static sedge_status step(sedge_http_parser *p, sedge_bytes *in, sedge_http_event *ret, sedge_bytes *ret_body,
                         sedge_error *err) {
    *ret = SEDGE_HTTP_MORE;
    if (p->state == SEDGE_HTTP_IN_HEAD)
        return in_head(p, in, ret, err);
    if (p->state == SEDGE_HTTP_BROKEN)
        return sedge_fail(err, SEDGE_EINVALID, "the HTTP connection is broken");
    if (p->state == SEDGE_HTTP_AFTER_HEAD)
        after_head(p);
    sedge_status st = SEDGE_OK;
    for (;;) {
        if (p->state == SEDGE_HTTP_AT_END) {
            *ret = SEDGE_HTTP_DONE;
            return SEDGE_OK;
        }
        if (st || !in->n)
            return st;
        if (p->state == SEDGE_HTTP_IN_LENGTH || p->state == SEDGE_HTTP_IN_CHUNK ||
            p->state == SEDGE_HTTP_IN_UNTIL_CLOSE)
            return in_body(p, in, ret, ret_body, err);
        st = take_byte(p, in, err);
    }
}

sedge_status sedge_http_parser_next(sedge_http_parser *p, sedge_bytes *in, sedge_http_event *ret, sedge_bytes *ret_body,
                                    sedge_error *err) {
    sedge_status st = step(p, in, ret, ret_body, err);
    if (st)
        p->state = SEDGE_HTTP_BROKEN;
    return st;
}

sedge_status sedge_http_parser_end(sedge_http_parser *p, sedge_error *err) {
    if (!sedge_http_parser_has_begun(p) || p->state == SEDGE_HTTP_AT_END || p->state == SEDGE_HTTP_IN_UNTIL_CLOSE ||
        (p->state == SEDGE_HTTP_AFTER_HEAD &&
         (p->head.framing == SEDGE_HTTP_UNTIL_CLOSE || p->head.framing == SEDGE_HTTP_NO_BODY)))
        return SEDGE_OK;
    return sedge_fail(err, SEDGE_ETRUNCATED, "the HTTP message ends in the middle");
}

const char *sedge_http_reason(int status) {
    static const struct {
        int status;
        const char *words;
    } rows[] = {
        { 100, "Continue" },
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 206, "Partial Content" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 412, "Precondition Failed" },
        { 413, "Content Too Large" },
        { 416, "Range Not Satisfiable" },
        { 422, "Unprocessable Content" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 507, "Insufficient Storage" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].status == status)
            return rows[i].words;
    return "";
}
