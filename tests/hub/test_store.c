/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/store/store.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/store/engine.h"
#include "os/file.h"

#include "../include/sedge_test.h"

typedef struct fixture {
    char dir[64];
    store *s;
    unsigned topics;
} fixture;

static void on_commit(void *ctx, unsigned topics) {
    ((fixture *)ctx)->topics |= topics;
}

static int setup(void **state) {
    fixture *f = calloc(1, sizeof *f);
    sedge_error err = SEDGE_ERROR_INIT;
    strcpy(f->dir, "/tmp/sedge-store.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(store_open(f->dir, on_commit, f, &f->s, &err), SEDGE_OK);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    fixture *f = *state;
    store_close(f->s);
    assert_int_equal(sedge_dir_remove_tree(NULL, f->dir, NULL), SEDGE_OK);
    free(f);
    return 0;
}

typedef struct job {
    const char *name;
    int64_t n;
    bool fail;
} job;

static sedge_status insert(store_tx *tx, void *ctx, sedge_error *err) {
    job *j = ctx;
    store_touch(tx, STORE_TOPIC_EVENTS);
    sedge_status st = store_exec(tx, NULL, err, "INSERT INTO projects (id, created_ms) VALUES ($1, $2)",
                                 STORE_ARGS(STORE_TEXT(j->name), STORE_INT(7)));
    return !st && j->fail ? sedge_fail(err, SEDGE_EGATE, "not this time") : st;
}

static sedge_status count(store_tx *tx, void *ctx, sedge_error *err) {
    job *j = ctx;
    return store_get_int(tx, &j->n, err, "SELECT count(*) FROM projects WHERE id <> 'default'", STORE_NONE);
}

static int64_t counted(store *s) {
    job j = { 0 };
    assert_int_equal(store_read(s, count, &j, NULL), SEDGE_OK);
    return j.n;
}

static void a_failed_write_leaves_nothing(void **state) {
    fixture *f = *state;
    sedge_error err = SEDGE_ERROR_INIT;
    job bad = { .name = "bad", .fail = true }, good = { .name = "good" };
    assert_int_equal(store_write(f->s, insert, &bad, &err), SEDGE_EGATE);
    assert_string_equal(err.text, "not this time");
    assert_int_equal(f->topics, 0);
    assert_int_equal(counted(f->s), 0);
    assert_int_equal(store_write(f->s, insert, &good, &err), SEDGE_OK);
    assert_int_equal(f->topics, STORE_TOPIC_EVENTS);
    assert_int_equal(counted(f->s), 1);
    assert_int_equal(store_write(f->s, insert, &good, &err), SEDGE_ECONFLICT);
    assert_int_equal(counted(f->s), 1);
}

enum { THREADS = 8, EACH = 25 };

typedef struct writer {
    store *s;
    int id;
    int failed;
} writer;

/** Every fifth write fails inside its group; the others must stay. */
static void *write_many(void *arg) {
    writer *w = arg;
    for (int i = 0; i < EACH; i++) {
        char name[32];
        snprintf(name, sizeof name, "p%d-%d", w->id, i);
        job j = { .name = name, .fail = i % 5 == 0 };
        sedge_status st = store_write(w->s, insert, &j, NULL);
        w->failed += st != (j.fail ? SEDGE_EGATE : SEDGE_OK);
    }
    return NULL;
}

static void groups_keep_each_write_apart(void **state) {
    fixture *f = *state;
    pthread_t threads[THREADS];
    writer writers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (writer){ f->s, i, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(writers[i].failed, 0);
    }
    assert_int_equal(counted(f->s), THREADS * EACH * 4 / 5);
    assert_int_equal(store_check(f->s, NULL), SEDGE_OK);
}

static sedge_status wrong_arguments(store_tx *tx, void *ctx, sedge_error *err) {
    (void)ctx;
    return store_exec(tx, NULL, err, "INSERT INTO projects (id, created_ms) VALUES ($1, $2)",
                      STORE_ARGS(STORE_TEXT("x")));
}

static sedge_status broken_sql(store_tx *tx, void *ctx, sedge_error *err) {
    (void)ctx;
    return store_exec(tx, NULL, err, "INSERT INTO nowhere (id) VALUES (1)", STORE_NONE);
}

static void faults_of_ours_are_named(void **state) {
    fixture *f = *state;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(store_write(f->s, wrong_arguments, NULL, &err), SEDGE_EINTERNAL);
    assert_non_null(strstr(err.text, "2 parameters wanted, 1 given"));
    assert_int_equal(store_write(f->s, broken_sql, NULL, &err), SEDGE_EINTERNAL);
    assert_non_null(strstr(err.text, "nowhere"));
}

static sedge_status odd_values(store_tx *tx, void *ctx, sedge_error *err) {
    (void)ctx;
    store_rows *rows = NULL;
    sedge_status st = store_query(tx, &rows, err, "SELECT $1, $2, $3, $4, $5",
                                  STORE_ARGS(STORE_TEXT(NULL), STORE_INT(INT64_MIN), STORE_REAL(0.5),
                                             STORE_BLOB(sedge_bytes_of("a\0b", 3)), STORE_TEXT("x'y")));
    assert_int_equal(st, SEDGE_OK);
    assert_true(store_next(rows));
    assert_true(store_is_null(rows, 0));
    assert_string_equal(store_text(rows, 0), "");
    assert_null(store_text_or_null(rows, 0));
    assert_true(store_int(rows, 1) == INT64_MIN);
    assert_true(store_real(rows, 2) == 0.5);
    assert_true(sedge_bytes_equal(store_blob(rows, 3), sedge_bytes_of("a\0b", 3)));
    assert_string_equal(store_text(rows, 4), "x'y");
    assert_false(store_next(rows));
    return store_end(rows, SEDGE_OK, err);
}

static void values_come_back(void **state) {
    fixture *f = *state;
    assert_int_equal(store_read(f->s, odd_values, NULL, NULL), SEDGE_OK);
}

static sedge_status newer_schema(store_tx *tx, void *ctx, sedge_error *err) {
    (void)ctx;
    return store_exec(tx, NULL, err, "PRAGMA user_version = 1000", STORE_NONE);
}

static void a_newer_database_is_left_alone(void **state) {
    fixture *f = *state;
    sedge_error err = SEDGE_ERROR_INIT;
    store *again = NULL;
    assert_int_equal(store_write(f->s, newer_schema, NULL, &err), SEDGE_OK);
    assert_int_equal(store_open(f->dir, NULL, NULL, &again, &err), SEDGE_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "use a newer sedge-hub"));
}

/** What was acknowledged is there after a kill without any goodbye. */
static void acknowledged_writes_survive_a_kill(void **state) {
    fixture *f = *state;
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    store_close(f->s);
    f->s = NULL;
    pid_t child = fork();
    if (child == 0) {
        store *s = NULL;
        job j = { .name = "kept" };
        if (store_open(f->dir, NULL, NULL, &s, NULL) || store_write(s, insert, &j, NULL))
            _exit(1);
        (void)!write(pipe_fds[1], "k", 1);
        for (;;)
            pause();
    }
    char c = 0;
    assert_int_equal(read(pipe_fds[0], &c, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    assert_int_equal(store_open(f->dir, on_commit, f, &f->s, NULL), SEDGE_OK);
    assert_int_equal(counted(f->s), 1);
    assert_int_equal(store_check(f->s, NULL), SEDGE_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_keep_each_write_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_of_ours_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(values_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_newer_database_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(acknowledged_writes_survive_a_kill, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
