/* SPDX-License-Identifier: Apache-2.0 */
#include "data/csv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "os/errno.h"

/* the longest line, its CR LF and one more, so that a line that is too long is seen */
enum { BUFFER = SEDGE_CSV_LINE_MAX + 3 };

struct sedge_csv {
    sedge_csv_read_fn *read;
    void *ctx;
    const sedge_fs *fs; /**< of fd */
    int fd;             /**< -1: not ours to close */
    char *name;
    char separator;
    char *buffer; /**< [BUFFER + 1]: bytes `at` to `n` are unread */
    size_t at, n;
    bool ended;
    sedge_error failure;                     /**< of a read, reported when its bytes are wanted */
    sedge_bytes cells[SEDGE_CSV_FIELDS_MAX]; /**< of the row; a NUL is behind each */
    size_t n_cells;
    char *header; /**< a copy of the first line */
    sedge_bytes names[SEDGE_CSV_FIELDS_MAX];
    size_t n_names;
    uint64_t row, line;
};

static void refill(sedge_csv *csv) {
    memmove(csv->buffer, csv->buffer + csv->at, csv->n - csv->at);
    csv->n -= csv->at;
    csv->at = 0;
    int64_t got = csv->read(csv->ctx, csv->buffer + csv->n, BUFFER - csv->n);
    if (got < 0)
        (void)sedge_fail_errno(&csv->failure, (int)-got, "%s: reading failed", csv->name);
    csv->ended = got <= 0;
    csv->n += got > 0 ? (size_t)got : 0;
}

static sedge_status fail_line(const sedge_csv *csv, sedge_status status, sedge_error *err, const char *what) {
    return sedge_fail(err, status, "%s: line %llu: %s", csv->name, (unsigned long long)csv->line, what);
}

/** A line without its LF; one byte behind it may be written to. */
typedef struct line {
    char *p;
    size_t n;
    bool found; /**< false: the file has ended */
} line;

static sedge_status check_line(const sedge_csv *csv, const char *p, size_t n, sedge_error *err) {
    if (n > SEDGE_CSV_LINE_MAX + 1 || (n == SEDGE_CSV_LINE_MAX + 1 && p[n - 1] != '\r'))
        return sedge_fail(err, SEDGE_ELIMIT, "%s: line %llu has more than %d bytes", csv->name,
                          (unsigned long long)csv->line, SEDGE_CSV_LINE_MAX);
    if (memchr(p, '\0', n))
        return fail_line(csv, SEDGE_EINVALID, err, "a NUL byte: this is no text file");
    return SEDGE_OK;
}

static sedge_status read_line(sedge_csv *csv, line *ret, sedge_error *err) {
    char *end;
    while (!(end = memchr(csv->buffer + csv->at, '\n', csv->n - csv->at)) && !csv->ended && csv->n - csv->at < BUFFER)
        refill(csv);
    if (!end && csv->failure.status)
        return sedge_fail(err, csv->failure.status, "%s", csv->failure.text);
    ret->p = csv->buffer + csv->at;
    ret->n = end ? (size_t)(end - ret->p) : csv->n - csv->at;
    ret->found = end || ret->n;
    csv->at += ret->n + (end != NULL);
    csv->line++;
    return check_line(csv, ret->p, ret->n, err);
}

/** The next line that is not empty. */
static sedge_status read_full_line(sedge_csv *csv, line *ret, sedge_error *err) {
    sedge_status st;
    do
        st = read_line(csv, ret, err);
    while (!st && ret->found && (ret->n == 0 || (ret->n == 1 && *ret->p == '\r')));
    return st;
}

/** Splits a line and puts a NUL behind each cell. */
static sedge_status split(const sedge_csv *csv, char *p, size_t n, sedge_bytes *cells, size_t *ret_n,
                          sedge_error *err) {
    if (!sedge_csv_split(p, n, csv->separator, cells, SEDGE_CSV_FIELDS_MAX, ret_n))
        return sedge_fail(err, SEDGE_EINVALID,
                          "%s: line %llu: more than %d cells, or a quote that is not closed or not at the end of its "
                          "cell",
                          csv->name, (unsigned long long)csv->line, SEDGE_CSV_FIELDS_MAX);
    for (size_t i = 0; i < *ret_n; i++)
        p[(const char *)cells[i].p - p + (ptrdiff_t)cells[i].n] = '\0';
    return SEDGE_OK;
}

static sedge_status check_names(const sedge_csv *csv, sedge_error *err) {
    for (uint32_t i = 0; i < csv->n_names; i++) {
        if (!csv->names[i].n)
            return sedge_fail(
                err, SEDGE_EINVALID,
                "%s: column %u of the header has no name; give it one (pandas: index_label, or index=False)", csv->name,
                i + 1);
        if (!sedge_utf8_is_label(csv->names[i]))
            return sedge_fail(err, SEDGE_EINVALID, "%s: the name of column %u is not clean UTF-8", csv->name, i + 1);
        if (sedge_csv_find(csv, sedge_csv_column(csv, i)) != i)
            return sedge_fail(err, SEDGE_EINVALID, "%s: two columns are called '%.60s'", csv->name,
                              sedge_csv_column(csv, i));
    }
    return SEDGE_OK;
}

static bool begins_with(const line *first, sedge_bytes mark) {
    return first->n >= mark.n && !memcmp(first->p, mark.p, mark.n);
}

/** Bytes of the mark that a file may begin with; SEDGE_EINVALID for UTF-16. */
static sedge_status find_mark(const sedge_csv *csv, const line *first, size_t *ret_n, sedge_error *err) {
    if (begins_with(first, sedge_bytes_text("\xFF\xFE")) || begins_with(first, sedge_bytes_text("\xFE\xFF")))
        return sedge_fail(err, SEDGE_EINVALID, "%s: this is UTF-16; convert it to UTF-8", csv->name);
    *ret_n = begins_with(first, sedge_bytes_text("\xEF\xBB\xBF")) ? 3 : 0;
    return SEDGE_OK;
}

static sedge_status read_header(sedge_csv *csv, sedge_error *err) {
    line first = { 0 };
    size_t mark = 0;
    sedge_status st = read_full_line(csv, &first, err);
    if (st)
        return st;
    if (!first.found)
        return sedge_fail(err, SEDGE_EINVALID, "%s: the file is empty, a header line is wanted", csv->name);
    if ((st = find_mark(csv, &first, &mark, err)))
        return st;
    size_t n = first.n - mark;
    csv->header = malloc(n + 1);
    if (!csv->header)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for the header", csv->name);
    memcpy(csv->header, first.p + mark, n);
    if (!csv->separator)
        csv->separator = sedge_csv_separator(sedge_bytes_of(csv->header, n));
    st = split(csv, csv->header, n, csv->names, &csv->n_names, err);
    return st ? st : check_names(csv, err);
}

static sedge_csv *new_csv(const char *name, char separator, sedge_error *err) {
    sedge_csv *csv = calloc(1, sizeof *csv);
    if (csv) {
        csv->fd = -1;
        csv->separator = separator;
        csv->name = strdup(name);
        csv->buffer = malloc(BUFFER + 1);
        if (csv->name && csv->buffer)
            return csv;
    }
    (void)sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", name);
    sedge_csv_free(csv);
    return NULL;
}

sedge_status sedge_csv_open_source(sedge_csv_read_fn *read, void *ctx, const char *name, char separator,
                                   sedge_csv **ret, sedge_error *err) {
    sedge_auto(sedge_csv) csv = new_csv(name, separator, err);
    if (!csv)
        return SEDGE_ENOMEM;
    csv->read = read;
    csv->ctx = ctx;
    sedge_status st = read_header(csv, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(csv);
    return SEDGE_OK;
}

static int64_t read_fd(void *ctx, void *p, size_t n) {
    sedge_csv *csv = ctx;
    return csv->fs->read(csv->fs, csv->fd < 0 ? STDIN_FILENO : csv->fd, p, n);
}

sedge_status sedge_csv_open(const sedge_fs *fs, const char *path, char separator, sedge_csv **ret, sedge_error *err) {
    bool input = !strcmp(path, "-");
    sedge_auto(sedge_csv) csv = new_csv(input ? "standard input" : path, separator, err);
    if (!csv)
        return SEDGE_ENOMEM;
    csv->fs = fs ? fs : sedge_fs_os();
    csv->read = read_fd;
    csv->ctx = csv;
    if (!input) {
        int fd = csv->fs->open(csv->fs, path, O_RDONLY, 0);
        if (fd < 0)
            return sedge_fail_errno(err, -fd, "%s: cannot be opened", path);
        csv->fd = fd;
    }
    sedge_status st = read_header(csv, err);
    if (st)
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
    free(csv->header);
    free(csv);
}

const char *sedge_csv_name(const sedge_csv *csv) {
    return csv->name;
}

char sedge_csv_used_separator(const sedge_csv *csv) {
    return csv->separator;
}

uint32_t sedge_csv_columns(const sedge_csv *csv) {
    return (uint32_t)csv->n_names;
}

const char *sedge_csv_column(const sedge_csv *csv, uint32_t column) {
    return (const char *)csv->names[column].p;
}

uint32_t sedge_csv_find(const sedge_csv *csv, const char *name) {
    for (uint32_t i = 0; i < csv->n_names; i++)
        if (!strcmp(sedge_csv_column(csv, i), name))
            return i;
    return UINT32_MAX;
}

sedge_status sedge_csv_next(sedge_csv *csv, bool *ret_row, sedge_error *err) {
    line next = { 0 };
    sedge_status st = read_full_line(csv, &next, err);
    if (!st && next.found)
        st = split(csv, next.p, next.n, csv->cells, &csv->n_cells, err);
    if (st)
        return st;
    if (next.found && csv->n_cells != csv->n_names)
        return sedge_fail(err, SEDGE_EINVALID, "%s: row %llu (line %llu) has %zu cells, the header has %zu", csv->name,
                          (unsigned long long)csv->row + 1, (unsigned long long)csv->line, csv->n_cells, csv->n_names);
    if (next.found && csv->row == SEDGE_CSV_ROWS_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%s: more than %llu rows", csv->name,
                          (unsigned long long)SEDGE_CSV_ROWS_MAX);
    csv->row += next.found;
    *ret_row = next.found;
    return SEDGE_OK;
}

const char *sedge_csv_cell(const sedge_csv *csv, uint32_t column) {
    return (const char *)csv->cells[column].p;
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
