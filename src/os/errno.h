/* SPDX-License-Identifier: Apache-2.0 */
/** From the kernel's error numbers to our statuses and sentences: one table. */
#ifndef SEDGE_OS_ERRNO_H
#define SEDGE_OS_ERRNO_H

#include "sedge/error.h"

/** ENOSPC and kin: SEDGE_ENOSPACE; ENOENT: SEDGE_ENOTFOUND; EACCES, EPERM: SEDGE_EREFUSED; EEXIST, ENOTEMPTY:
 * SEDGE_ECONFLICT; ENOMEM: SEDGE_ENOMEM; a path of the wrong kind: SEDGE_EINVALID; network errors: SEDGE_ENETWORK or
 * SEDGE_ETIMEOUT; everything else: SEDGE_EIO. error is positive. */
sedge_status sedge_errno_status(int error);
/** "no space left; free some and try again": what happened and, where there is one, the remedy. Static storage, or the
 * C library's words, which another thread may overwrite. */
const char *sedge_errno_text(int error);
/** "<formatted>: <sedge_errno_text>" with the status above. error may carry either sign, as sedge_fs returns it. */
sedge_status sedge_fail_errno(sedge_error *err, int error, const char *fmt, ...) SEDGE_PRINTF(3, 4);

#endif
