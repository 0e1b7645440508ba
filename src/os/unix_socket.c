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

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

sedge_status sedge_unix_send(int socket_fd, sedge_bytes message, int fd, sedge_error *err) {
    struct iovec part = { .iov_base = (void *)(uintptr_t)message.p, .iov_len = message.n };
    union control control = { .bytes = { 0 } };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    ssize_t put;
    do
        put = sendmsg(socket_fd, &m, MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    if (put < 0)
        return errno == EAGAIN ? sedge_fail(err, SEDGE_EBUSY, "the peer does not read")
                               : sedge_fail_errno(err, errno, "cannot send on a local socket");
    if ((size_t)put != message.n)
        return sedge_fail(err, SEDGE_EIO, "a local socket took %zd of %zu bytes", put, message.n);
    return SEDGE_OK;
}

static int passed_fd(struct msghdr *m) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
            int fd;
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
            return fd;
        }
    return -1;
}

sedge_status sedge_unix_receive(int socket_fd, void *p, size_t size, size_t *ret_n, int *ret_fd, sedge_error *err) {
    struct iovec part = { .iov_base = p, .iov_len = size };
    union control control = { .bytes = { 0 } };
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
    };
    ssize_t got;
    do
        got = recvmsg(socket_fd, &m, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? sedge_fail(err, SEDGE_EBUSY, "nothing to receive yet")
                               : sedge_fail_errno(err, errno, "cannot receive on a local socket");
    int fd = passed_fd(&m);
    if (got == 0) {
        if (fd >= 0)
            close(fd);
        return sedge_fail(err, SEDGE_ENETWORK, "the peer closed the local socket");
    }
    *ret_n = (size_t)got;
    *ret_fd = fd;
    return SEDGE_OK;
}

sedge_status sedge_fd_set_nonblocking(int fd, bool on, sedge_error *err) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
        return sedge_fail_errno(err, errno, "cannot change the mode of a descriptor");
    return SEDGE_OK;
}
