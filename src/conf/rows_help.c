/* SPDX-License-Identifier: Apache-2.0 */
/* What rows say about themselves: help, usage, values with origin, documentation. */
#include <string.h>

#include "base/own.h"
#include "conf/rows_private.h"

enum { HELP_COLUMN = 30, HELP_WIDTH = 100 };

static void put_choices(const sedge_conf_row *row, const char *between, sedge_buf *out) {
    for (size_t i = 0; row->choices[i]; i++)
        sedge_buf_printf(out, "%s%s", i ? between : "", row->choices[i]);
}

const char *conf_row_metavar(const sedge_conf_row *row, sedge_buf *buf) {
    static const char *const names[] = {
        [SEDGE_CONF_BOOL] = NULL,         [SEDGE_CONF_INT] = "N",           [SEDGE_CONF_DOUBLE] = "X",
        [SEDGE_CONF_STRING] = "TEXT",     [SEDGE_CONF_ENUM] = "CHOICE",     [SEDGE_CONF_DURATION] = "DURATION",
        [SEDGE_CONF_BYTES] = "BYTES",     [SEDGE_CONF_STRINGS] = "TEXT",    [SEDGE_CONF_INTS] = "N,N,...",
        [SEDGE_CONF_DOUBLES] = "X,X,...", [SEDGE_CONF_PAIRS] = "KEY=VALUE", [SEDGE_CONF_STRUCT] = "MAPPING",
        [SEDGE_CONF_LIST] = "LIST",
    };
    if (row->metavar)
        return row->metavar;
    if (row->type != SEDGE_CONF_ENUM)
        return names[row->type];
    put_choices(row, "|", buf);
    return sedge_buf_cstr(buf);
}

static void put_blanks(sedge_buf *out, int n) {
    while (n-- > 0)
        sedge_buf_u8(out, ' ');
}

/* Adds the help text, wrapped, in its column; the line holds used characters so far. */
static void put_wrapped(sedge_buf *out, size_t used, const char *text) {
    if (used + 2 > HELP_COLUMN) {
        sedge_buf_u8(out, '\n');
        used = 0;
    }
    put_blanks(out, HELP_COLUMN - (int)used);
    used = HELP_COLUMN;
    bool first = true;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (!first && used + 1 + word > HELP_WIDTH) {
            sedge_buf_u8(out, '\n');
            put_blanks(out, HELP_COLUMN);
            used = HELP_COLUMN;
            first = true;
        }
        sedge_buf_printf(out, "%s%.*s", first ? "" : " ", (int)word, text);
        used += word + !first;
        first = false;
        text += word + (text[word] == ' ');
    }
    sedge_buf_u8(out, '\n');
}

static void put_note(const sedge_conf_row *row, sedge_buf *out) {
    sedge_buf_text(out, row->help ? row->help : "");
    if (row->flags & SEDGE_CONF_REQUIRED)
        sedge_buf_text(out, " (required)");
    else if (row->preset && *row->preset && row->type != SEDGE_CONF_BOOL)
        sedge_buf_printf(out, " (%s)", row->preset);
    else if (row->preset && strcmp(row->preset, "true") == 0)
        sedge_buf_text(out, " (on)");
    if (conf_row_is_list(row) && !(row->flags & SEDGE_CONF_POSITIONAL))
        sedge_buf_text(out, "; may be repeated");
}

static void put_flag_name(sedge_buf *out, const conf_leaf *leaf) {
    const sedge_conf_row *row = leaf->row;
    bool negated = row->type == SEDGE_CONF_BOOL && row->preset && strcmp(row->preset, "true") == 0;
    sedge_buf_text(out, negated ? "--no-" : "--");
    for (const char *c = leaf->name; *c; c++)
        sedge_buf_u8(out, (uint8_t)(*c == '.' || *c == '_' ? '-' : *c));
}

static void put_help_line(const conf_leaf *leaf, bool positional, sedge_buf *out) {
    SEDGE_AUTO_BUF metavar = sedge_buf_init(1024);
    SEDGE_AUTO_BUF note = sedge_buf_init(4096);
    const char *value = conf_row_metavar(leaf->row, &metavar);
    size_t start = out->n;
    sedge_buf_text(out, "  ");
    if (!positional && leaf->row->letter)
        sedge_buf_printf(out, "-%c, ", leaf->row->letter);
    if (!positional)
        put_flag_name(out, leaf);
    if (value)
        sedge_buf_printf(out, "%s%s", positional ? "" : " ", value);
    put_note(leaf->row, &note);
    put_wrapped(out, out->n - start, sedge_buf_cstr(&note));
}

void sedge_conf_put_help(const sedge_conf_rows *rows, sedge_buf *out) {
    sedge_auto(sedge_conf_origins) leaves = NULL;
    if (conf_leaves_new(rows, &leaves, NULL)) {
        out->failed = true;
        return;
    }
    for (int positional = 1; positional >= 0; positional--)
        for (size_t i = 0; i < leaves->n; i++) {
            const sedge_conf_row *row = leaves->items[i].row;
            bool wanted = positional ? (row->flags & SEDGE_CONF_POSITIONAL) != 0 : conf_row_is_flag(row);
            if (wanted && !(row->flags & SEDGE_CONF_HIDDEN))
                put_help_line(&leaves->items[i], positional, out);
        }
}

void sedge_conf_put_usage(const sedge_conf_rows *rows, sedge_buf *out) {
    for (size_t i = 0; i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        if (!(row->flags & SEDGE_CONF_REQUIRED) || !conf_row_is_flag(row))
            continue;
        SEDGE_AUTO_BUF metavar = sedge_buf_init(1024);
        const char *value = conf_row_metavar(row, &metavar);
        conf_leaf leaf = { .row = row, .name = (char *)(uintptr_t)row->key };
        sedge_buf_u8(out, ' ');
        put_flag_name(out, &leaf);
        sedge_buf_printf(out, "%s%s", value ? " " : "", value ? value : "");
    }
    sedge_buf_text(out, " [options]");
    for (size_t i = 0; i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        if (!(row->flags & SEDGE_CONF_POSITIONAL))
            continue;
        SEDGE_AUTO_BUF metavar = sedge_buf_init(1024);
        const char *value = conf_row_metavar(row, &metavar);
        bool required = row->flags & SEDGE_CONF_REQUIRED;
        sedge_buf_printf(out, required ? " %s%s" : " [%s%s]", value, conf_row_is_list(row) ? "..." : "");
    }
}

typedef struct printer {
    const char *outermost; /* the struct whose leaves origins has */
    const sedge_conf_origins *origins;
    sedge_buf *out;
} printer;

static void put_values_at(const printer *p, const sedge_conf_rows *rows, const char *object, int indent,
                          bool on_started_line);

static const char *origin_of(const sedge_conf_origins *origins, const sedge_conf_row *row, size_t offset) {
    for (size_t i = 0; origins && i < origins->n; i++)
        if (origins->items[i].row == row && origins->items[i].offset == offset)
            return origins->items[i].origin ? origins->items[i].origin : "default";
    return NULL;
}

static void put_list(const printer *p, const sedge_conf_row *row, const char *field, int indent) {
    const SEDGE_CONF_LIST_OF(char) *list = (const void *)field;
    sedge_buf_text(p->out, list->n ? "\n" : " []\n");
    for (size_t i = 0; i < list->n; i++) {
        const char *item = list->items + i * row->rows->size_bytes;
        printer inner = { .outermost = item, .out = p->out };
        put_blanks(p->out, indent);
        sedge_buf_text(p->out, "- ");
        put_values_at(&inner, row->rows, item, indent + 2, true);
    }
}

static void put_value_line(const printer *p, const sedge_conf_row *row, const char *field) {
    sedge_buf_u8(p->out, ' ');
    if ((row->flags & SEDGE_CONF_SECRET) && !conf_field_is_empty(row, field))
        sedge_buf_text(p->out, "\"***\"");
    else
        conf_field_put(row, field, p->out);
    const char *origin = origin_of(p->origins, row, (size_t)(field - p->outermost));
    if (origin)
        sedge_buf_printf(p->out, "  # %s", origin);
    sedge_buf_u8(p->out, '\n');
}

static void put_values_at(const printer *p, const sedge_conf_rows *rows, const char *object, int indent,
                          bool on_started_line) {
    for (size_t i = 0; i < rows->n; i++) {
        const sedge_conf_row *row = &rows->rows[i];
        const char *field = object + row->offset;
        if (i || !on_started_line)
            put_blanks(p->out, indent);
        sedge_buf_printf(p->out, "%s:", row->key);
        if (row->type == SEDGE_CONF_STRUCT) {
            sedge_buf_u8(p->out, '\n');
            put_values_at(p, row->rows, field, indent + 2, false);
        } else if (row->type == SEDGE_CONF_LIST) {
            put_list(p, row, field, indent + 2);
        } else {
            put_value_line(p, row, field);
        }
    }
}

void sedge_conf_put_values(const sedge_conf_rows *rows, const void *object, const sedge_conf_origins *origins,
                           sedge_buf *out) {
    printer p = { .outermost = (const char *)object, .origins = origins, .out = out };
    put_values_at(&p, rows, (const char *)object, 0, false);
}
