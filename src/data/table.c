/* SPDX-License-Identifier: Apache-2.0 */
#include "data/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "conf/csv_line.h"
#include "data/csv.h"

enum { FIRST_ROWS = 1024 };

/** One file being loaded. */
typedef struct loading {
    sedge_csv *csv;
    const sedge_data_table_options *options;
    uint32_t *channels;   /**< columns of the channels */
    uint32_t time, label; /**< columns; UINT32_MAX: none */
    sedge_recording *recording;
    size_t capacity; /**< rows */
} loading;

static sedge_status find_channels(loading *l, sedge_error *err) {
    for (uint32_t i = 0; i < l->options->n_channels; i++) {
        const char *name = l->options->channels[i];
        l->channels[i] = sedge_csv_find(l->csv, name);
        if (l->channels[i] == UINT32_MAX)
            return sedge_fail(err, SEDGE_EINVALID, "%s: there is no column '%s'", sedge_csv_name(l->csv), name);
    }
    return SEDGE_OK;
}

/** The column with the role time; without a schema the first one with a usual name. */
static uint32_t find_time(const sedge_csv *csv, const sedge_schema *schema) {
    for (size_t i = 0; schema && i < schema->columns.n; i++)
        if (schema->columns.items[i].role == SEDGE_ROLE_TIME)
            return sedge_csv_find(csv, schema->columns.items[i].name);
    for (uint32_t c = 0; !schema && c < sedge_csv_columns(csv); c++)
        if (sedge_csv_is_time_name(sedge_bytes_text(sedge_csv_column(csv, c))))
            return c;
    return UINT32_MAX;
}

/** Makes room in one array; its old rows stay. */
static bool grow(void **array, size_t rows, size_t row_bytes) {
    size_t bytes;
    if (!sedge_mul_size(rows, row_bytes, &bytes))
        return false;
    void *larger = realloc(*array, bytes ? bytes : 1);
    if (!larger)
        return false;
    *array = larger;
    return true;
}

static sedge_status resize(loading *l, size_t rows, sedge_error *err) {
    sedge_recording *r = l->recording;
    void *values = r->values, *times = r->times_ms, *labels = r->labels;
    bool good = grow(&values, rows, l->options->n_channels * sizeof *r->values);
    r->values = values;
    if (good && l->time != UINT32_MAX) {
        good = grow(&times, rows, sizeof *r->times_ms);
        r->times_ms = times;
    }
    if (good && l->label != UINT32_MAX) {
        good = grow(&labels, rows, sizeof *r->labels);
        r->labels = labels;
    }
    l->capacity = rows;
    return good ? SEDGE_OK : sedge_fail(err, SEDGE_ENOMEM, "%s: no memory for %zu rows", r->name, rows);
}

static sedge_status read_value(const loading *l, uint32_t column, float *ret, sedge_error *err) {
    const char *text = sedge_csv_cell(l->csv, column);
    if (!sedge_csv_number(sedge_bytes_text(text), ret))
        return sedge_csv_fail(l->csv, column, err, "'%.60s' is no number", text);
    return SEDGE_OK;
}

static sedge_status read_row(const loading *l, sedge_error *err) {
    sedge_recording *r = l->recording;
    uint32_t n = l->options->n_channels;
    for (uint32_t i = 0; i < n; i++) {
        sedge_status st = read_value(l, l->channels[i], &r->values[r->rows * n + i], err);
        if (st)
            return st;
    }
    if (r->times_ms) {
        const char *text = sedge_csv_cell(l->csv, l->time);
        if (!sedge_csv_time(sedge_bytes_text(text), &r->times_ms[r->rows]))
            return sedge_csv_fail(l->csv, l->time, err, "'%.60s' is no time", text);
    }
    if (r->labels) {
        int64_t label;
        const char *text = sedge_csv_cell(l->csv, l->label);
        if (!sedge_csv_integer(sedge_bytes_text(text), INT32_MIN, INT32_MAX, &label))
            return sedge_csv_fail(l->csv, l->label, err, "'%.60s' is no label, which must be a whole number", text);
        r->labels[r->rows] = (int32_t)label;
    }
    r->rows++;
    return SEDGE_OK;
}

static sedge_status read_rows(loading *l, sedge_error *err) {
    sedge_status st = resize(l, FIRST_ROWS, err);
    bool more;
    while (!st && !(st = sedge_csv_next(l->csv, &more, err)) && more) {
        if (l->recording->rows == l->capacity && (st = resize(l, 2 * l->capacity, err)))
            break;
        st = read_row(l, err);
    }
    return st ? st : resize(l, l->recording->rows, err);
}

static sedge_status load_file(const sedge_fs *fs, const char *path, const sedge_schema *schema,
                              const sedge_data_table_options *options, sedge_recording *recording, sedge_error *err) {
    sedge_auto(sedge_csv) csv = NULL;
    sedge_status st = sedge_csv_open(fs, path, schema ? sedge_schema_separator(schema) : '\0', &csv, err);
    if (st)
        return st;
    SEDGE_AUTO_MEM uint32_t *channels = calloc(options->n_channels, sizeof *channels);
    recording->name = strdup(path);
    if (!channels || !recording->name)
        return sedge_fail(err, SEDGE_ENOMEM, "%s: no memory", path);
    loading l = { .csv = csv, .options = options, .channels = channels, .recording = recording };
    l.time = find_time(csv, schema);
    l.label = options->label ? sedge_csv_find(csv, options->label) : UINT32_MAX;
    if ((st = find_channels(&l, err)))
        return st;
    return read_rows(&l, err);
}

sedge_status sedge_data_table_load_files(const sedge_fs *fs, const char *const *paths, size_t n,
                                         const sedge_schema *schema, const sedge_data_table_options *options,
                                         sedge_data_table **ret, sedge_error *err) {
    if (!n || !options->n_channels)
        return sedge_fail(err, SEDGE_EUSAGE, "a table needs at least one file and one channel");
    sedge_auto(sedge_data_table) table = calloc(1, sizeof *table);
    if (table)
        table->recordings = calloc(n, sizeof *table->recordings);
    if (!table || !table->recordings)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu files", n);
    table->n_channels = options->n_channels;
    for (size_t i = 0; i < n; i++) {
        table->n++;
        sedge_status st = load_file(fs, paths[i], schema, options, &table->recordings[i], err);
        if (st)
            return st;
        table->rows += table->recordings[i].rows;
    }
    *ret = SEDGE_STEAL(table);
    return SEDGE_OK;
}

void sedge_data_table_free(sedge_data_table *table) {
    if (!table)
        return;
    for (size_t i = 0; i < table->n; i++) {
        sedge_recording *r = &table->recordings[i];
        free(r->name);
        free(r->times_ms);
        free(r->values);
        free(r->labels);
    }
    free(table->recordings);
    free(table);
}
