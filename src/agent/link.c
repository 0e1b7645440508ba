/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/link.h"

#include <pthread.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agent/backoff.h"
#include "agent/hub_answer.h"
#include "base/format.h"
#include "crypto/rand.h"
#include "proto/cose.h"
#include "proto/report.h"
#include "proto/samples.h"

enum { REQUEST_MS = 30000, ETAG_MAX = 256, STACK_BYTES = 256 << 10, POLL_MS = 2000 };

/** A message that waits to be sent; payload is owned. */
typedef struct outgoing {
    bool full;
    uint64_t number;
    char request[SEDGE_UUID_MAX];
    uint8_t *payload;
    size_t n;
} outgoing;

struct sedge_link {
    sedge_link_options o;
    char hub[SEDGE_LINK_URL_MAX];
    char *ca_file, *token; /* owned or NULL */
    sedge_labels labels;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows up to counters */
    pthread_cond_t wake;
    outgoing report, samples;
    sedge_net_counters shown;
    /* the thread's own */
    sedge_net_counters counters;
    sedge_tls *tls;
    sedge_http_client *client;
    sedge_random random;
    sedge_backoff backoff;
    char etag[ETAG_MAX];
    int64_t poll_ms, poll_at_ms;
    int online; /* -1: not known yet */
};

/* ---- posts into the loop ---- */

typedef struct post {
    sedge_link *link;
    void (*deliver)(struct post *p);
    sedge_desired desired;
    char text[SEDGE_ERROR_TEXT_MAX];
    uint64_t number;
    sedge_status status;
    bool online;
} post;

static void run_post(void *ctx) {
    post *p = ctx;
    p->deliver(p);
    free(p);
}

static post *new_post(sedge_link *l, void (*deliver)(post *p)) {
    post *p = calloc(1, sizeof *p);
    if (p) {
        p->link = l;
        p->deliver = deliver;
    }
    return p;
}

/** Without memory the news is lost; it comes again with the next poll. */
static void send_post(post *p) {
    if (p && sedge_loop_post(p->link->o.loop, run_post, p, NULL))
        free(p);
}

static void deliver_enrolled(post *p) {
    p->link->o.events->enrolled(p->link->o.ctx, p->text);
}

static void deliver_desired(post *p) {
    p->link->o.events->desired(p->link->o.ctx, &p->desired);
}

static void deliver_sent(post *p) {
    p->link->o.events->sent(p->link->o.ctx, p->number, p->status);
}

static void deliver_samples_sent(post *p) {
    p->link->o.events->samples_sent(p->link->o.ctx, p->text, p->status);
}

static void deliver_online(post *p) {
    p->link->o.events->online(p->link->o.ctx, p->online, p->text);
}

static void deliver_hopeless(post *p) {
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_fail(&err, p->status, "%s", p->text);
    p->link->o.events->hopeless(p->link->o.ctx, &err);
}

static void tell_text(sedge_link *l, void (*deliver)(post *p), sedge_status status, const char *text) {
    post *p = new_post(l, deliver);
    if (p) {
        p->status = status;
        sedge_format(p->text, sizeof p->text, "%s", text);
    }
    send_post(p);
}

static void tell_online(sedge_link *l, bool online, const char *why) {
    if (l->online == (int)online)
        return;
    l->online = online;
    post *p = new_post(l, deliver_online);
    if (p) {
        p->online = online;
        sedge_format(p->text, sizeof p->text, "%s", why);
    }
    send_post(p);
}

/* ---- the connection ---- */

static sedge_status open_client(sedge_link *l, sedge_error *err) {
    const sedge_identity *id = l->o.identity;
    bool enrolled = sedge_identity_is_enrolled(id);
    sedge_http_client_free(l->client);
    sedge_tls_free(l->tls);
    l->client = NULL;
    l->tls = NULL;
    sedge_tls_options t = { .clock = l->o.clock };
    if (enrolled) {
        t.ca_pem = sedge_buf_bytes(&id->ca);
        t.cert = id->cert;
        t.key = id->key;
    } else {
        t.ca_file = l->ca_file;
    }
    sedge_status st = sedge_tls_new(&t, &l->tls, err);
    if (st)
        return st;
    sedge_http_client_options o = SEDGE_HTTP_CLIENT_OPTIONS_INIT;
    o.url = l->hub;
    o.tls = l->tls;
    o.peer = "the hub";
    o.clock = l->o.clock;
    o.counters = &l->counters;
    o.idle_timeout_ms = REQUEST_MS;
    return sedge_http_client_new(&o, &l->client, err);
}

static sedge_status call(sedge_link *l, const sedge_http_request *request, sedge_http_answer *answer,
                         sedge_error *err) {
    sedge_status st = sedge_http_client_send(l->client, request, answer, err);
    pthread_mutex_lock(&l->lock);
    l->shown = l->counters;
    pthread_mutex_unlock(&l->lock);
    return st;
}

/** Sleeps until at_ms, or until there is something to do. */
static void wait_until(sedge_link *l, int64_t at_ms, bool for_work) {
    int64_t left = at_ms - sedge_monotonic_ms(l->o.clock);
    if (left <= 0)
        return;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += left / 1000;
    until.tv_nsec += left % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&l->lock);
    while (!(for_work && (l->report.full || l->samples.full)) &&
           pthread_cond_timedwait(&l->wake, &l->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&l->lock);
}

static void wait_backoff(sedge_link *l) {
    wait_until(l, sedge_monotonic_ms(l->o.clock) + sedge_backoff_next_ms(&l->backoff, &l->random), false);
}

/* ---- enrolment ---- */

static void collect_facts(sedge_device_facts *facts) {
    struct utsname u;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE), cpus = sysconf(_SC_NPROCESSORS_ONLN);
    sedge_format(facts->arch, sizeof facts->arch, "%s", uname(&u) == 0 ? u.machine : "unknown");
    sedge_format(facts->agent, sizeof facts->agent, "%s", SEDGE_VERSION);
    facts->cpus = cpus > 0 ? (uint32_t)cpus : 1;
    facts->memory_bytes = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
}

static sedge_status encode_request(sedge_link *l, sedge_buf *out, sedge_error *err) {
    SEDGE_AUTO_BUF sealing = sedge_buf_init(SEDGE_KEY_PEM_MAX);
    sedge_enrol_request request = { .labels = l->labels, .csr = (char *)l->o.identity->csr.data };
    if (sedge_format(request.token, sizeof request.token, "%s", l->token) >= sizeof request.token)
        return sedge_fail(err, SEDGE_EUSAGE, "--token: longer than %d characters", SEDGE_ENROL_TOKEN_MAX - 1);
    collect_facts(&request.facts);
    sedge_status st = sedge_key_public_pem(l->o.identity->sealing, &sealing, err);
    request.sealing_key = (char *)sealing.data;
    return st ? st : sedge_enrol_request_encode(&request, out, err);
}

static sedge_status enrol_once(sedge_link *l, sedge_error *err) {
    SEDGE_AUTO_BUF body = sedge_buf_init(SEDGE_ENROL_BYTES_MAX);
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_enrol_answer enrolled = { 0 };
    sedge_status st = encode_request(l, &body, err);
    if (st)
        return st;
    /* the same request with the same spent token gets the same answer: it may be repeated */
    sedge_http_request request = { .method = "POST",
                                   .path = "/device/v1/enrol",
                                   .content_type = "application/json",
                                   .body = sedge_buf_bytes(&body),
                                   .idempotent = true };
    st = call(l, &request, &answer, err);
    if (!st)
        st = sedge_hub_answer_status(&answer, err);
    if (!st)
        st = sedge_enrol_answer_decode(sedge_buf_bytes(&answer.body), &enrolled, err);
    if (st)
        return st;
    st = sedge_identity_enrol(l->o.identity, &enrolled, sedge_now_ms(l->o.clock), err);
    if (!st && enrolled.poll_s > 0)
        l->poll_ms = (int64_t)(enrolled.poll_s * 1000);
    sedge_enrol_answer_done(&enrolled);
    return st;
}

static bool enrol(sedge_link *l) {
    while (!sedge_identity_is_enrolled(l->o.identity)) {
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = l->token ? SEDGE_OK : SEDGE_EUSAGE;
        if (st)
            sedge_fail(&err, st, "this device is not enrolled: give --token with a token for enrolment");
        if (!st && !l->client)
            st = open_client(l, &err);
        if (!st)
            st = enrol_once(l, &err);
        if (!st)
            break;
        bool passes = sedge_is_passing(st) || st == SEDGE_ENOSPACE;
        tell_online(l, false, err.text);
        if (!passes) {
            tell_text(l, deliver_hopeless, st, err.text);
            return false;
        }
        wait_backoff(l);
    }
    sedge_backoff_reset(&l->backoff);
    tell_text(l, deliver_enrolled, SEDGE_OK, l->o.identity->device);
    return true;
}

/* ---- polling ---- */

static sedge_status take_desired(sedge_link *l, const sedge_http_answer *answer, sedge_error *err) {
    post *p = new_post(l, deliver_desired);
    if (!p)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the desired state");
    sedge_status st = sedge_desired_decode(sedge_buf_bytes(&answer->body), &p->desired, err);
    if (st) {
        free(p);
        return sedge_wrap(err, st, "desired state");
    }
    l->poll_ms = (int64_t)(p->desired.poll_s * 1000);
    const char *etag = sedge_http_answer_get(answer, "ETag");
    sedge_format(l->etag, sizeof l->etag, "%s", etag ? etag : "");
    send_post(p);
    return SEDGE_OK;
}

static sedge_status poll_desired(sedge_link *l, sedge_error *err) {
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_http_field known = { "If-None-Match", l->etag };
    sedge_http_request request = {
        .method = "GET", .path = "/device/v1/desired", .fields = &known, .fields_n = l->etag[0] != '\0'
    };
    sedge_status st = call(l, &request, &answer, err);
    if (st || answer.status == 304)
        return st;
    st = sedge_hub_answer_status(&answer, err);
    return st ? st : take_desired(l, &answer, err);
}

/* ---- sending ---- */

static sedge_status post_signed(sedge_link *l, const char *path, const char *type, sedge_bytes payload,
                                sedge_error *err) {
    SEDGE_AUTO_BUF message = sedge_buf_init(payload.n + 4096);
    SEDGE_AUTO_HTTP_ANSWER answer = SEDGE_HTTP_ANSWER_INIT;
    sedge_status st = sedge_cose_sign(l->o.identity->key, type, l->o.identity->device, payload, &message, err);
    if (st)
        return st;
    sedge_http_request request = { .method = "POST",
                                   .path = path,
                                   .content_type = "application/cose",
                                   .body = sedge_buf_bytes(&message),
                                   .idempotent = true };
    st = call(l, &request, &answer, err);
    return st ? st : sedge_hub_answer_status(&answer, err);
}

/** Takes the message out of its place; false: none. */
static bool take_outgoing(sedge_link *l, outgoing *slot, outgoing *ret) {
    pthread_mutex_lock(&l->lock);
    *ret = *slot;
    pthread_mutex_unlock(&l->lock);
    return ret->full;
}

static void clear_outgoing(sedge_link *l, outgoing *slot) {
    pthread_mutex_lock(&l->lock);
    free(slot->payload);
    *slot = (outgoing){ 0 };
    pthread_mutex_unlock(&l->lock);
}

static sedge_status send_report(sedge_link *l, sedge_error *err) {
    outgoing out;
    if (!take_outgoing(l, &l->report, &out))
        return SEDGE_OK;
    sedge_status st = post_signed(l, "/device/v1/report", SEDGE_REPORT_TYPE, sedge_bytes_of(out.payload, out.n), err);
    if (sedge_is_passing(st) || st == SEDGE_EAUTH || st == SEDGE_EREFUSED)
        return st; /* stays */
    clear_outgoing(l, &l->report);
    post *p = new_post(l, deliver_sent);
    if (p) {
        p->number = out.number;
        p->status = st;
    }
    send_post(p);
    if (st)
        sedge_log_warn(l->o.log, "report.refused why=%s", err->text);
    return SEDGE_OK;
}

static sedge_status send_samples(sedge_link *l, sedge_error *err) {
    outgoing out;
    if (!take_outgoing(l, &l->samples, &out))
        return SEDGE_OK;
    sedge_status st = post_signed(l, "/device/v1/samples", SEDGE_SAMPLES_TYPE, sedge_bytes_of(out.payload, out.n), err);
    if (sedge_is_passing(st) || st == SEDGE_EAUTH || st == SEDGE_EREFUSED)
        return st;
    clear_outgoing(l, &l->samples);
    if (st)
        sedge_log_warn(l->o.log, "samples.refused why=%s", err->text);
    tell_text(l, deliver_samples_sent, st, out.request);
    return SEDGE_OK;
}

/* ---- the thread ---- */

static bool poll_is_due(sedge_link *l) {
    return sedge_monotonic_ms(l->o.clock) >= l->poll_at_ms;
}

static sedge_status work(sedge_link *l, sedge_error *err) {
    sedge_status st = l->client ? SEDGE_OK : open_client(l, err);
    if (!st)
        st = send_report(l, err);
    if (!st)
        st = send_samples(l, err);
    if (!st && poll_is_due(l)) {
        st = poll_desired(l, err);
        l->poll_at_ms = sedge_monotonic_ms(l->o.clock) + sedge_jitter_ms(&l->random, l->poll_ms);
    }
    return st;
}

static void *run(void *ctx) {
    sedge_link *l = ctx;
    if (!enrol(l))
        return NULL;
    sedge_http_client_free(l->client); /* it knew no certificate */
    l->client = NULL;
    for (;;) {
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = work(l, &err);
        tell_online(l, !st, err.text);
        if (st) {
            wait_backoff(l);
            l->poll_at_ms = 0;
            continue;
        }
        sedge_backoff_reset(&l->backoff);
        wait_until(l, l->poll_at_ms, true);
    }
}

static char *copy_text(const char *text) {
    return text ? strdup(text) : NULL;
}

static sedge_status start_thread(sedge_link *l, sedge_error *err) {
    pthread_condattr_t cond;
    pthread_attr_t attr;
    pthread_condattr_init(&cond);
    pthread_condattr_setclock(&cond, CLOCK_MONOTONIC);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wake, &cond);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&l->thread, &attr, run, l);
    pthread_attr_destroy(&attr);
    pthread_condattr_destroy(&cond);
    return failed ? sedge_fail(err, SEDGE_ENOMEM, "cannot start the thread for the hub") : SEDGE_OK;
}

sedge_status sedge_link_start(const sedge_link_options *options, sedge_link **ret, sedge_error *err) {
    uint64_t seed;
    sedge_link *l = calloc(1, sizeof *l);
    if (!l)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the line to the hub");
    l->o = *options;
    l->labels = *options->labels;
    l->ca_file = copy_text(options->ca_file);
    l->token = copy_text(options->token);
    l->backoff = (sedge_backoff){ .base_ms = SEDGE_LINK_BACKOFF_MS, .max_ms = SEDGE_LINK_BACKOFF_MAX_MS };
    l->poll_ms = POLL_MS;
    l->online = -1;
    sedge_status st = sedge_rand_bytes(&seed, sizeof seed, err);
    if (!st && sedge_format(l->hub, sizeof l->hub, "%s", options->hub) >= sizeof l->hub)
        st = sedge_fail(err, SEDGE_EUSAGE, "--hub: longer than %d characters", SEDGE_LINK_URL_MAX - 1);
    if (!st) {
        sedge_random_init(&l->random, seed);
        st = start_thread(l, err);
    }
    if (!st) {
        *ret = l;
        return SEDGE_OK;
    }
    free(l->ca_file);
    free(l->token);
    free(l);
    return st;
}

static sedge_status hand_in(sedge_link *l, outgoing *slot, const outgoing *message, sedge_bytes payload,
                            sedge_error *err) {
    uint8_t *copy = malloc(payload.n ? payload.n : 1);
    if (!copy)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a message to the hub");
    memcpy(copy, payload.p, payload.n);
    pthread_mutex_lock(&l->lock);
    bool full = slot->full;
    if (!full) {
        *slot = *message;
        slot->full = true;
        slot->payload = copy;
        slot->n = payload.n;
        pthread_cond_signal(&l->wake);
    }
    pthread_mutex_unlock(&l->lock);
    if (!full)
        return SEDGE_OK;
    free(copy);
    return sedge_fail(err, SEDGE_EBUSY, "a message to the hub is still under way");
}

sedge_status sedge_link_send_report(sedge_link *l, uint64_t number, sedge_bytes payload, sedge_error *err) {
    return hand_in(l, &l->report, &(outgoing){ .number = number }, payload, err);
}

sedge_status sedge_link_send_samples(sedge_link *l, const char *request, sedge_bytes payload, sedge_error *err) {
    outgoing message = { 0 };
    sedge_format(message.request, sizeof message.request, "%s", request);
    return hand_in(l, &l->samples, &message, payload, err);
}

sedge_net_counters sedge_link_counters(sedge_link *l) {
    pthread_mutex_lock(&l->lock);
    sedge_net_counters counters = l->shown;
    pthread_mutex_unlock(&l->lock);
    return counters;
}
