/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The processes of the demo: started with a log file each, watched, and stopped by their process id, all of them, also
 * when the demo itself is interrupted. Linux ends them when the demo dies without a chance to (kill -9).
 */
#ifndef SEDGE_CLI_DEMO_PROCESS_H
#define SEDGE_CLI_DEMO_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "os/file.h"
#include "sedge/error.h"

enum { DEMO_PROCESSES_MAX = 320, DEMO_ARGS_MAX = 40, DEMO_NAME_MAX = 32 };

typedef struct demo_process {
    char name[DEMO_NAME_MAX];
    char log[SEDGE_PATH_MAX];
    pid_t pid;  /**< 0 once it has ended */
    int status; /**< exit code, or 128 + signal, once it has ended */
    bool stays; /**< left running when the others are stopped */
} demo_process;

typedef struct demo_processes {
    demo_process items[DEMO_PROCESSES_MAX];
    size_t n;
} demo_processes;

/** What a process is given. */
typedef struct demo_start {
    const char *name;
    const char *const *argv; /**< NULL-terminated; argv[0] is a path or is looked up in PATH */
    const char *log;         /**< standard error, and standard output unless out is set; appended to */
    const char *out;         /**< NULL, or a file that standard output replaces */
    bool stays;              /**< survives us */
} demo_start;

/** @param ret  NULL, or the process, which stays at its place in the list */
SEDGE_NODISCARD sedge_status demo_process_start(demo_processes *all, const demo_start *start, demo_process **ret,
                                                sedge_error *err);
/** Does it still run? Takes note of its end. */
bool demo_process_runs(demo_process *p);
/** Takes an ended process off the list's end, so that short commands do not fill it. */
void demo_process_forget_last(demo_processes *all);
/** SIGTERM to all that are not to stay, up to grace_ms of waiting, then SIGKILL to the rest. */
void demo_processes_stop(demo_processes *all, int grace_ms);
/** The last sentence in a log, of a command with --json the message of its error object; "" when there is none. */
void demo_process_last_words(const char *log, char *ret, size_t size);

/** SIGINT and SIGTERM set a flag instead of ending us, so that the processes can be stopped. */
void demo_catch_signals(void);
bool demo_interrupted(void);

#endif
