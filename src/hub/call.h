/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A request as a transaction sees it: arguments in, a JSON document out. Routes name a store_fn, whose context is a
 * hub_call; the answer is `out` ({} when it is NULL) with `status` after the transaction is durable.
 */
#ifndef SEDGE_HUB_CALL_H
#define SEDGE_HUB_CALL_H

#include "hub/request.h"

typedef struct hub_call {
    hub_request *rq;
    sedge_json in;  /**< the body, for routes with HUB_BODY_JSON; else an empty object */
    json_t *out;    /**< owned */
    int status;     /**< 200 unless set */
    int64_t now_ms; /**< one time for the whole call */
} hub_call;

/** Runs a route's read or write function and answers. */
SEDGE_NODISCARD sedge_status hub_call_run(hub_request *rq, sedge_error *err);

/** The i-th parameter of the path. */
static inline const char *hub_path_arg(const hub_call *c, size_t i) {
    return c->rq->params.value[i];
}
/** A string from the body, else from the query; otherwise when it is in neither. Numbers pass as their text where the
 * caller gives room. SEDGE_EINVALID for another type. */
SEDGE_NODISCARD sedge_status hub_arg_or(const hub_call *c, const char *name, const char *otherwise, const char **ret,
                                        sedge_error *err);
/** The same, but needed and not empty. */
SEDGE_NODISCARD sedge_status hub_arg(const hub_call *c, const char *name, const char **ret, sedge_error *err);
/** A whole number from the body (number or decimal text), else from the query. */
SEDGE_NODISCARD sedge_status hub_arg_int(const hub_call *c, const char *name, int64_t min, int64_t max,
                                         int64_t otherwise, int64_t *ret, sedge_error *err);
/** The same of an object inside the body. */
SEDGE_NODISCARD sedge_status hub_json_int(const sedge_json *at, const char *name, int64_t min, int64_t max,
                                          int64_t otherwise, int64_t *ret, sedge_error *err);

/** Parsed JSON text of a column, or an empty object when it is damaged; a new reference. */
json_t *hub_json_column(const char *text);
/** JSON text of doc (compact), for a column. The caller's to free(). */
SEDGE_NODISCARD sedge_status hub_json_text(const json_t *doc, char **ret, sedge_error *err);
/** Answers a call with {"items": [item(row), ...]}, a row each of the query (its arguments are STORE_ARGS). */
SEDGE_NODISCARD sedge_status hub_answer_rows(store_tx *tx, hub_call *c, json_t *(*item)(store_rows *rows),
                                             sedge_error *err, const char *sql, const store_arg *args, size_t n_args);
/** An integer for JSON, null for a NULL column. */
json_t *hub_json_int_or_null(store_rows *rows, int column);

#endif
