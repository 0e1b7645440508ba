/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

enum { COLUMNS_MAX = 16, CELL_MAX = 512 };

sedge_table sedge_table_init(size_t columns) {
    return (sedge_table){ .columns = columns, .failed = columns == 0 || columns > COLUMNS_MAX };
}

void sedge_table_cell(sedge_table *t, const char *fmt, ...) {
    char text[CELL_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (t->failed)
        return;
    char **grown = realloc(t->cells, (t->n + 1) * sizeof *grown);
    char *copy = strdup(text);
    t->failed = !grown || !copy;
    if (grown)
        t->cells = grown;
    if (t->failed)
        free(copy);
    else
        t->cells[t->n++] = copy;
}

/** Columns on the screen: UTF-8 characters. */
static size_t width_of(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void print_cells(FILE *out, const sedge_table *t) {
    size_t widths[COLUMNS_MAX] = { 0 };
    for (size_t i = 0; i < t->n; i++) {
        size_t w = width_of(t->cells[i]);
        if (w > widths[i % t->columns])
            widths[i % t->columns] = w;
    }
    for (size_t i = 0; i < t->n; i++) {
        bool last = i % t->columns == t->columns - 1;
        (void)fputs(t->cells[i], out);
        for (size_t w = width_of(t->cells[i]); !last && w < widths[i % t->columns] + 2; w++)
            (void)fputc(' ', out);
        if (last)
            (void)fputc('\n', out);
    }
}

sedge_status sedge_table_print(const sedge_command_io *io, sedge_table *t, sedge_error *err) {
    bool failed = t->failed;
    if (!failed)
        print_cells(io->out, t);
    for (size_t i = 0; i < t->n; i++)
        free(t->cells[i]);
    free(t->cells);
    *t = (sedge_table){ 0 };
    if (failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the table");
    return ferror(io->out) ? sedge_fail(err, SEDGE_EIO, "standard output cannot be written") : SEDGE_OK;
}
