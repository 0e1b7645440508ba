/* SPDX-License-Identifier: Apache-2.0 */
/** Labels of a device: `site=north`. Keys and values are 1 to 64 of A-Z a-z 0-9 '-' '_' '.' '/', values may be empty.
 */
#ifndef SEDGE_PROTO_LABELS_H
#define SEDGE_PROTO_LABELS_H

#include <jansson.h>
#include <stdbool.h>

#include "conf/json.h"
#include "sedge/error.h"

enum { SEDGE_LABELS_MAX = 32, SEDGE_LABEL_TEXT_MAX = 65 };

typedef struct sedge_label {
    char key[SEDGE_LABEL_TEXT_MAX];
    char value[SEDGE_LABEL_TEXT_MAX];
} sedge_label;

/** Sorted by key, keys unique. */
typedef struct sedge_labels {
    sedge_label items[SEDGE_LABELS_MAX];
    size_t n;
} sedge_labels;

/** Puts key=value, replacing an earlier value. SEDGE_EINVALID, SEDGE_ELIMIT. */
SEDGE_NODISCARD sedge_status sedge_labels_set(sedge_labels *labels, const char *key, const char *value,
                                              sedge_error *err);
void sedge_labels_remove(sedge_labels *labels, const char *key);
const char *sedge_labels_get(const sedge_labels *labels, const char *key); /**< or NULL */
/** An object of strings, as a new reference; NULL without memory. */
json_t *sedge_labels_to_json(const sedge_labels *labels);
/** From the object that at stands at; an absent value is no labels. */
SEDGE_NODISCARD sedge_status sedge_labels_from_json(const sedge_json *at, sedge_labels *ret, sedge_error *err);
/** From "a=1,b=2" (command line); "" is none. */
SEDGE_NODISCARD sedge_status sedge_labels_from_text(const char *text, sedge_labels *ret, sedge_error *err);

/** A selector is labels that must all be there with these values ("site=a,line=2"); the empty one selects everything.
 */
bool sedge_labels_match(const sedge_labels *labels, const sedge_labels *selector);

#endif
