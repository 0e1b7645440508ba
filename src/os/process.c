/* SPDX-License-Identifier: Apache-2.0 */
#include "os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/format.h"
#include "os/clock.h"
#include "os/errno.h"

extern char **environ;

enum { FIRST_PASSED_FD = 3, SHELTER_FD = 64 }; /* where passed descriptors wait while 0.. are filled */

static _Noreturn void child_fail(int report_fd) {
    int error = errno;
    ssize_t put = write(report_fd, &error, sizeof error);
    (void)put;
    _exit(127);
}

static void reset_signals(void) {
    for (int s = 1; s < NSIG; s++)
        if (s != SIGKILL && s != SIGSTOP)
            signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void limit_to(int resource, int64_t value, int64_t slack, int report_fd) {
    struct rlimit limit = { .rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)(value + slack) };
    if (value > 0 && setrlimit((__rlimit_resource_t)resource, &limit) < 0)
        child_fail(report_fd);
}

/* Copies fd to a number that nothing below overwrites. */
static int shelter(int fd, int report_fd) {
    if (fd == SEDGE_FD_NULL)
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high = fcntl(fd, F_DUPFD_CLOEXEC, SHELTER_FD);
    if (high < 0)
        child_fail(report_fd);
    return high;
}

static void place_fds(const sedge_process_options *o, int report_fd) {
    int wanted[FIRST_PASSED_FD + SEDGE_PASS_FDS_MAX];
    int given[] = { o->stdin_fd, o->stdout_fd, o->stderr_fd };
    int n = FIRST_PASSED_FD + o->pass_fds_n;
    for (int i = 0; i < n; i++) {
        int fd = i < FIRST_PASSED_FD ? given[i] : o->pass_fds[i - FIRST_PASSED_FD];
        wanted[i] = fd == SEDGE_FD_INHERIT ? -1 : shelter(fd, report_fd);
    }
    for (int i = 0; i < n; i++)
        if (wanted[i] >= 0 && dup2(wanted[i], i) < 0)
            child_fail(report_fd);
    for (int i = n; i < report_fd; i++)
        close(i);
    /* a kernel before 5.9 leaves what is above to CLOEXEC, which all of ours have */
    syscall(SYS_close_range, (unsigned)(report_fd + 1), ~0U, 0);
}

/* Runs in the child between fork and exec: only calls that are safe there. */
static _Noreturn void become(const sedge_process_options *o, int report_fd, pid_t parent) {
    reset_signals();
    int high = fcntl(report_fd, F_DUPFD_CLOEXEC, SHELTER_FD * 2);
    if (high < 0)
        child_fail(report_fd);
    place_fds(o, high);
    if (o->die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
        child_fail(high);
    if (o->new_group && setpgid(0, 0) < 0)
        child_fail(high);
    if (o->cwd && chdir(o->cwd) < 0)
        child_fail(high);
    if (o->nice && setpriority(PRIO_PROCESS, 0, o->nice) < 0)
        child_fail(high);
    limit_to(RLIMIT_AS, o->memory_limit_bytes, 0, high);
    limit_to(RLIMIT_CPU, o->cpu_limit_s, 1, high);
    char *const *argv = (char *const *)(uintptr_t)o->argv;
    if (o->env)
        environ = (char **)(uintptr_t)o->env;
    execvp(argv[0], argv);
    child_fail(high);
}

static sedge_status await_exec(int fd, const char *program, pid_t pid, sedge_error *err) {
    int error = 0;
    ssize_t n;
    do
        n = read(fd, &error, sizeof error);
    while (n < 0 && errno == EINTR);
    if (n != sizeof error)
        return SEDGE_OK;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return sedge_fail_errno(err, error, "cannot start '%s'", program);
}

sedge_status sedge_process_start(const sedge_process_options *options, pid_t *ret_pid, sedge_error *err) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0)
        return sedge_fail_errno(err, errno, "cannot start '%s'", options->argv[0]);
    sigset_t every;
    sigset_t before;
    sigfillset(&every);
    pthread_sigmask(SIG_SETMASK, &every, &before); /* no handler of ours may run in the child */
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become(options, report[1], parent);
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    sedge_status st = pid < 0 ? sedge_fail_errno(err, fork_error, "cannot start '%s'", options->argv[0])
                              : await_exec(report[0], options->argv[0], pid, err);
    close(report[0]);
    if (!st)
        *ret_pid = pid;
    return st;
}

/* A descriptor that becomes readable when the child ends. */
static sedge_status open_pidfd(pid_t pid, int *ret_fd, sedge_error *err) {
    long fd = syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "cannot watch process %ld", (long)pid);
    *ret_fd = (int)fd;
    return SEDGE_OK;
}

static sedge_status reap(pid_t pid, bool block, sedge_process_end *ret, sedge_error *err) {
    int state;
    pid_t got;
    do
        got = waitpid(pid, &state, block ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return sedge_fail_errno(err, errno, "cannot wait for process %ld", (long)pid);
    if (got == 0)
        return sedge_fail(err, SEDGE_ETIMEOUT, "process %ld still runs", (long)pid);
    bool exited = WIFEXITED(state);
    *ret = (sedge_process_end){ .exit_code = exited ? WEXITSTATUS(state) : -1, .signal = exited ? 0 : WTERMSIG(state) };
    return SEDGE_OK;
}

/* Waits until fd is readable or the moment has come; false then. deadline_ms < 0: for ever. */
static bool poll_until(struct pollfd *fds, nfds_t n, int64_t deadline_ms) {
    for (;;) {
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - sedge_monotonic_ms(sedge_clock_os());
        if (deadline_ms >= 0 && left < 0)
            left = 0;
        int got = poll(fds, n, left > 1000000 ? 1000000 : (int)left);
        if (got > 0)
            return true;
        if (got == 0 && left >= 0 && left <= 1000000)
            return false;
    }
}

static int64_t deadline_after(int64_t timeout_ms) {
    return timeout_ms < 0 ? -1 : sedge_monotonic_ms(sedge_clock_os()) + timeout_ms;
}

sedge_status sedge_process_wait(pid_t pid, int64_t timeout_ms, sedge_process_end *ret, sedge_error *err) {
    if (timeout_ms <= 0)
        return reap(pid, timeout_ms < 0, ret, err);
    int fd = -1;
    sedge_status st = open_pidfd(pid, &fd, err);
    if (st)
        return st;
    struct pollfd p = { .fd = fd, .events = POLLIN };
    poll_until(&p, 1, deadline_after(timeout_ms));
    close(fd);
    return reap(pid, false, ret, err);
}

sedge_status sedge_process_stop(pid_t pid, int64_t grace_ms, sedge_process_end *ret, sedge_error *err) {
    kill(pid, SIGTERM);
    sedge_status st = sedge_process_wait(pid, grace_ms, ret, err);
    if (st != SEDGE_ETIMEOUT)
        return st;
    kill(pid, SIGKILL);
    return sedge_process_wait(pid, -1, ret, err);
}

struct capture {
    int fd;
    sedge_buf *out;
};

static void drain(struct capture *c) {
    uint8_t block[4096];
    ssize_t n = read(c->fd, block, sizeof block);
    if (n > 0) {
        size_t room = c->out->max - c->out->n;
        sedge_buf_put(c->out, block, (size_t)n < room ? (size_t)n : room);
    } else if (n == 0 || errno != EINTR) {
        close(c->fd);
        c->fd = -1;
    }
}

/* Reads until both pipes are closed; false when the time is up. */
static bool collect(struct capture c[2], int64_t deadline_ms) {
    while (c[0].fd >= 0 || c[1].fd >= 0) {
        struct pollfd fds[] = { { .fd = c[0].fd, .events = POLLIN }, { .fd = c[1].fd, .events = POLLIN } };
        if (!poll_until(fds, 2, deadline_ms))
            return false;
        for (int i = 0; i < 2; i++)
            if (c[i].fd >= 0 && fds[i].revents)
                drain(&c[i]);
    }
    return true;
}

static void close_pair(int fds[2]) {
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

sedge_status sedge_process_run(const sedge_process_options *options, int64_t timeout_ms, sedge_buf *ret_out,
                               sedge_buf *ret_err_text, sedge_process_end *ret, sedge_error *err) {
    int out[2] = { -1, -1 };
    int text[2] = { -1, -1 };
    if (pipe2(out, O_CLOEXEC) < 0 || (ret_err_text && pipe2(text, O_CLOEXEC) < 0)) {
        sedge_status st = sedge_fail_errno(err, errno, "cannot start '%s'", options->argv[0]);
        close_pair(out);
        return st;
    }
    sedge_process_options o = *options;
    o.stdin_fd = SEDGE_FD_NULL;
    o.stdout_fd = out[1];
    if (ret_err_text)
        o.stderr_fd = text[1];
    pid_t pid;
    sedge_status st = sedge_process_start(&o, &pid, err);
    if (st) {
        close_pair(out);
        close_pair(text);
        return st;
    }
    close(out[1]);
    if (text[1] >= 0)
        close(text[1]);
    struct capture c[] = { { out[0], ret_out }, { text[0], ret_err_text } };
    int64_t deadline = deadline_after(timeout_ms);
    bool all = collect(c, deadline);
    for (int i = 0; i < 2; i++)
        if (c[i].fd >= 0)
            close(c[i].fd);
    int64_t left = deadline < 0 ? -1 : deadline - sedge_monotonic_ms(sedge_clock_os());
    st = all ? sedge_process_wait(pid, deadline >= 0 && left < 0 ? 0 : left, ret, NULL) : SEDGE_ETIMEOUT;
    if (st != SEDGE_ETIMEOUT)
        return st ? sedge_fail(err, st, "cannot wait for '%s'", options->argv[0]) : SEDGE_OK;
    kill(options->new_group ? -pid : pid, SIGKILL);
    st = sedge_process_wait(pid, -1, ret, err);
    return st ? st
              : sedge_fail(err, SEDGE_ETIMEOUT, "'%s' took longer than %lld ms and was stopped", options->argv[0],
                           (long long)timeout_ms);
}

void sedge_process_end_text(sedge_process_end end, char text[64]) {
    if (end.signal)
        sedge_format(text, 64, "signal %d (%s)", end.signal, strsignal(end.signal));
    else
        sedge_format(text, 64, "exit code %d", end.exit_code);
}
