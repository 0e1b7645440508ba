/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Child processes: start, wait, stop, capture.
 *
 * The child gets exactly the descriptors named here (everything else is closed), default signal handling and an empty
 * signal mask. Safe in programs with threads. Never goes through a shell.
 */
#ifndef SEDGE_OS_PROCESS_H
#define SEDGE_OS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "sedge/error.h"

enum { SEDGE_FD_NULL = -1, SEDGE_FD_INHERIT = -2, SEDGE_PASS_FDS_MAX = 8 };

typedef struct sedge_process_options {
    const char *const *argv; /**< NULL-terminated; argv[0] with '/' is a path, else it is looked up in PATH */
    const char *const *env;  /**< NULL: ours */
    const char *cwd;         /**< NULL: ours */
    int stdin_fd;            /**< a descriptor, SEDGE_FD_NULL (/dev/null) or SEDGE_FD_INHERIT */
    int stdout_fd;
    int stderr_fd;
    int pass_fds[SEDGE_PASS_FDS_MAX]; /**< become 3, 4, ... in the child */
    int pass_fds_n;
    bool die_with_parent;       /**< SIGKILL when the starting thread ends */
    bool new_group;             /**< a process group of its own, so that all of it can be signalled */
    int64_t memory_limit_bytes; /**< of address space; 0: none */
    int64_t cpu_limit_s;        /**< SIGXCPU, then SIGKILL; 0: none */
    int nice;
} sedge_process_options;

#define SEDGE_PROCESS_OPTIONS_INIT                                                                                     \
    ((sedge_process_options){ .stdin_fd = SEDGE_FD_NULL, .stdout_fd = SEDGE_FD_INHERIT, .stderr_fd = SEDGE_FD_INHERIT })

/** How a child ended. */
typedef struct sedge_process_end {
    int exit_code; /**< -1 when a signal ended it */
    int signal;    /**< 0 when it exited */
} sedge_process_end;

/**
 * Starts a child; returns when the program runs, so that a missing one is an error here.
 * @return SEDGE_ENOTFOUND and others of os/errno.h: "cannot start '<argv0>': ..."
 */
SEDGE_NODISCARD sedge_status sedge_process_start(const sedge_process_options *options, pid_t *ret_pid,
                                                 sedge_error *err);
/** Waits up to timeout_ms (-1: for ever, 0: only looks). SEDGE_ETIMEOUT when it still runs. */
SEDGE_NODISCARD sedge_status sedge_process_wait(pid_t pid, int64_t timeout_ms, sedge_process_end *ret,
                                                sedge_error *err);
/** SIGTERM, up to grace_ms, then SIGKILL; waits for the end. */
SEDGE_NODISCARD sedge_status sedge_process_stop(pid_t pid, int64_t grace_ms, sedge_process_end *ret, sedge_error *err);

/**
 * Runs a child to its end and collects its standard output, and its standard error where ret_err_text is not NULL.
 * stdin, stdout (and stderr) of options are ignored. Both buffers have been initialised by the caller, whose maximum
 * holds: what exceeds it is read and dropped.
 * @return SEDGE_ETIMEOUT after timeout_ms (-1: never), the child is killed then
 */
SEDGE_NODISCARD sedge_status sedge_process_run(const sedge_process_options *options, int64_t timeout_ms,
                                               sedge_buf *ret_out, sedge_buf *ret_err_text, sedge_process_end *ret,
                                               sedge_error *err);
/** "exit code 3", "signal 9 (Killed)" into text. */
void sedge_process_end_text(sedge_process_end end, char text[64]);

#endif
