/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/format.h"
#include "base/own.h"
#include "base/utf8.h"
#include "conf/csv_line.h"
#include "os/errno.h"

enum { PIECE = 32 << 10, COMPLAINT_MAX = 256 };

struct sedge_feed {
    char name[SEDGE_FEED_NAME_MAX];
    char path[SEDGE_PATH_MAX];
    const sedge_clock *clock;
    int fd; /* -1: not open */
    bool regular, ended;
    uint64_t inode;
    int64_t base;   /* offset in the file of text.data[0] */
    sedge_buf text; /* read, not consumed from `at` on */
    size_t at;
    bool skipping; /* inside a line that is too long */
    uint64_t line;
    char *header; /* the first line, split in place; owned; NULL: not read yet */
    sedge_bytes columns[SEDGE_CSV_FIELDS_MAX];
    size_t n_columns;
    char separator;
    ssize_t time_column; /* -1: none */
    uint32_t n_bound;    /* 0: not bound */
    bool mapped;         /* map fits the header */
    char names[SEDGE_FEATURES_CHANNELS_MAX][SEDGE_FEATURES_NAME_MAX];
    uint32_t map[SEDGE_FEATURES_CHANNELS_MAX];
    sedge_feed_counts counts;
    char complaint[COMPLAINT_MAX];
    sedge_bytes fields[SEDGE_CSV_FIELDS_MAX];
};

sedge_status sedge_feed_new(const char *text, const sedge_clock *clock, sedge_feed **ret, sedge_error *err) {
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : 0;
    if (!equals || n == 0 || n >= SEDGE_FEED_NAME_MAX || !equals[1] || strlen(equals + 1) >= SEDGE_PATH_MAX)
        return sedge_fail(err, SEDGE_EUSAGE, "--source %s: write NAME=FILE, or NAME=- for standard input", text);
    sedge_feed *s = calloc(1, sizeof *s);
    if (!s)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for a source");
    memcpy(s->name, text, n);
    sedge_format(s->path, sizeof s->path, "%s", equals + 1);
    s->clock = clock ? clock : sedge_clock_os();
    s->fd = -1;
    s->text = sedge_buf_init(SEDGE_CSV_LINE_MAX + 2 * PIECE);
    if (!sedge_path_is_name(s->name)) {
        sedge_feed_free(s);
        return sedge_fail(err, SEDGE_EUSAGE, "--source %s: the name before '=' may not be a path", text);
    }
    *ret = s;
    return SEDGE_OK;
}

static bool is_stdin(const sedge_feed *s) {
    return strcmp(s->path, "-") == 0;
}

static void close_file(sedge_feed *s) {
    if (s->fd >= 0 && !is_stdin(s))
        close(s->fd);
    s->fd = -1;
    s->inode = 0;
    s->base = 0;
    s->at = 0;
    s->line = 0;
    s->skipping = false;
    sedge_buf_clear(&s->text);
    free(SEDGE_STEAL(s->header));
    s->n_columns = 0;
    s->mapped = false;
}

void sedge_feed_free(sedge_feed *s) {
    if (!s)
        return;
    close_file(s);
    sedge_buf_done(&s->text);
    free(s);
}

const char *sedge_feed_name(const sedge_feed *s) {
    return s->name;
}

const char *sedge_feed_path(const sedge_feed *s) {
    return s->path;
}

sedge_feed_counts sedge_feed_get_counts(const sedge_feed *s) {
    return s->counts;
}

const char *sedge_feed_complaint(const sedge_feed *s) {
    return s->complaint;
}

bool sedge_feed_ended(const sedge_feed *s) {
    return s->ended;
}

uint64_t sedge_feed_inode(const sedge_feed *s) {
    return s->inode;
}

/* ---- bytes ---- */

static bool open_file(sedge_feed *s) {
    if (s->fd >= 0)
        return true;
    struct stat st;
    s->fd = is_stdin(s) ? STDIN_FILENO : open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0)
        return false;
    if (fstat(s->fd, &st) < 0 || S_ISDIR(st.st_mode)) {
        close_file(s);
        return false;
    }
    s->regular = S_ISREG(st.st_mode);
    s->inode = is_stdin(s) ? 0 : (uint64_t)st.st_ino;
    return true;
}

static void restart(sedge_feed *s) {
    close_file(s);
    s->counts.restarts++;
}

/** At the end of what is there: is there another file by this name now, or has this one been cut? */
static bool was_replaced(const sedge_feed *s) {
    struct stat now, by_name;
    if (!s->regular || is_stdin(s) || fstat(s->fd, &now) < 0)
        return false;
    if (now.st_size < s->base + (int64_t)s->text.n)
        return true;
    return stat(s->path, &by_name) == 0 && (uint64_t)by_name.st_ino != s->inode;
}

static bool can_read_now(const sedge_feed *s) {
    if (s->regular)
        return true;
    struct pollfd p = { .fd = s->fd, .events = POLLIN };
    return poll(&p, 1, 0) > 0;
}

/** Reads some bytes behind those that are there; false when there are none now. */
static bool read_some(sedge_feed *s, sedge_status *st, sedge_error *err) {
    if (!can_read_now(s))
        return false;
    if (s->at > 0) {
        memmove(s->text.data, s->text.data + s->at, s->text.n - s->at);
        s->base += (int64_t)s->at;
        s->text.n -= s->at;
        s->at = 0;
    }
    size_t before = s->text.n;
    uint8_t *at = sedge_buf_add(&s->text, PIECE);
    if (!at) {
        *st = sedge_fail(err, SEDGE_ENOMEM, "source '%s': no memory", s->name);
        return false;
    }
    ssize_t got;
    do
        got = read(s->fd, at, PIECE);
    while (got < 0 && errno == EINTR);
    s->text.n = before + (got > 0 ? (size_t)got : 0);
    if (got < 0 && errno != EAGAIN)
        *st = sedge_fail_errno(err, errno, "source '%s': cannot read '%s'", s->name, s->path);
    s->ended = got == 0 && !s->regular && is_stdin(s);
    return got > 0;
}

/** The next whole line, without its LF; *ret_offset is where it begins. False: not there yet. */
static bool take_line(sedge_feed *s, char **ret, size_t *ret_n, int64_t *ret_offset) {
    for (;;) {
        char *start = (char *)s->text.data + s->at;
        size_t there = s->text.n - s->at;
        char *end = there ? memchr(start, '\n', there) : NULL;
        if (!end && there <= SEDGE_CSV_LINE_MAX)
            return false;
        size_t n = end ? (size_t)(end - start) : there;
        *ret_offset = s->base + (int64_t)s->at;
        s->at += end ? n + 1 : n;
        s->line += end != NULL;
        if (!end || s->skipping || n > SEDGE_CSV_LINE_MAX) {
            s->counts.malformed += !s->skipping;
            sedge_format(s->complaint, sizeof s->complaint, "source '%s': line %llu is longer than %d bytes", s->name,
                         (unsigned long long)s->line, SEDGE_CSV_LINE_MAX);
            s->skipping = !end;
            continue;
        }
        *ret = start;
        *ret_n = n;
        return true;
    }
}

/* ---- columns ---- */

static void take_header(sedge_feed *s, const char *line, size_t n) {
    s->header = malloc(n + 1);
    if (!s->header)
        return;
    memcpy(s->header, line, n);
    s->header[n] = '\0';
    s->separator = sedge_csv_separator(sedge_bytes_of(line, n));
    if (!sedge_csv_split(s->header, n, s->separator, s->columns, SEDGE_CSV_FIELDS_MAX, &s->n_columns))
        s->n_columns = 0;
    s->time_column = -1;
    for (size_t i = 0; i < s->n_columns && s->time_column < 0; i++)
        if (sedge_csv_is_time_name(s->columns[i]))
            s->time_column = (ssize_t)i;
}

bool sedge_feed_has_header(sedge_feed *s) {
    sedge_status st = SEDGE_OK;
    while (!s->header) {
        char *line;
        size_t n;
        int64_t offset;
        if (!open_file(s))
            return false;
        if (take_line(s, &line, &n, &offset))
            take_header(s, line, n);
        else if (!read_some(s, &st, NULL))
            return false;
    }
    return true;
}

static sedge_status no_column(const sedge_feed *s, const char *name, sedge_error *err) {
    SEDGE_AUTO_BUF list = sedge_buf_init(300);
    for (size_t i = 0; i < s->n_columns; i++)
        sedge_buf_printf(&list, "%s%.*s", i ? ", " : "", (int)s->columns[i].n, (const char *)s->columns[i].p);
    return sedge_fail(err, SEDGE_EINVALID,
                      "source '%s' (%s): no column '%s', which the model needs; its columns are %s", s->name, s->path,
                      name, sedge_buf_cstr(&list));
}

static sedge_status map_columns(sedge_feed *s, sedge_error *err) {
    s->mapped = false;
    for (uint32_t c = 0; c < s->n_bound; c++) {
        size_t i = 0;
        while (i < s->n_columns && !sedge_bytes_equal(s->columns[i], sedge_bytes_text(s->names[c])))
            i++;
        if (i == s->n_columns)
            return no_column(s, s->names[c], err);
        s->map[c] = (uint32_t)i;
    }
    s->mapped = true;
    return SEDGE_OK;
}

sedge_status sedge_feed_bind(sedge_feed *s, const char (*names)[SEDGE_FEATURES_NAME_MAX], uint32_t n,
                             sedge_error *err) {
    if (!sedge_feed_has_header(s))
        return sedge_fail(err, SEDGE_EBUSY, "source '%s': '%s' has no first line with the columns' names yet", s->name,
                          s->path);
    uint32_t before_n = s->n_bound;
    char before[SEDGE_FEATURES_CHANNELS_MAX][SEDGE_FEATURES_NAME_MAX];
    memcpy(before, s->names, sizeof before);
    memcpy(s->names, names, n * sizeof s->names[0]);
    s->n_bound = n;
    sedge_status st = map_columns(s, err);
    if (!st)
        return SEDGE_OK;
    memcpy(s->names, before, sizeof before);
    s->n_bound = before_n;
    sedge_status again = map_columns(s, NULL);
    return again && before_n ? sedge_wrap(err, st, "the former channels are gone too") : st;
}

bool sedge_feed_seek(sedge_feed *s, const sedge_feed_position *position) {
    struct stat st;
    if (!s->header || !s->regular || is_stdin(s) || s->inode != position->inode || fstat(s->fd, &st) < 0 ||
        position->warm_offset > position->offset || position->offset > st.st_size ||
        position->warm_offset < s->base + (int64_t)s->at || lseek(s->fd, position->warm_offset, SEEK_SET) < 0)
        return false;
    sedge_buf_clear(&s->text);
    s->at = 0;
    s->base = position->warm_offset;
    return true;
}

/* ---- rows ---- */

static void complain(sedge_feed *s, const char *what, size_t column) {
    s->counts.malformed++;
    sedge_format(s->complaint, sizeof s->complaint, "source '%s': row at line %llu, column '%.*s': %s", s->name,
                 (unsigned long long)s->line, column < s->n_columns ? (int)s->columns[column].n : 0,
                 column < s->n_columns ? (const char *)s->columns[column].p : "", what);
    sedge_utf8_clean(s->complaint);
}

static bool parse_row(sedge_feed *s, char *line, size_t n, float *values, int64_t *ret_time_ms) {
    size_t fields;
    if (!sedge_csv_split(line, n, s->separator, s->fields, SEDGE_CSV_FIELDS_MAX, &fields) || fields != s->n_columns) {
        complain(s, "not as many fields as the first line names", SIZE_MAX);
        return false;
    }
    *ret_time_ms = sedge_now_ms(s->clock);
    if (s->time_column >= 0 && !sedge_csv_time(s->fields[s->time_column], ret_time_ms)) {
        complain(s, "no time", (size_t)s->time_column);
        return false;
    }
    for (uint32_t c = 0; c < s->n_bound; c++)
        if (!sedge_csv_number(s->fields[s->map[c]], &values[c])) {
            complain(s, "no number", s->map[c]);
            return false;
        }
    return true;
}

static void take_row(sedge_feed *s, char *line, size_t n, int64_t offset, sedge_feed_row_fn fn, void *ctx,
                     uint64_t *rows) {
    float values[SEDGE_FEATURES_CHANNELS_MAX];
    sedge_row_info info = { .offset = offset, .next_offset = offset + (int64_t)n + 1 };
    if (n == 0 || (n == 1 && line[0] == '\r'))
        return;
    if (!parse_row(s, line, n, values, &info.time_ms))
        return;
    s->counts.rows++;
    ++*rows;
    fn(ctx, values, info);
}

/** The file is at its end: goes on with its successor, when there is one. */
static bool follow(sedge_feed *s, sedge_status *st, sedge_error *err) {
    if (!was_replaced(s))
        return false;
    restart(s);
    if (!sedge_feed_has_header(s))
        return false;
    *st = map_columns(s, err);
    return s->mapped;
}

sedge_status sedge_feed_read(sedge_feed *s, uint64_t max, sedge_feed_row_fn fn, void *ctx, uint64_t *ret_rows,
                             sedge_error *err) {
    *ret_rows = 0;
    sedge_status st = SEDGE_OK;
    if (s->n_bound == 0)
        return SEDGE_OK;
    if (!s->mapped) { /* replaced by a file that was not there, or empty, or has other columns */
        if (!sedge_feed_has_header(s))
            return SEDGE_OK;
        st = map_columns(s, err);
    }
    while (!st && *ret_rows < max) {
        char *line;
        size_t n;
        int64_t offset;
        if (take_line(s, &line, &n, &offset))
            take_row(s, line, n, offset, fn, ctx, ret_rows);
        else if (!read_some(s, &st, err) && (st || !follow(s, &st, err)))
            break;
    }
    return st;
}
