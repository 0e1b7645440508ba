/* SPDX-License-Identifier: Apache-2.0 */
#include "os/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "os/errno.h"

enum { EVENTS_A_ROUND = 64, LONGEST_WAIT_MS = 1000000 };

typedef struct watch {
    sedge_loop_fd_fn fn; /* NULL: not watched */
    void *ctx;
    uint32_t generation; /* tells a reused descriptor from the one an event was fetched for */
} watch;

typedef struct timer {
    int64_t due_ms;
    uint64_t id;
    sedge_loop_fn fn;
    void *ctx;
} timer;

typedef struct posted {
    struct posted *next;
    sedge_loop_fn fn;
    void *ctx;
} posted;

struct sedge_loop {
    const sedge_clock *clock;
    int epoll_fd;
    int wake_fd;
    watch *watches; /* by descriptor */
    size_t watches_n;
    timer *timers; /* heap, earliest first; ties by id */
    size_t timers_n;
    size_t timers_capacity;
    uint64_t last_id;
    pthread_mutex_t lock; /* guards the posted calls */
    posted *posted_first;
    posted **posted_tail;
    atomic_bool stop;
};

sedge_status sedge_loop_new(const sedge_clock *clock, sedge_loop **ret, sedge_error *err) {
    sedge_loop *l = (sedge_loop *)calloc(1, sizeof *l);
    if (!l)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for an event loop");
    l->clock = clock ? clock : sedge_clock_os();
    l->posted_tail = &l->posted_first;
    pthread_mutex_init(&l->lock, NULL);
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event e = { .events = EPOLLIN, .data.u64 = (uint64_t)(uint32_t)l->wake_fd };
    if (l->epoll_fd < 0 || l->wake_fd < 0 || epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &e) < 0) {
        sedge_status st = sedge_fail_errno(err, errno, "cannot make an event loop");
        sedge_loop_free(l);
        return st;
    }
    *ret = l;
    return SEDGE_OK;
}

void sedge_loop_free(sedge_loop *loop) {
    if (!loop)
        return;
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    for (posted *p = loop->posted_first; p;) {
        posted *next = p->next;
        free(p);
        p = next;
    }
    pthread_mutex_destroy(&loop->lock);
    free(loop->watches);
    free(loop->timers);
    free(loop);
}

static bool grow_watches(sedge_loop *loop, size_t n) {
    size_t capacity = loop->watches_n ? loop->watches_n : 64;
    while (capacity < n)
        capacity *= 2;
    watch *grown = (watch *)realloc(loop->watches, capacity * sizeof *grown);
    if (!grown)
        return false;
    memset(grown + loop->watches_n, 0, (capacity - loop->watches_n) * sizeof *grown);
    loop->watches = grown;
    loop->watches_n = capacity;
    return true;
}

sedge_status sedge_loop_watch(sedge_loop *loop, int fd, unsigned events, sedge_loop_fd_fn fn, void *ctx,
                              sedge_error *err) {
    if ((size_t)fd >= loop->watches_n && !grow_watches(loop, (size_t)fd + 1))
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to watch a descriptor");
    watch *w = &loop->watches[fd];
    bool known = w->fn;
    if (!known)
        w->generation++;
    struct epoll_event e = {
        .events = (events & SEDGE_LOOP_READ ? EPOLLIN | EPOLLRDHUP : 0U) | (events & SEDGE_LOOP_WRITE ? EPOLLOUT : 0U),
        .data.u64 = (uint64_t)w->generation << 32 | (uint32_t)fd,
    };
    if (epoll_ctl(loop->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) < 0)
        return sedge_fail_errno(err, errno, "cannot watch descriptor %d", fd);
    w->fn = fn;
    w->ctx = ctx;
    return SEDGE_OK;
}

void sedge_loop_unwatch(sedge_loop *loop, int fd) {
    if (fd < 0 || (size_t)fd >= loop->watches_n || !loop->watches[fd].fn)
        return;
    loop->watches[fd].fn = NULL;
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static bool is_earlier(const timer *a, const timer *b) {
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->id < b->id;
}

static void swap_timers(timer *a, timer *b) {
    timer t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(sedge_loop *loop, size_t i) {
    for (; i && is_earlier(&loop->timers[i], &loop->timers[(i - 1) / 2]); i = (i - 1) / 2)
        swap_timers(&loop->timers[i], &loop->timers[(i - 1) / 2]);
}

static void sift_down(sedge_loop *loop, size_t i) {
    for (;;) {
        size_t first = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < loop->timers_n; child++)
            if (is_earlier(&loop->timers[child], &loop->timers[first]))
                first = child;
        if (first == i)
            return;
        swap_timers(&loop->timers[i], &loop->timers[first]);
        i = first;
    }
}

static void remove_timer(sedge_loop *loop, size_t i) {
    loop->timers[i] = loop->timers[--loop->timers_n];
    if (i < loop->timers_n) {
        sift_up(loop, i);
        sift_down(loop, i);
    }
}

sedge_status sedge_loop_after(sedge_loop *loop, int64_t delay_ms, sedge_loop_fn fn, void *ctx, uint64_t *ret_id,
                              sedge_error *err) {
    if (loop->timers_n == loop->timers_capacity) {
        size_t capacity = loop->timers_capacity ? loop->timers_capacity * 2 : 16;
        timer *grown = (timer *)realloc(loop->timers, capacity * sizeof *grown);
        if (!grown)
            return sedge_fail(err, SEDGE_ENOMEM, "no memory for a timer");
        loop->timers = grown;
        loop->timers_capacity = capacity;
    }
    timer t = { .due_ms = sedge_monotonic_ms(loop->clock) + (delay_ms > 0 ? delay_ms : 0),
                .id = ++loop->last_id,
                .fn = fn,
                .ctx = ctx };
    loop->timers[loop->timers_n] = t;
    sift_up(loop, loop->timers_n++);
    if (ret_id)
        *ret_id = t.id;
    return SEDGE_OK;
}

void sedge_loop_cancel(sedge_loop *loop, uint64_t id) {
    for (size_t i = 0; id && i < loop->timers_n; i++)
        if (loop->timers[i].id == id) {
            remove_timer(loop, i);
            return;
        }
}

static void wake(sedge_loop *loop) {
    uint64_t one = 1;
    ssize_t put = write(loop->wake_fd, &one, sizeof one); /* a full counter wakes as well */
    (void)put;
}

sedge_status sedge_loop_post(sedge_loop *loop, sedge_loop_fn fn, void *ctx, sedge_error *err) {
    posted *p = (posted *)malloc(sizeof *p);
    if (!p)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to post a call");
    *p = (posted){ NULL, fn, ctx };
    pthread_mutex_lock(&loop->lock);
    *loop->posted_tail = p;
    loop->posted_tail = &p->next;
    pthread_mutex_unlock(&loop->lock);
    wake(loop);
    return SEDGE_OK;
}

void sedge_loop_stop(sedge_loop *loop) {
    atomic_store(&loop->stop, true);
    wake(loop);
}

static posted *take_posted(sedge_loop *loop) {
    pthread_mutex_lock(&loop->lock);
    posted *first = loop->posted_first;
    loop->posted_first = NULL;
    loop->posted_tail = &loop->posted_first;
    pthread_mutex_unlock(&loop->lock);
    return first;
}

static void run_posted(sedge_loop *loop) {
    uint64_t count;
    ssize_t got = read(loop->wake_fd, &count, sizeof count);
    (void)got;
    for (posted *p = take_posted(loop); p;) {
        posted call = *p;
        free(p);
        call.fn(call.ctx);
        p = call.next;
    }
}

/* Timers that the called ones set are due in the next round, so a timer of 0 ms cannot starve descriptors. */
static void run_timers(sedge_loop *loop) {
    int64_t now = sedge_monotonic_ms(loop->clock);
    uint64_t newest = loop->last_id;
    while (loop->timers_n && loop->timers[0].due_ms <= now && loop->timers[0].id <= newest) {
        timer t = loop->timers[0];
        remove_timer(loop, 0);
        t.fn(t.ctx);
    }
}

static int wait_ms(const sedge_loop *loop, int64_t max_wait_ms) {
    int64_t wait = max_wait_ms < 0 ? LONGEST_WAIT_MS : max_wait_ms;
    if (loop->timers_n) {
        int64_t until = loop->timers[0].due_ms - sedge_monotonic_ms(loop->clock);
        wait = until < wait ? until : wait;
    }
    wait = wait > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : wait;
    return wait < 0 ? 0 : (int)wait;
}

static unsigned events_of(uint32_t bits) {
    bool gone = bits & (EPOLLHUP | EPOLLRDHUP | EPOLLERR);
    return (bits & EPOLLIN || gone ? SEDGE_LOOP_READ : 0U) | (bits & EPOLLOUT ? SEDGE_LOOP_WRITE : 0U) |
           (gone ? SEDGE_LOOP_HANGUP : 0U);
}

static void dispatch(sedge_loop *loop, const struct epoll_event *e) {
    int fd = (int)(uint32_t)e->data.u64;
    if (fd == loop->wake_fd) {
        run_posted(loop);
        return;
    }
    watch w = loop->watches[fd];
    if (w.fn && w.generation == (uint32_t)(e->data.u64 >> 32))
        w.fn(w.ctx, fd, events_of(e->events));
}

sedge_status sedge_loop_once(sedge_loop *loop, int64_t max_wait_ms, sedge_error *err) {
    struct epoll_event events[EVENTS_A_ROUND];
    int n = epoll_wait(loop->epoll_fd, events, EVENTS_A_ROUND, wait_ms(loop, max_wait_ms));
    if (n < 0 && errno != EINTR)
        return sedge_fail_errno(err, errno, "the event loop cannot wait");
    for (int i = 0; i < n; i++)
        dispatch(loop, &events[i]);
    run_timers(loop);
    return SEDGE_OK;
}

sedge_status sedge_loop_run(sedge_loop *loop, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    while (!st && !atomic_load(&loop->stop))
        st = sedge_loop_once(loop, -1, err);
    atomic_store(&loop->stop, false);
    return st;
}
