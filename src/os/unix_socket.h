/* SPDX-License-Identifier: Apache-2.0 */
/** Local stream sockets. Paths are at most 107 bytes, a limit of the kernel. */
#ifndef SEDGE_OS_UNIX_SOCKET_H
#define SEDGE_OS_UNIX_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "sedge/error.h"

/** Listens at path with mode 0600, non-blocking; a socket file that nobody listens at is replaced.
 * @return SEDGE_ECONFLICT when somebody does listen there */
SEDGE_NODISCARD sedge_status sedge_unix_listen(const char *path, int backlog, int *ret_fd, sedge_error *err);
/** Connects (blocking). SEDGE_ENOTFOUND or SEDGE_ENETWORK when nobody listens: the sentence says so. */
SEDGE_NODISCARD sedge_status sedge_unix_connect(const char *path, int *ret_fd, sedge_error *err);
/** A connected pair. */
SEDGE_NODISCARD sedge_status sedge_unix_pair(int ret_fds[2], sedge_error *err);

SEDGE_NODISCARD sedge_status sedge_fd_set_nonblocking(int fd, bool on, sedge_error *err);

#endif
