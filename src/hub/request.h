/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A request and the answer that its handler fills in. Handlers run on worker threads, may block on the store, and see
 * nothing of the HTTP library.
 */
#ifndef SEDGE_HUB_REQUEST_H
#define SEDGE_HUB_REQUEST_H

#include "conf/json.h"
#include "crypto/cert.h"
#include "crypto/rand.h"
#include "hub/blobs/blobs.h"
#include "hub/hub.h"
#include "hub/route.h"

typedef enum hub_role { HUB_ROLE_NONE, HUB_ROLE_VIEWER, HUB_ROLE_JOB, HUB_ROLE_ADMIN } hub_role;

/** Who is asking. */
typedef struct hub_identity {
    hub_role role;                    /**< of a person or job */
    char token[SEDGE_UUID_MAX];       /**< the token's id, "" without one */
    char job[SEDGE_UUID_MAX];         /**< of job tokens */
    char device[SEDGE_DEVICE_ID_MAX]; /**< verified device, "" for others */
} hub_identity;

enum { HUB_QUERY_MAX = 64, HUB_HEADERS_MAX = 8, HUB_HEADER_TEXT_MAX = 256 };

typedef struct hub_pair {
    char *name;
    char *value;
} hub_pair;

typedef struct hub_answer {
    int status;
    const char *type; /**< content type, static storage; NULL when there is no body */
    sedge_buf bytes;  /**< the body, or ... */
    int fd;           /**< ... when >= 0 this part of a file */
    int64_t offset, length;
    struct {
        const char *name; /**< static storage */
        char value[HUB_HEADER_TEXT_MAX];
    } headers[HUB_HEADERS_MAX];
    size_t headers_n;
} hub_answer;

struct hub_request {
    hub *hub;
    char id[SEDGE_UUID_MAX]; /**< in the log and in X-Request-Id */
    const hub_route *route;
    char method[16];
    char *path; /**< as it came, percent-coded, without query */
    hub_params params;
    hub_pair query[HUB_QUERY_MAX]; /**< decoded */
    size_t query_n;
    hub_identity who;
    char if_none_match[HUB_HEADER_TEXT_MAX], range[HUB_HEADER_TEXT_MAX]; /**< "" without */
    char content_type[HUB_HEADER_TEXT_MAX];

    sedge_buf body;
    json_t *json;        /**< body, once hub_body_json() has parsed it */
    blob_upload *upload; /**< of HUB_BODY_BLOB routes */

    hub_answer answer;
    /** Not 0: nothing to say yet; run the handler again after the next event or at this monotonic time. */
    int64_t wait_until_ms;
    int64_t started_ms; /**< monotonic */

    struct hub_request *next; /**< in the queue that holds it */
    void *connection;         /**< the server's */
};

/** The query's first value of this name, or NULL. */
const char *hub_query(const hub_request *rq, const char *name);
/** A whole number from the query; otherwise when it is not there. SEDGE_EINVALID outside min..max. */
SEDGE_NODISCARD sedge_status hub_query_int(const hub_request *rq, const char *name, int64_t min, int64_t max,
                                           int64_t otherwise, int64_t *ret, sedge_error *err);

/** The body as a JSON object; no body is an empty one. */
SEDGE_NODISCARD sedge_status hub_body_json(hub_request *rq, sedge_json *ret, sedge_error *err);

/** Takes over doc, also on failure; NULL (a failed json_pack) is SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status hub_answer_json(hub_request *rq, int status, json_t *doc, sedge_error *err);
SEDGE_NODISCARD sedge_status hub_answer_bytes(hub_request *rq, int status, const char *type, sedge_bytes bytes,
                                              sedge_error *err);
/** A blob, or the part of it that the request's Range names. */
SEDGE_NODISCARD sedge_status hub_answer_blob(hub_request *rq, const char *type, const sedge_digest *digest,
                                             sedge_error *err);
/** Without a body. */
sedge_status hub_answer_empty(hub_request *rq, int status);
/** Longer values are cut. */
void hub_answer_header(hub_request *rq, const char *name, const char *value);
/** Replaces what is there by the error in the style of the path: RFC 9457, or MLflow's. http 0 is the status's own. */
void hub_answer_error(hub_request *rq, sedge_status status, int http, const char *text);

/** {"items": items, "next": next or absent}; takes over items. */
SEDGE_NODISCARD sedge_status hub_answer_items(hub_request *rq, json_t *items, const char *next, sedge_error *err);

void hub_request_free(hub_request *rq);

#endif
