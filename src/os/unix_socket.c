/* SPDX-License-Identifier: Apache-2.0 */
#include "os/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/errno.h"

static sedge_status make_address(const char *path, struct sockaddr_un *ret, sedge_error *err) {
    size_t n = strlen(path);
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (n >= sizeof ret->sun_path)
        return sedge_fail(err, SEDGE_EINVALID, "the socket path '%s' is longer than %zu bytes; use a shorter folder",
                          path, sizeof ret->sun_path - 1);
    memcpy(ret->sun_path, path, n + 1);
    return SEDGE_OK;
}

sedge_status sedge_unix_connect(const char *path, int *ret_fd, sedge_error *err) {
    struct sockaddr_un address;
    sedge_status st = make_address(path, &address, err);
    if (st)
        return st;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "cannot make a socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        st = sedge_fail_errno(err, errno, "cannot connect to the socket '%s'", path);
        close(fd);
        return st;
    }
    *ret_fd = fd;
    return SEDGE_OK;
}

/* Removes a socket file that is left over from a process that died. */
static sedge_status remove_stale(const char *path, sedge_error *err) {
    struct stat s;
    if (lstat(path, &s) < 0)
        return errno == ENOENT ? SEDGE_OK : sedge_fail_errno(err, errno, "cannot listen at '%s'", path);
    if (!S_ISSOCK(s.st_mode))
        return sedge_fail(err, SEDGE_ECONFLICT, "cannot listen at '%s': it exists and is no socket", path);
    int fd;
    if (sedge_unix_connect(path, &fd, NULL) == SEDGE_OK) {
        close(fd);
        return sedge_fail(err, SEDGE_ECONFLICT, "cannot listen at '%s': another process does", path);
    }
    if (unlink(path) < 0 && errno != ENOENT)
        return sedge_fail_errno(err, errno, "cannot remove '%s'", path);
    return SEDGE_OK;
}

sedge_status sedge_unix_listen(const char *path, int backlog, int *ret_fd, sedge_error *err) {
    struct sockaddr_un address;
    sedge_status st = make_address(path, &address, err);
    if (!st)
        st = remove_stale(path, err);
    if (st)
        return st;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "cannot make a socket");
    /* the mode of the descriptor becomes that of the file, so that there is no moment with a wider one */
    if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0600) < 0 ||
        listen(fd, backlog) < 0) {
        st = sedge_fail_errno(err, errno, "cannot listen at '%s'", path);
        close(fd);
        return st;
    }
    *ret_fd = fd;
    return SEDGE_OK;
}

sedge_status sedge_unix_pair(int ret_fds[2], sedge_error *err) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds) < 0)
        return sedge_fail_errno(err, errno, "cannot make a pair of sockets");
    return SEDGE_OK;
}

sedge_status sedge_fd_set_nonblocking(int fd, bool on, sedge_error *err) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
        return sedge_fail_errno(err, errno, "cannot change the mode of a descriptor");
    return SEDGE_OK;
}
