/* SPDX-License-Identifier: Apache-2.0 */
/** The kernels' sources as they are written beside a model. */
#ifndef SEDGE_COMPILE_MICRO_FILES_H
#define SEDGE_COMPILE_MICRO_FILES_H

#include <stdbool.h>

#include "base/embedded.h"

extern const sedge_embedded_file sedge_micro_files[];

enum { SEDGE_MICRO_FILES_MAX = 64 };

/** Rows of sedge_micro_files that are needed. */
typedef struct sedge_micro_set {
    bool has[SEDGE_MICRO_FILES_MAX];
} sedge_micro_set;

/** Adds a header of that name ("sedge_table_8.h"), its .c file if there is one, and all that they include. */
void sedge_micro_add(sedge_micro_set *set, const char *name);

#endif
