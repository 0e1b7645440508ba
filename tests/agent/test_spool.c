/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/spool.h"

#include "agent_files.h"

#include "../include/sedge_test.h"

/* Messages are numbers in brackets; merging joins them: "[1][2]". */
static sedge_status join(void *ctx, sedge_bytes older, sedge_bytes newer, sedge_buf *out, sedge_error *err) {
    size_t most = ctx ? *(size_t *)ctx : SIZE_MAX;
    if (older.n + newer.n > most)
        return sedge_fail(err, SEDGE_ELIMIT, "too large");
    sedge_buf_put(out, older.p, older.n);
    sedge_buf_put(out, newer.p, newer.n);
    return SEDGE_OK;
}

static sedge_status refuse(void *ctx, sedge_bytes older, sedge_bytes newer, sedge_buf *out, sedge_error *err) {
    (void)ctx, (void)older, (void)newer, (void)out;
    return sedge_fail(err, SEDGE_ECONFLICT, "these two cannot be merged");
}

static const sedge_spool_limits limits = { .count = 4, .bytes = 60, .message_bytes = 24 };

static void push_numbers(sedge_spool *spool, int from, int until) {
    for (int i = from; i <= until; i++) {
        char text[16];
        snprintf(text, sizeof text, "[%d]", i);
        assert_int_equal(sedge_spool_push(spool, sedge_bytes_text(text), NULL), SEDGE_OK);
    }
}

static void drain(sedge_spool *spool, char *ret, size_t size) {
    SEDGE_AUTO_BUF all = sedge_buf_init(1024);
    uint64_t number;
    while (spool->n > 0) {
        if (all.n)
            sedge_buf_text(&all, " ");
        assert_int_equal(sedge_spool_first(spool, &number, &all, NULL), SEDGE_OK);
        assert_int_equal(sedge_spool_pop(spool, number, NULL), SEDGE_OK);
    }
    snprintf(ret, size, "%s", sedge_buf_cstr(&all));
}

static const struct row {
    const char *name;
    sedge_spool_merge_fn merge;
    size_t merge_max;
    int n;
    const char *left;
    uint64_t dropped;
} rows[] = {
    { "fits", join, 24, 4, "[1] [2] [3] [4]", 0 },
    { "one too many merges the second and third", join, 24, 5, "[1] [2][3] [4] [5]", 0 },
    { "the first is never merged", join, 24, 7, "[1] [2][3][4][5] [6] [7]", 0 },
    { "a full pair is left alone", join, 9, 8, "[1] [2][3][4] [5][6][7] [8]", 0 },
    { "nothing left to merge", join, 6, 9, "[1] [4][5] [6][7] [8][9]", 1 },
    { "cannot be merged", refuse, 0, 6, "[1] [4] [5] [6]", 2 },
    { "no merging at all", NULL, 0, 6, "[1] [4] [5] [6]", 2 },
};

static void bounds(void **state) {
    (void)state;
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        char dir[SEDGE_PATH_MAX], left[1024];
        size_t most = rows[i].merge_max;
        sedge_spool spool;
        test_dir_make(dir);
        print_message("# %s\n", rows[i].name);
        assert_int_equal(sedge_spool_open(NULL, dir, &limits, rows[i].merge, &most, &spool, NULL), SEDGE_OK);
        push_numbers(&spool, 1, rows[i].n);
        assert_int_equal(spool.dropped, rows[i].dropped);
        sedge_spool_done(&spool);
        assert_int_equal(sedge_spool_open(NULL, dir, &limits, rows[i].merge, &most, &spool, NULL), SEDGE_OK);
        drain(&spool, left, sizeof left);
        assert_string_equal(left, rows[i].left);
        assert_int_equal(spool.bytes, 0);
        sedge_spool_done(&spool);
        test_dir_remove(dir);
    }
}

static void bytes_are_bounded_too(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX];
    sedge_spool spool;
    test_dir_make(dir);
    assert_int_equal(sedge_spool_open(NULL, dir, &limits, join, NULL, &spool, NULL), SEDGE_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(sedge_spool_push(&spool, sedge_bytes_text("[twenty bytes long.]"), NULL), SEDGE_OK);
    assert_true(spool.bytes <= limits.bytes);
    assert_int_equal(sedge_spool_push(&spool, sedge_bytes_text("[more bytes than a message may have]"), NULL),
                     SEDGE_ELIMIT);
    sedge_spool_done(&spool);
    test_dir_remove(dir);
}

static void strangers_are_removed_and_numbers_grow(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX], path[SEDGE_PATH_MAX + 32];
    sedge_spool spool;
    test_dir_make(dir);
    assert_int_equal(sedge_spool_open(NULL, dir, &limits, join, NULL, &spool, NULL), SEDGE_OK);
    push_numbers(&spool, 1, 3);
    uint64_t next = spool.next;
    sedge_spool_done(&spool);
    snprintf(path, sizeof path, "%s/.0000.tmp", dir);
    assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text("half"), 0600, NULL), SEDGE_OK);
    assert_int_equal(sedge_spool_open(NULL, dir, &limits, join, NULL, &spool, NULL), SEDGE_OK);
    assert_false(sedge_file_exists(NULL, path));
    assert_int_equal(spool.n, 3);
    assert_int_equal(spool.next, next);
    sedge_spool_done(&spool);
    test_dir_remove(dir);
}

/* A crash at any change loses at most the message that was being pushed: each number is there once, in order. */
static void a_crash_anywhere_keeps_what_was_acknowledged(void **state) {
    (void)state;
    bool failed = true;
    for (size_t at = 0; failed; at++) {
        char dir[SEDGE_PATH_MAX], left[1024];
        sedge_spool spool;
        test_dir_make(dir);
        assert_int_equal(sedge_spool_open(NULL, dir, &limits, join, NULL, &spool, NULL), SEDGE_OK);
        sedge_fs_double disk;
        test_disk_init(&disk, at, EIO, false);
        spool.fs = &disk.fs;
        int acknowledged = 0;
        for (int i = 1; i <= 8 && acknowledged == i - 1; i++) {
            char text[16];
            snprintf(text, sizeof text, "[%d]", i);
            acknowledged += sedge_spool_push(&spool, sedge_bytes_text(text), NULL) == SEDGE_OK;
        }
        failed = disk.failed;
        sedge_fs_double_done(&disk);
        sedge_spool_done(&spool);
        assert_int_equal(sedge_spool_open(NULL, dir, &limits, join, NULL, &spool, NULL), SEDGE_OK);
        drain(&spool, left, sizeof left);
        const char *p = left;
        int next = 1;
        for (; (p = strchr(p, '[')); p++)
            assert_int_equal(strtol(p + 1, NULL, 10), next++);
        assert_in_range(next - 1, acknowledged, acknowledged + 1);
        sedge_spool_done(&spool);
        test_dir_remove(dir);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds),
        cmocka_unit_test(bytes_are_bounded_too),
        cmocka_unit_test(strangers_are_removed_and_numbers_grow),
        cmocka_unit_test(a_crash_anywhere_keeps_what_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
