/* SPDX-License-Identifier: Apache-2.0 */
/* Chapters 1 and 2: a hub, and from recordings to an int8 model that has been run. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/demo.h"
#include "cli/json_text.h"

enum { CSV_NAME_MIN = 4, FAULTY_RECORDINGS = 3, NORMAL_RECORDINGS = 4 };

/* recordings */

static const struct {
    const char *name, *fault, *seed;
} SIMULATED[] = {
    { "normal-1", "none", "1" }, { "normal-2", "none", "2" },   { "normal-3", "none", "3" },
    { "normal-4", "none", "4" }, { "bearing", "bearing", "5" }, { "imbalance", "imbalance", "6" },
    { "valve", "valve", "7" },
};

static sedge_status simulate(demo *d, sedge_error *err) {
    for (size_t i = 0; i < SEDGE_COUNT(SIMULATED); i++) {
        char *path = d->recordings[d->n_recordings];
        sedge_status st = sedge_path_format(path, err, "%s/%s.csv", d->dir, SIMULATED[i].name);
        if (!st)
            st = demo_sedge(d,
                            DEMO_ARGS("simulate", "pump", "--out", path, "--rows", "6000", "--seed", SIMULATED[i].seed,
                                      "--fault", SIMULATED[i].fault),
                            0, NULL, err);
        if (st)
            return st;
        d->n_recordings++;
        d->n_normal += strcmp(SIMULATED[i].fault, "none") == 0;
    }
    demo_found(d, "%zu recordings of a water pump, %zu of them with a fault", d->n_recordings,
               d->n_recordings - d->n_normal);
    return SEDGE_OK;
}

static bool is_csv(const char *name) {
    size_t n = strlen(name);
    return n > CSV_NAME_MIN && strcmp(name + n - CSV_NAME_MIN, ".csv") == 0;
}

/** The recordings in a folder; returns how many there are, also beyond those that are kept. */
static sedge_status list_recordings(demo *d, const char *folder, size_t *ret, sedge_error *err) {
    sedge_names names = { 0 };
    size_t n = 0;
    sedge_status st = sedge_dir_list(NULL, folder, &names, err);
    for (size_t i = 0; !st && i < names.n && n < DEMO_RECORDINGS_MAX; i++)
        if (is_csv(names.items[i]))
            st = sedge_path_format(d->recordings[n++], err, "%s/%s", folder, names.items[i]);
    sedge_names_done(&names);
    *ret = n;
    return st;
}

/** The folder itself when it holds recordings, else the one in it that holds most: recordings of one kind. */
static sedge_status find_folder(demo *d, char best[SEDGE_PATH_MAX], sedge_error *err) {
    sedge_names names = { 0 };
    size_t most = 0, n = 0;
    sedge_status st = sedge_path_format(best, err, "%s", d->data);
    if (!st)
        st = list_recordings(d, d->data, &most, err);
    if (!st && !most)
        st = sedge_dir_list(NULL, d->data, &names, err);
    for (size_t i = 0; !st && i < names.n; i++) {
        char folder[SEDGE_PATH_MAX];
        sedge_fs_stat info;
        const sedge_fs *fs = sedge_fs_os();
        st = sedge_path_format(folder, err, "%s/%s", d->data, names.items[i]);
        if (st || fs->stat(fs, folder, true, &info) || info.kind != SEDGE_FS_DIR)
            continue;
        st = list_recordings(d, folder, &n, err);
        if (!st && n > most) {
            most = n;
            memcpy(best, folder, sizeof folder);
        }
    }
    sedge_names_done(&names);
    if (!st && !most)
        st = sedge_fail(err, SEDGE_ENOTFOUND, "%s: no .csv in it or in a folder of it", d->data);
    return st;
}

static sedge_status take_recordings(demo *d, sedge_error *err) {
    char folder[SEDGE_PATH_MAX];
    sedge_status st = find_folder(d, folder, err);
    if (!st)
        st = list_recordings(d, folder, &d->n_recordings, err);
    d->n_normal = d->n_recordings;
    demo_found(d, "%zu recordings in %s", d->n_recordings, folder);
    return st;
}

static sedge_status record(demo *d, sedge_error *err) {
    return d->data ? take_recordings(d, err) : simulate(d, err);
}

/** head..., then the recordings, then tail..., as arguments. */
static void add_recordings(const demo *d, const char **args, size_t *n) {
    for (size_t i = 0; i < d->n_recordings && *n < DEMO_ARGS_MAX - 4; i++)
        args[(*n)++] = d->recordings[i];
    args[*n] = NULL;
}

/* schema and data set */

static sedge_status infer(demo *d, sedge_error *err) {
    const char *args[DEMO_ARGS_MAX] = { "data", "infer", "--out", demo_path(d, "schema.yaml") };
    size_t n = 4;
    add_recordings(d, args, &n);
    sedge_status st = demo_sedge(d, args, 0, NULL, err);
    if (st)
        return st;
    const char *check[DEMO_ARGS_MAX] = { "data", "validate", "--schema", demo_path(d, "schema.yaml") };
    n = 4;
    add_recordings(d, check, &n);
    st = demo_sedge(d, check, 0, NULL, err);
    demo_found(d, "every recording keeps to the schema that was inferred");
    return st;
}

/** A copy of the first recording with a word where a number belongs. */
static sedge_status spoil(const demo *d, const char *path, sedge_error *err) {
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n = 0;
    sedge_status st = sedge_file_read(NULL, d->recordings[0], 64 << 20, &data, &n, err);
    if (st)
        return st;
    char *row = (char *)data;
    for (int i = 0; row && i < 17; i++)
        row = strchr(row + 1, '\n');
    if (!row)
        return sedge_fail(err, SEDGE_EINVALID, "%s: fewer than 17 rows", d->recordings[0]);
    char *cell = row + 1 + strcspn(row + 1, ",;\t") + 1;
    memset(cell, 'x', strcspn(cell, ",;\t\n"));
    return sedge_file_write_atomic(NULL, path, sedge_bytes_of(data, n), 0600, err);
}

static sedge_status refuse(demo *d, sedge_error *err) {
    const char *path = demo_path(d, "spoilt.csv");
    sedge_status st = spoil(d, path, err);
    return st ? st
              : demo_sedge(d, DEMO_ARGS("data", "validate", "--schema", demo_path(d, "schema.yaml"), path), 1, NULL,
                           err);
}

static sedge_status add_version(demo *d, json_t **ret, sedge_error *err) {
    const char *args[DEMO_ARGS_MAX] = {
        "data", "add", d->story->name, "--schema", demo_path(d, "schema.yaml"), "--store", demo_path(d, "store")
    };
    size_t n = 7;
    add_recordings(d, args, &n);
    return demo_sedge(d, args, 0, ret, err);
}

static sedge_status keep_version(demo *d, sedge_error *err) {
    char first[JSON_TEXT_MAX], again[JSON_TEXT_MAX];
    SEDGE_AUTO_JSON json_t *one = NULL, *two = NULL;
    sedge_status st = add_version(d, &one, err);
    if (!st)
        st = add_version(d, &two, err);
    if (st)
        return st;
    (void)json_text(one, "version", first);
    (void)json_text(two, "version", again);
    demo_found(d, "%.23s... names its content: adding it again gives the same version", first);
    return demo_claim(strlen(first) > 10 && strcmp(first, again) == 0, err,
                      "the same recordings gave version %s, then %s", first, again);
}

static const demo_step DATA_STEPS[] = {
    { "hub", demo_start_hub },
    { "recordings", record },
    { "schema", infer },
    { "a spoilt recording is refused", refuse },
    { "data set version", keep_version },
};
const demo_chapter demo_chapter_data = { "Data", DATA_STEPS, SEDGE_COUNT(DATA_STEPS) };

/* models */

/** Trains what train file says into a model folder; the result is the folder's model.json. */
static sedge_status train(demo *d, const char *file, const char *folder, json_t **ret, sedge_error *err) {
    const char *args[DEMO_ARGS_MAX] = { "train", demo_path(d, "%s", file), "--out", demo_path(d, "%s", folder) };
    size_t n = 4;
    for (size_t i = 0; i < d->n_recordings && n < DEMO_ARGS_MAX - 4; i++) {
        args[n++] = "--data";
        args[n++] = d->recordings[i];
    }
    sedge_status st = demo_sedge(d, args, 0, NULL, err);
    return st ? st : sedge_json_load_file(NULL, demo_path(d, "%s/model.json", folder), &SEDGE_JSON_LIMITS, ret, err);
}

static sedge_status train_trees(demo *d, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *card = NULL;
    sedge_status st = train(d, "train-trees.yaml", "trees", &card, err);
    if (st)
        return st;
    double f1 = json_number(card, "metrics.f1", NAN), accuracy = json_number(card, "metrics.accuracy", NAN);
    d->figures.trees_f1 = f1;
    demo_found(d, "F1 %.3f, accuracy %.3f on the newest 30 %% of each recording", f1, accuracy);
    return demo_claim(f1 > 0.5, err, "the trees reach F1 %.3f on the hold-out, which is no better than guessing", f1);
}

static sedge_status train_classifier(demo *d, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *card = NULL;
    sedge_status st = train(d, "train-classifier.yaml", "classifier", &card, err);
    if (st)
        return st;
    double accuracy = json_number(card, "metrics.accuracy", NAN), f1 = json_number(card, "metrics.f1", NAN);
    d->figures.dense_accuracy = accuracy;
    demo_found(d, "F1 %.3f, accuracy %.3f", f1, accuracy);
    return demo_claim(accuracy > 0.5, err, "the classifier reaches accuracy %.3f on the hold-out", accuracy);
}

static sedge_status train_net(demo *d, sedge_error *err) {
    SEDGE_AUTO_JSON json_t *card = NULL;
    sedge_status st = train(d, "train.yaml", "net", &card, err);
    if (st)
        return st;
    demo_found(d, "F1 %.3f, false alarms %.3f, missed %.3f without having seen an anomaly",
               json_number(card, "metrics.f1", NAN), json_number(card, "metrics.far", NAN),
               json_number(card, "metrics.mar", NAN));
    return SEDGE_OK;
}

static sedge_status optimize(demo *d, sedge_error *err) {
    demo_figures *f = &d->figures;
    SEDGE_AUTO_JSON json_t *card = NULL, *report = NULL;
    sedge_status st = demo_sedge(d,
                                 DEMO_ARGS("optimize", demo_path(d, "net"), "--config", demo_path(d, "optimize.yaml"),
                                           "--out", demo_path(d, "int8")),
                                 0, &report, err);
    if (!st)
        st = sedge_json_load_file(NULL, demo_path(d, "int8/model.json"), &SEDGE_JSON_LIMITS, &card, err);
    if (st)
        return st;
    f->weights = json_number(report, "weights", NAN);
    f->float_bytes = json_number(card, "optimize.bytes_before", NAN);
    f->int8_bytes = json_number(card, "optimize.bytes_after", NAN);
    f->float_us = json_number(card, "optimize.latency_us_before", NAN);
    f->int8_us = json_number(card, "optimize.latency_us_after", NAN);
    f->accuracy_drop = json_number(card, "optimize.metrics_before.accuracy", NAN) -
                       json_number(card, "optimize.metrics_after.accuracy", NAN);
    demo_found(d, "%.0f -> %.0f bytes (%.1f %%), %.1f -> %.1f us, accuracy drop %.4f", f->float_bytes, f->int8_bytes,
               100 * f->int8_bytes / f->float_bytes, f->float_us, f->int8_us, f->accuracy_drop);
    st = demo_claim(f->int8_bytes <= 0.30 * f->float_bytes, err,
                    "the int8 model has %.1f %% of the float model's bytes", 100 * f->int8_bytes / f->float_bytes);
    return st ? st : demo_claim(f->accuracy_drop <= 0.02, err, "int8 loses %.4f of accuracy", f->accuracy_drop);
}

static sedge_status gate(demo *d, sedge_error *err) {
    return demo_sedge(d,
                      DEMO_ARGS("optimize", demo_path(d, "net"), "--config", demo_path(d, "optimize-tiny.yaml"),
                                "--out", demo_path(d, "tiny")),
                      1, NULL, err);
}

static const demo_step MODEL_STEPS[] = {
    { "boosted trees, classifier", train_trees },     { "dense net, classifier", train_classifier },
    { "dense net, autoencoder", train_net },          { "to int8", optimize },
    { "a gate stops a model that is too big", gate },
};
const demo_chapter demo_chapter_models = { "Models", MODEL_STEPS, SEDGE_COUNT(MODEL_STEPS) };
