/* SPDX-License-Identifier: Apache-2.0 */
/** What the JSON messages of this room share. */
#ifndef SEDGE_PROTO_JSON_TEXT_H
#define SEDGE_PROTO_JSON_TEXT_H

#include "base/buf.h"
#include "conf/json.h"

/** Seconds between polls, reports, and of probation. */
#define SEDGE_PROTO_SECONDS_MIN 0.05
#define SEDGE_PROTO_SECONDS_MAX 86400.0

/** Appends doc, which may be NULL after a failed json_pack (SEDGE_ENOMEM or a text that is not UTF-8). Takes it over.
 */
SEDGE_NODISCARD sedge_status sedge_proto_put(json_t *doc, const char *what, sedge_buf *out, sedge_error *err);
/** Loads with the limit, and checks that it is an object with this "version". */
SEDGE_NODISCARD sedge_status sedge_proto_get(sedge_bytes text, size_t limit, const char *what, int version,
                                             json_t **ret, sedge_error *err);
/** The member's text into ret; SEDGE_ELIMIT when it does not fit. */
SEDGE_NODISCARD sedge_status sedge_proto_copy(const sedge_json *at, const char *key, char *ret, size_t size,
                                              sedge_error *err);
/** The same as a copy to free(). */
SEDGE_NODISCARD sedge_status sedge_proto_dup(const sedge_json *at, const char *key, char **ret, sedge_error *err);

#endif
