/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Foreign JSON through jansson: loaded with limits, read with sentences that name the place.
 *
 * Reading walks with cursors on the caller's stack, so that a path costs nothing until something is wrong:
 *
 *     SEDGE_AUTO_JSON json_t *doc = NULL;
 *     st = sedge_json_load(body, &SEDGE_JSON_LIMITS, "request", &doc, err);
 *     sedge_json root = sedge_json_root("request", doc), phases, phase;
 *     st = sedge_json_array(&root, "phases", &phases, err);
 *     for (size_t i = 0; i < sedge_json_count(&phases); i++) {
 *         phase = sedge_json_item(&phases, i);
 *         st = sedge_json_double(&phase, "share", 0, 1, &share, err);
 *         "request: $.phases[1].share: 140 is outside 0..1"
 *
 * A cursor points to its parent, which must outlive it. Getters return SEDGE_EINVALID when the member is missing, has
 * the wrong type or is out of range. The `_or` forms take a value for a member that is missing or null.
 * Strings are views into the document; they hold no NUL byte.
 */
#ifndef SEDGE_CONF_JSON_H
#define SEDGE_CONF_JSON_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/own.h"
#include "os/fs.h"
#include "sedge/error.h"

typedef struct sedge_json_limits {
    size_t bytes;
    size_t depth;
    size_t values; /**< strings, numbers, arrays, ... in all, keys included */
} sedge_json_limits;

/** 8 MiB, 32 levels, 1,000,000 values: for configuration, metadata and requests. */
extern const sedge_json_limits SEDGE_JSON_LIMITS;

static inline void sedge_json_auto(json_t **p) {
    json_decref(*p);
}
/** SEDGE_AUTO_JSON json_t *doc = NULL; */
#define SEDGE_AUTO_JSON SEDGE_CLEANUP(sedge_json_auto)

/**
 * Parses one document. Refused: duplicate keys, invalid UTF-8, NUL in strings, anything after the document.
 * @param source  names the document in sentences: a file name, "request", "answer of /api/..."
 * @param ret     the caller's to json_decref()
 * @return SEDGE_ELIMIT, SEDGE_EINVALID "<source>:<line>: <what>", SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_json_load(sedge_bytes text, const sedge_json_limits *limits, const char *source,
                                             json_t **ret, sedge_error *err);
/** The same for a file, which is also the source. */
SEDGE_NODISCARD sedge_status sedge_json_load_file(const sedge_fs *fs, const char *path, const sedge_json_limits *limits,
                                                  json_t **ret, sedge_error *err);
/** Text of a document with members in the order given; indent 0 is one line. The caller's to free(). */
SEDGE_NODISCARD sedge_status sedge_json_dump(const json_t *doc, int indent, char **ret, size_t *ret_n,
                                             sedge_error *err);

typedef struct sedge_json {
    const json_t *value; /**< NULL when absent */
    const struct sedge_json *up;
    const char *key; /**< in an object; at the root the source */
    size_t index;    /**< in an array, where key is NULL */
} sedge_json;

sedge_json sedge_json_root(const char *source, const json_t *doc);
bool sedge_json_has(const sedge_json *at, const char *key); /**< present and not null */
/** Fails with "<source>: <path>: <formatted>": for rules of your own. */
sedge_status sedge_json_fail(const sedge_json *at, sedge_status status, sedge_error *err, const char *fmt, ...)
    SEDGE_PRINTF(4, 5);

/** The member, whatever it is; its value is NULL when missing. */
sedge_json sedge_json_member(const sedge_json *at, const char *key);
/** Element i of an array; its value is NULL past the end. */
sedge_json sedge_json_item(const sedge_json *at, size_t i);
/** Elements of an array or members of an object; 0 for anything else. */
size_t sedge_json_count(const sedge_json *at);

/** at itself must be an object. */
SEDGE_NODISCARD sedge_status sedge_json_want_object(const sedge_json *at, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_object(const sedge_json *at, const char *key, sedge_json *ret,
                                               sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_array(const sedge_json *at, const char *key, sedge_json *ret, sedge_error *err);
/** Members: a key of NULL reads at itself (an array's item). Limits are inclusive. */
SEDGE_NODISCARD sedge_status sedge_json_string(const sedge_json *at, const char *key, const char **ret,
                                               sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_int(const sedge_json *at, const char *key, int64_t min, int64_t max,
                                            int64_t *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_double(const sedge_json *at, const char *key, double min, double max,
                                               double *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_bool(const sedge_json *at, const char *key, bool *ret, sedge_error *err);

SEDGE_NODISCARD sedge_status sedge_json_string_or(const sedge_json *at, const char *key, const char *otherwise,
                                                  const char **ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_int_or(const sedge_json *at, const char *key, int64_t min, int64_t max,
                                               int64_t otherwise, int64_t *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_double_or(const sedge_json *at, const char *key, double min, double max,
                                                  double otherwise, double *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_json_bool_or(const sedge_json *at, const char *key, bool otherwise, bool *ret,
                                                sedge_error *err);
/** The place in a NULL-terminated list of names, as configuration enums have it. */
SEDGE_NODISCARD sedge_status sedge_json_enum(const sedge_json *at, const char *key, const char *const *names, int *ret,
                                             sedge_error *err);
/** Refuses members that are not in the NULL-terminated list: for files people write (the wire ignores them). */
SEDGE_NODISCARD sedge_status sedge_json_only(const sedge_json *at, const char *const *keys, sedge_error *err);

#endif
