/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/tick.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "hub/alerts/drift.h"
#include "hub/fleet/fleet.h"
#include "hub/fleet/stats.h"
#include "hub/jobs/jobs.h"
#include "hub/rollout/rollouts.h"
#include "hub/tuf.h"

enum { HOUSEKEEPING_MS = 60000 };

struct hub_tick {
    hub *h;
    pthread_t thread;
    pthread_mutex_t lock; /**< stopping */
    pthread_cond_t wake;
    bool stopping;
    int64_t kept_ms; /**< monotonic, of the last housekeeping */
};

static sedge_status expire(store_tx *tx, void *ctx, sedge_error *err) {
    const hub *h = ctx;
    int64_t now_ms = hub_now_ms(h);
    sedge_status st = fleet_stats_expire(tx, now_ms - h->options->stats_keep_ms, err);
    if (!st)
        st = store_exec(tx, NULL, err, "DELETE FROM events WHERE time_ms < $1",
                        STORE_ARGS(STORE_INT(now_ms - h->options->events_keep_ms)));
    return st;
}

static sedge_status keep_house(hub *h, sedge_error *err) {
    sedge_status st = fleet_flush(h->fleet, err);
    return st ? st : store_write(h->store, expire, h, err);
}

static sedge_status tick_tuf(hub *h, sedge_error *err) {
    return hub_tuf_tick(h->tuf, err);
}

/** What is done in every round, in this order: bundles are signed before roll-outs want them. */
static const struct {
    const char *name;
    sedge_status (*run)(hub *h, sedge_error *err);
} rounds[] = {
    { "update metadata", tick_tuf },
    { "roll-outs", rollout_tick },
    { "drift", drift_tick },
    { "jobs", jobs_tick },
};

/** Each part on its own: one that fails does not stop the others. */
static void run_round(hub_tick *t) {
    int64_t now_ms = sedge_monotonic_ms(t->h->clock);
    for (size_t i = 0; i < SEDGE_COUNT(rounds); i++) {
        sedge_error err = SEDGE_ERROR_INIT;
        if (rounds[i].run(t->h, &err))
            sedge_log_error(&t->h->log, "tick.failed part=%s error=%s", rounds[i].name, err.text);
    }
    if (now_ms - t->kept_ms >= HOUSEKEEPING_MS) {
        sedge_error err = SEDGE_ERROR_INIT;
        t->kept_ms = now_ms;
        if (keep_house(t->h, &err))
            sedge_log_error(&t->h->log, "tick.failed part=housekeeping error=%s", err.text);
    }
}

/** False when it is time to stop. */
static bool wait_for_round(hub_tick *t) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + t->h->options->tick_ms % 1000 * 1000000;
    until.tv_sec += t->h->options->tick_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&t->lock);
    while (!t->stopping && pthread_cond_timedwait(&t->wake, &t->lock, &until) == 0)
        ;
    bool stopping = t->stopping;
    pthread_mutex_unlock(&t->lock);
    return !stopping;
}

static void *tick_main(void *arg) {
    hub_tick *t = arg;
    while (wait_for_round(t))
        run_round(t);
    return NULL;
}

sedge_status hub_tick_start(hub *h, hub_tick **ret, sedge_error *err) {
    hub_tick *t = calloc(1, sizeof *t);
    if (!t)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for background work");
    t->h = h;
    t->kept_ms = sedge_monotonic_ms(h->clock);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&t->thread, NULL, tick_main, t) != 0) {
        pthread_cond_destroy(&t->wake);
        pthread_mutex_destroy(&t->lock);
        free(t);
        return sedge_fail(err, SEDGE_ENOMEM, "cannot start the thread of background work");
    }
    *ret = t;
    return SEDGE_OK;
}

void hub_tick_stop(hub_tick *t) {
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    sedge_error err = SEDGE_ERROR_INIT;
    if (keep_house(t->h, &err))
        sedge_log_error(&t->h->log, "tick.failed part=housekeeping error=%s", err.text);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
