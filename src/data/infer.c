/* SPDX-License-Identifier: Apache-2.0 */
#include "data/infer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/format.h"
#include "conf/csv_line.h"
#include "data/csv.h"
#include "os/clock.h"

enum { FEW = 8, STEPS_MAX = 1 << 18 };

/** Words of a name that give a unit away; looked for without regard to case. */
static const struct {
    const char *word, *unit;
} units[] = {
    { "accel", "g" },       { "vibration", "g" }, { "current", "A" },  { "voltage", "V" }, { "pressure", "bar" },
    { "temperature", "C" }, { "thermo", "C" },    { "flow", "l/min" }, { "rpm", "1/min" }, { "speed", "1/min" },
    { "torque", "Nm" },     { "power", "W" },     { "humidity", "%" },
};

static const char *const label_words[] = { "anomaly", "label", "class", "target", "failure", "fault" };
static const char *const mark_words[] = { "changepoint", "change_point" };
static const char *const time_words[] = { "time", "date", "timestamp", "ts" };

typedef struct inferring {
    sedge_inferred *out;
    sedge_csv *csv;
    sedge_inferred_column **columns; /**< of the file */
    uint64_t *missing;               /**< before the file, of each of its columns */
    int64_t *steps;                  /**< [STEPS_MAX] */
    size_t n_steps;
    bool equal, backwards;
} inferring;

static bool has_word(const char *name, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (strcasestr(name, words[i]))
            return true;
    return false;
}

static sedge_inferred_column *column_of(sedge_inferred *out, const char *name, sedge_error *err) {
    for (size_t i = 0; i < out->n_columns; i++)
        if (!strcmp(out->columns[i].name, name))
            return &out->columns[i];
    if (out->n_columns == SEDGE_SCHEMA_COLUMNS_MAX) {
        (void)sedge_fail(err, SEDGE_ELIMIT, "more than %d columns", SEDGE_SCHEMA_COLUMNS_MAX);
        return NULL;
    }
    sedge_inferred_column *c = &out->columns[out->n_columns];
    *c = (sedge_inferred_column){ .name = strdup(name), .seen_min = INFINITY, .seen_max = -INFINITY };
    if (!c->name) {
        (void)sedge_fail(err, SEDGE_ENOMEM, "no memory for a column");
        return NULL;
    }
    out->n_columns++;
    return c;
}

static void see_whole(sedge_inferred_column *c, int64_t value) {
    for (uint32_t i = 0; i < c->n_few && i < FEW; i++)
        if (c->few[i] == value)
            return;
    if (c->n_few < FEW)
        c->few[c->n_few] = value;
    c->n_few = c->n_few <= FEW ? c->n_few + 1 : c->n_few;
}

static void see(sedge_inferred_column *c, const char *text) {
    double value;
    int64_t whole, ms;
    c->rows++;
    if (sedge_csv_is_missing(sedge_bytes_text(text))) {
        c->n_missing++;
        return;
    }
    bool number = sedge_csv_double(sedge_bytes_text(text), &value);
    if (sedge_csv_time(sedge_bytes_text(text), &ms)) {
        c->n_times++;
        c->n_plain += number;
    }
    if (!number) {
        if (!c->text[0])
            sedge_format(c->text, sizeof c->text, "%s", text);
        return;
    }
    c->n_numbers++;
    c->seen_min = fmin(c->seen_min, value);
    c->seen_max = fmax(c->seen_max, value);
    if (sedge_csv_integer(sedge_bytes_text(text), INT32_MIN, INT32_MAX, &whole)) {
        c->n_integers++;
        see_whole(c, whole);
    }
}

static bool may_be_time(const sedge_inferred_column *c) {
    return c->rows && c->n_times == c->rows &&
           (c->n_plain < c->rows || has_word(c->name, time_words, SEDGE_COUNT(time_words)));
}

static sedge_status see_file(inferring *in, const sedge_fs *fs, const char *path, sedge_error *err) {
    sedge_status st = sedge_csv_open(fs, path, '\0', &in->csv, err);
    if (st)
        return st;
    uint32_t n = sedge_csv_columns(in->csv);
    for (uint32_t i = 0; i < n; i++)
        if (!(in->columns[i] = column_of(in->out, sedge_csv_column(in->csv, i), err)))
            return sedge_wrap(err, err ? err->status : SEDGE_ELIMIT, "%s", path);
    in->out->separator = sedge_csv_used_separator(in->csv);
    for (uint32_t i = 0; i < n; i++)
        in->missing[i] = in->columns[i]->n_missing;
    bool more;
    while (!(st = sedge_csv_next(in->csv, &more, err)) && more)
        for (uint32_t i = 0; i < n; i++)
            see(in->columns[i], sedge_csv_cell(in->csv, i));
    uint64_t rows = sedge_csv_row(in->csv);
    for (uint32_t i = 0; i < n && rows; i++) {
        double share = (double)(in->columns[i]->n_missing - in->missing[i]) / (double)rows;
        in->columns[i]->seen_missing = fmax(in->columns[i]->seen_missing, share);
    }
    in->out->rows += rows;
    return st;
}

static void see_step(inferring *in, int64_t last_ms, int64_t ms) {
    sedge_inferred *out = in->out;
    int64_t step = ms - last_ms;
    in->equal |= step == 0;
    in->backwards |= step < 0;
    if (in->n_steps < STEPS_MAX && step > 0)
        in->steps[in->n_steps++] = step;
    if (step <= out->longest_gap_ms)
        return;
    out->longest_gap_ms = step;
    sedge_format(out->longest_gap_place, sizeof out->longest_gap_place, "%s, row %llu", sedge_csv_name(in->csv),
                 (unsigned long long)sedge_csv_row(in->csv));
}

/** A second look at a file: the steps between its times. */
static sedge_status see_times(inferring *in, const sedge_fs *fs, const char *path, const char *column,
                              sedge_error *err) {
    sedge_status st = sedge_csv_open(fs, path, '\0', &in->csv, err);
    if (st)
        return st;
    uint32_t index = sedge_csv_find(in->csv, column);
    bool more, has_last = false;
    int64_t last_ms = 0, ms;
    while (index != UINT32_MAX && !(st = sedge_csv_next(in->csv, &more, err)) && more) {
        if (!sedge_csv_time(sedge_bytes_text(sedge_csv_cell(in->csv, index)), &ms))
            return sedge_csv_fail(in->csv, index, err, "the file has changed meanwhile");
        if (has_last)
            see_step(in, last_ms, ms);
        in->out->first_ms = ms < in->out->first_ms ? ms : in->out->first_ms;
        in->out->last_ms = ms > in->out->last_ms ? ms : in->out->last_ms;
        last_ms = ms;
        has_last = true;
    }
    return st;
}

static void guess_unit(sedge_inferred_column *c) {
    const char *open = strpbrk(c->name, "[("), *close = open ? strpbrk(open, "])") : NULL;
    if (close && close - open - 1 < SEDGE_INFER_UNIT_MAX) {
        sedge_format(c->unit, sizeof c->unit, "%.*s", (int)(close - open - 1), open + 1);
        return;
    }
    for (size_t i = 0; i < SEDGE_COUNT(units); i++) {
        if (!strcasestr(c->name, units[i].word))
            continue;
        sedge_format(c->unit, sizeof c->unit, "%s", units[i].unit);
        return;
    }
}

/** Proposes a range with half of what was seen on either side, to two digits of it. */
static void guess_range(sedge_inferred_column *c) {
    double span = c->seen_max - c->seen_min;
    if (!(span > 0))
        span = fmax(fabs(c->seen_max), 1);
    double unit = pow(10, floor(log10(span)) - 1);
    c->min = floor((c->seen_min - span / 2) / unit) * unit;
    c->max = ceil((c->seen_max + span / 2) / unit) * unit;
    if (c->seen_min >= 0 && c->min < 0)
        c->min = 0;
    c->missing = fmin(1, fmax(0.01, ceil(c->seen_missing * 2 * 100) / 100));
}

static void guess_role(sedge_inferred_column *c, bool *has_time, bool *has_label) {
    c->min = c->max = c->missing = (double)NAN;
    bool numbers = c->n_numbers && c->n_numbers + c->n_missing == c->rows;
    bool whole = numbers && c->n_integers == c->n_numbers;
    c->type = whole && c->n_few > FEW ? SEDGE_TYPE_INTEGER : SEDGE_TYPE_NUMBER;
    if (!*has_time && may_be_time(c)) {
        c->role = SEDGE_ROLE_TIME;
        *has_time = true;
    } else if (!numbers || has_word(c->name, mark_words, SEDGE_COUNT(mark_words))) {
        c->role = SEDGE_ROLE_IGNORE;
    } else if (whole && c->n_few <= FEW && has_word(c->name, label_words, SEDGE_COUNT(label_words))) {
        c->role = *has_label ? SEDGE_ROLE_IGNORE : SEDGE_ROLE_LABEL;
        *has_label = true;
    } else {
        c->role = SEDGE_ROLE_CHANNEL;
        guess_unit(c);
        guess_range(c);
    }
}

static int compare_steps(const void *a, const void *b) {
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void guess_times(inferring *in) {
    sedge_inferred *out = in->out;
    out->order = in->backwards ? SEDGE_ORDER_ANY : in->equal ? SEDGE_ORDER_NOT_DECREASING : SEDGE_ORDER_INCREASING;
    if (!in->n_steps)
        return;
    qsort(in->steps, in->n_steps, sizeof *in->steps, compare_steps);
    out->step_ms = in->steps[in->n_steps / 2];
    int64_t usual = out->step_ms < INT64_MAX / 10 ? 10 * out->step_ms : INT64_MAX;
    out->max_gap_ms = usual > out->longest_gap_ms ? usual : out->longest_gap_ms;
}

static sedge_status infer(inferring *in, const sedge_fs *fs, const char *const *paths, size_t n, sedge_error *err) {
    sedge_status st = SEDGE_OK;
    for (size_t i = 0; i < n && !st; i++) {
        st = see_file(in, fs, paths[i], err);
        sedge_csv_free(in->csv);
        in->csv = NULL;
    }
    if (st)
        return st;
    bool has_time = false, has_label = false, has_channel = false;
    const char *time = NULL;
    for (size_t i = 0; i < in->out->n_columns; i++) {
        sedge_inferred_column *c = &in->out->columns[i];
        guess_role(c, &has_time, &has_label);
        has_channel |= c->role == SEDGE_ROLE_CHANNEL;
        time = c->role == SEDGE_ROLE_TIME ? c->name : time;
    }
    if (!has_channel)
        return sedge_fail(err, SEDGE_EINVALID, "%s: no column holds numbers only, so there is no channel", paths[0]);
    for (size_t i = 0; i < n && time && !st; i++) {
        st = see_times(in, fs, paths[i], time, err);
        sedge_csv_free(in->csv);
        in->csv = NULL;
    }
    if (!st)
        guess_times(in);
    return st;
}

sedge_status sedge_infer(const sedge_fs *fs, const char *const *paths, size_t n, sedge_inferred **ret,
                         sedge_error *err) {
    if (!n)
        return sedge_fail(err, SEDGE_EUSAGE, "a schema needs at least one file");
    sedge_auto(sedge_inferred) out = calloc(1, sizeof *out);
    SEDGE_AUTO_MEM int64_t *steps = calloc(STEPS_MAX, sizeof *steps);
    SEDGE_AUTO_MEM sedge_inferred_column **columns = calloc(SEDGE_CSV_FIELDS_MAX, sizeof(sedge_inferred_column *));
    if (out)
        out->columns = calloc(SEDGE_SCHEMA_COLUMNS_MAX, sizeof *out->columns);
    SEDGE_AUTO_MEM uint64_t *missing = calloc(SEDGE_CSV_FIELDS_MAX, sizeof *missing);
    if (!out || !out->columns || !steps || !columns || !missing)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory to read the files");
    out->n_files = n;
    out->first_ms = INT64_MAX;
    out->last_ms = INT64_MIN;
    inferring in = { .out = out, .columns = columns, .missing = missing, .steps = steps };
    sedge_status st = infer(&in, fs, paths, n, err);
    if (st)
        return st;
    *ret = SEDGE_STEAL(out);
    return SEDGE_OK;
}

void sedge_inferred_free(sedge_inferred *inferred) {
    if (!inferred)
        return;
    for (size_t i = 0; i < inferred->n_columns; i++)
        free(inferred->columns[i].name);
    free(inferred->columns);
    free(inferred);
}

/** A text as a YAML scalar: plain when it is harmless, else in double quotes. */
static void put_text(sedge_buf *out, const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/. ";
    size_t n = strlen(text);
    bool harmless = n && text[strspn(text, plain)] == '\0' && strchr(plain, text[0]) < plain + 52 &&
                    text[n - 1] != ' ' && strcasecmp(text, "null");
    if (harmless) {
        sedge_buf_text(out, text);
        return;
    }
    sedge_buf_u8(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            sedge_buf_u8(out, '\\');
        sedge_buf_u8(out, (uint8_t)*text);
    }
    sedge_buf_u8(out, '"');
}

/** The first value that was no number, for a comment: one line of plain characters. */
static void put_example(sedge_buf *out, const char *text) {
    for (; *text; text++)
        sedge_buf_u8(out, *text >= ' ' && *text < 0x7F ? (uint8_t)*text : '?');
}

static void put_duration(sedge_buf *out, int64_t ms) {
    if (ms % 1000)
        sedge_buf_printf(out, "%lldms", (long long)ms);
    else
        sedge_buf_printf(out, "%llds", (long long)(ms / 1000));
}

static void put_comment(const sedge_inferred *in, const sedge_inferred_column *c, sedge_buf *out) {
    char first[SEDGE_TIME_TEXT_MAX], last[SEDGE_TIME_TEXT_MAX];
    switch (c->role) {
    case SEDGE_ROLE_TIME:
        sedge_time_format(in->first_ms, first);
        sedge_time_format(in->last_ms, last);
        sedge_buf_printf(out, "  # %s to %s", first, last);
        return;
    case SEDGE_ROLE_CHANNEL:
        sedge_buf_printf(out, "  # seen %g to %g, %llu of %llu missing%s", c->seen_min, c->seen_max,
                         (unsigned long long)c->n_missing, (unsigned long long)c->rows,
                         c->unit[0] ? ", unit guessed" : "");
        return;
    case SEDGE_ROLE_LABEL:
        sedge_buf_printf(out, "  # %u values, %g to %g; 0 is normal", c->n_few, c->seen_min, c->seen_max);
        return;
    case SEDGE_ROLE_IGNORE:
        break;
    }
    if (!c->text[0])
        return;
    sedge_buf_text(out, "  # no number: ");
    put_example(out, c->text);
}

static void put_column(const sedge_inferred *in, const sedge_inferred_column *c, sedge_buf *out) {
    sedge_buf_text(out, "  - {name: ");
    put_text(out, c->name);
    sedge_buf_printf(out, ", role: %s", sedge_column_role_names[c->role]);
    if (c->role == SEDGE_ROLE_CHANNEL) {
        sedge_buf_printf(out, ", type: %s", sedge_column_type_names[c->type]);
        if (c->unit[0]) {
            sedge_buf_text(out, ", unit: ");
            put_text(out, c->unit);
        }
        sedge_buf_printf(out, ", min: %.10g, max: %.10g, missing: %g", c->min, c->max, c->missing);
    }
    sedge_buf_text(out, "}");
    put_comment(in, c, out);
    sedge_buf_text(out, "\n");
}

void sedge_inferred_put_yaml(const sedge_inferred *in, sedge_buf *out) {
    sedge_buf_printf(out,
                     "# Proposed from %zu file%s with %llu rows. Edit it: it says what recordings shall look like.\n"
                     "version: 1\nseparator: ",
                     in->n_files, in->n_files == 1 ? "" : "s", (unsigned long long)in->rows);
    sedge_buf_text(out, in->separator == '\t' ? "tab" : in->separator == ';' ? "\";\"" : "\",\"");
    sedge_buf_text(out,
                   "\ncolumns:  # role: channel, time, label or ignore; missing: allowed share of a file's rows\n");
    for (size_t i = 0; i < in->n_columns; i++)
        put_column(in, &in->columns[i], out);
    if (!in->step_ms)
        return;
    sedge_buf_printf(out, "time:\n  order: %s\n  max_gap: ", sedge_time_order_names[in->order]);
    put_duration(out, in->max_gap_ms);
    sedge_buf_text(out, "  # rows are ");
    put_duration(out, in->step_ms);
    sedge_buf_text(out, " apart; the longest gap is ");
    put_duration(out, in->longest_gap_ms);
    sedge_buf_printf(out, " (%s)\n", in->longest_gap_place);
}
