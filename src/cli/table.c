/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

sedge_table sedge_table_init(size_t columns) {
    return (sedge_table){ .columns = columns };
}

void sedge_table_cell(sedge_table *t, const char *fmt, ...) {
    if (t->failed)
        return;
    va_list args;
    va_start(args, fmt);
    char *text = NULL;
    bool printed = vasprintf(&text, fmt, args) >= 0;
    va_end(args);
    char **cells = (char **)realloc(t->cells, (t->n + 1) * sizeof *cells);
    if (cells)
        t->cells = cells;
    t->failed = !printed || !cells;
    if (!t->failed)
        t->cells[t->n++] = text;
    else if (printed)
        free(text);
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static size_t width_of(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void done(sedge_table *t) {
    for (size_t i = 0; i < t->n; i++)
        free(t->cells[i]);
    free(t->cells);
    *t = (sedge_table){ 0 };
}

static void print(FILE *out, const sedge_table *t, const size_t *widths) {
    for (size_t i = 0; i < t->n; i++) {
        bool last = i % t->columns == t->columns - 1 || i + 1 == t->n;
        fputs(t->cells[i], out);
        size_t blanks = last ? 0 : widths[i % t->columns] - width_of(t->cells[i]) + 2;
        fprintf(out, "%*s", (int)blanks, "");
        if (last)
            fputc('\n', out);
    }
}

sedge_status sedge_table_print(const sedge_command_io *io, sedge_table *t, sedge_error *err) {
    size_t *widths = (size_t *)calloc(t->columns ? t->columns : 1, sizeof *widths);
    if (!widths || t->failed) {
        free(widths);
        done(t);
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a table");
    }
    for (size_t i = 0; i < t->n; i++) {
        size_t w = width_of(t->cells[i]);
        if (w > widths[i % t->columns])
            widths[i % t->columns] = w;
    }
    print(io->out, t, widths);
    free(widths);
    done(t);
    return SEDGE_OK;
}
