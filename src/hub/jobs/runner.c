/* SPDX-License-Identifier: Apache-2.0 */
/** The thread that runs jobs, one after the other, and each step as a process. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "hub/auth.h"
#include "hub/events.h"
#include "hub/jobs/jobs.h"
#include "hub/jobs/work.h"
#include "os/errno.h"
#include "os/process.h"

enum {
    ATTEMPTS_MAX = 3,
    LOOK_MS = 200,
    GRACE_MS = 3000,
    TOKEN_LIFE_MS = 24 * 3600 * 1000,
    STEP_MAX_MS = 6 * 3600 * 1000
};

struct jobs {
    hub *h;
    pthread_t thread;
    pthread_mutex_t lock; /**< woken */
    pthread_cond_t wake;
    bool woken;
    atomic_bool stopping;
    char sedge[SEDGE_PATH_MAX];
};

void jobs_wake(jobs *j) {
    pthread_mutex_lock(&j->lock);
    j->woken = true;
    pthread_cond_signal(&j->wake);
    pthread_mutex_unlock(&j->lock);
}

bool jobs_stopping(const jobs *j) {
    return atomic_load(&j->stopping);
}

/* ---- one step ---------------------------------------------------------------------------------------------------- */

typedef struct step_row {
    const job_run *r;
    const char *name, *log;
    int64_t exit_code;
    bool good;
} step_row;

static sedge_status begin_step(store_tx *tx, void *ctx, sedge_error *err) {
    const step_row *s = ctx;
    return store_exec(
        tx, NULL, err,
        "INSERT INTO job_steps (job, n, name, state, started_ms) VALUES ($1, $2, $3, 'running', $4)"
        " ON CONFLICT (job, n) DO UPDATE SET name = excluded.name, state = excluded.state,"
        " started_ms = excluded.started_ms, ended_ms = NULL, log = ''",
        STORE_ARGS(STORE_TEXT(s->r->id), STORE_INT(s->r->step), STORE_TEXT(s->name), STORE_INT(hub_now_ms(s->r->h))));
}

static sedge_status end_step(store_tx *tx, void *ctx, sedge_error *err) {
    const step_row *s = ctx;
    return store_exec(
        tx, NULL, err,
        "UPDATE job_steps SET state = $1, exit_code = $2, ended_ms = $3, log = $4 WHERE job = $5 AND n = $6",
        STORE_ARGS(STORE_TEXT(s->good ? "done" : "failed"), STORE_INT(s->exit_code), STORE_INT(hub_now_ms(s->r->h)),
                   STORE_TEXT(s->log), STORE_TEXT(s->r->id), STORE_INT(s->r->step)));
}

/** Our environment without what names a hub, and with what names this one. */
typedef struct environment {
    const char **list;
    char own[4][SEDGE_PATH_MAX];
} environment;

static sedge_status make_environment(const job_run *r, environment *e, sedge_error *err) {
    const hub *h = r->h;
    size_t n = 0, own = 0;
    bool any = strcmp(h->host, "0.0.0.0") == 0 || strcmp(h->host, "::") == 0, v6 = strchr(h->host, ':') != NULL;
    while (environ[n])
        n++;
    e->list = calloc(n + SEDGE_COUNT(e->own) + 1, sizeof *e->list);
    if (!e->list)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an environment");
    n = 0;
    for (size_t i = 0; environ[i]; i++)
        if (strncmp(environ[i], "SEDGE_HUB_", 10) != 0)
            e->list[n++] = environ[i];
    sedge_status st =
        sedge_path_format(e->own[own++], err, "SEDGE_HUB_URL=%s://%s%s%s:%d", h->options->plain ? "http" : "https",
                          v6 && !any ? "[" : "", any ? "127.0.0.1" : h->host, v6 && !any ? "]" : "", h->port);
    if (!st && !h->options->plain)
        st = sedge_path_format(e->own[own++], err, "SEDGE_HUB_CA=%s/ca.pem", h->options->data);
    if (!st && r->token[0])
        st = sedge_path_format(e->own[own++], err, "SEDGE_HUB_TOKEN=%s", r->token);
    if (!st)
        st = sedge_path_format(e->own[own++], err, "TMPDIR=%s", r->dir);
    for (size_t i = 0; i < own; i++)
        e->list[n++] = e->own[i];
    return st;
}

/** A file for what the process writes; the caller closes it. */
static sedge_status output_file(const job_run *r, const char *kind, char path[SEDGE_PATH_MAX], int *ret_fd,
                                sedge_error *err) {
    sedge_status st = sedge_path_format(path, err, "%s/step-%lld.%s", r->dir, (long long)r->step, kind);
    if (st)
        return st;
    *ret_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return *ret_fd < 0 ? sedge_fail_errno(err, errno, "%s", path) : SEDGE_OK;
}

/** Waits for the end, or ends it when the hub stops or it takes too long. */
static sedge_status wait_for(const job_run *r, pid_t pid, sedge_process_end *end, sedge_error *err) {
    int64_t until_ms = sedge_monotonic_ms(r->h->clock) + STEP_MAX_MS;
    for (;;) {
        sedge_error ignored = SEDGE_ERROR_INIT;
        sedge_status st = sedge_process_wait(pid, LOOK_MS, end, &ignored);
        bool late = sedge_monotonic_ms(r->h->clock) > until_ms;
        if (st != SEDGE_ETIMEOUT)
            return st ? sedge_fail(err, st, "%s", ignored.text) : SEDGE_OK;
        if (jobs_stopping(r->h->jobs) || late) {
            st = sedge_process_stop(pid, GRACE_MS, end, err);
            return st     ? st
                   : late ? sedge_fail(err, SEDGE_ETIMEOUT, "it took longer than %d s", STEP_MAX_MS / 1000)
                          : sedge_fail(err, SEDGE_EBUSY, "the hub is stopping");
        }
    }
}

static sedge_status run_process(const job_run *r, const char *const *args, const int fds[2], sedge_process_end *end,
                                sedge_error *err) {
    environment env = { 0 };
    sedge_process_options o = SEDGE_PROCESS_OPTIONS_INIT;
    pid_t pid = -1;
    sedge_status st = make_environment(r, &env, err);
    o.argv = args;
    o.env = env.list;
    o.cwd = r->dir;
    o.stdout_fd = fds[0];
    o.stderr_fd = fds[1];
    o.die_with_parent = true;
    o.nice = 5;
    if (!st)
        st = sedge_process_start(&o, &pid, err);
    free(env.list);
    return st ? st : wait_for(r, pid, end, err);
}

/** The last bytes of a file behind what log holds. */
static void append_tail(const char *path, sedge_buf *log) {
    uint8_t *data = NULL;
    size_t n = 0;
    if (sedge_file_read(NULL, path, 64 << 20, &data, &n, NULL))
        return;
    size_t keep = n < JOB_LOG_MAX / 2 ? n : JOB_LOG_MAX / 2;
    for (size_t i = n - keep; i < n; i++)
        if (data[i] < 0x20 && data[i] != '\n' && data[i] != '\t')
            data[i] = ' ';
    sedge_buf_put(log, data + n - keep, keep);
    free(data);
}

/** The last line that says something: what failed. */
static void last_line(const char *log, char ret[JOB_TEXT_MAX]) {
    const char *end = log + strlen(log);
    while (end > log && (end[-1] == '\n' || end[-1] == ' '))
        end--;
    const char *begin = end;
    while (begin > log && begin[-1] != '\n')
        begin--;
    snprintf(ret, JOB_TEXT_MAX, "%.*s", (int)(end - begin), begin);
}

typedef struct outputs {
    char paths[2][SEDGE_PATH_MAX]; /**< standard output, standard error */
    int fds[2];
} outputs;

static sedge_status open_outputs(const job_run *r, outputs *o, sedge_error *err) {
    sedge_status st = output_file(r, "out", o->paths[0], &o->fds[0], err);
    return st ? st : output_file(r, "err", o->paths[1], &o->fds[1], err);
}

static sedge_status judge(const char *name, sedge_process_end end, const char *log, sedge_error *err) {
    char text[64], line[JOB_TEXT_MAX];
    if (end.exit_code == 0)
        return SEDGE_OK;
    sedge_process_end_text(end, text);
    last_line(log, line);
    return sedge_fail(err, SEDGE_EGATE, "%s: %s: %s", name, text, line);
}

sedge_status job_step(job_run *r, const char *name, const char *const *args, sedge_buf *ret_out, sedge_error *err) {
    outputs o = { .fds = { -1, -1 } };
    step_row row = { .r = r, .name = name };
    sedge_process_end end = { .exit_code = -1 };
    SEDGE_AUTO_BUF log = sedge_buf_init(JOB_LOG_MAX + 16);
    const char *argv[JOB_FILES_MAX + 32] = { r->h->jobs->sedge };
    for (size_t i = 0; args[i] && i + 2 < SEDGE_COUNT(argv); i++)
        argv[i + 1] = args[i];
    sedge_status st = store_write(r->h->store, begin_step, &row, err);
    if (!st)
        st = open_outputs(r, &o, err);
    if (!st)
        st = run_process(r, argv, o.fds, &end, err);
    for (int i = 0; i < 2; i++)
        if (o.fds[i] >= 0)
            close(o.fds[i]);
    append_tail(o.paths[0], &log);
    append_tail(o.paths[1], &log);
    if (!st)
        st = judge(name, end, sedge_buf_cstr(&log), err);
    row.good = st == SEDGE_OK;
    row.exit_code = end.exit_code;
    row.log = sedge_buf_cstr(&log);
    sedge_error ignored = SEDGE_ERROR_INIT;
    sedge_status noted = store_write(r->h->store, end_step, &row, st ? &ignored : err);
    st = st ? st : noted;
    if (!st && ret_out) {
        uint8_t *data = NULL;
        size_t n = 0;
        st = sedge_file_read(NULL, o.paths[0], ret_out->max, &data, &n, err);
        sedge_buf_put(ret_out, data, n);
        free(data);
    }
    r->step++;
    return st;
}

/* ---- one job ----------------------------------------------------------------------------------------------------- */

/** The oldest job to run; counts the attempt. SEDGE_ENOTFOUND: none. */
static sedge_status take_job(store_tx *tx, void *ctx, sedge_error *err) {
    job_run *r = ctx;
    store_rows *rows = NULL;
    bool found = false;
    sedge_status st = store_query(tx, &rows, err,
                                  "SELECT id, model, deployment, release, new_release FROM jobs WHERE project = $1 AND"
                                  " state = 'running' AND attempts < $2 ORDER BY id LIMIT 1",
                                  STORE_ARGS(STORE_TEXT(HUB_PROJECT), STORE_INT(ATTEMPTS_MAX)));
    if (!st && store_next(rows)) {
        found = true;
        snprintf(r->id, sizeof r->id, "%s", store_text(rows, 0));
        snprintf(r->model, sizeof r->model, "%s", store_text(rows, 1));
        snprintf(r->deployment, sizeof r->deployment, "%s", store_text(rows, 2));
        r->release = store_int(rows, 3);
        r->new_release = store_int(rows, 4);
    }
    st = store_end(rows, st, err);
    if (!st && !found)
        return SEDGE_ENOTFOUND;
    if (!st)
        st = store_exec(tx, NULL, err, "UPDATE jobs SET attempts = attempts + 1, updated_ms = $1 WHERE id = $2",
                        STORE_ARGS(STORE_INT(hub_now_ms(r->h)), STORE_TEXT(r->id)));
    return st;
}

static sedge_status add_token(store_tx *tx, void *ctx, sedge_error *err) {
    job_run *r = ctx;
    char id[SEDGE_UUID_MAX];
    int64_t now_ms = hub_now_ms(r->h);
    hub_new_token t = { .kind = "api", .role = "job", .job = r->id, .expires_ms = now_ms + TOKEN_LIFE_MS };
    return hub_token_add(tx, now_ms, &t, id, r->token, err);
}

static sedge_status revoke_tokens(store_tx *tx, void *ctx, sedge_error *err) {
    const job_run *r = ctx;
    store_touch(tx, STORE_TOPIC_TOKENS);
    return store_exec(tx, NULL, err, "UPDATE tokens SET revoked_ms = $1 WHERE job = $2 AND revoked_ms IS NULL",
                      STORE_ARGS(STORE_INT(hub_now_ms(r->h)), STORE_TEXT(r->id)));
}

typedef struct failing {
    hub *h;
    const char *id, *reason;
} failing;

static sedge_status mark_failed(store_tx *tx, void *ctx, sedge_error *err) {
    const failing *f = ctx;
    int64_t changed = 0, now_ms = hub_now_ms(f->h);
    sedge_status st =
        store_exec(tx, &changed, err,
                   "UPDATE jobs SET state = 'failed', reason = $1, updated_ms = $2, finished_ms = $2 WHERE"
                   " id = $3 AND state IN ('collecting', 'running')",
                   STORE_ARGS(STORE_TEXT(f->reason), STORE_INT(now_ms), STORE_TEXT(f->id)));
    if (!st && changed)
        st = hub_event_add(tx, now_ms, &(hub_event){ .kind = "job.failed", .job = f->id, .text = f->reason }, err);
    store_touch(tx, STORE_TOPIC_DESIRED);
    return st;
}

sedge_status job_fail(hub *h, const char *id, const char *reason, sedge_error *err) {
    failing f = { .h = h, .id = id, .reason = reason };
    sedge_log_warn(&h->log, "job.failed id=%s reason=%s", id, reason);
    return store_write(h->store, mark_failed, &f, err);
}

static void run_job(job_run *r) {
    sedge_error err = SEDGE_ERROR_INIT, ignored = SEDGE_ERROR_INIT;
    sedge_log_info(&r->h->log, "job.running id=%s model=%s release=%lld", r->id, r->model, (long long)r->release);
    sedge_status st = r->h->options->plain ? SEDGE_OK : store_write(r->h->store, add_token, r, &err);
    if (!st)
        st = job_work(r, &err);
    free(r->files);
    if (store_write(r->h->store, revoke_tokens, r, &ignored))
        sedge_log_error(&r->h->log, "job.token id=%s error=%s", r->id, ignored.text);
    if (st == SEDGE_EBUSY && jobs_stopping(r->h->jobs))
        return; /* it begins again at the next start */
    if (st && job_fail(r->h, r->id, err.text, &ignored))
        sedge_log_error(&r->h->log, "job.fail id=%s error=%s", r->id, ignored.text);
    if (!st)
        sedge_log_info(&r->h->log, "job.done id=%s release=%lld", r->id, (long long)r->new_release);
}

/** Jobs that a hub which kept dying could not finish. */
static sedge_status give_up(store_tx *tx, void *ctx, sedge_error *err) {
    const hub *h = ctx;
    return store_exec(tx, NULL, err,
                      "UPDATE jobs SET state = 'failed', reason = 'the hub ended several times while it ran',"
                      " finished_ms = $1 WHERE state = 'running' AND attempts >= $2",
                      STORE_ARGS(STORE_INT(hub_now_ms(h)), STORE_INT(ATTEMPTS_MAX)));
}

static void run_all(jobs *j) {
    while (!jobs_stopping(j)) {
        sedge_error err = SEDGE_ERROR_INIT;
        job_run r = { .h = j->h };
        sedge_status st = store_write(j->h->store, take_job, &r, &err);
        if (st && st != SEDGE_ENOTFOUND)
            sedge_log_error(&j->h->log, "job.take error=%s", err.text);
        if (st)
            return;
        run_job(&r);
    }
}

static void *jobs_main(void *arg) {
    jobs *j = arg;
    sedge_error err = SEDGE_ERROR_INIT;
    if (store_write(j->h->store, give_up, j->h, &err))
        sedge_log_error(&j->h->log, "job.give_up error=%s", err.text);
    while (!jobs_stopping(j)) {
        run_all(j);
        pthread_mutex_lock(&j->lock);
        while (!j->woken)
            pthread_cond_wait(&j->wake, &j->lock);
        j->woken = false;
        pthread_mutex_unlock(&j->lock);
    }
    return NULL;
}

/* ---- start and stop ---------------------------------------------------------------------------------------------- */

/** --sedge, else beside this program (installed, or in the build folder), else whatever PATH finds. */
static void find_sedge(const hub *h, char ret[SEDGE_PATH_MAX]) {
    char own[SEDGE_PATH_MAX], dir[SEDGE_PATH_MAX];
    if (h->options->sedge) {
        snprintf(ret, SEDGE_PATH_MAX, "%s", h->options->sedge);
        return;
    }
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    own[n > 0 ? n : 0] = 0;
    if (n > 0 && !sedge_path_parent(dir, own, NULL)) {
        if (!sedge_path_format(ret, NULL, "%s/sedge", dir) && access(ret, X_OK) == 0)
            return;
        if (!sedge_path_format(ret, NULL, "%s/../cli/sedge", dir) && access(ret, X_OK) == 0)
            return;
    }
    strcpy(ret, "sedge");
}

sedge_status jobs_start(hub *h, jobs **ret, sedge_error *err) {
    jobs *j = calloc(1, sizeof *j);
    if (!j)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the jobs");
    j->h = h;
    find_sedge(h, j->sedge);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, NULL);
    *ret = j; /* the thread looks for itself there */
    if (pthread_create(&j->thread, NULL, jobs_main, j) != 0) {
        *ret = NULL;
        pthread_cond_destroy(&j->wake);
        pthread_mutex_destroy(&j->lock);
        free(j);
        return sedge_fail(err, SEDGE_ENOMEM, "cannot start the thread of the jobs");
    }
    return SEDGE_OK;
}

void jobs_stop(jobs *j) {
    if (!j)
        return;
    atomic_store(&j->stopping, true);
    jobs_wake(j);
    pthread_join(j->thread, NULL);
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
}
