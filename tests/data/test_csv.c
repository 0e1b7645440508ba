/* SPDX-License-Identifier: Apache-2.0 */
#include "data/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#include "../include/sedge_test.h"

typedef struct feed {
    const char *text;
    size_t n, at;
    size_t piece; /**< bytes a read */
    size_t fail_at;
} feed;

static int64_t read_feed(void *ctx, void *p, size_t n) {
    feed *f = ctx;
    if (f->fail_at && f->at >= f->fail_at)
        return -EIO;
    n = n < f->piece ? n : f->piece;
    n = n < f->n - f->at ? n : f->n - f->at;
    memcpy(p, f->text + f->at, n);
    f->at += n;
    return (int64_t)n;
}

/** The records, cells in brackets, rows by lines; or the sentence. */
static void dump(const char *text, size_t n, size_t piece, char separator, sedge_buf *out, sedge_status *ret) {
    feed f = { .text = text, .n = n, .piece = piece };
    sedge_csv *csv = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    sedge_status st = sedge_csv_open_source(read_feed, &f, "x.csv", separator, &csv, &err);
    for (uint32_t i = 0; !st && i < sedge_csv_columns(csv); i++)
        sedge_buf_printf(out, "[%s]", sedge_csv_column(csv, i));
    bool more = !st;
    while (!st && !(st = sedge_csv_next(csv, &more, &err)) && more) {
        sedge_buf_printf(out, "\n%llu/%llu ", (unsigned long long)sedge_csv_row(csv),
                         (unsigned long long)sedge_csv_line(csv));
        for (uint32_t i = 0; i < sedge_csv_columns(csv); i++)
            sedge_buf_printf(out, "[%s]", sedge_csv_cell(csv, i));
    }
    if (st)
        sedge_buf_printf(out, "\n%s", err.text);
    *ret = st;
    sedge_csv_free(csv);
}

static void forms(void **state) {
    (void)state;
    static const struct {
        const char *text;
        char separator;
        sedge_status status;
        const char *want; /**< the whole dump, or words of it after an error */
    } rows[] = {
        { "a;b\n1;2\n3;4\n", 0, SEDGE_OK, "[a][b]\n1/2 [1][2]\n2/3 [3][4]" },
        { "a,b\r\n1,2\r\n", 0, SEDGE_OK, "[a][b]\n1/2 [1][2]" },
        { "a\tb\r\n1\t2", 0, SEDGE_OK, "[a][b]\n1/2 [1][2]" },
        { "\xEF\xBB\xBF"
          "a;b\n1;2",
          0, SEDGE_OK, "[a][b]\n1/2 [1][2]" },
        { "a;b,c\n1;2\n", 0, SEDGE_OK, "[a][b,c]\n1/2 [1][2]" },
        { "a;b\n1;2\n", ',', SEDGE_OK, "[a;b]\n1/2 [1;2]" },
        { "a\n1\n\n2\n", 0, SEDGE_OK, "[a]\n1/2 [1]\n2/4 [2]" },
        { "a;b\n  1 ;\t2  \n", 0, SEDGE_OK, "[a][b]\n1/2 [1][2]" },
        { "a;b\n\"x;y\";\" \"\"z\"\" \"\n", 0, SEDGE_OK, "[a][b]\n1/2 [x;y][ \"z\" ]" },
        { "a;b\n\"x\ny\";2\n3;4\n", 0, SEDGE_EINVALID, "line 2: more than 1024 cells, or a quote" },
        { "\"a;b\",c\n1,2\n", 0, SEDGE_OK, "[a;b][c]\n1/2 [1][2]" },
        { "a;b\n;\n", 0, SEDGE_OK, "[a][b]\n1/2 [][]" },
        { "a;b\n", 0, SEDGE_OK, "[a][b]" },
        { "", 0, SEDGE_EINVALID, "x.csv: the file is empty" },
        { "\n\n", 0, SEDGE_EINVALID, "the file is empty" },
        { "a;b\n1\n", 0, SEDGE_EINVALID, "row 1 (line 2) has 1 cells, the header has 2" },
        { "a;b\n1;2;3\n", 0, SEDGE_EINVALID, "has 3 cells" },
        { "a;a\n", 0, SEDGE_EINVALID, "two columns are called 'a'" },
        { "a;\n", 0, SEDGE_EINVALID, "column 2 of the header has no name" },
        { "a;\xff\n", 0, SEDGE_EINVALID, "column 2 is not clean UTF-8" },
        { "a\n\"1\n", 0, SEDGE_EINVALID, "line 2: more than 1024 cells, or a quote" },
        { "a\n\"1\"2\n", 0, SEDGE_EINVALID, "line 2: more than 1024 cells, or a quote" },
        { "\xFF\xFE"
          "a",
          0, SEDGE_EINVALID, "UTF-16" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        for (size_t piece = 1; piece <= 1000; piece = piece * 3 + 1) {
            SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
            sedge_status st;
            dump(rows[i].text, strlen(rows[i].text), piece, rows[i].separator, &out, &st);
            assert_int_equal(st, rows[i].status);
            bool good =
                st ? strstr(sedge_buf_cstr(&out), rows[i].want) != NULL : !strcmp(sedge_buf_cstr(&out), rows[i].want);
            if (!good)
                fail_msg("row %zu, pieces of %zu: '%s', not '%s'", i, piece, sedge_buf_cstr(&out), rows[i].want);
        }
    }
}

static void limits(void **state) {
    (void)state;
    SEDGE_AUTO_BUF text = sedge_buf_init(1 << 20);
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 20);
    sedge_status st;
    sedge_buf_text(&text, "a\n");
    for (int i = 0; i <= SEDGE_CSV_LINE_MAX; i++)
        sedge_buf_u8(&text, 'x');
    dump(sedge_buf_cstr(&text), text.n, 4096, 0, &out, &st);
    assert_int_equal(st, SEDGE_ELIMIT);
    sedge_buf_clear(&text);
    for (int i = 0; i <= SEDGE_CSV_FIELDS_MAX; i++)
        sedge_buf_printf(&text, "c%d;", i);
    dump(sedge_buf_cstr(&text), text.n, 4096, 0, &out, &st);
    assert_int_equal(st, SEDGE_EINVALID);
    dump("a\n1\0002\n", 6, 10, 0, &out, &st);
    assert_int_equal(st, SEDGE_EINVALID);
    assert_non_null(strstr(sedge_buf_cstr(&out), "line 2: a NUL byte"));
    /* a line of exactly the limit */
    sedge_buf_clear(&text);
    sedge_buf_text(&text, "a\n");
    for (int i = 0; i < SEDGE_CSV_LINE_MAX; i++)
        sedge_buf_u8(&text, 'x');
    dump(sedge_buf_cstr(&text), text.n, 70000, 0, &out, &st);
    assert_int_equal(st, SEDGE_OK);
}

static void a_failed_read(void **state) {
    (void)state;
    static const char text[] = "a;b\n1;2\n3;4\n";
    for (size_t at = 1; at <= strlen(text); at++) {
        feed f = { .text = text, .n = strlen(text), .piece = 1, .fail_at = at };
        sedge_csv *csv = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        sedge_status st = sedge_csv_open_source(read_feed, &f, "x.csv", ';', &csv, &err);
        bool more = true;
        while (!st && more)
            st = sedge_csv_next(csv, &more, &err);
        assert_int_equal(st, SEDGE_EIO);
        assert_non_null(strstr(err.text, "reading failed"));
        sedge_csv_free(csv);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(forms), cmocka_unit_test(limits),
                                        cmocka_unit_test(a_failed_read) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
