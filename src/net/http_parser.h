/* SPDX-License-Identifier: Apache-2.0 */
/**
 * HTTP/1.1 messages, incrementally: one parser for requests and for answers, for client and server.
 *
 *     sedge_http_parser p;
 *     sedge_http_parser_init(&p, SEDGE_HTTP_REQUEST, &SEDGE_HTTP_LIMITS);
 *     for each piece of input:
 *         while (in.n && !st) {
 *             st = sedge_http_parser_next(&p, &in, &event, &body, err);
 *             MORE: in is used up; HEAD: p.head is complete; BODY: body is a part of in; DONE: the message ends here,
 *             what is left of in belongs to the next one: sedge_http_parser_reset()
 *
 * The events of a message do not depend on how the input was cut, but for the cuts between BODY parts. An empty input
 * can yield an event after HEAD (a message without a body is DONE at once): call until MORE.
 *
 * Strict where leniency has been abused: lines end in CR LF; no NUL, no control characters, no folded headers, no blank
 * before a header's colon; Content-Length once, digits only, and never together with Transfer-Encoding, which must be
 * "chunked"; no chunk extensions and no trailers; a request of HTTP/1.1 has one Host; targets are paths.
 *
 * Source: RFC 9110, RFC 9112.
 */
#ifndef SEDGE_NET_HTTP_PARSER_H
#define SEDGE_NET_HTTP_PARSER_H

#include "base/buf.h"
#include "sedge/error.h"

typedef enum sedge_http_kind { SEDGE_HTTP_REQUEST, SEDGE_HTTP_ANSWER } sedge_http_kind;

typedef struct sedge_http_limits {
    size_t head_bytes; /**< first line and headers */
    size_t headers;    /**< at most SEDGE_HTTP_HEADERS_MAX */
    int64_t body_bytes;
} sedge_http_limits;

enum { SEDGE_HTTP_HEADERS_MAX = 100, SEDGE_HTTP_INTERIM_MAX = 8 };
/** 16 KiB of head, 100 headers, 1 MiB of body. */
extern const sedge_http_limits SEDGE_HTTP_LIMITS;

typedef struct sedge_http_field {
    const char *name;
    const char *value; /**< without blanks around it */
} sedge_http_field;

/** How the end of the body is known. */
typedef enum sedge_http_framing {
    SEDGE_HTTP_NO_BODY,
    SEDGE_HTTP_LENGTH,
    SEDGE_HTTP_CHUNKED,
    SEDGE_HTTP_UNTIL_CLOSE, /**< answers only */
} sedge_http_framing;

/** Strings live in the parser until its reset or done. */
typedef struct sedge_http_head {
    const char *method; /**< requests: a token, case as sent */
    const char *target; /**< requests: "/path?query" or "*", still encoded */
    int status;         /**< answers: 100 to 599 */
    const char *reason; /**< answers: may be "" */
    int minor;          /**< HTTP/1.<minor>: 0 or 1 */
    sedge_http_field fields[SEDGE_HTTP_HEADERS_MAX];
    size_t fields_n;
    sedge_http_framing framing;
    int64_t content_length; /**< as announced, also where no body follows (HEAD, 304); -1: not announced */
    bool keep_alive;        /**< the connection may carry another message */
    bool expects_continue;  /**< the sender waits for "100 Continue" */
} sedge_http_head;

typedef enum sedge_http_event { SEDGE_HTTP_MORE, SEDGE_HTTP_HEAD, SEDGE_HTTP_BODY, SEDGE_HTTP_DONE } sedge_http_event;

typedef enum sedge_http_state { /* private */
                                SEDGE_HTTP_IN_HEAD,
                                SEDGE_HTTP_AFTER_HEAD,
                                SEDGE_HTTP_IN_LENGTH,
                                SEDGE_HTTP_IN_UNTIL_CLOSE,
                                SEDGE_HTTP_IN_CHUNK_SIZE,
                                SEDGE_HTTP_IN_CHUNK,
                                SEDGE_HTTP_IN_CHUNK_END,
                                SEDGE_HTTP_IN_LAST_END,
                                SEDGE_HTTP_AT_END,
                                SEDGE_HTTP_BROKEN,
} sedge_http_state;

typedef struct sedge_http_parser {
    sedge_http_head head; /**< complete from the HEAD event on */
    /* private from here */
    sedge_http_kind kind;
    sedge_http_limits limits;
    sedge_http_state state;
    sedge_buf text;     /**< the head as received */
    bool no_body;       /**< this answer has none whatever it says (HEAD) */
    int interim;        /**< 1xx answers skipped */
    int64_t left;       /**< of the body or chunk */
    int64_t body_bytes; /**< seen so far */
    unsigned digits;    /**< of the chunk size */
    bool cr;            /**< the last byte of a line was CR */
} sedge_http_parser;

/** limits are copied. */
void sedge_http_parser_init(sedge_http_parser *p, sedge_http_kind kind, const sedge_http_limits *limits);
void sedge_http_parser_done(sedge_http_parser *p);
/** Ready for the next message on the same connection; keeps memory. */
void sedge_http_parser_reset(sedge_http_parser *p);
/** Before an answer to HEAD: it has a head only. */
void sedge_http_parser_expect_no_body(sedge_http_parser *p);

/**
 * Takes bytes from the front of *in until something can be told. Answers 100 to 199 but 101 are skipped.
 * @param ret_body  set with SEDGE_HTTP_BODY only: a view of the input
 * @return SEDGE_EINVALID, SEDGE_ELIMIT (the sentence names the limit), SEDGE_ENOMEM; the parser stays broken
 */
SEDGE_NODISCARD sedge_status sedge_http_parser_next(sedge_http_parser *p, sedge_bytes *in, sedge_http_event *ret,
                                                    sedge_bytes *ret_body, sedge_error *err);
/** The peer has closed: SEDGE_OK when the message may end here or none has begun, else SEDGE_ETRUNCATED. */
SEDGE_NODISCARD sedge_status sedge_http_parser_end(sedge_http_parser *p, sedge_error *err);
/** Has the first byte of a message been seen? */
bool sedge_http_parser_has_begun(const sedge_http_parser *p);

/** The value of the first header of this name (case does not matter), or NULL. */
const char *sedge_http_head_get(const sedge_http_head *head, const char *name);

/** May this be sent as a header's value (no CR, LF, NUL, control characters), or as its name (a token)? */
bool sedge_http_is_value(const char *text);
bool sedge_http_is_token(const char *text);
/** Standard words for a status: "Not Found"; "" for others. Static storage. */
const char *sedge_http_reason(int status);

#endif
