/* SPDX-License-Identifier: Apache-2.0 */
#include "bundle/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "os/errno.h"

static sedge_status name_it(const char *name, sedge_source *s, sedge_error *err) {
    s->name = strdup(name);
    return s->name ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "no memory for the name '%s'", name);
}

sedge_status sedge_source_of_bytes(sedge_bytes bytes, sedge_source *ret, sedge_error *err) {
    sedge_source s = { .size = bytes.n, .bytes = bytes, .fd = -1 };
    sedge_status st = name_it("bundle", &s, err);
    if (!st)
        *ret = s;
    return st;
}

sedge_status sedge_source_of_file(const sedge_fs *fs, const char *path, sedge_source *ret, sedge_error *err) {
    sedge_source s = { .fs = fs ? fs : sedge_fs_os() };
    sedge_fs_stat info;
    int rc = s.fs->stat(s.fs, path, true, &info);
    if (rc < 0)
        return sedge_fail_errno(err, rc, "cannot open '%s'", path);
    if (info.kind != SEDGE_FS_FILE)
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is no file", path);
    s.fd = s.fs->open(s.fs, path, O_RDONLY, 0);
    if (s.fd < 0)
        return sedge_fail_errno(err, s.fd, "cannot open '%s'", path);
    s.size = (uint64_t)info.size_bytes;
    sedge_status st = name_it(path, &s, err);
    if (st) {
        s.fs->close(s.fs, s.fd);
        return st;
    }
    *ret = s;
    return SEDGE_OK;
}

void sedge_source_done(sedge_source *s) {
    if (s->fd >= 0 && s->fs)
        s->fs->close(s->fs, s->fd);
    free((char *)(uintptr_t)s->name);
    *s = (sedge_source){ .fd = -1 };
}

static sedge_status read_file(const sedge_source *s, uint64_t offset, uint8_t *p, size_t n, sedge_error *err) {
    while (n > 0) {
        int64_t got = s->fs->pread(s->fs, s->fd, p, n, (int64_t)offset);
        if (got < 0)
            return sedge_fail_errno(err, (int)got, "cannot read '%s'", s->name);
        if (got == 0)
            return sedge_fail(err, SEDGE_ETRUNCATED, "'%s' became shorter while it was read", s->name);
        p += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return SEDGE_OK;
}

sedge_status sedge_source_read(const sedge_source *s, uint64_t offset, void *p, size_t n, sedge_error *err) {
    if (offset > s->size || n > s->size - offset)
        return sedge_fail(err, SEDGE_ETRUNCATED, "%s has %llu bytes, %zu behind byte %llu are needed", s->name,
                          (unsigned long long)s->size, n, (unsigned long long)offset);
    if (s->fd >= 0)
        return read_file(s, offset, p, n, err);
    if (n > 0)
        memcpy(p, s->bytes.p + offset, n);
    return SEDGE_OK;
}
