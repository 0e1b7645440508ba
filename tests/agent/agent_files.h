/* SPDX-License-Identifier: Apache-2.0 */
/** For the tests of agent: a temporary folder, and a disk that dies after so many calls. */
#ifndef TEST_AGENT_FILES_H
#define TEST_AGENT_FILES_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "os/fs_double.h"

/** A new empty folder, in memory where the machine has one (thousands of fsyncs); remove it with test_dir_remove. */
static inline void test_dir_make(char ret[SEDGE_PATH_MAX]) {
    const char *tmp = getenv("TMPDIR");
    if (!tmp)
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(ret, SEDGE_PATH_MAX, "%s/sedge-agent-XXXXXX", tmp);
    if (!mkdtemp(ret))
        abort();
}

static inline void test_dir_remove(const char *dir) {
    if (sedge_dir_remove_tree(NULL, dir, NULL))
        abort();
}

/** The machine's files until so many calls were made; the next one fails, and so does every later one unless `once`. */
static inline void test_disk_init(sedge_fs_double *d, size_t calls, int error, bool once) {
    sedge_fs_double_init(d, sedge_fs_os());
    d->fail_at = calls;
    d->error = error;
    d->stop = !once;
    d->short_writes = !once; /* so that a write can be torn */
}

#endif
