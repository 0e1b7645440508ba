/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "os/clock.h"
#include "os/errno.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    interrupted = number;
}

void demo_catch_signals(void) {
    struct sigaction action = { .sa_handler = on_signal };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

bool demo_interrupted(void) {
    return interrupted != 0;
}

static sedge_status open_log(const char *path, int flags, int *ret_fd, sedge_error *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "%s", path);
    *ret_fd = fd;
    return SEDGE_OK;
}

/** In the child: never returns. */
static void become(const demo_start *start, int out, int log, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setsid(); /* Ctrl-C reaches the demo alone, which then stops us in order */
    if (!start->stays) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(127);
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(log, 2) < 0)
        _exit(127);
    for (const char *const *pair = start->env; pair && *pair; pair++)
        (void)putenv((char *)(uintptr_t)*pair);
    execvp(start->argv[0], (char *const *)(uintptr_t)start->argv);
    (void)dprintf(2, "%s: cannot be started: %s\n", start->argv[0], strerror(errno));
    _exit(127);
}

sedge_status demo_process_start(demo_processes *all, const demo_start *start, demo_process **ret, sedge_error *err) {
    if (all->n == DEMO_PROCESSES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: more than %d processes", start->name, DEMO_PROCESSES_MAX);
    int log = -1, out = -1;
    sedge_status st = open_log(start->log, O_APPEND, &log, err);
    if (!st && start->out)
        st = open_log(start->out, O_TRUNC, &out, err);
    pid_t parent = getpid(), pid = st ? -1 : fork();
    if (pid == 0)
        become(start, out >= 0 ? out : log, log, parent);
    if (!st && pid < 0)
        st = sedge_fail_errno(err, errno, "%s: cannot be started", start->name);
    if (out >= 0)
        close(out);
    if (log >= 0)
        close(log);
    if (st)
        return st;
    demo_process *p = &all->items[all->n++];
    *p = (demo_process){ .pid = pid, .stays = start->stays };
    (void)snprintf(p->name, sizeof p->name, "%s", start->name);
    (void)snprintf(p->log, sizeof p->log, "%s", start->log);
    if (ret)
        *ret = p;
    return SEDGE_OK;
}

bool demo_process_runs(demo_process *p) {
    int status;
    if (p->pid == 0)
        return false;
    pid_t got = waitpid(p->pid, &status, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR))
        return true;
    p->pid = 0;
    if (got < 0)
        p->status = 127;
    else
        p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return false;
}

void demo_process_forget_last(demo_processes *all) {
    if (all->n && all->items[all->n - 1].pid == 0)
        all->n--;
}

static size_t signal_all(demo_processes *all, int number) {
    size_t left = 0;
    for (size_t i = 0; i < all->n; i++) {
        demo_process *p = &all->items[i];
        if (p->stays || !demo_process_runs(p))
            continue;
        left++;
        if (number)
            (void)kill(p->pid, number);
    }
    return left;
}

void demo_processes_stop(demo_processes *all, int grace_ms) {
    size_t left = signal_all(all, SIGTERM);
    for (int waited = 0; left && waited < grace_ms; waited += 20) {
        sedge_sleep_ms(20);
        left = signal_all(all, 0);
    }
    if (!left)
        return;
    (void)signal_all(all, SIGKILL);
    for (int waited = 0; signal_all(all, 0) && waited < 5000; waited += 20)
        sedge_sleep_ms(20);
}

/** "sedge: sentence" without "sedge: ". */
static const char *without_program(const char *line) {
    static const char *const programs[] = { "sedge: ", "sedge-hub: ", "sedge-agent: " };
    for (size_t i = 0; i < SEDGE_COUNT(programs); i++)
        if (strncmp(line, programs[i], strlen(programs[i])) == 0)
            return line + strlen(programs[i]);
    return line;
}

void demo_process_last_words(const char *log, char *ret, size_t size) {
    char tail[4096];
    ret[0] = '\0';
    FILE *f = fopen(log, "re");
    if (!f)
        return;
    (void)fseek(f, -(long)(sizeof tail - 1), SEEK_END);
    size_t n = fread(tail, 1, sizeof tail - 1, f);
    (void)fclose(f);
    while (n && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
        n--;
    tail[n] = '\0';
    const char *line = strrchr(tail, '\n');
    (void)snprintf(ret, size, "%s", without_program(line ? line + 1 : tail));
}
