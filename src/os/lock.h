/* SPDX-License-Identifier: Apache-2.0 */
/** One process per state folder: flock on `<dir>/lock`. The kernel frees it when the process dies. */
#ifndef SEDGE_OS_LOCK_H
#define SEDGE_OS_LOCK_H

#include "sedge/error.h"

/**
 * Locks dir, which must exist, without waiting, and writes our pid into the lock file for people.
 * @param ret_fd  keep it open as long as the lock is wanted, then sedge_lock_release()
 * @return SEDGE_EBUSY "'<dir>' is in use by process <pid>; stop it or give another folder"
 */
SEDGE_NODISCARD sedge_status sedge_lock_dir(const char *dir, int *ret_fd, sedge_error *err);
/** fd may be -1. The file stays, as removing it would race with the next owner. */
void sedge_lock_release(int fd);

#endif
