/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/csv_line.h"
#include "os/clock.h"
#include "os/errno.h"
#include "os/file.h"

enum { FILE_MAX = 64 << 20, COLUMNS_MAX = 64, LINE_MAX = 1024, DEVICES_MAX = 256, TICK_MS = 40, BATCH_MAX = 1 << 20 };

/** A recording as text: the lines of its rows, in order. */
typedef struct feed_recording {
    char *text;   /**< owned */
    char **lines; /**< owned array of NUL-terminated views */
    size_t n;
} feed_recording;

typedef struct feed_device {
    int fd;
    size_t recording, row;
    atomic_int shifted; /**< column, or -1 */
    double delta;       /**< written before `shifted` */
    int64_t written;
} feed_device;

struct demo_feed {
    feed_recording *recordings;
    size_t n;
    char header[LINE_MAX];
    char separator;
    size_t columns, time_column, label_column; /**< COLUMNS_MAX: there is none */
    char names[COLUMNS_MAX][64];
    feed_device devices[DEVICES_MAX];
    size_t n_devices;
    double rows_per_s;
    int64_t start_ms, start_ns;
    pthread_t thread;
    bool started;
    atomic_bool stop, failed;
    sedge_error err; /**< of the thread, read after failed */
    atomic_llong rows;
};

static size_t count_lines(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n + 1;
}

/** Cuts the text into its lines; the first is the header. */
static sedge_status cut(feed_recording *r, sedge_error *err) {
    r->lines = calloc(count_lines(r->text), sizeof *r->lines);
    if (!r->lines)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the recordings");
    for (char *at = r->text, *next; at && *at; at = next) {
        next = strchr(at, '\n');
        if (next)
            *next++ = '\0';
        at[strcspn(at, "\r")] = '\0';
        if (*at)
            r->lines[r->n++] = at;
    }
    return SEDGE_OK;
}

static sedge_status split(const demo_feed *f, const char *line, char copy[LINE_MAX], sedge_bytes *fields, size_t *ret_n,
                          sedge_error *err) {
    size_t n = strlen(line);
    if (n >= LINE_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "a line of %zu bytes; the demo takes up to %d", n, LINE_MAX);
    memcpy(copy, line, n + 1);
    if (!sedge_csv_split(copy, n, f->separator, fields, COLUMNS_MAX, ret_n))
        return sedge_fail(err, SEDGE_EINVALID, "'%s' is no line of CSV", line);
    return SEDGE_OK;
}

static sedge_status read_header(demo_feed *f, const char *line, const char *label, sedge_error *err) {
    char copy[LINE_MAX];
    sedge_bytes fields[COLUMNS_MAX];
    f->separator = sedge_csv_separator(sedge_bytes_of(line, strlen(line)));
    sedge_status st = split(f, line, copy, fields, &f->columns, err);
    if (st)
        return st;
    f->time_column = f->label_column = COLUMNS_MAX;
    for (size_t i = 0; i < f->columns; i++) {
        (void)snprintf(f->names[i], sizeof f->names[i], "%.*s", (int)fields[i].n, (const char *)fields[i].p);
        if (f->time_column == COLUMNS_MAX && sedge_csv_is_time_name(fields[i]))
            f->time_column = i;
        if (label && strcmp(f->names[i], label) == 0)
            f->label_column = i;
    }
    (void)snprintf(f->header, sizeof f->header, "%s", line);
    return SEDGE_OK;
}

/** Leaves the header and the rows that are not labelled as anomalies. */
static sedge_status drop_labelled(const demo_feed *f, feed_recording *r, sedge_error *err) {
    char copy[LINE_MAX];
    sedge_bytes fields[COLUMNS_MAX];
    size_t kept = 1, n = 0;
    for (size_t i = 1; i < r->n && f->label_column < COLUMNS_MAX; i++) {
        float label = 0;
        sedge_status st = split(f, r->lines[i], copy, fields, &n, err);
        if (st)
            return st;
        if (f->label_column >= n || !sedge_csv_number(fields[f->label_column], &label) || label == 0)
            r->lines[kept++] = r->lines[i];
    }
    if (f->label_column < COLUMNS_MAX)
        r->n = kept;
    return SEDGE_OK;
}

static sedge_status load(demo_feed *f, const char *path, const char *label, sedge_error *err) {
    feed_recording *r = &f->recordings[f->n];
    uint8_t *data = NULL;
    size_t n = 0;
    sedge_status st = sedge_file_read(NULL, path, FILE_MAX, &data, &n, err);
    if (st)
        return st;
    r->text = (char *)data;
    f->n++;
    st = cut(r, err);
    if (!st && r->n && f->n == 1)
        st = read_header(f, r->lines[0], label, err);
    if (!st && r->n && strcmp(r->lines[0], f->header) != 0)
        st = sedge_fail(err, SEDGE_EINVALID, "%s: other columns than the recordings before it", path);
    if (!st)
        st = drop_labelled(f, r, err);
    if (!st && r->n < 2)
        st = sedge_fail(err, SEDGE_EINVALID, "%s: no normal rows", path);
    return st;
}

sedge_status demo_feed_new(const char *const *recordings, size_t n, const char *label, demo_feed **ret,
                           sedge_error *err) {
    sedge_auto(demo_feed) f = calloc(1, sizeof *f);
    if (!f)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the recordings");
    f->recordings = calloc(n, sizeof *f->recordings);
    if (!f->recordings)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the recordings");
    for (size_t i = 0; i < n; i++) {
        sedge_status st = load(f, recordings[i], label, err);
        if (st)
            return st;
    }
    *ret = SEDGE_STEAL(f);
    return SEDGE_OK;
}

void demo_feed_free(demo_feed *f) {
    if (!f)
        return;
    atomic_store(&f->stop, true);
    if (f->started)
        (void)pthread_join(f->thread, NULL);
    for (size_t i = 0; i < f->n_devices; i++)
        (void)close(f->devices[i].fd);
    for (size_t i = 0; f->recordings && i < f->n; i++) {
        free(f->recordings[i].lines);
        free(f->recordings[i].text);
    }
    free(f->recordings);
    free(f);
}

static sedge_status write_all(int fd, const void *data, size_t n, sedge_error *err) {
    return sedge_file_write_fd(NULL, fd, "a device's file", sedge_bytes_of(data, n), err);
}

sedge_status demo_feed_add(demo_feed *f, const char *file, size_t recording, size_t row, sedge_error *err) {
    if (f->n_devices == DEVICES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %d devices", DEVICES_MAX);
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return sedge_fail_errno(err, errno, "%s", file);
    feed_device *d = &f->devices[f->n_devices++];
    d->fd = fd;
    d->recording = recording % f->n;
    d->row = row % (f->recordings[d->recording].n - 1);
    atomic_init(&d->shifted, -1);
    char line[LINE_MAX + 2];
    int n = snprintf(line, sizeof line, "%s\n", f->header);
    return write_all(fd, line, (size_t)n, err);
}

/** One row of the device: the recording's cells, the present time, the shifted column. */
static sedge_status put_row(const demo_feed *f, feed_device *d, sedge_buf *out, sedge_error *err) {
    char copy[LINE_MAX], time[SEDGE_TIME_TEXT_MAX];
    sedge_bytes fields[COLUMNS_MAX];
    size_t n = 0;
    const feed_recording *r = &f->recordings[d->recording];
    sedge_status st = split(f, r->lines[1 + d->row], copy, fields, &n, err);
    if (st)
        return st;
    sedge_time_format(f->start_ms + (int64_t)((double)d->written * 1000 / f->rows_per_s), time);
    int shifted = atomic_load(&d->shifted);
    float value = 0;
    for (size_t i = 0; i < n; i++) {
        if (i)
            sedge_buf_u8(out, (uint8_t)f->separator);
        if (i == f->time_column)
            sedge_buf_text(out, time);
        else if ((int)i == shifted && sedge_csv_number(fields[i], &value) && !isnan(value))
            sedge_buf_printf(out, "%.9g", (double)value + d->delta);
        else
            sedge_buf_put(out, fields[i].p, fields[i].n);
    }
    sedge_buf_u8(out, '\n');
    d->row = (d->row + 1) % (r->n - 1);
    d->written++;
    return SEDGE_OK;
}

/** Brings the device up to `due` rows. */
static sedge_status catch_up(demo_feed *f, feed_device *d, int64_t due, sedge_buf *out, sedge_error *err) {
    sedge_buf_clear(out);
    int64_t before = d->written;
    while (d->written < due) {
        sedge_status st = put_row(f, d, out, err);
        if (st)
            return st;
    }
    if (out->failed)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for rows");
    sedge_status st = out->n ? write_all(d->fd, out->data, out->n, err) : SEDGE_OK;
    atomic_fetch_add(&f->rows, d->written - before);
    return st;
}

static void *run(void *arg) {
    demo_feed *f = arg;
    SEDGE_AUTO_BUF out = sedge_buf_init(BATCH_MAX);
    while (!atomic_load(&f->stop)) {
        double seconds = (double)(sedge_monotonic_ns(sedge_clock_os()) - f->start_ns) / 1e9;
        int64_t due = (int64_t)(seconds * f->rows_per_s);
        for (size_t i = 0; i < f->n_devices; i++)
            if (catch_up(f, &f->devices[i], due, &out, &f->err)) {
                atomic_store(&f->failed, true);
                return NULL;
            }
        sedge_sleep_ms(TICK_MS);
    }
    return NULL;
}

sedge_status demo_feed_start(demo_feed *f, double rows_per_s, sedge_error *err) {
    f->rows_per_s = rows_per_s;
    f->start_ms = sedge_now_ms(sedge_clock_os());
    f->start_ns = sedge_monotonic_ns(sedge_clock_os());
    int error = pthread_create(&f->thread, NULL, run, f);
    if (error)
        return sedge_fail_errno(err, error, "the sensors' thread");
    f->started = true;
    return SEDGE_OK;
}

static sedge_status find_column(const demo_feed *f, const char *column, size_t *ret, sedge_error *err) {
    for (size_t i = 0; i < f->columns; i++)
        if (strcmp(f->names[i], column) == 0) {
            *ret = i;
            return SEDGE_OK;
        }
    return sedge_fail(err, SEDGE_ENOTFOUND, "the recordings have no column '%s'", column);
}

sedge_status demo_feed_shift(demo_feed *f, size_t device, const char *column, double delta, sedge_error *err) {
    size_t i = 0;
    sedge_status st = find_column(f, column, &i, err);
    if (st)
        return st;
    f->devices[device].delta = delta;
    atomic_store(&f->devices[device].shifted, (int)i);
    return SEDGE_OK;
}

int64_t demo_feed_rows(const demo_feed *f) {
    return atomic_load(&f->rows);
}

sedge_status demo_feed_check(demo_feed *f, sedge_error *err) {
    if (!atomic_load(&f->failed))
        return SEDGE_OK;
    return sedge_fail(err, f->err.status, "the sensors stopped: %s", f->err.text);
}

sedge_status demo_feed_column(const demo_feed *f, const char *column, double *ret_mean, double *ret_deviation,
                              sedge_error *err) {
    char copy[LINE_MAX];
    sedge_bytes fields[COLUMNS_MAX];
    double sum = 0, squares = 0, count = 0;
    size_t at = 0, n = 0;
    sedge_status st = find_column(f, column, &at, err);
    for (size_t i = 0; !st && i < f->n; i++)
        for (size_t row = 1; !st && row < f->recordings[i].n; row++) {
            float value = NAN;
            st = split(f, f->recordings[i].lines[row], copy, fields, &n, err);
            if (st || at >= n || !sedge_csv_number(fields[at], &value) || isnan(value))
                continue;
            sum += (double)value;
            squares += (double)value * (double)value;
            count++;
        }
    if (!st && count == 0)
        st = sedge_fail(err, SEDGE_EINVALID, "column '%s' holds no number", column);
    if (st)
        return st;
    *ret_mean = sum / count;
    *ret_deviation = sqrt(fmax(0, squares / count - *ret_mean * *ret_mean));
    return SEDGE_OK;
}
