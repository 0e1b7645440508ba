/* SPDX-License-Identifier: Apache-2.0 */
/** The word that was probably meant: "unknown option '--lisen'; did you mean --listen?" */
#ifndef SEDGE_CONF_NEAREST_H
#define SEDGE_CONF_NEAREST_H

#include <stddef.h>

/** Keeps the best candidate seen so far; start with { .word = ... }. */
typedef struct sedge_nearest {
    const char *word;
    const char *best; /**< NULL when no candidate was close; a view of the candidate */
    size_t distance;
} sedge_nearest;

/** Offers a candidate: close means at most a third of the word's letters inserted, deleted, changed or swapped, or
 * the candidate begins with the word. */
void sedge_nearest_offer(sedge_nearest *n, const char *candidate);

#endif
