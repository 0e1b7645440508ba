/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/json_text.h"
#include "conf/json.h"
#include "os/clock.h"
#include "os/errno.h"
#include "os/process.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    interrupted = number;
}

void demo_catch_signals(void) {
    struct sigaction action = { .sa_handler = on_signal };
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
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

sedge_status demo_process_start(demo_processes *all, const demo_start *start, demo_process **ret, sedge_error *err) {
    if (all->n == DEMO_PROCESSES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: more than %d processes", start->name, DEMO_PROCESSES_MAX);
    int log = -1, out = -1;
    demo_process *p = &all->items[all->n];
    *p = (demo_process){ .stays = start->stays };
    (void)snprintf(p->name, sizeof p->name, "%s", start->name);
    (void)snprintf(p->log, sizeof p->log, "%s", start->log);
    sedge_status st = open_log(start->log, O_APPEND, &log, err);
    if (!st && start->out)
        st = open_log(start->out, O_TRUNC, &out, err);
    sedge_process_options options = SEDGE_PROCESS_OPTIONS_INIT;
    options.argv = start->argv;
    options.stdout_fd = out >= 0 ? out : log;
    options.stderr_fd = log;
    options.die_with_parent = !start->stays;
    options.new_group = true; /* Ctrl-C reaches the demo alone, which then stops them in order */
    if (!st)
        st = sedge_process_start(&options, &p->pid, err);
    if (out >= 0)
        close(out);
    if (log >= 0)
        close(log);
    if (st)
        return st;
    all->n++;
    if (ret)
        *ret = p;
    return SEDGE_OK;
}

bool demo_process_runs(demo_process *p) {
    sedge_process_end end = { .exit_code = -1 };
    sedge_error err = SEDGE_ERROR_INIT;
    if (p->pid == 0)
        return false;
    if (sedge_process_wait(p->pid, 0, &end, &err) == SEDGE_ETIMEOUT)
        return true;
    p->pid = 0;
    p->status = end.signal ? 128 + end.signal : end.exit_code;
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

/** The sentence in {"error": {"message": sentence}}, which is what commands with --json write; else the line. */
static void put_sentence(const char *line, char *ret, size_t size) {
    SEDGE_AUTO_JSON json_t *doc = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    const char *message = NULL;
    if (line[0] == '{' &&
        sedge_json_load(sedge_bytes_of(line, strlen(line)), &SEDGE_JSON_LIMITS, "log", &doc, &err) == 0)
        message = json_string_value(json_member(doc, "error.message"));
    (void)snprintf(ret, size, "%s", message ? message : line);
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
    put_sentence(line ? line + 1 : tail, ret, size);
}
