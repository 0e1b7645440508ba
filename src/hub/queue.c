/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct work_queue {
    hub *h;
    work_fn *run;
    work_done_fn *done;
    pthread_mutex_t lock; /**< all below */
    pthread_cond_t wake;
    hub_request *first, *last; /**< to run, in order of arrival */
    hub_request *waiting;
    size_t n;       /**< in both lists */
    uint64_t wakes; /**< calls of work_wake */
    bool closing;
    pthread_t *threads;
    size_t threads_n;
};

static void append(work_queue *q, hub_request *rq) {
    rq->next = NULL;
    *(q->last ? &q->last->next : &q->first) = rq;
    q->last = rq;
}

/** Moves to the queue those whose time has come, or all; returns when the next is due (INT64_MAX: none). */
static int64_t move_due(work_queue *q, int64_t now_ms, bool all) {
    int64_t next_ms = INT64_MAX;
    for (hub_request **at = &q->waiting; *at;) {
        hub_request *rq = *at;
        if (all || rq->wait_until_ms <= now_ms) {
            *at = rq->next;
            append(q, rq);
        } else {
            next_ms = rq->wait_until_ms < next_ms ? rq->wait_until_ms : next_ms;
            at = &rq->next;
        }
    }
    return next_ms;
}

static void wait_until(work_queue *q, int64_t until_ms) {
    struct timespec at = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
    if (until_ms == INT64_MAX)
        pthread_cond_wait(&q->wake, &q->lock);
    else
        pthread_cond_timedwait(&q->wake, &q->lock, &at);
}

/** The next request to run, or NULL when the queue is closed and empty. */
static hub_request *take(work_queue *q) {
    for (;;) {
        int64_t next_ms = move_due(q, sedge_monotonic_ms(q->h->clock), q->closing);
        hub_request *rq = q->first;
        if (rq) {
            q->first = rq->next;
            if (!q->first)
                q->last = NULL;
            return rq;
        }
        if (q->closing)
            return NULL;
        wait_until(q, next_ms);
    }
}

static void *worker_main(void *arg) {
    work_queue *q = arg;
    pthread_mutex_lock(&q->lock);
    for (hub_request *rq; (rq = take(q));) {
        uint64_t wakes = q->wakes;
        pthread_mutex_unlock(&q->lock);
        rq->wait_until_ms = 0;
        q->run(rq);
        bool waits = rq->wait_until_ms != 0;
        if (!waits)
            q->done(rq);
        pthread_mutex_lock(&q->lock);
        if (waits && wakes != q->wakes) {
            append(q, rq); /* what it waits for may have come while it ran */
        } else if (waits) {
            rq->next = q->waiting;
            q->waiting = rq;
            pthread_cond_signal(&q->wake); /* another worker may sleep past this one's time */
        } else {
            q->n--;
        }
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

sedge_status work_add(work_queue *q, hub_request *rq, sedge_error *err) {
    pthread_mutex_lock(&q->lock);
    bool room = q->n < WORK_QUEUE_MAX && !q->closing;
    if (room) {
        q->n++;
        append(q, rq);
        pthread_cond_signal(&q->wake);
    }
    pthread_mutex_unlock(&q->lock);
    return room ? SEDGE_OK : sedge_fail(err, SEDGE_EBUSY, "the hub has too much to do; try again");
}

void work_wake(work_queue *q) {
    pthread_mutex_lock(&q->lock);
    bool any = q->waiting != NULL;
    q->wakes++;
    (void)move_due(q, 0, true);
    if (any)
        pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

void work_stop(work_queue *q) {
    pthread_mutex_lock(&q->lock);
    q->closing = true;
    pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->lock);
    for (size_t i = 0; i < q->threads_n; i++)
        pthread_join(q->threads[i], NULL);
    q->threads_n = 0;
}

void work_free(work_queue *q) {
    if (!q)
        return;
    work_stop(q);
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->lock);
    free(q->threads);
    free(q);
}

sedge_status work_start(hub *h, work_fn *run, work_done_fn *done, work_queue **ret, sedge_error *err) {
    size_t n = (size_t)h->options->workers;
    work_queue *q = calloc(1, sizeof *q);
    pthread_t *threads = calloc(n, sizeof *threads);
    if (!q || !threads) {
        free(q);
        free(threads);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the workers");
    }
    *q = (work_queue){ .h = h, .run = run, .done = done, .threads = threads };
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->wake, &attr);
    pthread_condattr_destroy(&attr);
    while (q->threads_n < n && pthread_create(&threads[q->threads_n], NULL, worker_main, q) == 0)
        q->threads_n++;
    if (q->threads_n == 0) {
        work_free(q);
        return sedge_fail(err, SEDGE_ENOMEM, "cannot start a worker thread");
    }
    *ret = q;
    return SEDGE_OK;
}
