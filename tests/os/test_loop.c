/* SPDX-License-Identifier: Apache-2.0 */
#include "os/loop.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "os/signals.h"

#include "../include/sedge_test.h"

typedef struct trace {
    sedge_loop *loop;
    char text[64];
    int fds[2], other[2];
    uint64_t id;
} trace;

static void add(trace *t, char c) {
    size_t n = strlen(t->text);
    t->text[n] = c;
    t->text[n + 1] = '\0';
}

static void a(void *ctx) {
    add(ctx, 'a');
}

static void b_cancels(void *ctx) {
    trace *t = ctx;
    add(t, 'b');
    sedge_loop_cancel(t->loop, t->id);
}

static void again(void *ctx) {
    trace *t = ctx;
    add(t, 'r');
    assert_int_equal(sedge_loop_after(t->loop, 0, again, t, NULL, NULL), SEDGE_OK);
}

static void stop(void *ctx) {
    trace *t = ctx;
    sedge_loop_stop(t->loop);
}

static void timers(void **state) {
    (void)state;
    sedge_clock_manual clock = sedge_clock_manual_at(0);
    trace t = { 0 };
    assert_int_equal(sedge_loop_new(&clock.clock, &t.loop, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_after(t.loop, 30, a, &t, &t.id, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_after(t.loop, 10, a, &t, NULL, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_after(t.loop, 20, b_cancels, &t, NULL, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_once(t.loop, 0, NULL), SEDGE_OK);
    assert_string_equal(t.text, "");
    sedge_clock_manual_advance(&clock, 15);
    assert_int_equal(sedge_loop_once(t.loop, 0, NULL), SEDGE_OK);
    assert_string_equal(t.text, "a");
    sedge_clock_manual_advance(&clock, 100);
    assert_int_equal(sedge_loop_once(t.loop, 0, NULL), SEDGE_OK);
    assert_string_equal(t.text, "ab");
    assert_int_equal(sedge_loop_after(t.loop, 0, again, &t, NULL, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_once(t.loop, 0, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_once(t.loop, 0, NULL), SEDGE_OK);
    assert_string_equal(t.text, "abrr");
    sedge_loop_free(t.loop);
}

static void on_read(void *ctx, int fd, unsigned events) {
    trace *t = ctx;
    char c;
    assert_true(events & SEDGE_LOOP_READ);
    assert_int_equal(read(fd, &c, 1), 1);
    add(t, c);
    sedge_loop_unwatch(t->loop, t->fds[0]); /* both are readable: the other gets no event any more */
    sedge_loop_unwatch(t->loop, t->other[0]);
}

static void descriptors(void **state) {
    (void)state;
    trace t = { 0 };
    assert_int_equal(sedge_loop_new(NULL, &t.loop, NULL), SEDGE_OK);
    assert_return_code(pipe(t.fds), 0);
    assert_return_code(pipe(t.other), 0);
    assert_int_equal(sedge_loop_watch(t.loop, t.fds[0], SEDGE_LOOP_READ, on_read, &t, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_watch(t.loop, t.other[0], SEDGE_LOOP_READ, on_read, &t, NULL), SEDGE_OK);
    assert_int_equal(write(t.fds[1], "x", 1), 1);
    assert_int_equal(write(t.other[1], "x", 1), 1);
    assert_int_equal(sedge_loop_once(t.loop, 1000, NULL), SEDGE_OK);
    assert_string_equal(t.text, "x");
    assert_int_equal(sedge_loop_once(t.loop, 0, NULL), SEDGE_OK);
    assert_string_equal(t.text, "x");
    for (int i = 0; i < 2; i++) {
        close(t.fds[i]);
        close(t.other[i]);
    }
    sedge_loop_free(t.loop);
}

static void *poster(void *ctx) {
    trace *t = ctx;
    for (int i = 0; i < 20; i++)
        assert_int_equal(sedge_loop_post(t->loop, a, t, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_post(t->loop, stop, t, NULL), SEDGE_OK);
    return NULL;
}

static void posted_calls(void **state) {
    (void)state;
    trace t = { 0 };
    assert_int_equal(sedge_loop_new(NULL, &t.loop, NULL), SEDGE_OK);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, poster, &t), 0);
    assert_int_equal(sedge_loop_run(t.loop, NULL), SEDGE_OK);
    pthread_join(thread, NULL);
    assert_string_equal(t.text, "aaaaaaaaaaaaaaaaaaaa");
    sedge_loop_free(t.loop);
}

static void on_signal(void *ctx, int fd, unsigned events) {
    (void)events;
    trace *t = ctx;
    int signal;
    while ((signal = sedge_signals_next(fd)))
        add(t, signal == SIGUSR1 ? 'u' : '?');
}

static void signals(void **state) {
    (void)state;
    trace t = { 0 };
    assert_int_equal(sedge_loop_new(NULL, &t.loop, NULL), SEDGE_OK);
    int fd;
    assert_int_equal(sedge_signals_open((int[]){ SIGUSR1 }, 1, &fd, NULL), SEDGE_OK);
    assert_int_equal(sedge_loop_watch(t.loop, fd, SEDGE_LOOP_READ, on_signal, &t, NULL), SEDGE_OK);
    kill(getpid(), SIGUSR1);
    assert_int_equal(sedge_loop_once(t.loop, 1000, NULL), SEDGE_OK);
    assert_string_equal(t.text, "u");
    close(fd);
    sedge_loop_free(t.loop);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(timers), cmocka_unit_test(descriptors),
                                        cmocka_unit_test(posted_calls), cmocka_unit_test(signals) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
