/* SPDX-License-Identifier: Apache-2.0 */
#include "data/schema.h"

#include <math.h>

#include "base/buf.h"
#include "data/infer.h"
#include "data/table.h"
#include "data/validate.h"
#include "temp.h"

#include "../include/sedge_test.h"

#define GOOD                                                                                                           \
    "version: 1\nseparator: \";\"\ncolumns:\n  - {name: t, role: time}\n"                                              \
    "  - {name: p, unit: bar, min: 0, max: 10, missing: 0.25}\n  - {name: n, type: integer}\n"                         \
    "  - {name: y, role: label}\n  - {name: note, role: ignore}\ntime: {max_gap: 10s}\n"

static sedge_schema *loaded(const char *dir, const char *text) {
    sedge_schema *s = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_schema_load(NULL, temp_file(dir, "schema.yaml", text), &s, &err))
        fail_msg("%s", err.text);
    return s;
}

static void reads_a_schema(void **state) {
    (void)state;
    const char *dir = temp_dir();
    sedge_schema *s = loaded(dir, GOOD);
    assert_int_equal(s->columns.n, 5);
    assert_int_equal(s->columns.items[0].role, SEDGE_ROLE_TIME);
    assert_true(isnan(s->columns.items[0].max));
    assert_true(s->columns.items[1].max == 10 && s->columns.items[1].missing == 0.25);
    assert_int_equal(s->columns.items[2].type, SEDGE_TYPE_INTEGER);
    assert_true(isnan(s->columns.items[2].missing));
    assert_int_equal(s->time.max_gap_ms, 10000);
    assert_int_equal(s->time.order, SEDGE_ORDER_INCREASING);
    assert_int_equal(sedge_schema_separator(s), ';');
    sedge_schema_free(s);
    temp_remove(dir);
}

static void refuses_bad_schemas(void **state) {
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        { "version: 2\ncolumns: [{name: a}]\n", "version" },
        { "version: 1\n", "columns" },
        { "version: 1\ncolumns: [{name: a, rolle: time}]\n", "rolle" },
        { "version: 1\ncolumns: [{name: a, role: sensor}]\n", "sensor" },
        { "version: 1\ncolumns: [{name: a}, {name: a}]\n", "'a' is there twice" },
        { "version: 1\ncolumns: [{name: a, min: 2, max: 1}]\n", "min 2 is above max 1" },
        { "version: 1\ncolumns: [{name: a, missing: 2}]\n", "share" },
        { "version: 1\ncolumns: [{name: a, role: time}]\n", "no column has the role channel" },
        { "version: 1\ncolumns: [{name: a}, {name: b, role: time}, {name: c, role: time}]\n", "2 columns have" },
        { "version: 1\nseparator: \"|\"\ncolumns: [{name: a}]\n", "separator '|'" },
    };
    const char *dir = temp_dir();
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        sedge_schema *s = NULL;
        sedge_error err = SEDGE_ERROR_INIT;
        assert_int_equal(sedge_schema_load(NULL, temp_file(dir, "s.yaml", rows[i].text), &s, &err), SEDGE_EINVALID);
        if (!strstr(err.text, rows[i].words) || !strstr(err.text, "s.yaml"))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].words);
    }
    temp_remove(dir);
}

static void put_violation(void *ctx, const sedge_violation *v) {
    sedge_buf_printf(ctx, "%llu/%llu %s '%s' %s: %s\n", (unsigned long long)v->row, (unsigned long long)v->line,
                     v->column, v->value, sedge_rule_name(v->rule), v->detail);
}

static void names_every_violation(void **state) {
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "t;p;n;y;note\n2020-01-01 00:00:00;1;2;0;x\n2020-01-01 00:00:10;10;-3;1.0;\n", "" },
        { "t;p;n\n2020-01-01 00:00:00;10.5;2.5\n",
          "1/2 p '10.5' range: allowed are 0 to 10\n1/2 n '2.5' integer: this is no whole number\n" },
        { "t;p;n;y\n1;x;1;0.5\n",
          "1/2 p 'x' number: this is no number\n1/2 y '0.5' integer: this is no whole number\n" },
        { "t;p;n\nsoon;1;1\n;1;1\n", "1/2 t 'soon' time: this is no time\n2/3 t '' time: there is no time\n" },
        { "t;p;n\n10;1;1\n10;1;1\n21;1;1\n", "2/3 t '10' order: the row before has 1970-01-01T00:00:10.000Z\n"
                                             "3/4 t '21' gap: 11 s after the row before, allowed are 10 s\n" },
        { "t;p;n\n1;;1\n2;nan;1\n3;1;1\n",
          "0/0 p '' missing: 2 of 3 values are missing (0.666667), allowed is a share of 0.25\n" },
        { "t;n;z\n1;1;1\n",
          "0/0 z '' column: the schema does not name this column\n0/0 p '' column: the file lacks this column\n" },
        { "t;p;n\n", "0/0  '' missing: the file has no rows\n" },
    };
    const char *dir = temp_dir();
    sedge_schema *s = loaded(dir, GOOD);
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
        uint64_t n_rows, n;
        sedge_error err = SEDGE_ERROR_INIT;
        if (sedge_validate_file(NULL, temp_file(dir, "x.csv", rows[i].text), s, put_violation, &out, &n_rows, &n, &err))
            fail_msg("%s", err.text);
        assert_string_equal(sedge_buf_cstr(&out), rows[i].want);
        assert_int_equal(n == 0, !*rows[i].want);
    }
    sedge_schema_free(s);
    temp_remove(dir);
}

static void infers_what_then_holds(void **state) {
    (void)state;
    const char *dir = temp_dir();
    const char *paths[2] = {
        temp_file(dir, "a.csv",
                  "datetime;Pressure;Torque [kNm];Count;anomaly;changepoint;who\n"
                  "2020-01-01 00:00:00;-1;0.5;1;0.0;0;me\n2020-01-01 00:00:01;3;0.25;2;1.0;1;you\n"
                  "2020-01-01 00:00:04;;0.75;3;1;0;x\n2020-01-01 00:00:05;0;0.75;30;1;0;x\n"),
        temp_file(dir, "b.csv",
                  "datetime;Pressure;Torque [kNm];Count\n2020-01-02 00:00:00;1;1;9\n"
                  "2020-01-02 00:00:01;1;1;8\n2020-01-02 00:00:02;1;1;7\n2020-01-02 00:00:03;1;1;6\n"
                  "2020-01-02 00:00:04;1;1;5\n2020-01-02 00:00:05;1;1;4\n"),
    };
    sedge_inferred *in = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_infer(NULL, paths, 2, &in, &err))
        fail_msg("%s", err.text);
    SEDGE_AUTO_BUF yaml = sedge_buf_init(1 << 16);
    sedge_inferred_put_yaml(in, &yaml);
    const char *text = sedge_buf_cstr(&yaml);
    static const char *const lines[] = {
        "  - {name: datetime, role: time}  # 2020-01-01T00:00:00.000Z to 2020-01-02T00:00:05.000Z\n",
        "  - {name: Pressure, role: channel, type: number, unit: bar, min: -3, max: 5, missing: 0.5}  # seen -1 to 3, "
        "1 of 10 missing, unit guessed\n",
        "  - {name: \"Torque [kNm]\", role: channel, type: number, unit: kNm, min: 0, max: 1.38, missing: 0.01}",
        "  - {name: Count, role: channel, type: integer, min: 0, max: 45, missing: 0.01}",
        "  - {name: anomaly, role: label}  # 2 values",
        "  - {name: changepoint, role: ignore}\n",
        "  - {name: who, role: ignore}  # no number: me\n",
        "  order: increasing\n  max_gap: 10s  # rows are 1s apart; the longest gap is 3s (",
    };
    for (size_t i = 0; i < SEDGE_COUNT(lines); i++)
        if (!strstr(text, lines[i]))
            fail_msg("\n%s\nlacks\n%s", text, lines[i]);
    sedge_inferred_free(in);

    sedge_schema *s = loaded(dir, text);
    SEDGE_AUTO_BUF out = sedge_buf_init(1 << 16);
    uint64_t n_rows, n;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sedge_validate_file(NULL, paths[i], s, put_violation, &out, &n_rows, &n, NULL), SEDGE_OK);
        assert_string_equal(sedge_buf_cstr(&out), "");
    }
    assert_int_equal(n_rows, 6);
    sedge_schema_free(s);
    temp_remove(dir);
}

static void loads_tables(void **state) {
    (void)state;
    const char *dir = temp_dir();
    const char *paths[2] = {
        temp_file(dir, "a.csv", "t;p;n;y\n1;1.5;2;0\n2;;3;1.0\n"),
        temp_file(dir, "b.csv", "n;p\n7;8\n"),
    };
    sedge_schema *s = loaded(dir, GOOD);
    static const char *const channels[] = { "n", "p" };
    sedge_data_table_options o = { channels, 2, "y" };
    sedge_data_table *t = NULL;
    sedge_error err = SEDGE_ERROR_INIT;
    if (sedge_data_table_load_files(NULL, paths, 2, s, &o, &t, &err))
        fail_msg("%s", err.text);
    assert_int_equal(t->n, 2);
    assert_int_equal(t->rows, 3);
    const sedge_recording *a = &t->recordings[0], *b = &t->recordings[1];
    assert_true(a->values[0] == 2 && a->values[1] == 1.5F && a->values[2] == 3 && isnan(a->values[3]));
    assert_true(a->times_ms[1] == 2000 && a->labels[0] == 0 && a->labels[1] == 1);
    assert_true(b->rows == 1 && b->values[0] == 7 && b->values[1] == 8 && !b->times_ms && !b->labels);
    sedge_data_table_free(t);

    static const struct {
        const char *text, *words;
    } rows[] = {
        { "t;p\n1;2\n", "there is no column 'n'" },
        { "t;p;n\n1;2;x\n", "row 1 (line 2), column 'n': 'x' is no number" },
        { "t;p;n\n1;2;1e39\n", "'1e39' is no number" },
        { "t;p;n\nx;2;1\n", "'x' is no time" },
        { "t;p;n;y\n1;2;1;0.5\n", "'0.5' is no label" },
        { "t;p;n;y\n1;2;1;\n", "'' is no label" },
    };
    for (size_t i = 0; i < SEDGE_COUNT(rows); i++) {
        const char *path = temp_file(dir, "bad.csv", rows[i].text);
        assert_int_equal(sedge_data_table_load_files(NULL, &path, 1, s, &o, &t, &err), SEDGE_EINVALID);
        if (!strstr(err.text, rows[i].words) || !strstr(err.text, "bad.csv"))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].words);
    }
    const char *missing = "/nowhere/x.csv";
    assert_int_equal(sedge_data_table_load_files(NULL, &missing, 1, s, &o, &t, &err), SEDGE_ENOTFOUND);
    sedge_schema_free(s);
    temp_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads_a_schema), cmocka_unit_test(refuses_bad_schemas),
                                        cmocka_unit_test(names_every_violation),
                                        cmocka_unit_test(infers_what_then_holds), cmocka_unit_test(loads_tables) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
