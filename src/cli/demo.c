/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/clock.h"

enum { TICK_MS = 40, STOP_GRACE_MS = 8000, RESULT_MAX = 16 << 20, PATHS = 16 };

static const demo_chapter *const CHAPTERS[] = { &demo_chapter_data, &demo_chapter_models, &demo_chapter_fleet,
                                                &demo_chapter_bad, &demo_chapter_drift };

void demo_found(demo *d, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(d->found, sizeof d->found, fmt, args);
    va_end(args);
}

sedge_status demo_claim(bool holds, sedge_error *err, const char *fmt, ...) {
    if (holds)
        return SEDGE_OK;
    va_list args;
    va_start(args, fmt);
    sedge_status st = sedge_vfail(err, SEDGE_EGATE, fmt, args);
    va_end(args);
    return st;
}

const char *demo_path(const demo *d, const char *fmt, ...) {
    static char paths[PATHS][SEDGE_PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % PATHS];
    int n = snprintf(path, SEDGE_PATH_MAX, "%s/", d->dir);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(path + n, (size_t)(SEDGE_PATH_MAX - n), fmt, args);
    va_end(args);
    return path;
}

/** A process of the fleet that is gone is a failure of the demo, whatever step is running. */
static sedge_status check_processes(demo *d, sedge_error *err) {
    char words[DEMO_SHOW_TEXT_MAX];
    for (size_t i = 0; i < d->processes.n; i++) {
        demo_process *p = &d->processes.items[i];
        if (p->pid == 0 || demo_process_runs(p))
            continue;
        demo_process_last_words(p->log, words, sizeof words);
        return sedge_fail(err, SEDGE_EINTERNAL, "%s ended with %d: %s (%s)", p->name, p->status, words, p->log);
    }
    return d->feed ? demo_feed_check(d->feed, err) : SEDGE_OK;
}

sedge_status demo_pause(demo *d, int ms, sedge_error *err) {
    int64_t end = sedge_monotonic_ms(sedge_clock_os()) + ms;
    do {
        demo_show_tick(&d->show);
        if (demo_interrupted())
            return sedge_fail(err, SEDGE_EGATE, "interrupted");
        sedge_sleep_ms(TICK_MS);
    } while (sedge_monotonic_ms(sedge_clock_os()) < end);
    return check_processes(d, err);
}

/** Waits for a command, which is the last of the list, and takes it off. */
static sedge_status wait_command(demo *d, demo_process *p, int *ret_code, sedge_error *err) {
    while (demo_process_runs(p)) {
        demo_show_tick(&d->show);
        if (demo_interrupted())
            return sedge_fail(err, SEDGE_EGATE, "interrupted");
        sedge_sleep_ms(TICK_MS / 2);
    }
    *ret_code = p->status;
    demo_process_forget_last(&d->processes);
    return SEDGE_OK;
}

sedge_status demo_sedge(demo *d, const char *const *args, int want, json_t **ret, sedge_error *err) {
    const char *argv[DEMO_ARGS_MAX];
    char words[DEMO_SHOW_TEXT_MAX], out[SEDGE_PATH_MAX], log[SEDGE_PATH_MAX];
    demo_process *p = NULL;
    size_t n = 0;
    int code = 0;
    argv[n++] = d->sedge;
    for (; *args && n < DEMO_ARGS_MAX - 2; args++)
        argv[n++] = *args;
    argv[n++] = "--json";
    argv[n] = NULL;
    d->commands++;
    sedge_status st = sedge_path_format(out, err, "%s/logs/%03u-%s.json", d->dir, d->commands, argv[1]);
    if (!st)
        st = sedge_path_format(log, err, "%s/logs/%03u-%s.log", d->dir, d->commands, argv[1]);
    demo_start start = { .name = argv[1], .argv = argv, .log = log, .out = out };
    if (!st)
        st = demo_process_start(&d->processes, &start, &p, err);
    if (!st)
        st = wait_command(d, p, &code, err);
    if (st)
        return st;
    if (code != want) {
        demo_process_last_words(log, words, sizeof words);
        return sedge_fail(err, code == 1 ? SEDGE_EGATE : SEDGE_EINTERNAL,
                          "sedge %s %s: exit code %d instead of %d: %s (%s)", argv[1], argv[2] ? argv[2] : "", code,
                          want, words, log);
    }
    demo_process_last_words(log, d->found, sizeof d->found);
    return ret ? sedge_json_load_file(NULL, out, &SEDGE_JSON_LIMITS, ret, err) : SEDGE_OK;
}

sedge_status demo_ask(demo *d, const char *path, json_t **ret, sedge_error *err) {
    return sedge_hub_call(d->hub, "GET", path, NULL, ret, err);
}

/** The programs lie beside us (installed) or in the neighbouring rooms of a build folder. */
static sedge_status find_program(const char *name, const char *room, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    char self[SEDGE_PATH_MAX], dir[SEDGE_PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return sedge_fail(err, SEDGE_EIO, "/proc/self/exe cannot be read; is /proc mounted?");
    self[n] = '\0';
    sedge_status st = sedge_path_parent(dir, self, err);
    if (!st)
        st = sedge_path_format(ret, err, "%s/%s", dir, name);
    if (st || access(ret, X_OK) == 0)
        return st;
    st = sedge_path_format(ret, err, "%s/../%s/%s", dir, room, name);
    if (st || access(ret, X_OK) == 0)
        return st;
    return sedge_fail(err, SEDGE_ENOTFOUND, "%s is neither beside %s nor in the build; run make", name, self);
}

static sedge_status find_programs(demo *d, sedge_error *err) {
    sedge_status st = find_program("sedge", "cli", d->sedge, err);
    if (!st)
        st = find_program("sedge-hub", "hub", d->sedge_hub, err);
    return st ? st : find_program("sedge-agent", "agent", d->sedge_agent, err);
}

static sedge_status run_step(demo *d, const demo_step *step, sedge_error *err) {
    d->found[0] = '\0';
    demo_show_begin(&d->show, "%s", step->title);
    sedge_status st = step->run(d, err);
    if (!st)
        st = check_processes(d, err);
    demo_show_end(&d->show, !st, "%s", st && err ? err->text : d->found);
    return st ? sedge_wrap(err, st, "%s", step->title) : SEDGE_OK;
}

static sedge_status run_chapters(demo *d, sedge_error *err) {
    for (size_t c = 0; c < SEDGE_COUNT(CHAPTERS); c++) {
        demo_show_chapter(&d->show, "%zu  %s", c + 1, CHAPTERS[c]->title);
        for (size_t i = 0; i < CHAPTERS[c]->n; i++) {
            sedge_status st = run_step(d, &CHAPTERS[c]->steps[i], err);
            if (st)
                return st;
        }
    }
    return SEDGE_OK;
}

static void stop(demo *d) {
    sedge_hub_client_free(SEDGE_STEAL(d->hub));
    demo_feed_free(SEDGE_STEAL(d->feed));
    demo_processes_stop(&d->processes, STOP_GRACE_MS);
    demo_show_done(&d->show);
}

sedge_status demo_run(demo *d, sedge_error *err) {
    demo_catch_signals();
    sedge_status st = find_programs(d, err);
    if (!st)
        st = sedge_dir_make(NULL, demo_path(d, "logs"), 0700, err);
    if (!st)
        st = demo_write_files(d, err);
    if (!st)
        st = run_chapters(d, err);
    if (st && d->hub_process)
        d->hub_process->stays = false;
    stop(d);
    return st;
}
