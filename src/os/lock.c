/* SPDX-License-Identifier: Apache-2.0 */
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/format.h"
#include "os/errno.h"
#include "os/file.h"

static sedge_status busy(int fd, const char *dir, sedge_error *err) {
    char text[16] = { 0 };
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    long pid = n > 0 ? strtol(text, NULL, 10) : 0;
    if (pid > 0)
        return sedge_fail(err, SEDGE_EBUSY, "'%s' is in use by process %ld; stop it or give another folder", dir, pid);
    return sedge_fail(err, SEDGE_EBUSY, "'%s' is in use by another process; stop it or give another folder", dir);
}

static sedge_status write_pid(int fd, const char *path, sedge_error *err) {
    char text[16];
    size_t n = sedge_format(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, n, 0) < 0)
        return sedge_fail_errno(err, errno, "cannot write '%s'", path);
    return SEDGE_OK;
}

sedge_status sedge_lock_dir(const char *dir, int *ret_fd, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/lock", dir);
    if (st)
        return st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "cannot open '%s'", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        st = errno == EWOULDBLOCK ? busy(fd, dir, err) : sedge_fail_errno(err, errno, "cannot lock '%s'", path);
    else
        st = write_pid(fd, path, err);
    if (st) {
        close(fd);
        return st;
    }
    *ret_fd = fd;
    return SEDGE_OK;
}

void sedge_lock_release(int fd) {
    if (fd >= 0)
        close(fd);
}
