/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Status codes: one list from which the enum, the names, the exit codes of the programs, the HTTP status of the hub and
 * the page docs/errors.md come.
 *
 * A row is X(NAME, name, exit code, HTTP status, meaning). Exit codes are families: 1 a gate or check said no, 2 usage,
 * 3 bad input, 4 not found, 5 refused, 6 network, 7 no space or I/O, 8 conflict, 70 our own fault. `name` is also the
 * last part of the RFC 9457 problem type (urn:sedge:error:<name>).
 */
#ifndef SEDGE_STATUS_H
#define SEDGE_STATUS_H

#include "sedge/attr.h"

#define SEDGE_STATUS_LIST(X)                                                                                           \
    X(OK, ok, 0, 200, "done")                                                                                          \
    X(EGATE, gate, 1, 422, "a gate or check said no")                                                                  \
    X(EUSAGE, usage, 2, 400, "the command line or call is wrong")                                                      \
    X(EINVALID, invalid, 3, 400, "the input is malformed or breaks a rule")                                            \
    X(ETRUNCATED, truncated, 3, 400, "the input ends too early")                                                       \
    X(ELIMIT, limit, 3, 413, "the input exceeds a named limit")                                                        \
    X(EUNSUPPORTED, unsupported, 3, 422, "well formed, but this version cannot do it")                                 \
    X(ENOTFOUND, not_found, 4, 404, "no such thing")                                                                   \
    X(EAUTH, unauthenticated, 5, 401, "who is asking is unknown")                                                      \
    X(EREFUSED, refused, 5, 403, "identity or permission refused")                                                     \
    X(ENETWORK, network, 6, 502, "the peer cannot be reached or broke off")                                            \
    X(ETIMEOUT, timeout, 6, 504, "the peer did not answer in time")                                                    \
    X(EBUSY, busy, 6, 503, "try again later")                                                                          \
    X(ENOSPACE, no_space, 7, 507, "no space left")                                                                     \
    X(EIO, io, 7, 500, "reading or writing failed")                                                                    \
    X(ECONFLICT, conflict, 8, 409, "exists already or has changed meanwhile")                                          \
    X(ENOMEM, no_memory, 70, 500, "no memory")                                                                         \
    X(EINTERNAL, internal, 70, 500, "our own fault")

#define SEDGE_STATUS_ENUM(NAME, name, exit_code, http, meaning) SEDGE_##NAME,
/** Outcome of a call; 0 is success. Nothing that returns it may be ignored. */
typedef enum sedge_status { SEDGE_STATUS_LIST(SEDGE_STATUS_ENUM) SEDGE_STATUS_COUNT } sedge_status;
#undef SEDGE_STATUS_ENUM

/** Name without prefix ("not_found"); "unknown" for a value outside the list. Static storage. */
SEDGE_API const char *sedge_status_name(sedge_status status);
/** Meaning as half a sentence. Static storage. */
SEDGE_API const char *sedge_status_meaning(sedge_status status);
/** Exit code of a program that ends with this status. */
SEDGE_API int sedge_status_exit(sedge_status status);
/** HTTP status of an answer that carries this status. */
SEDGE_API int sedge_status_http(sedge_status status);

#endif
