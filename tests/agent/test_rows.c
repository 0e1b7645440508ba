/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/position.h"
#include "agent/rows.h"

#include "agent_files.h"

#include "../include/sedge_test.h"

enum { ROW_BYTES = 10 };

static void add(sedge_rows *rows, uint64_t number, int64_t base) {
    float value = (float)number;
    int64_t offset = base + (int64_t)number * ROW_BYTES;
    sedge_rows_add(rows, &value, (sedge_row_info){ (int64_t)number, offset + ROW_BYTES, offset });
}

static void fill(sedge_rows *rows, uint64_t until) {
    while (rows->end < until) {
        add(rows, rows->end, 100);
        rows->sent = rows->end;
        sedge_rows_acknowledge(rows, 1);
    }
}

static void open_rows_are_never_overwritten(void **state) {
    (void)state;
    sedge_rows rows;
    assert_int_equal(sedge_rows_init(&rows, 1, 8, NULL), SEDGE_OK);
    for (uint64_t i = 0; i < 8; i++)
        add(&rows, i, 0);
    assert_int_equal(sedge_rows_room(&rows), 0);
    rows.sent = 5;
    sedge_rows_acknowledge(&rows, 3);
    assert_int_equal(sedge_rows_room(&rows), 3);
    sedge_rows_acknowledge(&rows, 100); /* not more than were sent */
    assert_int_equal(rows.acknowledged, 5);
    add(&rows, 8, 0);
    assert_int_equal(rows.oldest, 1);
    assert_float_equal(sedge_rows_values(&rows, 8)[0], 8, 0);
    rows.sent = 9;
    sedge_rows_rewind(&rows);
    assert_int_equal(rows.sent, 5);
    sedge_rows_done(&rows);
}

/* Warm rows begin where windows begin, and fill one. */
static void warm_rows_keep_the_phase(void **state) {
    (void)state;
    sedge_rows rows;
    assert_int_equal(sedge_rows_init(&rows, 1, 256, NULL), SEDGE_OK);
    fill(&rows, 1003);
    for (uint32_t step = 1; step < 9; step++) {
        uint64_t from = sedge_rows_warm_from(&rows, 1003, 16, step);
        assert_int_equal(from % step, 0);
        assert_true(from >= rows.oldest && 1003 - from >= 16);
    }
    assert_int_equal(sedge_rows_warm_from(&rows, 1003, 4096, 1), rows.oldest); /* as many as there are */
    sedge_rows_done(&rows);
}

static void positions(void **state) {
    (void)state;
    sedge_rows rows;
    sedge_feed_position p;
    assert_int_equal(sedge_rows_init(&rows, 1, 64, NULL), SEDGE_OK);
    assert_false(sedge_position_of(&rows, 4, 1, 7, &p));
    fill(&rows, 50);
    add(&rows, 50, 100); /* read, not acknowledged: read again after a restart */
    assert_true(sedge_position_of(&rows, 4, 1, 7, &p));
    assert_int_equal(p.inode, 7);
    assert_int_equal(p.offset, 100 + 50 * ROW_BYTES);
    assert_int_equal(p.warm_offset, 100 + 14 * ROW_BYTES); /* 4 + 32 rows before it */
    sedge_rows_done(&rows);
}

static void rows_of_a_file_before_do_not_warm(void **state) {
    (void)state;
    sedge_rows rows;
    sedge_feed_position p;
    assert_int_equal(sedge_rows_init(&rows, 1, 64, NULL), SEDGE_OK);
    fill(&rows, 50);
    float value = 0;
    sedge_rows_add(&rows, &value, (sedge_row_info){ 0, 30, 20 }); /* the first row of a new file */
    rows.sent = 51;
    sedge_rows_acknowledge(&rows, 1);
    assert_true(sedge_position_of(&rows, 4, 1, 8, &p));
    assert_int_equal(p.offset, 30);
    assert_int_equal(p.warm_offset, 30);
    sedge_rows_done(&rows);
}

static const struct text_row {
    const char *text;
    bool ok;
} texts[] = {
    { "position 7 60 10\n", true },
    { "position 7 60 10", false },
    { "position 7 10 60\n", false },
    { "position 7 60\n", false },
    { "position 7 60 -1\n", false },
    { "place 7 60 10\n", false },
    { "", false },
    { "position 7  60 10 1\n", false },
    { "position 99999999999999999999 1 1\n", false },
};

static void positions_on_disk(void **state) {
    (void)state;
    char dir[SEDGE_PATH_MAX], path[SEDGE_PATH_MAX + 16];
    sedge_feed_position p = { 7, 60, 10 }, got;
    test_dir_make(dir);
    snprintf(path, sizeof path, "%s/position", dir);
    assert_int_equal(sedge_position_load(NULL, path, &got, NULL), SEDGE_ENOTFOUND);
    assert_int_equal(sedge_position_store(NULL, path, &p, NULL), SEDGE_OK);
    assert_int_equal(sedge_position_load(NULL, path, &got, NULL), SEDGE_OK);
    assert_int_equal(got.offset, 60);
    for (size_t i = 0; i < SEDGE_COUNT(texts); i++) {
        assert_int_equal(sedge_file_write_atomic(NULL, path, sedge_bytes_text(texts[i].text), 0600, NULL), SEDGE_OK);
        if ((sedge_position_load(NULL, path, &got, NULL) == SEDGE_OK) != texts[i].ok)
            fail_msg("'%s'", texts[i].text);
    }
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(open_rows_are_never_overwritten),
                                        cmocka_unit_test(warm_rows_keep_the_phase), cmocka_unit_test(positions),
                                        cmocka_unit_test(rows_of_a_file_before_do_not_warm),
                                        cmocka_unit_test(positions_on_disk) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
