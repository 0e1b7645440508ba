/* SPDX-License-Identifier: Apache-2.0 */
/** A folder of its own for a test, and files in it. */
#ifndef SEDGE_TEST_DATA_TEMP_H
#define SEDGE_TEST_DATA_TEMP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/file.h"

/** Makes a folder; the path lives until the next call. temp_remove() it. */
static inline const char *temp_dir(void) {
    static char path[64];
    strcpy(path, "/tmp/sedge-test-XXXXXX");
    if (!mkdtemp(path))
        abort();
    return path;
}

static inline void temp_remove(const char *dir) {
    if (sedge_dir_remove_tree(NULL, dir, NULL))
        abort();
}

/** Writes text to dir/name and returns the path, which lives until the call after the next seven. */
static inline const char *temp_file(const char *dir, const char *name, const char *text) {
    static char paths[8][128];
    static int turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    if (!f || fputs(text, f) < 0 || fclose(f))
        abort();
    return path;
}

#endif
