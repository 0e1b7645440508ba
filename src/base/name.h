/* SPDX-License-Identifier: Apache-2.0 */
/** The form of names that travel: models, files in a bundle, releases' paths, URLs. */
#ifndef SEDGE_BASE_NAME_H
#define SEDGE_BASE_NAME_H

#include <stdbool.h>

/** Size of an array that holds any name: 64 characters and NUL. */
enum { SEDGE_NAME_MAX = 65 };
/** For sentences: what a name looks like. */
#define SEDGE_NAME_RULE "1 to 64 of A-Z a-z 0-9 '-' '_' '.', the first a letter or digit"

/** SEDGE_NAME_RULE holds; so it is no path, not "..", not hidden. */
bool sedge_is_name(const char *text);

#endif
