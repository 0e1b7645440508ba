/* SPDX-License-Identifier: Apache-2.0 */
/** Where the reader's bytes come from: memory or an open file. */
#ifndef SEDGE_BUNDLE_SOURCE_H
#define SEDGE_BUNDLE_SOURCE_H

#include "base/bytes.h"
#include "os/fs.h"
#include "sedge/error.h"

typedef struct sedge_source {
    const char *name; /**< for sentences; owned */
    uint64_t size;
    sedge_bytes bytes; /**< memory, when fd < 0; borrowed */
    const sedge_fs *fs;
    int fd; /**< owned */
} sedge_source;

SEDGE_NODISCARD sedge_status sedge_source_of_bytes(sedge_bytes bytes, sedge_source *ret, sedge_error *err);
SEDGE_NODISCARD sedge_status sedge_source_of_file(const sedge_fs *fs, const char *path, sedge_source *ret,
                                                  sedge_error *err);
void sedge_source_done(sedge_source *s);
/** Exactly n bytes at offset; SEDGE_ETRUNCATED when the source ends before. */
SEDGE_NODISCARD sedge_status sedge_source_read(const sedge_source *s, uint64_t offset, void *p, size_t n,
                                               sedge_error *err);

#endif
