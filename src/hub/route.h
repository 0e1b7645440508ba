/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Routes: rows of method and pattern, and the function that finds the row for a request.
 *
 * A pattern is a path; `{name}` stands for one segment, `{name...}` at the end for one or more. Text before or after a
 * parameter inside its segment is literal ("sha256:{hex}"). Parameters come back percent-decoded and in the pattern's
 * order; an empty one never matches.
 */
#ifndef SEDGE_HUB_ROUTE_H
#define SEDGE_HUB_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hub/store/store.h"

typedef struct hub_request hub_request;
/** Fills in the request's answer. A failure becomes an error answer in the style of the path. */
typedef sedge_status hub_handler(hub_request *rq, sedge_error *err);

/** Who may use a route. */
typedef enum hub_may {
    HUB_MAY_ANYONE, /**< no identity needed */
    HUB_MAY_READ,   /**< viewer, job, admin */
    HUB_MAY_JOB,    /**< job, admin */
    HUB_MAY_ADMIN,
    HUB_MAY_DEVICE /**< a device with a certificate of ours that is not revoked */
} hub_may;

typedef enum hub_body {
    HUB_BODY_NONE, /**< a body is refused */
    HUB_BODY_JSON, /**< kept in memory, HUB_JSON_MAX; parsed by hub_body_json() */
    HUB_BODY_RAW,  /**< kept in memory, HUB_RAW_MAX */
    HUB_BODY_BLOB  /**< streamed into a blob upload, HUB_BLOB_MAX */
} hub_body;

enum { HUB_PARAMS_MAX = 4, HUB_PATH_MAX = 4096, HUB_JSON_MAX = 2 << 20, HUB_RAW_MAX = 16 << 20 };
#define HUB_BLOB_MAX (64LL << 30)

typedef struct hub_route {
    const char *method;
    const char *pattern;
    hub_handler *handle; /**< or NULL, and one of these two with a hub_call (hub/call.h) as context: */
    store_fn *read;
    store_fn *write;
    hub_may may;
    hub_body body;
    const char *help; /**< one line for the API's page */
} hub_route;

/** Decoded parameters of a matched path, one after the other in text. */
typedef struct hub_params {
    const char *value[HUB_PARAMS_MAX];
    size_t n;
    char text[HUB_PATH_MAX];
} hub_params;

/**
 * The row for method ("HEAD" uses GET's) and path (still percent-coded, without query).
 * @return NULL when there is none; *ret_other_method then says whether another method would have matched
 */
const hub_route *hub_route_find(const hub_route *routes, size_t n, const char *method, const char *path,
                                hub_params *ret_params, bool *ret_other_method);

/** Decodes %XX into out (size bytes with the NUL). False when it is malformed, too long, or holds a NUL. */
SEDGE_NODISCARD bool hub_percent_decode(const char *text, size_t n, char *out, size_t size);

/** What a Range header asks of size bytes. */
typedef enum hub_range { HUB_RANGE_WHOLE, HUB_RANGE_PART, HUB_RANGE_BAD } hub_range;
/** One byte range "bytes=a-b", "a-", "-n"; several ranges or another unit give the whole (RFC 9110 allows that). */
hub_range hub_range_parse(const char *header, int64_t size, int64_t *ret_offset, int64_t *ret_length);

#endif
