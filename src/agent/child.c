/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/format.h"
#include "os/errno.h"
#include "os/process.h"
#include "os/unix_socket.h"

#define OWN_PROGRAM "/proc/self/exe"
#define CHECK_SAYS  "sedge-agent worker: " /* before the sentence of a check that failed */
enum { PIECE = 16 << 10, PIPE_MAX = 32 << 20, END_GRACE_MS = 2000 };

struct sedge_child {
    sedge_loop *loop;
    const sedge_child_events *events;
    void *ctx;
    pid_t pid; /* 0: reaped */
    int socket;
    sedge_buf in, out;
    size_t out_at;
    bool watching_write;
    unsigned busy; /* depth of callbacks: freeing waits */
    bool freed, gone;
    sedge_ready ready; /* room for frames, too large for the stack */
    sedge_done done;
};

static int close_fd(int fd) {
    if (fd >= 0)
        close(fd);
    return -1;
}

static void reap(pid_t *pid, sedge_process_end *ret) {
    if (*pid == 0)
        return;
    kill(*pid, SIGKILL);
    if (sedge_process_wait(*pid, END_GRACE_MS, ret, NULL))
        *ret = (sedge_process_end){ .exit_code = -1, .signal = SIGKILL };
    *pid = 0;
}

static void destroy(sedge_child *c) {
    sedge_process_end end;
    if (c->socket >= 0)
        sedge_loop_unwatch(c->loop, c->socket);
    c->socket = close_fd(c->socket);
    reap(&c->pid, &end);
    sedge_buf_done(&c->in);
    sedge_buf_done(&c->out);
    free(c);
}

void sedge_child_free(sedge_child *c) {
    if (!c)
        return;
    c->freed = true;
    if (c->busy == 0)
        destroy(c);
}

pid_t sedge_child_pid(const sedge_child *c) {
    return c->pid;
}

static void leave(sedge_child *c) {
    if (--c->busy == 0 && c->freed)
        destroy(c);
}

/** Ends the child and says so, once. why NULL: how the process ended. */
static void give_up(sedge_child *c, const char *why) {
    char text[SEDGE_FRAME_TEXT_MAX + 64], how[64];
    if (c->gone || c->freed)
        return;
    c->gone = true;
    sedge_process_end end = { .exit_code = -1 };
    if (sedge_process_wait(c->pid, why ? 0 : END_GRACE_MS, &end, NULL))
        reap(&c->pid, &end);
    c->pid = 0;
    sedge_loop_unwatch(c->loop, c->socket);
    sedge_process_end_text(end, how);
    sedge_format(text, sizeof text, "%s%s", why ? "" : "the worker ended: ", why ? why : how);
    c->busy++;
    c->events->gone(c->ctx, c, text);
    leave(c);
}

/* ---- frames from the worker ---- */

static bool on_ready(sedge_child *c, sedge_bytes body) {
    if (!sedge_ready_take(body, &c->ready))
        return false;
    c->events->ready(c->ctx, c, &c->ready);
    return true;
}

static bool on_done(sedge_child *c, sedge_bytes body) {
    if (!sedge_done_take(body, &c->done))
        return false;
    c->events->done(c->ctx, c, &c->done);
    return true;
}

static bool on_answer(sedge_child *c, sedge_bytes body) {
    uint64_t id;
    int status;
    sedge_bytes json;
    if (!sedge_answer_take(body, &id, &status, &c->done, &json))
        return false;
    c->events->answer(c->ctx, c, id, status, &c->done, json);
    return true;
}

static bool on_stats(sedge_child *c, sedge_bytes body) {
    c->events->stats(c->ctx, c, body);
    return true;
}

static bool on_fault(sedge_child *c, sedge_bytes body) {
    char text[SEDGE_FRAME_TEXT_MAX];
    uint32_t status;
    if (!sedge_take_u32(&body, &status))
        return false;
    sedge_format(text, sizeof text, "%.*s", (int)(body.n < sizeof text ? body.n : sizeof text - 1),
                 (const char *)body.p);
    give_up(c, text);
    return true;
}

static bool (*const handlers[SEDGE_FRAME_TYPES])(sedge_child *c, sedge_bytes body) = {
    [SEDGE_FRAME_READY] = on_ready, [SEDGE_FRAME_DONE] = on_done,   [SEDGE_FRAME_ANSWER] = on_answer,
    [SEDGE_FRAME_STATS] = on_stats, [SEDGE_FRAME_FAULT] = on_fault,
};

static void take_frames(sedge_child *c) {
    sedge_bytes rest = sedge_buf_bytes(&c->in), body;
    sedge_frame_type type;
    sedge_status st = SEDGE_OK;
    while (!c->gone && !c->freed && !(st = sedge_frame_take(&rest, &type, &body, NULL)))
        if (!handlers[type] || !handlers[type](c, body)) {
            give_up(c, "the worker sent a malformed frame");
            return;
        }
    if (c->gone || c->freed)
        return;
    if (st != SEDGE_ETRUNCATED) {
        give_up(c, "the worker sent a malformed frame");
        return;
    }
    if (rest.n > 0)
        memmove(c->in.data, rest.p, rest.n);
    c->in.n = rest.n;
}

/** Reads what is there; false at the end of the stream. */
static bool read_some(sedge_child *c) {
    size_t before = c->in.n;
    uint8_t *at = sedge_buf_add(&c->in, PIECE);
    if (!at)
        return false;
    ssize_t got;
    do
        got = read(c->socket, at, PIECE);
    while (got < 0 && errno == EINTR);
    c->in.n = before + (got > 0 ? (size_t)got : 0);
    return got > 0 || (got < 0 && errno == EAGAIN);
}

/* ---- frames to the worker ---- */

static void on_socket(void *ctx, int fd, unsigned events);

static void watch(sedge_child *c, bool write) {
    if (c->watching_write == write)
        return;
    c->watching_write = write;
    if (sedge_loop_watch(c->loop, c->socket, SEDGE_LOOP_READ | (write ? SEDGE_LOOP_WRITE : 0), on_socket, c, NULL))
        give_up(c, "the worker cannot be watched");
}

static void push_out(sedge_child *c) {
    while (c->out_at < c->out.n) {
        ssize_t put = send(c->socket, c->out.data + c->out_at, c->out.n - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            break; /* EAGAIN: later; gone: reading will notice */
        c->out_at += (size_t)put;
    }
    if (c->out_at == c->out.n) {
        sedge_buf_clear(&c->out);
        c->out_at = 0;
    }
    watch(c, c->out_at < c->out.n);
}

static void on_socket(void *ctx, int fd, unsigned events) {
    sedge_child *c = ctx;
    (void)fd;
    c->busy++;
    if (events & SEDGE_LOOP_WRITE)
        push_out(c);
    if (!c->gone && !c->freed && (events & (SEDGE_LOOP_READ | SEDGE_LOOP_HANGUP))) {
        bool open = read_some(c);
        take_frames(c);
        if (!open)
            give_up(c, NULL);
    }
    leave(c);
}

/** Ends a frame and tries to send; a child that is gone swallows it. */
static void post(sedge_child *c, size_t begin) {
    sedge_frame_end(&c->out, begin);
    if (c->out.failed)
        give_up(c, "no memory for what the worker should get");
    else if (!c->gone)
        push_out(c);
}

void sedge_child_send_rows(sedge_child *c, const sedge_rows *rows, uint64_t from, uint64_t until, bool counted) {
    c->busy++;
    while (from < until && !c->gone) {
        uint64_t n = until - from < SEDGE_FRAME_ROWS_MAX ? until - from : SEDGE_FRAME_ROWS_MAX;
        size_t begin = sedge_frame_begin(&c->out, SEDGE_FRAME_ROWS);
        sedge_buf_u8(&c->out, counted);
        sedge_buf_u32(&c->out, (uint32_t)n);
        for (uint64_t i = 0; i < n; i++)
            sedge_buf_put(&c->out, sedge_rows_values(rows, from + i), rows->channels * sizeof(float));
        from += n;
        post(c, begin);
    }
    leave(c);
}

void sedge_child_send_request(sedge_child *c, uint64_t id, sedge_bytes json) {
    size_t begin = sedge_frame_begin(&c->out, SEDGE_FRAME_INFER);
    sedge_buf_u64(&c->out, id);
    sedge_buf_put(&c->out, json.p, json.n);
    post(c, begin);
}

void sedge_child_send_stats(sedge_child *c) {
    post(c, sedge_frame_begin(&c->out, SEDGE_FRAME_STATS));
}

void sedge_child_send_stop(sedge_child *c) {
    post(c, sedge_frame_begin(&c->out, SEDGE_FRAME_STOP));
}

/* ---- starting ---- */

static sedge_status open_bundle(const char *path, int *ret, sedge_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "cannot open '%s'", path);
    *ret = fd;
    return SEDGE_OK;
}

static sedge_status start_process(const sedge_child_options *o, int bundle_fd, int socket_fd, pid_t *ret,
                                  sedge_error *err) {
    const char *argv[] = { o->program ? o->program : OWN_PROGRAM, "worker", o->dump_fd >= 0 ? "--dump" : NULL, NULL };
    sedge_process_options p = SEDGE_PROCESS_OPTIONS_INIT;
    p.argv = argv;
    p.stdout_fd = SEDGE_FD_NULL;
    p.pass_fds[p.pass_fds_n++] = bundle_fd;
    p.pass_fds[p.pass_fds_n++] = socket_fd;
    if (o->dump_fd >= 0)
        p.pass_fds[p.pass_fds_n++] = o->dump_fd;
    p.die_with_parent = true;
    p.memory_limit_bytes = o->memory_bytes;
    return sedge_process_start(&p, ret, err);
}

sedge_status sedge_child_start(const sedge_child_options *o, sedge_child **ret, sedge_error *err) {
    int bundle_fd = -1, pair[2] = { -1, -1 };
    sedge_child *c = calloc(1, sizeof *c);
    if (!c)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a worker");
    *c = (sedge_child){ .loop = o->loop, .events = o->events, .ctx = o->ctx, .socket = -1 };
    c->in = sedge_buf_init(SEDGE_FRAME_MAX + 2 * PIECE);
    c->out = sedge_buf_init(PIPE_MAX);
    sedge_status st = open_bundle(o->bundle, &bundle_fd, err);
    if (!st)
        st = sedge_unix_pair(pair, err);
    if (!st)
        st = start_process(o, bundle_fd, pair[1], &c->pid, err);
    c->socket = pair[0];
    if (!st)
        st = sedge_fd_set_nonblocking(c->socket, true, err);
    if (!st)
        st = sedge_loop_watch(c->loop, c->socket, SEDGE_LOOP_READ, on_socket, c, err);
    close_fd(bundle_fd);
    close_fd(pair[1]);
    if (st) {
        destroy(c);
        return sedge_wrap(err, st, "worker");
    }
    *ret = c;
    return SEDGE_OK;
}

/* ---- the throw-away check ---- */

struct sedge_check {
    sedge_loop *loop;
    sedge_check_fn fn;
    void *ctx;
    pid_t pid;
    int pipe; /* the process's standard error */
    uint64_t timer;
    char text[SEDGE_ERROR_TEXT_MAX];
    size_t n;
};

void sedge_check_free(sedge_check *c) {
    if (!c)
        return;
    sedge_process_end end;
    sedge_loop_cancel(c->loop, c->timer);
    if (c->pipe >= 0)
        sedge_loop_unwatch(c->loop, c->pipe);
    close_fd(c->pipe);
    reap(&c->pid, &end);
    free(c);
}

/** The process has closed its standard error: it has ended, or is about to. */
static void end_check(sedge_check *c, const char *why) {
    sedge_process_end end = { .exit_code = -1 };
    sedge_error err = SEDGE_ERROR_INIT;
    char how[64];
    sedge_loop_unwatch(c->loop, c->pipe);
    c->pipe = close_fd(c->pipe);
    if (why || sedge_process_wait(c->pid, END_GRACE_MS, &end, NULL))
        reap(&c->pid, &end);
    c->pid = 0;
    sedge_process_end_text(end, how);
    while (c->n > 0 && c->text[c->n - 1] == '\n')
        c->n--;
    c->text[c->n] = '\0';
    const char *said = strncmp(c->text, CHECK_SAYS, strlen(CHECK_SAYS)) == 0 ? c->text + strlen(CHECK_SAYS) : c->text;
    if (why || end.exit_code != 0)
        sedge_fail(&err, SEDGE_EGATE, "%s", why ? why : c->n > 0 ? said : how);
    c->fn(c->ctx, err.status ? &err : NULL);
}

static void on_check_output(void *ctx, int fd, unsigned events) {
    sedge_check *c = ctx;
    char drop[512];
    (void)events;
    bool room = c->n + 1 < sizeof c->text;
    ssize_t got = read(fd, room ? c->text + c->n : drop, room ? sizeof c->text - 1 - c->n : sizeof drop);
    if (got > 0 && room)
        c->n += (size_t)got;
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        end_check(c, NULL);
}

static void on_check_late(void *ctx) {
    sedge_check *c = ctx;
    c->timer = 0;
    end_check(c, "the check of the bundle took too long");
}

sedge_status sedge_check_start(sedge_loop *loop, const char *program, const char *bundle, sedge_check_fn fn, void *ctx,
                               sedge_check **ret, sedge_error *err) {
    int bundle_fd = -1, ends[2] = { -1, -1 };
    const char *argv[] = { program ? program : OWN_PROGRAM, "worker", "--check", NULL };
    sedge_check *c = calloc(1, sizeof *c);
    if (!c)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a check");
    *c = (sedge_check){ .loop = loop, .fn = fn, .ctx = ctx, .pipe = -1 };
    sedge_status st = open_bundle(bundle, &bundle_fd, err);
    if (!st && pipe2(ends, O_CLOEXEC) < 0)
        st = sedge_fail_errno(err, errno, "cannot make a pipe");
    sedge_process_options p = SEDGE_PROCESS_OPTIONS_INIT;
    p.argv = argv;
    p.stdout_fd = SEDGE_FD_NULL;
    p.stderr_fd = ends[1];
    p.pass_fds[p.pass_fds_n++] = bundle_fd;
    p.die_with_parent = true;
    p.cpu_limit_s = SEDGE_CHECK_SECONDS_MAX;
    if (!st)
        st = sedge_process_start(&p, &c->pid, err);
    c->pipe = ends[0];
    if (!st)
        st = sedge_loop_watch(loop, c->pipe, SEDGE_LOOP_READ, on_check_output, c, err);
    if (!st)
        st = sedge_loop_after(loop, SEDGE_CHECK_SECONDS_MAX * 1000, on_check_late, c, &c->timer, err);
    close_fd(bundle_fd);
    close_fd(ends[1]);
    if (st) {
        sedge_check_free(c);
        return sedge_wrap(err, st, "check");
    }
    *ret = c;
    return SEDGE_OK;
}
