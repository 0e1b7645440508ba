/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/command.h"
#include "cli/metrics_text.h"
#include "optimize/skab.h"
#include "os/file.h"
#include "train/recordings.h"

typedef struct options {
    sedge_conf_strings what;
    sedge_conf_strings data;
    char *rows_out;
} options;

static const sedge_conf_row rows[] = {
    { "what", SEDGE_CONF_STRINGS, SEDGE_AT(options, what), .metavar = "DIR | skab DIR",
      .flags = SEDGE_CONF_POSITIONAL | SEDGE_CONF_REQUIRED, .help = "a model folder, or the benchmark on SKAB's data" },
    { "data", SEDGE_CONF_STRINGS, SEDGE_AT(options, data), .metavar = "FILE",
      .help = "recordings instead of the hold-out" },
    { "rows_out", SEDGE_CONF_STRING, SEDGE_AT(options, rows_out), .metavar = "FILE",
      .help = "with skab: every tested row with label, score, threshold and verdict, CSV" },
};
static const sedge_conf_rows conf = SEDGE_CONF_ROWS(options, rows);

/* ---- a model folder ---- */

static sedge_status on_holdout(const char *dir, sedge_recordings_report *ret, sedge_error *err) {
    sedge_auto(sedge_model_folder) folder = NULL;
    sedge_auto(sedge_runner) runner = NULL;
    sedge_status st = sedge_model_folder_load(NULL, dir, &folder, err);
    if (st || (st = sedge_runner_open(sedge_bytes_of(folder->model, folder->model_bytes), &runner, err)))
        return st;
    *ret = (sedge_recordings_report){ .vectors = folder->holdout.v.n };
    return sedge_evaluate(runner, &folder->card->decision, folder->card->n_classes, &folder->holdout.v, NULL, NULL,
                          &ret->metrics, err);
}

static sedge_status eval_folder(const sedge_command_io *io, const char *dir, const sedge_conf_strings *data,
                                sedge_error *err) {
    sedge_recordings_report report;
    const char *on = data->n ? "recordings" : "holdout";
    sedge_status st =
        data->n ? sedge_recordings_evaluate(NULL, dir, (const char *const *)data->items, data->n, &report, err)
                : on_holdout(dir, &report, err);
    if (st)
        return st;
    if (io->json)
        return sedge_command_print_json(io,
                                        json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "folder", dir, "on", on,
                                                  "recordings", (json_int_t)report.recordings, "rows",
                                                  (json_int_t)report.rows, "vectors", (json_int_t)report.vectors,
                                                  "metrics", sedge_metrics_to_json(&report.metrics)),
                                        err);
    const sedge_metrics *columns[] = { &report.metrics };
    (void)fprintf(io->out, "%zu vectors\n", report.vectors);
    return metrics_print(io, columns, &on, 1, err);
}

/* ---- SKAB ---- */

enum { ROWS_BYTES_MAX = 256 << 20 };

typedef struct watcher {
    const sedge_command_io *io;
    sedge_buf rows;
} watcher;

static void keep_row(void *user, const char *name, const sedge_skab_verdict *v) {
    watcher *w = user;
    char line[256];
    (void)snprintf(line, sizeof line, "%s,%zu,%d,%.17g,%.17g,%d\n", name, v->row + 1, v->label, v->score, v->threshold,
                   v->score > v->threshold);
    sedge_buf_text(&w->rows, line);
}

static void show_progress(void *user, const sedge_skab_file *file) {
    const watcher *w = user;
    (void)fprintf(w->io->note, "%-24s F1 %.3f  FAR %5.1f %%  MAR %5.1f %%\n", file->name, file->metrics.f1,
                  100 * file->metrics.far, 100 * file->metrics.mar);
}

static json_t *skab_files_json(const sedge_skab_report *r) {
    json_t *a = json_array();
    int bad = !a;
    for (size_t i = 0; i < r->n_files; i++)
        bad |= json_array_append_new(a, json_pack("{s:s, s:o}", "file", r->files[i].name, "metrics",
                                                  sedge_metrics_to_json(&r->files[i].metrics)));
    if (!bad)
        return a;
    json_decref(a);
    return NULL;
}

static sedge_status print_skab(const sedge_command_io *io, const sedge_skab_report *r, sedge_error *err) {
    if (io->json)
        return sedge_command_print_json(
            io,
            json_pack("{s:o, s:o, s:I, s:I, s:o}", "metrics", sedge_metrics_to_json(&r->pooled), "flag_everything",
                      sedge_metrics_to_json(&r->flag_everything), "model_bytes", (json_int_t)r->model_bytes, "weights",
                      (json_int_t)r->weights, "files", skab_files_json(r)),
            err);
    sedge_table t = sedge_table_init(4);
    const char *const head[] = { "", "F1", "FAR", "MAR" };
    for (size_t i = 0; i < SEDGE_COUNT(head); i++)
        sedge_table_cell(&t, "%s", head[i]);
    const struct {
        const char *name;
        const sedge_metrics *m;
    } lines[] = { { "int8 autoencoder", &r->pooled }, { "flag everything", &r->flag_everything } };
    for (size_t i = 0; i < SEDGE_COUNT(lines); i++) {
        sedge_table_cell(&t, "%s", lines[i].name);
        sedge_table_cell(&t, "%.3f", lines[i].m->f1);
        sedge_table_cell(&t, "%.1f %%", 100 * lines[i].m->far);
        sedge_table_cell(&t, "%.1f %%", 100 * lines[i].m->mar);
    }
    sedge_status st = sedge_table_print(io, &t, err);
    if (!st)
        (void)fprintf(io->out, "%zu recordings, %llu rows tested; a model has %zu weights and %zu bytes\n", r->n_files,
                      (unsigned long long)r->pooled.n, r->weights, r->model_bytes);
    return st;
}

static sedge_status eval_skab(const sedge_command_io *io, const char *dir, const char *rows_out, sedge_error *err) {
    sedge_auto(sedge_skab_report) report = NULL;
    watcher w = { .io = io, .rows = sedge_buf_init(ROWS_BYTES_MAX) };
    sedge_skab_observer observer = { show_progress, rows_out ? keep_row : NULL, &w };
    sedge_buf_text(&w.rows, "file,row,label,score,threshold,verdict\n");
    sedge_status st = sedge_skab_run(NULL, dir, &sedge_skab_frozen, &observer, &report, err);
    if (!st && w.rows.failed)
        st = sedge_fail(err, SEDGE_ENOMEM, "no memory for the rows of --rows-out");
    if (!st && rows_out)
        st = sedge_file_write_atomic(NULL, rows_out, sedge_buf_bytes(&w.rows), 0644, err);
    sedge_buf_done(&w.rows);
    return st ? st : print_skab(io, report, err);
}

static sedge_status eval(const sedge_command_io *io, void *object, sedge_error *err) {
    const options *o = object;
    if (o->what.n == 2 && strcmp(o->what.items[0], "skab") == 0) {
        if (o->data.n)
            return sedge_fail(err, SEDGE_EUSAGE, "--data does not go with skab");
        return eval_skab(io, o->what.items[1], o->rows_out, err);
    }
    if (o->rows_out)
        return sedge_fail(err, SEDGE_EUSAGE, "--rows-out goes with skab only");
    if (o->what.n != 1)
        return sedge_fail(err, SEDGE_EUSAGE, "give one model folder, or skab and the folder of SKAB's data");
    return eval_folder(io, o->what.items[0], &o->data, err);
}

static const sedge_command commands[] = {
    { "eval", "figures of a model, or the SKAB benchmark", &conf, eval,
      "sedge eval DIR runs the model on its hold-out, or on the recordings of --data.\n"
      "sedge eval skab DIR trains on the first 400 rows of each recording and tests the int8 model on the rest\n"
      "(docs/skab.md).\n" },
};
const sedge_command_group sedge_cmd_eval = { "eval", "figures", commands, SEDGE_COUNT(commands) };
