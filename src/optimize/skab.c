/* SPDX-License-Identifier: Apache-2.0 */
#include "optimize/skab.h"

#include <string.h>

#include "base/format.h"
#include "data/fit_features.h"
#include "optimize/quantize.h"
#include "os/file.h"
#include "train/net_write.h"
#include "train/windows.h"

enum { FILE_BYTES_MAX = 16 << 20 };

const char *const sedge_skab_channels[SEDGE_SKAB_CHANNELS] = {
    "Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure",
    "Temperature",       "Thermocouple",      "Voltage", "Volume Flow RateRMS",
};

static const char *const folders[] = { "valve1", "valve2", "other" };

/* ---- one recording ---- */

typedef struct trial {
    const sedge_skab_case *c;
    const sedge_skab_settings *settings;
    sedge_features_channel channels[SEDGE_SKAB_CHANNELS];
    sedge_features_entry entries[SEDGE_SKAB_STATS_MAX * SEDGE_SKAB_CHANNELS];
    sedge_features *features;
    sedge_windows *windows;
    size_t n_train; /* windows whose rows all train: the first of all */
    sedge_buf model;
    size_t weights;
} trial;

static void trial_done(trial *t) {
    sedge_features_free(t->features);
    sedge_windows_free(t->windows);
    sedge_buf_done(&t->model);
}
#define AUTO_TRIAL SEDGE_CLEANUP(trial_done) trial

static sedge_features_source describe(trial *t) {
    uint32_t n = 0;
    for (uint32_t c = 0; c < SEDGE_SKAB_CHANNELS; c++) {
        t->channels[c] = (sedge_features_channel){ .impute = SEDGE_IMPUTE_HOLD };
        (void)sedge_format(t->channels[c].name, sizeof t->channels[c].name, "%s", sedge_skab_channels[c]);
    }
    for (uint32_t s = 0; s < t->settings->n_stats; s++)
        for (uint32_t c = 0; c < SEDGE_SKAB_CHANNELS; c++)
            if (t->settings->stats[s].channels >> c & 1)
                t->entries[n++] =
                    (sedge_features_entry){ .channel = c, .stat = t->settings->stats[s].stat, .scale = 1 };
    return (sedge_features_source){ .spec = { .rate_hz = 1,
                                              .length = t->settings->length,
                                              .step = 1,
                                              .n_channels = SEDGE_SKAB_CHANNELS,
                                              .channels = t->channels,
                                              .n_entries = n,
                                              .entries = t->entries },
                                    .channels = t->channels,
                                    .entries = t->entries,
                                    .scale = true };
}

static sedge_status make_features(trial *t, sedge_error *err) {
    sedge_features_source source = describe(t);
    sedge_fit_block block = { .values = t->c->values, .rows = t->c->n_train };
    SEDGE_AUTO_BUF bytes = sedge_buf_init(FILE_BYTES_MAX);
    sedge_status st;
    if ((st = sedge_fit_fills(&source, &block, 1, err)) || (st = sedge_fit_scaling(&source, &block, 1, err)) ||
        (st = sedge_features_write(&source.spec, &bytes, err)))
        return st;
    return sedge_features_open(bytes.data, bytes.n, &t->features, err);
}

/** Windows borrow the rows: the table is a view that is not freed. */
static sedge_status make_windows(trial *t, sedge_error *err) {
    sedge_recording recording = { .rows = t->c->rows,
                                  .values = (float *)(uintptr_t)t->c->values,
                                  .labels = (int32_t *)(uintptr_t)t->c->labels };
    sedge_data_table table = {
        .n_channels = SEDGE_SKAB_CHANNELS, .n = 1, .rows = t->c->rows, .recordings = &recording
    };
    sedge_status st = sedge_windows_compute(t->features, &table, &t->windows, err);
    if (st)
        return st;
    while (t->n_train < t->windows->n && t->windows->last[t->n_train] < t->c->n_train)
        t->n_train++;
    if (t->n_train == 0)
        return sedge_fail(err, SEDGE_EINVALID, "%zu rows to train on hold no window of %u", t->c->n_train,
                          t->settings->length);
    return SEDGE_OK;
}

static sedge_status make_model(trial *t, sedge_error *err) {
    const sedge_skab_settings *s = t->settings;
    uint32_t widths[SEDGE_SKAB_HIDDEN_MAX + 2] = { t->windows->width };
    memcpy(widths + 1, s->hidden, s->n_hidden * sizeof *widths);
    widths[s->n_hidden + 1] = t->windows->width;
    sedge_auto(sedge_dense_net) net = NULL;
    sedge_status st = sedge_dense_net_new(widths, s->n_hidden + 1, s->activation, SEDGE_NET_LINEAR, s->seed, &net, err);
    if (st)
        return st;
    sedge_net_data data = { .n = t->n_train, .x = t->windows->x, .targets = t->windows->x }, none = { 0 };
    sedge_net_options o = SEDGE_NET_OPTIONS_INIT;
    o.epochs = s->epochs;
    o.batch = s->batch;
    o.learning_rate = s->learning_rate;
    o.noise = s->noise;
    o.seed = s->seed;
    sedge_net_report report;
    SEDGE_AUTO_BUF file = sedge_buf_init(FILE_BYTES_MAX);
    sedge_quantize_report quantised;
    if ((st = sedge_dense_net_train(net, &data, &none, &o, &report, err)) ||
        (st = sedge_dense_net_write(net, &file, err)) ||
        (st = sedge_quantize(sedge_buf_bytes(&file), t->windows->x, t->n_train, &t->model, &quantised, err)))
        return st;
    t->weights = quantised.weights;
    return SEDGE_OK;
}

/** Scores of all windows in one stream: the moving average goes on from the training rows into the tested ones. */
static sedge_status test_model(const trial *t, sedge_counts *ret, sedge_error *err) {
    sedge_decision decision = SEDGE_DECISION_INIT;
    decision.alpha = t->settings->alpha;
    sedge_vectors v = { .width = t->windows->width, .n = t->windows->n, .x = t->windows->x };
    sedge_auto(sedge_runner) runner = NULL;
    SEDGE_AUTO_MEM double *scores = calloc(v.n, sizeof *scores);
    SEDGE_AUTO_MEM double *sorted = calloc(v.n, sizeof *sorted);
    if (!scores || !sorted)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu scores", v.n);
    sedge_metrics unused;
    sedge_status st = sedge_runner_open(sedge_buf_bytes(&t->model), &runner, err);
    if (st || (st = sedge_evaluate(runner, &decision, 2, &v, scores, NULL, &unused, err)))
        return st;
    memcpy(sorted, scores, t->n_train * sizeof *sorted);
    double threshold = t->settings->factor * sedge_threshold_of(sorted, t->n_train, t->settings->rate);
    sedge_counts counts = { 0 };
    for (size_t i = t->n_train; i < v.n; i++) {
        sedge_skab_verdict verdict = {
            .row = t->windows->last[i], .label = t->windows->labels[i], .score = scores[i], .threshold = threshold
        };
        sedge_counts_add(&counts, verdict.label != 0, verdict.score > threshold);
        if (t->c->watch)
            t->c->watch(t->c->user, t->c->name, &verdict);
    }
    *ret = counts;
    return SEDGE_OK;
}

sedge_status sedge_skab_try(const sedge_skab_case *c, const sedge_skab_settings *settings, sedge_skab_outcome *ret,
                            sedge_error *err) {
    AUTO_TRIAL t = { .c = c, .settings = settings, .model = sedge_buf_init(FILE_BYTES_MAX) };
    sedge_status st;
    sedge_skab_outcome outcome;
    if ((st = make_features(&t, err)) || (st = make_windows(&t, err)) || (st = make_model(&t, err)) ||
        (st = test_model(&t, &outcome.counts, err)))
        return st;
    outcome.model_bytes = t.model.n;
    outcome.weights = t.weights;
    *ret = outcome;
    return SEDGE_OK;
}

/* ---- all recordings ---- */

typedef struct pool {
    const sedge_skab_settings *settings;
    sedge_skab_report *report;
    sedge_counts counts;
    const sedge_skab_observer *observer;
} pool;

static void add_counts(sedge_counts *to, const sedge_counts *from) {
    to->tp += from->tp;
    to->fp += from->fp;
    to->tn += from->tn;
    to->fn += from->fn;
}

static sedge_status run_file(pool *p, const sedge_fs *fs, const char *path, const char *folder, const char *name,
                             sedge_error *err) {
    if (p->report->n_files == SEDGE_SKAB_FILES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "more than %d recordings", SEDGE_SKAB_FILES_MAX);
    sedge_data_table_options options = { .channels = sedge_skab_channels,
                                         .n_channels = SEDGE_SKAB_CHANNELS,
                                         .label = "anomaly" };
    sedge_auto(sedge_data_table) table = NULL;
    sedge_status st = sedge_data_table_load_files(fs, &path, 1, NULL, &options, &table, err);
    if (st)
        return st;
    const sedge_recording *r = &table->recordings[0];
    if (r->rows <= SEDGE_SKAB_TRAIN_ROWS || !r->labels)
        return sedge_fail(err, SEDGE_EINVALID, "%s: %zu rows%s; more than %d with the column anomaly are needed", path,
                          r->rows, r->labels ? "" : " without labels", SEDGE_SKAB_TRAIN_ROWS);
    sedge_skab_file *file = &p->report->files[p->report->n_files++];
    (void)sedge_format(file->name, sizeof file->name, "%s/%s", folder, name);
    sedge_skab_case c = { .values = r->values,
                          .labels = r->labels,
                          .rows = r->rows,
                          .n_train = SEDGE_SKAB_TRAIN_ROWS,
                          .name = file->name,
                          .watch = p->observer->watch,
                          .user = p->observer->user };
    sedge_skab_outcome outcome;
    if ((st = sedge_skab_try(&c, p->settings, &outcome, err)))
        return sedge_wrap(err, st, "%s", path);
    file->metrics = sedge_metrics_of_counts(&outcome.counts);
    add_counts(&p->counts, &outcome.counts);
    p->report->model_bytes = outcome.model_bytes;
    p->report->weights = outcome.weights;
    if (p->observer->progress)
        p->observer->progress(p->observer->user, file);
    return SEDGE_OK;
}

static bool is_csv(const char *name) {
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".csv") == 0;
}

static sedge_status run_folder(pool *p, const sedge_fs *fs, const char *root, const char *folder, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_CLEANUP(sedge_names_done) sedge_names names = { 0 };
    sedge_status st = sedge_path_format(path, err, "%s/%s", root, folder);
    if (st || (st = sedge_dir_list(fs, path, &names, err)))
        return st;
    for (size_t i = 0; i < names.n; i++) {
        char file[SEDGE_PATH_MAX];
        if (!is_csv(names.items[i]))
            continue;
        if ((st = sedge_path_format(file, err, "%s/%s", path, names.items[i])) ||
            (st = run_file(p, fs, file, folder, names.items[i], err)))
            return st;
    }
    return SEDGE_OK;
}

sedge_status sedge_skab_run(const sedge_fs *fs, const char *folder, const sedge_skab_settings *settings,
                            const sedge_skab_observer *observer, sedge_skab_report **ret, sedge_error *err) {
    sedge_auto(sedge_skab_report) report = calloc(1, sizeof *report);
    if (!report)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for the report");
    pool p = { .settings = settings, .report = report, .observer = observer };
    for (size_t i = 0; i < SEDGE_COUNT(folders); i++) {
        sedge_status st = run_folder(&p, fs, folder, folders[i], err);
        if (st)
            return st;
    }
    if (report->n_files == 0)
        return sedge_fail(err, SEDGE_ENOTFOUND, "%s has no recordings in valve1, valve2 and other", folder);
    sedge_counts all = { .tp = p.counts.tp + p.counts.fn, .fp = p.counts.fp + p.counts.tn };
    report->pooled = sedge_metrics_of_counts(&p.counts);
    report->flag_everything = sedge_metrics_of_counts(&all);
    *ret = SEDGE_STEAL(report);
    return SEDGE_OK;
}
