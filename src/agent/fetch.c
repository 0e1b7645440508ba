/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/fetch.h"

#include <pthread.h>
#include <string.h>

#include "agent/hub_answer.h"
#include "base/format.h"
#include "bundle/bundle.h"
#include "bundle/policy.h"
#include "bundle/tuf_client.h"
#include "os/errno.h"

enum { STACK_BYTES = 256 << 10, IDLE_MS = 30000, URL_MAX = 1024 };

typedef struct queued {
    sedge_fetch_job what;
    sedge_fetch_fn fn;
    void *ctx;
} queued;

struct sedge_fetcher {
    sedge_fetcher_options o;
    char hub[URL_MAX], tuf_dir[SEDGE_PATH_MAX];
    pthread_t thread;
    pthread_mutex_t lock; /* guards jobs and shown */
    pthread_cond_t wake;
    queued jobs[SEDGE_FETCH_JOBS_MAX];
    size_t first, n;
    sedge_net_counters shown;
    /* the thread's own */
    sedge_net_counters counters;
    sedge_tls *tls;
    sedge_http_client *client;
    sedge_tuf_client *tuf;
};

/* ---- metadata ---- */

static sedge_status fetch_metadata(void *ctx, const char *name, size_t limit, sedge_buf *out, sedge_error *err) {
    sedge_fetcher *f = ctx;
    char path[SEDGE_TUF_PATH_MAX + 64];
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_format(path, sizeof path, "/tuf/metadata/%s", name);
    sedge_http_request request = { .method = "GET", .path = path, .answer_limit_bytes = (int64_t)limit };
    sedge_status st = sedge_http_client_send(f->client, &request, &answer, err);
    if (!st)
        st = sedge_hub_answer_status(&answer, err);
    if (!st)
        sedge_buf_put(out, answer.body.data, answer.body.n);
    return st;
}

static sedge_status open_line(sedge_fetcher *f, sedge_error *err) {
    const sedge_identity *id = f->o.identity;
    sedge_tls_options t = { .ca_pem = sedge_buf_bytes(&id->ca), .cert = id->cert, .key = id->key, .clock = f->o.clock };
    sedge_status st = f->tls ? SEDGE_OK : sedge_tls_new(&t, &f->tls, err);
    if (st || f->client)
        return st;
    sedge_http_client_options o = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
    o.url = f->hub;
    o.tls = f->tls;
    o.peer = "the hub";
    o.clock = f->o.clock;
    o.counters = &f->counters;
    o.idle_timeout_ms = IDLE_MS;
    return sedge_http_client_new(&o, &f->client, err);
}

static sedge_status open_tuf(sedge_fetcher *f, sedge_error *err) {
    sedge_tuf_client_options o = { .fs = f->o.fs,
                                   .dir = f->tuf_dir,
                                   .root = sedge_buf_bytes(&f->o.identity->root),
                                   .fetch = fetch_metadata,
                                   .fetch_ctx = f };
    return f->tuf ? SEDGE_OK : sedge_tuf_client_open(&o, &f->tuf, err);
}

static uint64_t custom_number(const json_t *custom, const char *key) {
    const json_t *value = json_object_get(custom, key);
    return json_is_integer(value) && json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
}

static sedge_status check_custom(const sedge_fetch_job *job, const json_t *custom, sedge_error *err) {
    const char *model = json_string_value(json_object_get(custom, "model"));
    if (!model || strcmp(model, job->model) != 0 || custom_number(custom, "release") != job->release)
        return sedge_fail(err, SEDGE_EREFUSED, "target '%s' is signed for another model or release", job->target);
    uint64_t supersedes = custom_number(custom, "supersedes");
    if (sedge_install_decide(job->running, job->floor, job->release, supersedes) != SEDGE_INSTALL_REFUSED)
        return SEDGE_OK;
    return sedge_fail(
        err, SEDGE_EREFUSED, "release %llu may not replace release %llu: it is older and not signed as a roll-back",
        (unsigned long long)job->release, (unsigned long long)(job->floor > job->running ? job->floor : job->running));
}

static sedge_status refresh(sedge_fetcher *f, const char *path, sedge_tuf_target *ret, sedge_error *err) {
    sedge_status st = open_line(f, err);
    if (!st)
        st = open_tuf(f, err);
    if (!st)
        st = sedge_tuf_client_update(f->tuf, sedge_now_ms(f->o.clock), NULL, err);
    if (!st)
        st = sedge_tuf_client_target(f->tuf, path, ret, err);
    return st ? sedge_wrap(err, st, "update metadata") : SEDGE_OK;
}

static sedge_status check_target(const sedge_fetch_job *job, const sedge_tuf_target *target, const char *digest,
                                 sedge_error *err) {
    if (sedge_intent_is_bad(&job->known, digest, job->rollout))
        return sedge_fail(err, SEDGE_EREFUSED, "release %llu has failed on this device before",
                          (unsigned long long)job->release);
    sedge_status st = check_custom(job, target->custom, err);
    if (!st && target->length > (uint64_t)SEDGE_BUNDLE_BYTES_MAX)
        st = sedge_fail(err, SEDGE_EREFUSED, "target '%s' is larger than %lld bytes", job->target,
                        (long long)SEDGE_BUNDLE_BYTES_MAX);
    return st;
}

/* ---- the file ---- */

static const sedge_fs *fs_of(const sedge_fetcher *f) {
    return f->o.fs ? f->o.fs : sedge_fs_os();
}

/** Removes what earlier updates left in the folder, but for this one's file and its beginning. */
static sedge_status sweep(const sedge_fetcher *f, const sedge_fetch_job *job, const char *digest, sedge_error *err) {
    sedge_names names;
    sedge_status st = sedge_dir_list(f->o.fs, job->incoming, &names, err);
    if (st)
        return st;
    for (size_t i = 0; !st && i < names.n; i++) {
        char path[SEDGE_PATH_MAX];
        if (strncmp(names.items[i], digest, SEDGE_DIGEST_HEX_MAX - 1) == 0)
            continue;
        st = sedge_path_format(path, err, "%s/%s", job->incoming, names.items[i]);
        if (!st)
            st = sedge_file_remove(f->o.fs, path, err);
    }
    sedge_names_done(&names);
    return st;
}

static bool holds(const sedge_fetcher *f, const char *path, const sedge_digest *want) {
    sedge_digest digest;
    return sedge_file_exists(f->o.fs, path) && !sedge_digest_file(f->o.fs, path, &digest, NULL, NULL) &&
           sedge_digest_equal(&digest, want);
}

static sedge_status download(sedge_fetcher *f, const sedge_fetch_job *job, const sedge_tuf_target *target,
                             const char *part, sedge_error *err) {
    char file[SEDGE_TUF_PATH_MAX + SEDGE_DIGEST_HEX_MAX], path[sizeof file + 16];
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    bool complete = false;
    sedge_status st = sedge_tuf_target_file(job->target, &target->sha256, file, err);
    if (st)
        return st;
    sedge_format(path, sizeof path, "/tuf/targets/%s", file);
    st = sedge_http_client_download(f->client, f->o.fs, path, part, (int64_t)target->length, (int64_t)target->length,
                                    &answer, &complete, err);
    if (st || complete)
        return st;
    st = sedge_hub_answer_status(&answer, err);
    return st ? st : sedge_fail(err, SEDGE_ENETWORK, "the download of '%s' broke off", job->target);
}

/** part holds as many bytes as it should: are they the right ones? Wrong ones are removed. */
static sedge_status take_part(const sedge_fetcher *f, const char *part, const char *path, const sedge_digest *want,
                              sedge_error *err) {
    if (!holds(f, part, want)) {
        sedge_status st = sedge_file_remove(f->o.fs, part, err);
        return st ? st : sedge_fail(err, SEDGE_EREFUSED, "what was downloaded is not what was signed");
    }
    int moved = fs_of(f)->rename(fs_of(f), part, path);
    if (moved < 0)
        return sedge_fail_errno(err, moved, "cannot rename '%s'", part);
    return sedge_file_sync_parent(f->o.fs, path, err);
}

static sedge_status get_file(sedge_fetcher *f, const sedge_fetch_job *job, const sedge_tuf_target *target,
                             sedge_fetch_result *result, sedge_error *err) {
    char part[SEDGE_PATH_MAX];
    sedge_status st = sweep(f, job, result->digest, err);
    if (!st)
        st = sedge_path_format(result->path, err, "%s/%s", job->incoming, result->digest);
    if (!st)
        st = sedge_path_format(part, err, "%s/%s.part", job->incoming, result->digest);
    if (st || holds(f, result->path, &target->sha256))
        return st;
    uint64_t before = f->counters.received;
    st = download(f, job, target, part, err);
    result->bytes = f->counters.received - before;
    return st ? st : take_part(f, part, result->path, &target->sha256, err);
}

/** What a full disk, a broken line or metadata that is about to be replaced make fail passes. */
static sedge_fetched outcome_of(sedge_status st) {
    bool passes = sedge_is_passing(st) || st == SEDGE_ENOSPACE || st == SEDGE_EIO || st == SEDGE_ENOMEM;
    return passes ? SEDGE_FETCH_LATER : SEDGE_FETCH_REFUSED;
}

static void work(sedge_fetcher *f, const sedge_fetch_job *job, sedge_fetch_result *r) {
    sedge_tuf_target target;
    *r = (sedge_fetch_result){ .attempt = job->attempt, .outcome = SEDGE_FETCH_LATER };
    if (refresh(f, job->target, &target, &r->err))
        return;
    sedge_digest_hex(&target.sha256, r->digest);
    sedge_status st = check_target(job, &target, r->digest, &r->err);
    if (!st && strcmp(r->digest, job->here) == 0) {
        r->outcome = SEDGE_FETCH_HERE;
        return;
    }
    if (!st)
        st = get_file(f, job, &target, r, &r->err);
    if (!st)
        r->err = SEDGE_ERROR_INIT; /* looking for newer keys leaves a sentence behind when there are none */
    r->outcome = st ? outcome_of(st) : SEDGE_FETCH_DONE;
}

/* ---- the thread ---- */

typedef struct post {
    sedge_fetch_fn fn;
    void *ctx;
    sedge_fetch_result result;
} post;

static void deliver(void *ctx) {
    post *p = ctx;
    p->fn(p->ctx, &p->result);
    free(p);
}

static queued next_job(sedge_fetcher *f) {
    pthread_mutex_lock(&f->lock);
    while (f->n == 0)
        pthread_cond_wait(&f->wake, &f->lock);
    queued j = f->jobs[f->first];
    f->first = (f->first + 1) % SEDGE_FETCH_JOBS_MAX;
    f->n--;
    pthread_mutex_unlock(&f->lock);
    return j;
}

static void serve_job(sedge_fetcher *f) {
    queued j = next_job(f);
    post *p = calloc(1, sizeof *p);
    while (!p) { /* the answer is owed */
        sedge_sleep_ms(1000);
        p = calloc(1, sizeof *p);
    }
    *p = (post){ .fn = j.fn, .ctx = j.ctx };
    work(f, &j.what, &p->result);
    if (f->client)
        sedge_http_client_close(f->client); /* updates are rare: no connection is kept for them */
    pthread_mutex_lock(&f->lock);
    f->shown = f->counters;
    pthread_mutex_unlock(&f->lock);
    while (sedge_loop_post(f->o.loop, deliver, p, NULL))
        sedge_sleep_ms(1000);
}

static void *run(void *ctx) {
    for (;;)
        serve_job(ctx);
    return NULL;
}

sedge_status sedge_fetcher_start(const sedge_fetcher_options *options, sedge_fetcher **ret, sedge_error *err) {
    sedge_fetcher *f = calloc(1, sizeof *f);
    if (!f)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for updates");
    f->o = *options;
    sedge_format(f->hub, sizeof f->hub, "%s", options->hub);
    sedge_format(f->tuf_dir, sizeof f->tuf_dir, "%s", options->tuf_dir);
    pthread_attr_t attr;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, NULL);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&f->thread, &attr, run, f);
    pthread_attr_destroy(&attr);
    if (failed) {
        free(f);
        return sedge_fail(err, SEDGE_ENOMEM, "cannot start the thread for updates");
    }
    *ret = f;
    return SEDGE_OK;
}

sedge_status sedge_fetcher_submit(sedge_fetcher *f, const sedge_fetch_job *what, sedge_fetch_fn fn, void *ctx,
                                  sedge_error *err) {
    pthread_mutex_lock(&f->lock);
    bool room = f->n < SEDGE_FETCH_JOBS_MAX;
    if (room) {
        f->jobs[(f->first + f->n) % SEDGE_FETCH_JOBS_MAX] = (queued){ .what = *what, .fn = fn, .ctx = ctx };
        f->n++;
        pthread_cond_signal(&f->wake);
    }
    pthread_mutex_unlock(&f->lock);
    return room ? SEDGE_OK : sedge_fail(err, SEDGE_EBUSY, "too many updates wait");
}

sedge_net_counters sedge_fetcher_counters(sedge_fetcher *f) {
    pthread_mutex_lock(&f->lock);
    sedge_net_counters counters = f->shown;
    pthread_mutex_unlock(&f->lock);
    return counters;
}
