/* SPDX-License-Identifier: Apache-2.0 */
#include "data/csv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "os/errno.h"

enum { BUFFER = 1 << 16, END = -1 };

struct sedge_csv {
    sedge_csv_read_fn *read;
    void *ctx;
    const sedge_fs *fs; /**< of fd */
    int fd;             /**< -1: not ours to close */
    char *name;
    char separator;
    uint8_t *buffer; /**< [BUFFER]: bytes `at` to `n` are unread */
    size_t at, n;
    bool ended;
    sedge_error failure; /**< of a read, reported when its bytes are wanted */

    char *record; /**< [SEDGE_CSV_RECORD_MAX] */
    size_t record_n;
    uint32_t cells; /**< of the record */
    uint32_t starts[SEDGE_CSV_COLUMNS_MAX];

    uint32_t columns;
    char *header; /**< the record of the header */
    uint32_t names[SEDGE_CSV_COLUMNS_MAX];
    uint64_t row, line, next_line;
};

static void refill(sedge_csv *csv) {
    if (csv->ended)
        return;
    memmove(csv->buffer, csv->buffer + csv->at, csv->n - csv->at);
    csv->n -= csv->at;
    csv->at = 0;
    int64_t got = csv->read(csv->ctx, csv->buffer + csv->n, BUFFER - csv->n);
    if (got < 0)
        (void)sedge_fail_errno(&csv->failure, (int)-got, "%s: reading failed", csv->name);
    if (got <= 0)
        csv->ended = true;
    else
        csv->n += (size_t)got;
}

/** The next byte without taking it, or END. */
static int peek(sedge_csv *csv) {
    if (csv->at == csv->n)
        refill(csv);
    return csv->at < csv->n ? csv->buffer[csv->at] : END;
}

static int take(sedge_csv *csv) {
    int c = peek(csv);
    csv->at += c != END;
    return c;
}

static sedge_status fail_line(const sedge_csv *csv, sedge_status status, sedge_error *err, const char *what) {
    return sedge_fail(err, status, "%s: line %llu: %s", csv->name, (unsigned long long)csv->line, what);
}

static sedge_status put(sedge_csv *csv, int c, sedge_error *err) {
    if (c == 0)
        return fail_line(csv, SEDGE_EINVALID, err, "a NUL byte: this is no text file");
    if (csv->record_n + 2 > SEDGE_CSV_RECORD_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: line %llu: a record of more than %d bytes; is a quote not closed?",
                          csv->name, (unsigned long long)csv->line, SEDGE_CSV_RECORD_MAX - 1);
    csv->record[csv->record_n++] = (char)c;
    return SEDGE_OK;
}

static sedge_status begin_cell(sedge_csv *csv, sedge_error *err) {
    if (csv->cells == SEDGE_CSV_COLUMNS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: line %llu: more than %d cells", csv->name,
                          (unsigned long long)csv->line, SEDGE_CSV_COLUMNS_MAX);
    csv->starts[csv->cells++] = (uint32_t)csv->record_n;
    return SEDGE_OK;
}

/** Ends the cell; of an unquoted one the spaces behind it are dropped. */
static void end_cell(sedge_csv *csv, bool quoted) {
    size_t start = csv->starts[csv->cells - 1];
    while (!quoted && csv->record_n > start &&
           (csv->record[csv->record_n - 1] == ' ' || csv->record[csv->record_n - 1] == '\t'))
        csv->record_n--;
    csv->record[csv->record_n++] = '\0';
}

/** The inside of a quoted cell, whose first quote is taken, to its last. */
static sedge_status read_quoted(sedge_csv *csv, sedge_error *err) {
    for (;;) {
        int c = take(csv);
        if (c == END)
            return fail_line(csv, SEDGE_EINVALID, err, "a quote is opened and never closed");
        if (c == '"' && peek(csv) != '"')
            return SEDGE_OK;
        if (c == '"')
            c = take(csv);
        csv->next_line += c == '\n';
        sedge_status st = put(csv, c, err);
        if (st)
            return st;
    }
}

static bool is_blank(const sedge_csv *csv, int c) {
    return c == ' ' || (c == '\t' && csv->separator != '\t');
}

/** One cell up to its separator, line end or the end of the file, which stays unread. */
static sedge_status read_cell(sedge_csv *csv, sedge_error *err) {
    sedge_status st = begin_cell(csv, err);
    if (st)
        return st;
    while (is_blank(csv, peek(csv)))
        (void)take(csv);
    bool quoted = peek(csv) == '"';
    if (quoted) {
        (void)take(csv);
        if ((st = read_quoted(csv, err)))
            return st;
    }
    for (int c = peek(csv); c != END && c != '\n' && c != '\r' && c != csv->separator; c = peek(csv)) {
        if (quoted && !is_blank(csv, c))
            return fail_line(csv, SEDGE_EINVALID, err, "text behind the closing quote of a cell");
        (void)take(csv);
        if (!quoted && (st = put(csv, c, err)))
            return st;
    }
    if (csv->record_n + 1 > SEDGE_CSV_RECORD_MAX)
        return put(csv, ' ', err);
    end_cell(csv, quoted);
    return SEDGE_OK;
}

static sedge_status read_cells(sedge_csv *csv, sedge_error *err) {
    sedge_status st = read_cell(csv, err);
    while (!st && peek(csv) == csv->separator) {
        (void)take(csv);
        st = read_cell(csv, err);
    }
    if (!st && take(csv) == '\r' && peek(csv) == '\n')
        (void)take(csv);
    csv->next_line++;
    return st;
}

/** One record, maybe an empty line; false at the end of the file. */
static sedge_status read_record(sedge_csv *csv, bool *ret_record, sedge_error *err) {
    csv->record_n = csv->cells = 0;
    csv->line = csv->next_line;
    *ret_record = peek(csv) != END;
    sedge_status st = *ret_record ? read_cells(csv, err) : SEDGE_OK;
    if (csv->failure.status && csv->at == csv->n)
        return sedge_fail(err, csv->failure.status, "%s", csv->failure.text);
    return st;
}

/** Reads records until one is not an empty line. */
static sedge_status read_full_record(sedge_csv *csv, bool *ret_record, sedge_error *err) {
    sedge_status st;
    do
        st = read_record(csv, ret_record, err);
    while (!st && *ret_record && csv->cells == 1 && csv->record[0] == '\0');
    return st;
}

/** Fills the buffer with the first line, as far as it fits. */
static void read_ahead(sedge_csv *csv) {
    while (!csv->ended && csv->n < BUFFER && !memchr(csv->buffer, '\n', csv->n))
        refill(csv);
}

static char find_separator(const sedge_csv *csv) {
    static const char candidates[] = { ';', ',', '\t' };
    size_t counts[sizeof candidates] = { 0 };
    bool quoted = false;
    for (size_t i = csv->at; i < csv->n && (quoted || csv->buffer[i] != '\n'); i++) {
        quoted ^= csv->buffer[i] == '"';
        for (size_t k = 0; !quoted && k < sizeof candidates; k++)
            counts[k] += csv->buffer[i] == (uint8_t)candidates[k];
    }
    size_t best = 0;
    for (size_t k = 1; k < sizeof candidates; k++)
        best = counts[k] > counts[best] ? k : best;
    return counts[best] ? candidates[best] : ',';
}

static sedge_status skip_mark(sedge_csv *csv, sedge_error *err) {
    const uint8_t *p = csv->buffer;
    if (csv->n >= 3 && !memcmp(p, "\xEF\xBB\xBF", 3))
        csv->at = 3;
    if (csv->n >= 2 && (!memcmp(p, "\xFF\xFE", 2) || !memcmp(p, "\xFE\xFF", 2)))
        return sedge_fail(err, SEDGE_EINVALID, "%s: this is UTF-16; convert it to UTF-8", csv->name);
    return SEDGE_OK;
}

static sedge_status check_names(const sedge_csv *csv, sedge_error *err) {
    for (uint32_t i = 0; i < csv->columns; i++) {
        const char *name = sedge_csv_column(csv, i);
        if (!*name)
            return sedge_fail(err, SEDGE_EINVALID, "%s: column %u of the header has no name", csv->name, i + 1);
        if (!sedge_utf8_is_label(sedge_bytes_text(name)))
            return sedge_fail(err, SEDGE_EINVALID, "%s: the name of column %u is not clean UTF-8", csv->name, i + 1);
        if (sedge_csv_find(csv, name) != i)
            return sedge_fail(err, SEDGE_EINVALID, "%s: two columns are called '%.60s'", csv->name, name);
    }
    return SEDGE_OK;
}

static sedge_status read_header(sedge_csv *csv, sedge_error *err) {
    bool found;
    read_ahead(csv);
    sedge_status st = skip_mark(csv, err);
    if (st)
        return st;
    if (!csv->separator)
        csv->separator = find_separator(csv);
    if ((st = read_full_record(csv, &found, err)))
        return st;
    if (!found)
        return sedge_fail(err, SEDGE_EINVALID, "%s: the file is empty, a header line is wanted", csv->name);
    csv->header = malloc(csv->record_n);
    if (!csv->header)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for the header", csv->name);
    memcpy(csv->header, csv->record, csv->record_n);
    memcpy(csv->names, csv->starts, sizeof csv->names);
    csv->columns = csv->cells;
    return check_names(csv, err);
}

static sedge_status new_csv(const char *name, char separator, sedge_csv **ret, sedge_error *err) {
    sedge_auto(sedge_csv) csv = calloc(1, sizeof *csv);
    if (csv) {
        csv->fd = -1;
        csv->separator = separator;
        csv->next_line = 1;
        csv->name = strdup(name);
        csv->buffer = malloc(BUFFER);
        csv->record = malloc(SEDGE_CSV_RECORD_MAX);
    }
    if (!csv || !csv->name || !csv->buffer || !csv->record)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", name);
    *ret = SEDGE_STEAL(csv);
    return SEDGE_OK;
}

sedge_status sedge_csv_open_source(sedge_csv_read_fn *read, void *ctx, const char *name, char separator,
                                   sedge_csv **ret, sedge_error *err) {
    sedge_auto(sedge_csv) csv = NULL;
    sedge_status st = new_csv(name, separator, &csv, err);
    if (st)
        return st;
    csv->read = read;
    csv->ctx = ctx;
    if ((st = read_header(csv, err)))
        return st;
    *ret = SEDGE_STEAL(csv);
    return SEDGE_OK;
}

static int64_t read_fd(void *ctx, void *p, size_t n) {
    sedge_csv *csv = ctx;
    return csv->fs->read(csv->fs, csv->fd < 0 ? STDIN_FILENO : csv->fd, p, n);
}

sedge_status sedge_csv_open(const sedge_fs *fs, const char *path, char separator, sedge_csv **ret, sedge_error *err) {
    sedge_auto(sedge_csv) csv = NULL;
    bool input = !strcmp(path, "-");
    sedge_status st = new_csv(input ? "standard input" : path, separator, &csv, err);
    if (st)
        return st;
    csv->fs = fs ? fs : sedge_fs_os();
    csv->read = read_fd;
    csv->ctx = csv;
    if (!input) {
        int fd = csv->fs->open(csv->fs, path, O_RDONLY, 0);
        if (fd < 0)
            return sedge_fail_errno(err, -fd, "%s: cannot be opened", path);
        csv->fd = fd;
    }
    if ((st = read_header(csv, err)))
        return st;
    *ret = SEDGE_STEAL(csv);
    return SEDGE_OK;
}

void sedge_csv_free(sedge_csv *csv) {
    if (!csv)
        return;
    if (csv->fd >= 0)
        (void)csv->fs->close(csv->fs, csv->fd);
    free(csv->name);
    free(csv->buffer);
    free(csv->record);
    free(csv->header);
    free(csv);
}

const char *sedge_csv_name(const sedge_csv *csv) {
    return csv->name;
}

char sedge_csv_separator(const sedge_csv *csv) {
    return csv->separator;
}

uint32_t sedge_csv_columns(const sedge_csv *csv) {
    return csv->columns;
}

const char *sedge_csv_column(const sedge_csv *csv, uint32_t column) {
    return csv->header + csv->names[column];
}

uint32_t sedge_csv_find(const sedge_csv *csv, const char *name) {
    for (uint32_t i = 0; i < csv->columns; i++)
        if (!strcmp(sedge_csv_column(csv, i), name))
            return i;
    return UINT32_MAX;
}

sedge_status sedge_csv_next(sedge_csv *csv, bool *ret_row, sedge_error *err) {
    bool row;
    sedge_status st = read_full_record(csv, &row, err);
    if (st)
        return st;
    if (row && csv->cells != csv->columns)
        return sedge_fail(err, SEDGE_EINVALID, "%s: row %llu (line %llu) has %u cells, the header has %u", csv->name,
                          (unsigned long long)csv->row + 1, (unsigned long long)csv->line, csv->cells, csv->columns);
    if (row && csv->row == SEDGE_CSV_ROWS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: more than %llu rows", csv->name,
                          (unsigned long long)SEDGE_CSV_ROWS_MAX);
    csv->row += row;
    *ret_row = row;
    return SEDGE_OK;
}

const char *sedge_csv_cell(const sedge_csv *csv, uint32_t column) {
    return csv->record + csv->starts[column];
}

uint64_t sedge_csv_row(const sedge_csv *csv) {
    return csv->row;
}

uint64_t sedge_csv_line(const sedge_csv *csv) {
    return csv->line;
}

sedge_status sedge_csv_fail(const sedge_csv *csv, uint32_t column, sedge_error *err, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    sedge_vfail(err, SEDGE_EINVALID, fmt, args);
    va_end(args);
    return sedge_wrap(err, SEDGE_EINVALID, "%s: row %llu (line %llu), column '%s'", csv->name,
                      (unsigned long long)csv->row, (unsigned long long)csv->line, sedge_csv_column(csv, column));
}
