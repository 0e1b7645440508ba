/* SPDX-License-Identifier: Apache-2.0 */
#include "data/validate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"
#include "conf/csv_line.h"
#include "data/csv.h"
#include "os/clock.h"

#define NAME_ROW(NAME, name, text) #name,
static const char *const rule_names[] = { SEDGE_RULE_LIST(NAME_ROW) };
#undef NAME_ROW

enum { DETAIL_MAX = 160 };

typedef struct checking {
    sedge_csv *csv;
    const sedge_schema *schema;
    const sedge_column **columns; /**< of the file: what the schema says, or NULL */
    uint64_t *missing;            /**< of each column of the file */
    bool has_time;
    int64_t last_ms;
    sedge_violation_fn *report;
    void *ctx;
    uint64_t violations;
} checking;

const char *sedge_rule_name(sedge_rule rule) {
    return (unsigned)rule < SEDGE_RULE_COUNT ? rule_names[rule] : "unknown";
}

sedge_status sedge_violation_fail(const sedge_violation *v, sedge_error *err) {
    const char *open = *v->value ? "'" : "", *close = *v->value ? "' breaks" : "breaks";
    (void)sedge_fail(err, SEDGE_EGATE, "%s%.60s%s rule %s: %s", open, v->value, close, sedge_rule_name(v->rule),
                     v->detail);
    if (*v->column && v->row)
        (void)sedge_wrap(err, SEDGE_EGATE, "row %llu (line %llu), column '%s'", (unsigned long long)v->row,
                         (unsigned long long)v->line, v->column);
    else if (*v->column)
        (void)sedge_wrap(err, SEDGE_EGATE, "column '%s'", v->column);
    return sedge_wrap(err, SEDGE_EGATE, "%s", v->file);
}

static void report(checking *c, const char *column, const char *value, sedge_rule rule, const char *detail) {
    bool whole = rule == SEDGE_RULE_COLUMN || rule == SEDGE_RULE_MISSING;
    sedge_violation v = { .file = sedge_csv_name(c->csv),
                          .row = whole ? 0 : sedge_csv_row(c->csv),
                          .line = whole ? 0 : sedge_csv_line(c->csv),
                          .column = column,
                          .value = value,
                          .rule = rule,
                          .detail = detail };
    c->violations++;
    c->report(c->ctx, &v);
}

static void check_header(checking *c) {
    for (uint32_t i = 0; i < sedge_csv_columns(c->csv); i++) {
        const char *name = sedge_csv_column(c->csv, i);
        c->columns[i] = sedge_schema_find(c->schema, name);
        if (!c->columns[i])
            report(c, name, "", SEDGE_RULE_COLUMN, "the schema does not name this column");
    }
    for (size_t i = 0; i < c->schema->columns.n; i++) {
        const sedge_column *column = &c->schema->columns.items[i];
        bool wanted = column->role == SEDGE_ROLE_CHANNEL || column->role == SEDGE_ROLE_TIME;
        if (wanted && sedge_csv_find(c->csv, column->name) == UINT32_MAX)
            report(c, column->name, "", SEDGE_RULE_COLUMN, "the file lacks this column");
    }
}

static void check_value(checking *c, uint32_t index, const sedge_column *column) {
    const char *text = sedge_csv_cell(c->csv, index);
    double value;
    char detail[DETAIL_MAX];
    if (sedge_csv_is_missing(sedge_bytes_text(text))) {
        c->missing[index]++;
        return;
    }
    if (!sedge_csv_double(sedge_bytes_text(text), &value)) {
        report(c, column->name, text, SEDGE_RULE_NUMBER, "this is no number");
        return;
    }
    bool integer = column->type == SEDGE_TYPE_INTEGER || column->role == SEDGE_ROLE_LABEL;
    if (integer && value != floor(value))
        report(c, column->name, text, SEDGE_RULE_INTEGER, "this is no whole number");
    if (value < column->min || value > column->max) {
        sedge_format(detail, sizeof detail, "allowed are %g to %g",
                     isnan(column->min) ? -(double)INFINITY : column->min,
                     isnan(column->max) ? (double)INFINITY : column->max);
        report(c, column->name, text, SEDGE_RULE_RANGE, detail);
    }
}

static void check_time(checking *c, uint32_t index, const sedge_column *column) {
    const char *text = sedge_csv_cell(c->csv, index);
    char detail[DETAIL_MAX];
    int64_t ms;
    if (!sedge_csv_time(sedge_bytes_text(text), &ms)) {
        report(c, column->name, text, SEDGE_RULE_TIME, *text ? "this is no time" : "there is no time");
        return;
    }
    if (c->has_time) {
        int64_t gap = ms - c->last_ms;
        int order = c->schema->time.order;
        bool disorder =
            (order == SEDGE_ORDER_INCREASING && gap <= 0) || (order == SEDGE_ORDER_NOT_DECREASING && gap < 0);
        char last[SEDGE_TIME_TEXT_MAX];
        sedge_time_format(c->last_ms, last);
        if (disorder) {
            sedge_format(detail, sizeof detail, "the row before has %s", last);
            report(c, column->name, text, SEDGE_RULE_ORDER, detail);
        } else if (c->schema->time.max_gap_ms && gap > c->schema->time.max_gap_ms) {
            sedge_format(detail, sizeof detail, "%g s after the row before, allowed are %g s", (double)gap / 1000,
                         (double)c->schema->time.max_gap_ms / 1000);
            report(c, column->name, text, SEDGE_RULE_GAP, detail);
        }
    }
    c->has_time = true;
    c->last_ms = ms;
}

static void check_row(checking *c) {
    for (uint32_t i = 0; i < sedge_csv_columns(c->csv); i++) {
        const sedge_column *column = c->columns[i];
        if (!column || column->role == SEDGE_ROLE_IGNORE)
            continue;
        if (column->role == SEDGE_ROLE_TIME)
            check_time(c, i, column);
        else
            check_value(c, i, column);
    }
}

static void check_shares(checking *c) {
    double rows = (double)sedge_csv_row(c->csv);
    if (!rows)
        report(c, "", "", SEDGE_RULE_MISSING, "the file has no rows");
    for (uint32_t i = 0; i < sedge_csv_columns(c->csv); i++) {
        const sedge_column *column = c->columns[i];
        if (!column || !c->missing[i] || !((double)c->missing[i] / rows > column->missing))
            continue;
        char detail[DETAIL_MAX];
        sedge_format(detail, sizeof detail, "%llu of %g values are missing (%g), allowed is a share of %g",
                     (unsigned long long)c->missing[i], rows, (double)c->missing[i] / rows, column->missing);
        report(c, column->name, "", SEDGE_RULE_MISSING, detail);
    }
}

sedge_status sedge_validate_file(const sedge_fs *fs, const char *path, const sedge_schema *schema,
                                 sedge_violation_fn *report_fn, void *ctx, uint64_t *ret_rows, uint64_t *ret_violations,
                                 sedge_error *err) {
    sedge_auto(sedge_csv) csv = NULL;
    sedge_status st = sedge_csv_open(fs, path, sedge_schema_separator(schema), &csv, err);
    if (st)
        return st;
    SEDGE_AUTO_MEM const sedge_column **columns = calloc(sedge_csv_columns(csv), sizeof *columns);
    SEDGE_AUTO_MEM uint64_t *missing = calloc(sedge_csv_columns(csv), sizeof *missing);
    if (!columns || !missing)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", path);
    checking c = {
        .csv = csv, .schema = schema, .columns = columns, .missing = missing, .report = report_fn, .ctx = ctx
    };
    check_header(&c);
    bool more;
    while (!(st = sedge_csv_next(csv, &more, err)) && more)
        check_row(&c);
    if (st)
        return st;
    check_shares(&c);
    *ret_rows = sedge_csv_row(csv);
    *ret_violations = c.violations;
    return SEDGE_OK;
}
