/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/feed.h"

#include <math.h>

#include "agent_files.h"

#include "../include/sedge_test.h"

typedef struct heard {
    size_t n;
    float a[64], b[64];
    sedge_row_info info[64];
} heard;

static void take(void *ctx, const float *values, sedge_row_info info) {
    heard *h = ctx;
    assert_true(h->n < 64);
    h->a[h->n] = values[0];
    h->b[h->n] = values[1];
    h->info[h->n++] = info;
}

typedef struct place {
    char dir[SEDGE_PATH_MAX], file[SEDGE_PATH_MAX + 16];
    sedge_feed *feed;
    heard got;
} place;

static void write_text(const char *path, const char *mode, const char *text) {
    FILE *f = fopen(path, mode);
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void begin(place *p) {
    char text[SEDGE_PATH_MAX + 32];
    memset(p, 0, sizeof *p);
    test_dir_make(p->dir);
    snprintf(p->file, sizeof p->file, "%s/rows.csv", p->dir);
    snprintf(text, sizeof text, "pump=%s", p->file);
    assert_int_equal(sedge_feed_new(text, NULL, &p->feed, NULL), SEDGE_OK);
}

static void end(place *p) {
    sedge_feed_free(p->feed);
    test_dir_remove(p->dir);
}

static const char names[2][SEDGE_FEATURES_NAME_MAX] = { "b", "a" };

static sedge_status bind(place *p, sedge_error *err) {
    return sedge_feed_bind(p->feed, names, 2, err);
}

static size_t read_all(place *p) {
    uint64_t rows;
    assert_int_equal(sedge_feed_read(p->feed, 64, take, &p->got, &rows, NULL), SEDGE_OK);
    return rows;
}

static void columns_by_name_and_times(void **state) {
    (void)state;
    place p;
    begin(&p);
    assert_int_equal(bind(&p, NULL), SEDGE_EBUSY); /* no file yet */
    write_text(p.file, "w", "a;time;x;b\n1.5;1970-01-01 00:00:01;7;2\n;1970-01-01 00:00:02;;3\n");
    assert_int_equal(bind(&p, NULL), SEDGE_OK);
    assert_int_equal(read_all(&p), 2);
    assert_float_equal(p.got.a[0], 2, 0);
    assert_float_equal(p.got.b[0], 1.5, 0);
    assert_true(isnan(p.got.b[1]));
    assert_int_equal(p.got.info[1].time_ms, 2000);
    assert_int_equal(p.got.info[0].offset, strlen("a;time;x;b\n"));
    assert_int_equal(p.got.info[0].next_offset, p.got.info[1].offset);
    end(&p);
}

static void a_missing_column_is_named(void **state) {
    (void)state;
    place p;
    sedge_error err = SEDGE_ERROR_INIT;
    begin(&p);
    write_text(p.file, "w", "a,c\n");
    assert_int_equal(bind(&p, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "no column 'b'"));
    assert_non_null(strstr(err.text, "a, c"));
    end(&p);
}

static void malformed_rows_are_counted(void **state) {
    (void)state;
    place p;
    begin(&p);
    write_text(p.file, "w", "a,b\n1,2\n1\n1,x\n\r\n1,\"2\n3,4\n");
    assert_int_equal(bind(&p, NULL), SEDGE_OK);
    assert_int_equal(read_all(&p), 2);
    assert_int_equal(sedge_feed_get_counts(p.feed).malformed, 3);
    assert_non_null(strstr(sedge_feed_complaint(p.feed), "line 6"));
    end(&p);
}

/* However the writer's pieces fall, the rows are the same. */
static void pieces(void **state) {
    (void)state;
    const char *text = "a,b\n1,2\n3,4\n5,6\n";
    for (size_t cut = 0; cut < strlen(text); cut++) {
        place p;
        char part[64];
        begin(&p);
        snprintf(part, sizeof part, "%.*s", (int)cut, text);
        write_text(p.file, "w", part);
        size_t rows = bind(&p, NULL) ? 0 : read_all(&p);
        write_text(p.file, "a", text + cut);
        assert_int_equal(bind(&p, NULL), SEDGE_OK);
        assert_int_equal(rows + read_all(&p), 3);
        assert_float_equal(p.got.a[2], 6, 0);
        end(&p);
    }
}

static void a_long_line_is_skipped(void **state) {
    (void)state;
    place p;
    begin(&p);
    write_text(p.file, "w", "a,b\n1,2\n");
    FILE *f = fopen(p.file, "a");
    for (int i = 0; i < 200000; i++)
        fputc('9', f);
    fputs("\n3,4\n", f);
    fclose(f);
    assert_int_equal(bind(&p, NULL), SEDGE_OK);
    assert_int_equal(read_all(&p), 2);
    assert_int_equal(sedge_feed_get_counts(p.feed).malformed, 1);
    end(&p);
}

static void rotation_and_truncation(void **state) {
    (void)state;
    place p;
    char old[SEDGE_PATH_MAX + 16];
    begin(&p);
    snprintf(old, sizeof old, "%s/old.csv", p.dir);
    write_text(p.file, "w", "a,b\n1,2\n");
    assert_int_equal(bind(&p, NULL), SEDGE_OK);
    assert_int_equal(read_all(&p), 1);
    assert_int_equal(rename(p.file, old), 0);
    write_text(old, "a", "3,4\n");
    assert_int_equal(read_all(&p), 1); /* the name is gone, the file is not */
    write_text(p.file, "w", "x,b,a\n0,6,5\n");
    assert_int_equal(read_all(&p), 1);
    assert_float_equal(p.got.a[2], 6, 0); /* other columns, found by name */
    write_text(p.file, "w", "a,b\n7,8\n");
    assert_int_equal(read_all(&p), 1);
    assert_int_equal(sedge_feed_get_counts(p.feed).restarts, 2);
    write_text(p.file, "w", "a,c\n");
    uint64_t rows;
    sedge_error err = SEDGE_ERROR_INIT;
    assert_int_equal(sedge_feed_read(p.feed, 9, take, &p.got, &rows, &err), SEDGE_EINVALID);
    assert_non_null(strstr(err.text, "no column 'b'"));
    end(&p);
}

static void seek(void **state) {
    (void)state;
    place p;
    begin(&p);
    write_text(p.file, "w", "a,b\n1,2\n3,4\n5,6\n");
    assert_int_equal(bind(&p, NULL), SEDGE_OK);
    sedge_feed_position other = { sedge_feed_inode(p.feed) + 1, 12, 8 }, wrong = { sedge_feed_inode(p.feed), 999, 8 };
    sedge_feed_position right = { sedge_feed_inode(p.feed), 12, 8 };
    assert_false(sedge_feed_seek(p.feed, &other));
    assert_false(sedge_feed_seek(p.feed, &wrong));
    assert_true(sedge_feed_seek(p.feed, &right));
    assert_int_equal(read_all(&p), 2);
    assert_float_equal(p.got.b[0], 3, 0);
    assert_int_equal(p.got.info[0].offset, 8);
    end(&p);
}

static void arguments(void **state) {
    (void)state;
    static const char *const wrong[] = { "file", "=file", "a=", "../a=file", "a/b=file" };
    for (size_t i = 0; i < SEDGE_COUNT(wrong); i++) {
        sedge_feed *feed;
        assert_int_equal(sedge_feed_new(wrong[i], NULL, &feed, NULL), SEDGE_EUSAGE);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_by_name_and_times),
        cmocka_unit_test(a_missing_column_is_named),
        cmocka_unit_test(malformed_rows_are_counted),
        cmocka_unit_test(pieces),
        cmocka_unit_test(a_long_line_is_skipped),
        cmocka_unit_test(rotation_and_truncation),
        cmocka_unit_test(seek),
        cmocka_unit_test(arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
