/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent_state.h"
#include "base/format.h"
#include "base/name.h"
#include "crypto/rand.h"
#include "os/errno.h"
#include "os/lock.h"
#include "os/signals.h"

enum { REPORT_MS = 5000, UUID_FILE_MAX = 64 };

sedge_status sedge_agent_path(const sedge_agent *a, const char *name, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    return sedge_path_format(ret, err, "%s/%s", a->o->state, name);
}

sedge_supervised *sedge_agent_find(sedge_agent *a, const char *model) {
    for (size_t i = 0; i < a->n_models; i++)
        if (strcmp(sedge_supervised_name(a->models[i]), model) == 0)
            return a->models[i];
    return NULL;
}

sedge_status sedge_agent_model(sedge_agent *a, const char *model, sedge_supervised **ret, sedge_error *err) {
    *ret = sedge_agent_find(a, model);
    if (*ret)
        return SEDGE_OK;
    if (!sedge_is_name(model))
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is no name of a model", model);
    if (a->n_models == SEDGE_DESIRED_MODELS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %d models", SEDGE_DESIRED_MODELS_MAX);
    char dir[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(dir, err, "%s/models/%s", a->o->state, model);
    if (!st)
        st = sedge_supervised_new(&a->host, dir, model, &a->models[a->n_models], err);
    if (st)
        return st;
    *ret = a->models[a->n_models++];
    return SEDGE_OK;
}

sedge_net_counters sedge_agent_bytes(const sedge_agent *a) {
    sedge_net_counters sum = { 0 }, more;
    if (a->link)
        sum = sedge_link_counters(a->link);
    if (!a->fetcher)
        return sum;
    more = sedge_fetcher_counters(a->fetcher);
    sum.sent += more.sent;
    sum.received += more.received;
    sum.connections += more.connections;
    sum.resumed += more.resumed;
    return sum;
}

uint64_t sedge_agent_raw_bytes(const sedge_agent *a) {
    uint64_t sum = 0;
    for (size_t i = 0; i < a->n_models; i++) {
        const sedge_serving *s = sedge_supervised_serving(a->models[i]);
        const sedge_ready *wants = sedge_serving_wants(s);
        sum += wants ? sedge_serving_totals(s)->rows * wants->channels * sizeof(float) : 0;
    }
    return sum;
}

/* ---- what models ask for ---- */

static sedge_fetcher *host_fetcher(void *ctx) {
    sedge_agent *a = ctx;
    sedge_error err = SEDGE_ERROR_INIT;
    char tuf[SEDGE_PATH_MAX];
    if (a->fetcher || !a->enrolled)
        return a->fetcher;
    sedge_status st = sedge_agent_path(a, "tuf", tuf, &err);
    sedge_fetcher_options o = {
        .loop = a->loop, .fs = a->fs, .clock = a->clock, .hub = a->o->hub, .tuf_dir = tuf, .identity = &a->identity
    };
    if (!st)
        st = sedge_fetcher_start(&o, &a->fetcher, &err);
    if (st)
        sedge_log_error(a->log, "updates.not_started why=%s", err.text);
    return a->fetcher;
}

static bool is_bound(const sedge_agent *a, const sedge_feed *source) {
    for (size_t i = 0; i < a->n_models; i++)
        if (sedge_supervised_source(a->models[i]) == source)
            return true;
    return false;
}

static sedge_status bind(sedge_feed *source, const sedge_ready *wants, sedge_error *err) {
    return sedge_feed_bind(source, (const char(*)[SEDGE_FEATURES_NAME_MAX])wants->names, wants->channels, err);
}

/** The source of the model's own name, else the first free one that has the columns. */
static sedge_status host_source(void *ctx, sedge_supervised *m, const sedge_ready *wants, sedge_feed **ret,
                                sedge_error *err) {
    sedge_agent *a = ctx;
    sedge_status st = SEDGE_OK;
    for (int by_name = 1; by_name >= 0; by_name--)
        for (size_t i = 0; i < a->n_sources; i++) {
            sedge_feed *source = a->sources[i];
            bool named = strcmp(sedge_feed_name(source), sedge_supervised_name(m)) == 0;
            if (named != (by_name == 1) || is_bound(a, source))
                continue;
            st = bind(source, wants, err);
            if (!st)
                *ret = source;
            if (!st || named)
                return st;
        }
    return st;
}

static void host_event(void *ctx, const char *kind, const char *model, uint64_t release, const char *text) {
    sedge_agent *a = ctx;
    sedge_log_info(a->log, "model.event kind=%s model=%s release=%llu text=%s", kind, model,
                   (unsigned long long)release, text);
    sedge_reporter_event(&a->reporter, kind, model, release, text);
}

static void host_changed(void *ctx, sedge_supervised *m) {
    (void)m;
    sedge_agent_report_soon(ctx);
}

static void host_window_ends(void *ctx, sedge_supervised *m) {
    sedge_agent_report_window(ctx, m);
}

/* ---- what the line to the hub says ---- */

static void link_enrolled(void *ctx, const char *device) {
    sedge_agent *a = ctx;
    a->enrolled = true;
    sedge_format(a->reporter.device, sizeof a->reporter.device, "%s", device);
    a->reporter.link = a->link;
    sedge_log_info(a->log, "agent.enrolled device=%s", device);
    sedge_agent_report_soon(a);
}

static const sedge_desired_model *find_wanted(const sedge_desired *d, const char *name) {
    for (size_t i = 0; i < d->n_models; i++)
        if (strcmp(d->models[i].name, name) == 0)
            return &d->models[i];
    return NULL;
}

static void link_desired(void *ctx, const sedge_desired *desired) {
    sedge_agent *a = ctx;
    sedge_error err = SEDGE_ERROR_INIT;
    a->desired = *desired;
    a->has_desired = true;
    for (size_t i = 0; i < a->n_models; i++)
        if (!find_wanted(desired, sedge_supervised_name(a->models[i])))
            sedge_supervised_want(a->models[i], NULL);
    for (size_t i = 0; i < desired->n_models; i++) {
        sedge_supervised *m;
        if (sedge_agent_model(a, desired->models[i].name, &m, &err))
            sedge_log_error(a->log, "model.refused model=%s why=%s", desired->models[i].name, err.text);
        else
            sedge_supervised_want(m, &desired->models[i]);
    }
}

static void link_sent(void *ctx, uint64_t number, sedge_status status) {
    sedge_agent *a = ctx;
    (void)number, (void)status; /* the link has logged a refusal; there is nothing to be done about it */
    sedge_reporter_sent(&a->reporter);
}

static void link_samples_sent(void *ctx, const char *request, sedge_status status) {
    sedge_agent_samples_sent(ctx, request, status);
}

static void link_online(void *ctx, bool online, const char *why) {
    sedge_agent *a = ctx;
    a->online = online;
    sedge_format(a->offline_why, sizeof a->offline_why, "%s", online ? "" : why);
    if (online)
        sedge_log_info(a->log, "hub.online hub=%s", a->o->hub);
    else
        sedge_log_warn(a->log, "hub.offline hub=%s why=%s", a->o->hub, why);
    if (!online)
        sedge_reporter_offline(&a->reporter);
}

static void link_hopeless(void *ctx, const sedge_error *err) {
    sedge_agent *a = ctx;
    a->end = *err;
    sedge_loop_stop(a->loop);
}

static const sedge_link_events link_events = { link_enrolled,     link_desired, link_sent,
                                               link_samples_sent, link_online,  link_hopeless };

/* ---- time ---- */

static void on_tick(void *ctx) {
    sedge_agent *a = ctx;
    for (size_t i = 0; i < a->n_models; i++)
        sedge_supervised_tick(a->models[i]);
    sedge_agent_send_samples(a);
    if (sedge_loop_after(a->loop, SEDGE_TICK_MS, on_tick, a, &a->tick_timer, &a->end))
        sedge_loop_stop(a->loop);
}

static void save_positions(sedge_agent *a) {
    sedge_error err = SEDGE_ERROR_INIT;
    for (size_t i = 0; i < a->n_models; i++)
        if (sedge_supervised_save_position(a->models[i], &err))
            sedge_log_error(a->log, "position.not_saved model=%s why=%s", sedge_supervised_name(a->models[i]),
                            err.text);
}

static void on_report(void *ctx) {
    sedge_agent *a = ctx;
    int64_t period = a->has_desired ? (int64_t)(a->desired.report_s * 1000) : REPORT_MS;
    sedge_agent_report_soon(a);
    save_positions(a);
    if (sedge_loop_after(a->loop, sedge_jitter_ms(&a->random, period), on_report, a, &a->report_timer, &a->end))
        sedge_loop_stop(a->loop);
}

static void on_signal(void *ctx, int fd, unsigned events) {
    sedge_agent *a = ctx;
    (void)events;
    int number = sedge_signals_next(fd);
    if (number == 0)
        return;
    sedge_log_info(a->log, "agent.stopping signal=%d", number);
    sedge_loop_stop(a->loop);
}

/* ---- start and end ---- */

static sedge_status lock_state(sedge_agent *a, sedge_error *err) {
    sedge_status st = sedge_dir_make(a->fs, a->o->state, 0700, err);
    return st ? st : sedge_lock_dir(a->o->state, &a->lock_fd, err);
}

static sedge_status open_identity(sedge_agent *a, sedge_error *err) {
    char dir[SEDGE_PATH_MAX];
    sedge_status st = sedge_agent_path(a, "identity", dir, err);
    if (!st)
        st = sedge_identity_open(a->fs, dir, &a->identity, err);
    return st ? sedge_wrap(err, st, "identity") : SEDGE_OK;
}

static sedge_status open_reporter(sedge_agent *a, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *done = NULL;
    size_t n;
    sedge_status st = sedge_agent_path(a, "spool", path, err);
    if (!st)
        st = sedge_reporter_init(&a->reporter, a->fs, path, a->clock, a->log, err);
    if (!st)
        st = sedge_agent_path(a, "samples.done", path, err);
    if (!st && !sedge_file_read(a->fs, path, UUID_FILE_MAX, &done, &n, NULL))
        sedge_format(a->samples_done, sizeof a->samples_done, "%s", (const char *)done);
    return st;
}

static sedge_status open_sources(sedge_agent *a, sedge_error *err) {
    if (a->o->n_sources > SEDGE_AGENT_SOURCES_MAX)
        return sedge_fail(err, SEDGE_EUSAGE, "more than %d sources", SEDGE_AGENT_SOURCES_MAX);
    for (size_t i = 0; i < a->o->n_sources; i++) {
        sedge_status st = sedge_feed_new(a->o->sources[i], a->clock, &a->sources[i], err);
        if (st)
            return st;
        a->n_sources++;
    }
    return SEDGE_OK;
}

static sedge_status open_loop(sedge_agent *a, sedge_error *err) {
    static const int signals[] = { SIGTERM, SIGINT };
    uint64_t seed;
    sedge_status st = sedge_rand_bytes(&seed, sizeof seed, err);
    if (!st)
        st = sedge_loop_new(a->clock, &a->loop, err);
    if (!st)
        st = sedge_signals_open(signals, SEDGE_COUNT(signals), &a->signal_fd, err);
    if (!st)
        st = sedge_loop_watch(a->loop, a->signal_fd, SEDGE_LOOP_READ, on_signal, a, err);
    sedge_random_init(&a->random, seed);
    if (st || !a->o->dump)
        return st;
    a->dump_fd = open(a->o->dump, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return a->dump_fd < 0 ? sedge_fail_errno(err, errno, "--dump-features '%s'", a->o->dump) : SEDGE_OK;
}

static sedge_status open_models(sedge_agent *a, sedge_error *err) {
    char dir[SEDGE_PATH_MAX];
    sedge_names names = { 0 };
    a->host = (sedge_host){ .fs = a->fs,
                            .loop = a->loop,
                            .clock = a->clock,
                            .log = a->log,
                            .random = &a->random,
                            .dump_fd = a->dump_fd,
                            .fetcher = host_fetcher,
                            .source = host_source,
                            .event = host_event,
                            .changed = host_changed,
                            .window_ends = host_window_ends,
                            .ctx = a };
    sedge_status st = sedge_agent_path(a, "models", dir, err);
    if (!st)
        st = sedge_dir_make(a->fs, dir, 0700, err);
    if (!st)
        st = sedge_dir_list(a->fs, dir, &names, err);
    for (size_t i = 0; !st && i < names.n; i++) {
        sedge_supervised *m;
        if (sedge_is_name(names.items[i]))
            st = sedge_agent_model(a, names.items[i], &m, err);
    }
    sedge_names_done(&names);
    return st;
}

static sedge_status start_link(sedge_agent *a, sedge_error *err) {
    sedge_link_options o = { .loop = a->loop,
                             .clock = a->clock,
                             .log = a->log,
                             .hub = a->o->hub,
                             .ca_file = a->o->ca,
                             .token = a->o->token,
                             .labels = &a->o->labels,
                             .identity = &a->identity,
                             .events = &link_events,
                             .ctx = a };
    return sedge_link_start(&o, &a->link, err);
}

/** What was counted and not reported waits on disk for the next start. */
static void finish(sedge_agent *a) {
    for (size_t i = 0; i < a->n_models; i++)
        sedge_serving_pull_counts(sedge_supervised_serving(a->models[i]));
    for (int i = 0; i < 5; i++)
        if (sedge_loop_once(a->loop, 10, NULL))
            break;
    a->reporter.link = NULL;
    sedge_reporter_offline(&a->reporter);
    sedge_agent_report_now(a);
    save_positions(a);
    for (size_t i = 0; i < a->n_models; i++)
        sedge_supervised_free(a->models[i]); /* answers what waits */
    sedge_http_server_free(a->server);
    for (size_t i = 0; i < a->n_sources; i++)
        sedge_feed_free(a->sources[i]);
    sedge_reporter_done(&a->reporter);
    sedge_lock_release(a->lock_fd);
}

static sedge_status start(sedge_agent *a, sedge_error *err) {
    sedge_status (*const steps[])(sedge_agent * a, sedge_error * err) = {
        lock_state, open_identity, open_reporter, open_sources, open_loop, open_models, sedge_agent_serve, start_link,
    };
    for (size_t i = 0; i < SEDGE_COUNT(steps); i++) {
        sedge_status st = steps[i](a, err);
        if (st)
            return st;
    }
    sedge_status st = sedge_loop_after(a->loop, 0, on_tick, a, &a->tick_timer, err);
    return st ? st : sedge_loop_after(a->loop, REPORT_MS, on_report, a, &a->report_timer, err);
}

sedge_status sedge_agent_run(const sedge_agent_options *options, sedge_error *err) {
    sedge_agent *a = calloc(1, sizeof *a);
    if (!a)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the agent");
    *a = (sedge_agent){ .o = options,
                        .fs = sedge_fs_os(),
                        .clock = sedge_clock_os(),
                        .log = options->log,
                        .lock_fd = -1,
                        .signal_fd = -1,
                        .dump_fd = -1 };
    sedge_status st = start(a, err);
    if (st)
        return st;
    sedge_log_info(a->log, "agent.started version=%s state=%s hub=%s", SEDGE_VERSION, options->state, options->hub);
    st = sedge_loop_run(a->loop, err);
    finish(a);
    if (!st && a->end.status)
        st = sedge_fail(err, a->end.status, "%s", a->end.text);
    return st;
}
