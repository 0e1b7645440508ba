/* SPDX-License-Identifier: Apache-2.0 */
#include "data/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "conf/rows.h"

const char *const sedge_column_role_names[] = { "channel", "time", "label", "ignore", NULL };
const char *const sedge_column_type_names[] = { "number", "integer", NULL };
const char *const sedge_time_order_names[] = { "increasing", "not_decreasing", "any", NULL };

static const sedge_conf_row column_list[] = {
    { "name", SEDGE_CONF_STRING, SEDGE_AT(sedge_column, name), .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY,
      .help = "as in the header of the files" },
    { "role", SEDGE_CONF_ENUM, SEDGE_AT(sedge_column, role), "channel", .choices = sedge_column_role_names,
      .help = "what the column is for" },
    { "type", SEDGE_CONF_ENUM, SEDGE_AT(sedge_column, type), "number", .choices = sedge_column_type_names,
      .help = "of a channel's values; a label is always an integer" },
    { "unit", SEDGE_CONF_STRING, SEDGE_AT(sedge_column, unit), .help = "for people" },
    { "min", SEDGE_CONF_DOUBLE, SEDGE_AT(sedge_column, min), .flags = SEDGE_CONF_OPTIONAL,
      .help = "lowest allowed value" },
    { "max", SEDGE_CONF_DOUBLE, SEDGE_AT(sedge_column, max), .flags = SEDGE_CONF_OPTIONAL,
      .help = "highest allowed value" },
    { "missing", SEDGE_CONF_DOUBLE, SEDGE_AT(sedge_column, missing), .flags = SEDGE_CONF_OPTIONAL,
      .help = "share of a file's rows that may lack a value, 0 to 1; none given: any" },
};

static sedge_status check_column(const void *object, sedge_error *err) {
    const sedge_column *c = object;
    if (!sedge_utf8_is_label(sedge_bytes_text(c->name)))
        return sedge_fail(err, SEDGE_EINVALID, "the name is not clean UTF-8");
    if (c->min > c->max)
        return sedge_fail(err, SEDGE_EINVALID, "column '%s': min %g is above max %g", c->name, c->min, c->max);
    if (c->missing < 0 || c->missing > 1)
        return sedge_fail(err, SEDGE_EINVALID, "column '%s': missing is %g, it must be a share from 0 to 1", c->name,
                          c->missing);
    bool limits = !isnan(c->min) || !isnan(c->max);
    if (limits && c->role != SEDGE_ROLE_CHANNEL && c->role != SEDGE_ROLE_LABEL)
        return sedge_fail(err, SEDGE_EINVALID, "column '%s': only channels and labels have min and max", c->name);
    return SEDGE_OK;
}

static const sedge_conf_rows column_rows = SEDGE_CONF_ROWS_CHECKED(sedge_column, column_list, check_column);

typedef struct time_rules {
    int64_t max_gap_ms;
    int order;
} time_rules;
_Static_assert(sizeof(time_rules) == sizeof(((sedge_schema *)0)->time), "the same struct");

static const sedge_conf_row time_list[] = {
    { "max_gap", SEDGE_CONF_DURATION, SEDGE_AT(time_rules, max_gap_ms), "0s", .min = 0, .max = 1e15,
      .help = "longest time between two rows; 0s: no limit" },
    { "order", SEDGE_CONF_ENUM, SEDGE_AT(time_rules, order), "increasing", .choices = sedge_time_order_names,
      .help = "of the times within a file" },
};
static const sedge_conf_rows time_rows = SEDGE_CONF_ROWS(time_rules, time_list);

static const sedge_conf_row schema_list[] = {
    { "version", SEDGE_CONF_INT, SEDGE_AT(sedge_schema, version), .min = 1, .max = 1, .flags = SEDGE_CONF_REQUIRED,
      .help = "of this format: 1" },
    { "separator", SEDGE_CONF_STRING, SEDGE_AT(sedge_schema, separator), "auto", .help = "\";\" \",\" tab or auto" },
    { "columns", SEDGE_CONF_LIST, SEDGE_AT(sedge_schema, columns), .rows = &column_rows,
      .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY, .help = "the columns, in any order" },
    { "time", SEDGE_CONF_STRUCT, SEDGE_AT(sedge_schema, time), .rows = &time_rows, .help = "rules of the time column" },
};

static sedge_status check_columns(const sedge_schema *s, sedge_error *err) {
    size_t times = 0, channels = 0;
    if (s->columns.n > SEDGE_SCHEMA_COLUMNS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu columns, the limit is %d", s->columns.n, SEDGE_SCHEMA_COLUMNS_MAX);
    for (size_t i = 0; i < s->columns.n; i++) {
        const sedge_column *c = &s->columns.items[i];
        if (sedge_schema_find(s, c->name) != c)
            return sedge_fail(err, SEDGE_EINVALID, "column '%s' is there twice", c->name);
        times += c->role == SEDGE_ROLE_TIME;
        channels += c->role == SEDGE_ROLE_CHANNEL;
    }
    if (times > 1)
        return sedge_fail(err, SEDGE_EINVALID, "%zu columns have the role time, at most one may", times);
    if (!channels)
        return sedge_fail(err, SEDGE_EINVALID, "no column has the role channel");
    return SEDGE_OK;
}

static sedge_status check_schema(const void *object, sedge_error *err) {
    static const char *const separators[] = { "auto", ";", ",", "tab", "\t" };
    const sedge_schema *s = object;
    bool known = false;
    for (size_t i = 0; i < SEDGE_COUNT(separators); i++)
        known |= !strcmp(s->separator, separators[i]);
    if (!known)
        return sedge_fail(err, SEDGE_EINVALID, "separator '%.20s' is none of ; , tab auto", s->separator);
    return check_columns(s, err);
}

static const sedge_conf_rows schema_rows = SEDGE_CONF_ROWS_CHECKED(sedge_schema, schema_list, check_schema);

static sedge_status from_yaml(const sedge_yaml *doc, sedge_schema **ret, sedge_error *err) {
    SEDGE_AUTO_MEM sedge_schema *schema = calloc(1, sizeof *schema);
    if (!schema)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", sedge_yaml_source(doc));
    sedge_status st = sedge_conf_from_yaml(&schema_rows, doc, sedge_yaml_root(doc), schema, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(schema);
    return SEDGE_OK;
}

sedge_status sedge_schema_load(const sedge_fs *fs, const char *path, sedge_schema **ret, sedge_error *err) {
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_status st = sedge_yaml_load_file(fs, path, &doc, err);
    return st ? st : from_yaml(doc, ret, err);
}

sedge_status sedge_schema_parse(sedge_bytes text, const char *source, sedge_schema **ret, sedge_error *err) {
    sedge_auto(sedge_yaml) doc = NULL;
    sedge_status st = sedge_yaml_load(text, source, &doc, err);
    return st ? st : from_yaml(doc, ret, err);
}

void sedge_schema_free(sedge_schema *schema) {
    if (!schema)
        return;
    sedge_conf_free(&schema_rows, schema);
    free(schema);
}

const sedge_column *sedge_schema_find(const sedge_schema *schema, const char *name) {
    for (size_t i = 0; i < schema->columns.n; i++)
        if (!strcmp(schema->columns.items[i].name, name))
            return &schema->columns.items[i];
    return NULL;
}

char sedge_schema_separator(const sedge_schema *schema) {
    if (!strcmp(schema->separator, "auto"))
        return '\0';
    return !strcmp(schema->separator, "tab") ? '\t' : schema->separator[0];
}
