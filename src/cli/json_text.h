/* SPDX-License-Identifier: Apache-2.0 */
/** Members of the hub's answers as text for a table. The hub may be newer than we are: what is missing prints as "-".
 */
#ifndef SEDGE_CLI_JSON_TEXT_H
#define SEDGE_CLI_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_TEXT_MAX = 256 };

/** The member at a path like "reported.model" as text: strings as they are, numbers, booleans, objects as "a=b,c=d". */
const char *json_text(const json_t *object, const char *path, char ret[JSON_TEXT_MAX]);
/** The member as a number, or otherwise when it is missing or none. */
double json_number(const json_t *object, const char *path, double otherwise);
/** The member, or NULL. Borrowed. */
json_t *json_member(const json_t *object, const char *path);
/** A time in ms as "12 s ago", "-" when missing or 0. */
const char *json_ago(const json_t *object, const char *path, int64_t now_ms, char ret[JSON_TEXT_MAX]);

#endif
