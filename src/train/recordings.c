/* SPDX-License-Identifier: Apache-2.0 */
#include "train/recordings.h"

#include <string.h>

#include "train/config.h"
#include "train/windows.h"

enum { FEATURES_BYTES_MAX = 1 << 20 };

typedef struct job {
    const sedge_fs *fs;
    sedge_model_folder *folder;
    sedge_train_config config;
    sedge_schema *schema;
    sedge_features *features;
    sedge_data_table *table;
    sedge_windows *windows;
    sedge_split *splits;
    sedge_windows_picked picked;
    sedge_runner *runner;
} job;

static void job_done(job *j) {
    sedge_model_folder_free(j->folder);
    sedge_conf_free(&SEDGE_TRAIN_CONFIG, &j->config);
    sedge_schema_free(j->schema);
    sedge_features_free(j->features);
    sedge_data_table_free(j->table);
    sedge_windows_free(j->windows);
    free(j->splits);
    sedge_windows_picked_done(&j->picked);
    sedge_runner_free(j->runner);
}
#define AUTO_JOB SEDGE_CLEANUP(job_done) job

static sedge_status open_features(job *j, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st = sedge_path_format(path, err, "%s/features.bin", j->folder->path);
    if (st || (st = sedge_file_read(j->fs, path, FEATURES_BYTES_MAX, &data, &n, err)))
        return st;
    if ((st = sedge_features_open(data, n, &j->features, err)))
        return sedge_wrap(err, st, "%s", path);
    return SEDGE_OK;
}

static sedge_status load_sources(job *j, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_format(path, err, "%s/train.yaml", j->folder->path);
    if (st || (st = sedge_train_config_load(j->fs, path, &j->config, err)) ||
        (st = sedge_path_format(path, err, "%s/schema.yaml", j->folder->path)))
        return st;
    if (sedge_file_exists(j->fs, path) && (st = sedge_schema_load(j->fs, path, &j->schema, err)))
        return st;
    return open_features(j, err);
}

static sedge_status load_table(job *j, const char *const *files, size_t n_files, sedge_error *err) {
    const char *names[SEDGE_FEATURES_CHANNELS_MAX];
    uint32_t n = sedge_features_channels(j->features);
    for (uint32_t i = 0; i < n; i++)
        names[i] = sedge_features_channel_at(j->features, i)->name;
    sedge_data_table_options options = { .channels = names, .n_channels = n, .label = j->config.label };
    return sedge_data_table_load_files(j->fs, files, n_files, j->schema, &options, &j->table, err);
}

/** Every window of every recording is held out. */
static sedge_status pick_all(job *j, sedge_error *err) {
    sedge_status st = sedge_windows_compute(j->features, j->table, &j->windows, err);
    if (st)
        return st;
    j->splits = calloc(j->table->n, sizeof *j->splits);
    if (!j->splits)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu recordings", j->table->n);
    for (size_t i = 0; i < j->table->n; i++)
        j->splits[i].rows = j->table->recordings[i].rows;
    if ((st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_HOLDOUT, false, &j->picked, err)))
        return st;
    for (size_t i = 0; j->folder->card->task == SEDGE_TASK_AUTOENCODER && i < j->picked.v.n; i++)
        j->picked.labels[i] = j->picked.labels[i] != 0;
    return SEDGE_OK;
}

sedge_status sedge_recordings_evaluate(const sedge_fs *fs, const char *folder, const char *const *files, size_t n_files,
                                       sedge_recordings_report *ret, sedge_error *err) {
    AUTO_JOB j = { .fs = fs };
    sedge_status st = sedge_model_folder_load(fs, folder, &j.folder, err);
    if (st || (st = load_sources(&j, err)) || (st = load_table(&j, files, n_files, err)) || (st = pick_all(&j, err)) ||
        (st = sedge_runner_open(sedge_bytes_of(j.folder->model, j.folder->model_bytes), &j.runner, err)))
        return st;
    sedge_recordings_report report = { .recordings = j.table->n, .rows = j.table->rows, .vectors = j.picked.v.n };
    const sedge_model_card *card = j.folder->card;
    if ((st =
             sedge_evaluate(j.runner, &card->decision, card->n_classes, &j.picked.v, NULL, NULL, &report.metrics, err)))
        return st;
    *ret = report;
    return SEDGE_OK;
}
