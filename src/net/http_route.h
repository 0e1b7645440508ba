/* SPDX-License-Identifier: Apache-2.0 */
/** Which route takes a request, and the parts of its target. For http_server.c and its tests. */
#ifndef SEDGE_NET_HTTP_ROUTE_H
#define SEDGE_NET_HTTP_ROUTE_H

#include "net/http_server.h"

enum { ROUTE_PARTS_MAX = 8, ROUTE_ALLOW_MAX = 64 };

typedef enum route_found { ROUTE_NONE, ROUTE_OTHER_METHOD, ROUTE_FOUND } route_found;

typedef struct route_match {
    route_found found;
    const sedge_http_route *route;
    char *parts[ROUTE_PARTS_MAX]; /**< decoded; owned */
    size_t parts_n;
    char allow[ROUTE_ALLOW_MAX]; /**< methods of the routes whose pattern fits */
} route_match;

/**
 * True when a route fits; else ret->found tells why. ret is the caller's to route_match_done() in both cases.
 * A GET route serves HEAD, too. A part that decodes to nothing, to a slash or to a control character fits nothing.
 */
SEDGE_NODISCARD bool route_find(const sedge_http_route *routes, size_t n, const sedge_http_head *head, unsigned where,
                                route_match *ret);
void route_match_done(route_match *m);

/** Percent-decodes n characters into out; false on malformed escapes, NUL, too long. */
SEDGE_NODISCARD bool http_percent_decode(const char *text, size_t n, char *out, size_t size);
/** RFC 9457 problem details, with "error" as the Open Inference Protocol wants it. */
void http_put_problem(sedge_buf *out, int status, const char *name, const char *sentence);

#endif
