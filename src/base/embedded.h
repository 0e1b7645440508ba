/* SPDX-License-Identifier: Apache-2.0 */
/** Files of the source tree that are built into a program (scripts/embed-files): rows ended by one without a name. */
#ifndef SEDGE_BASE_EMBEDDED_H
#define SEDGE_BASE_EMBEDDED_H

#include <stddef.h>

typedef struct sedge_embedded_file {
    const char *name, *text;
} sedge_embedded_file;

#endif
