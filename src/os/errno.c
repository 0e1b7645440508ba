/* SPDX-License-Identifier: Apache-2.0 */
#include "os/errno.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/own.h"

static const struct row {
    int error;
    sedge_status status;
    const char *text; /* NULL: the C library's words */
} rows[] = {
    { ENOENT, SEDGE_ENOTFOUND, "no such file or folder; check the path" },
    { ENOSPC, SEDGE_ENOSPACE, "no space left; free some and try again" },
    { EDQUOT, SEDGE_ENOSPACE, "the disk quota is used up; free some space and try again" },
    { EFBIG, SEDGE_ENOSPACE, "the file would exceed the size limit of this process or file system" },
    { EACCES, SEDGE_EREFUSED, "permission denied; check owner and mode" },
    { EPERM, SEDGE_EREFUSED, "not permitted; check owner and mode" },
    { EROFS, SEDGE_EREFUSED, "the file system is read-only" },
    { EEXIST, SEDGE_ECONFLICT, "exists already" },
    { ENOTEMPTY, SEDGE_ECONFLICT, "the folder is not empty" },
    { EISDIR, SEDGE_EINVALID, "is a folder, a file is wanted" },
    { ENOTDIR, SEDGE_EINVALID, "a part of the path is a file, a folder is wanted" },
    { ENAMETOOLONG, SEDGE_EINVALID, "the name is too long" },
    { ELOOP, SEDGE_EINVALID, "too many symbolic links, or one where none is allowed" },
    { ENOMEM, SEDGE_ENOMEM, "no memory" },
    { ECONNREFUSED, SEDGE_ENETWORK, "connection refused" },
    { ECONNRESET, SEDGE_ENETWORK, "the peer broke the connection off" },
    { EPIPE, SEDGE_ENETWORK, "the peer closed the connection" },
    { ENETUNREACH, SEDGE_ENETWORK, NULL },
    { EHOSTUNREACH, SEDGE_ENETWORK, NULL },
    { ENETDOWN, SEDGE_ENETWORK, NULL },
    { EADDRINUSE, SEDGE_ECONFLICT, "the address is in use by another program" },
    { EADDRNOTAVAIL, SEDGE_ENETWORK, "the address is not one of this machine's" },
    { ETIMEDOUT, SEDGE_ETIMEOUT, "no answer in time" },
};

static const struct row *find_row(int error) {
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++)
        if (rows[i].error == error)
            return &rows[i];
    return NULL;
}

sedge_status sedge_errno_status(int error) {
    const struct row *row = find_row(error);
    return row ? row->status : SEDGE_EIO;
}

const char *sedge_errno_text(int error) {
    const struct row *row = find_row(error);
    if (row && row->text)
        return row->text;
    return strerror(error);
}

sedge_status sedge_fail_errno(sedge_error *err, int error, const char *fmt, ...) {
    if (error < 0)
        error = -error;
    sedge_status status = sedge_errno_status(error);
    sedge_fail(err, status, "%s", sedge_errno_text(error));
    sedge_error place;
    va_list args;
    va_start(args, fmt);
    sedge_vfail(&place, status, fmt, args);
    va_end(args);
    return sedge_wrap(err, status, "%s", place.text);
}
