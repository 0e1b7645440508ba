/* SPDX-License-Identifier: Apache-2.0 */
#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "crypto/digest.h"
#include "data/fit_features.h"
#include "data/fit_monitor.h"
#include "data/npy.h"
#include "model/onnx_write.h"
#include "train/model_folder.h"
#include "train/net_write.h"
#include "train/trees.h"
#include "train/windows.h"

enum {
    CALIBRATION_MAX = 4096, /**< vectors in calibration.npy */
    GOLDEN_MAX = 16,
    FILES_MAX = 10000,
};
/* what is kept from fitting by default: with patience to stop on, of an autoencoder to find the threshold on */
static const double check_share = 0.1, autoencoder_check_share = 0.2;

/** Everything between the configuration and the folder. */
typedef struct job {
    const sedge_train_options *options;
    const sedge_train_config *config;
    sedge_schema *schema;
    sedge_features_source *source;
    sedge_data_table *table;
    sedge_split *splits; /* [table->n] */
    sedge_buf features_bin, model, monitor;
    sedge_features *features;
    sedge_windows *windows;
    sedge_windows_picked train, normal, holdout;
    sedge_model_card *card;
} job;

static void job_done(job *j) {
    sedge_schema_free(j->schema);
    sedge_features_source_free(j->source);
    sedge_data_table_free(j->table);
    free(j->splits);
    sedge_buf_done(&j->features_bin);
    sedge_buf_done(&j->model);
    sedge_buf_done(&j->monitor);
    sedge_features_free(j->features);
    sedge_windows_free(j->windows);
    sedge_windows_picked_done(&j->train);
    sedge_windows_picked_done(&j->normal);
    sedge_windows_picked_done(&j->holdout);
    sedge_model_card_free(j->card);
}
#define AUTO_JOB SEDGE_CLEANUP(job_done) job

static bool is_autoencoder(const job *j) {
    return j->config->task == SEDGE_TASK_AUTOENCODER;
}

static int64_t or_else(int64_t value, int64_t otherwise) {
    return value == SEDGE_CONF_UNSET ? otherwise : value;
}

static double or_else_real(double value, double otherwise) {
    return isnan(value) ? otherwise : value;
}

static sedge_status no_memory(sedge_error *err) {
    return sedge_fail(err, SEDGE_ENOMEM, "no memory to train");
}

/* ---- data ---- */

/** A path of train.yaml is relative to the folder of train.yaml. */
static sedge_status resolve(const job *j, const char *path, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    if (path[0] == '/')
        return sedge_path_format(ret, err, "%s", path);
    char parent[SEDGE_PATH_MAX];
    sedge_status st = sedge_path_parent(parent, j->options->config, err);
    return st ? st : sedge_path_format(ret, err, "%s/%s", parent, path);
}

/** The schema's path, "" when there is none. */
static sedge_status find_schema(const job *j, char ret[SEDGE_PATH_MAX], sedge_error *err) {
    if (j->config->schema)
        return resolve(j, j->config->schema, ret, err);
    return sedge_path_format(ret, err, "%s", j->options->schema ? j->options->schema : "");
}

/** Paths of the recordings; owned with their list. */
typedef struct path_list {
    char **items;
    size_t n;
} path_list;

static void path_list_done(path_list *p) {
    for (size_t i = 0; i < p->n; i++)
        free(p->items[i]);
    free(p->items);
}
#define AUTO_PATH_LIST SEDGE_CLEANUP(path_list_done) path_list

static sedge_status list_files(const job *j, path_list *ret, sedge_error *err) {
    bool given = j->options->n_files > 0;
    size_t n = given ? j->options->n_files : j->config->data.files.n;
    if (n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "%s: data names no recordings: give data.files or --data",
                          j->options->config);
    if (n > FILES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%zu recordings, the limit is %d", n, FILES_MAX);
    ret->items = calloc(n, sizeof *ret->items);
    if (!ret->items)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        char path[SEDGE_PATH_MAX];
        sedge_status st = given ? sedge_path_format(path, err, "%s", j->options->files[i])
                                : resolve(j, j->config->data.files.items[i], path, err);
        if (st)
            return st;
        if (!(ret->items[i] = strdup(path)))
            return no_memory(err);
        ret->n++;
    }
    return SEDGE_OK;
}

/** Of files that are no data set version: the digest of their digests and sizes, in their order. */
static sedge_status digest_files(const job *j, const path_list *files, char *ret, sedge_error *err) {
    SEDGE_AUTO_BUF list = sedge_buf_init(FILES_MAX * 128);
    sedge_digest digest;
    sedge_status st;
    for (size_t i = 0; i < files->n; i++) {
        int64_t size;
        char text[SEDGE_DIGEST_TEXT_MAX];
        if ((st = sedge_digest_file(j->options->fs, files->items[i], &digest, &size, err)))
            return st;
        sedge_digest_text(&digest, text);
        sedge_buf_printf(&list, "%s %lld\n", text, (long long)size);
    }
    if (list.failed)
        return no_memory(err);
    if ((st = sedge_digest_of(sedge_buf_bytes(&list), &digest, err)))
        return st;
    sedge_digest_text(&digest, ret);
    return SEDGE_OK;
}

/** Recordings may lack the label (samples of devices do): it is a slip when the schema does not know it either. */
static sedge_status check_label(const job *j, sedge_error *err) {
    const char *label = j->config->label;
    if (!label || !j->schema || sedge_schema_find(j->schema, label))
        return SEDGE_OK;
    for (size_t i = 0; i < j->table->n; i++)
        if (j->table->recordings[i].labels)
            return SEDGE_OK;
    return sedge_fail(
        err, SEDGE_EINVALID,
        "%s: label '%s' is a column of no recording and not in the schema; correct the name or leave it out",
        j->options->config, label);
}

static sedge_status load_table(job *j, const path_list *files, sedge_error *err) {
    uint32_t n = j->source->spec.n_channels;
    SEDGE_AUTO_MEM const char **names = calloc(n, sizeof *names);
    if (!names)
        return no_memory(err);
    for (uint32_t i = 0; i < n; i++)
        names[i] = j->source->channels[i].name;
    sedge_data_table_options options = { .channels = names, .n_channels = n, .label = j->config->label };
    sedge_status st = sedge_data_table_load_files(j->options->fs, (const char *const *)files->items, files->n,
                                                  j->schema, &options, &j->table, err);
    return st ? st : check_label(j, err);
}

/** The border between fitting and checking, by normal rows: anomalies late in the training part take no share. */
static uint64_t normal_border(const sedge_recording *r, uint64_t train_end, double check) {
    uint64_t normal = 0, wanted, row = 0;
    for (uint64_t i = 0; i < train_end; i++)
        normal += !r->labels || r->labels[i] == 0;
    wanted = normal - (uint64_t)((double)normal * check + 0.5);
    for (; row < train_end && wanted; row++)
        wanted -= !r->labels || r->labels[row] == 0;
    return row;
}

static sedge_status split_recordings(job *j, sedge_error *err) {
    const sedge_train_config *c = j->config;
    double check = or_else_real(c->model.check, is_autoencoder(j)       ? autoencoder_check_share
                                                : c->model.patience > 0 ? check_share
                                                                        : 0);
    j->splits = calloc(j->table->n, sizeof *j->splits);
    if (!j->splits)
        return no_memory(err);
    for (size_t i = 0; i < j->table->n; i++) {
        const sedge_recording *r = &j->table->recordings[i];
        sedge_status st = sedge_split_make(r->rows, c->holdout, check, &j->splits[i], err);
        if (st)
            return st;
        if (is_autoencoder(j))
            j->splits[i].fit_end = normal_border(r, j->splits[i].train_end, check);
    }
    return SEDGE_OK;
}

static sedge_status load(job *j, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st;
    if ((st = find_schema(j, path, err)) ||
        (path[0] && (st = sedge_schema_load(j->options->fs, path, &j->schema, err))))
        return st;
    if ((st = resolve(j, j->config->features, path, err)) ||
        (st = sedge_features_source_load(j->options->fs, path, &j->source, err)))
        return st;
    AUTO_PATH_LIST files = { 0 };
    if ((st = list_files(j, &files, err)) || (st = load_table(j, &files, err)))
        return st;
    if (j->options->dataset)
        (void)sedge_format(j->card->lineage.dataset, SEDGE_CARD_TEXT_MAX, "%s", j->options->dataset);
    else if ((st = digest_files(j, &files, j->card->lineage.dataset, err)))
        return st;
    return split_recordings(j, err);
}

/* ---- features ---- */

/** The training rows as blocks; `use` (one byte a row, NULL for a classifier) marks rows whose window is all normal. */
static sedge_status make_blocks(const job *j, sedge_fit_block *blocks, uint8_t *use, sedge_error *err) {
    size_t length = j->source->spec.length, trained = 0, normal = 0;
    for (size_t i = 0; i < j->table->n; i++) {
        const sedge_recording *r = &j->table->recordings[i];
        size_t rows = (size_t)j->splits[i].train_end, dirty = SIZE_MAX;
        blocks[i] = (sedge_fit_block){ .values = r->values, .rows = rows, .use = use };
        for (size_t row = 0; use && row < rows; row++) {
            if (r->labels && r->labels[row] != 0)
                dirty = row;
            use[row] = dirty == SIZE_MAX || row - dirty >= length;
            normal += use[row] && row + 1 >= length;
        }
        use = use ? use + rows : NULL;
        trained += rows >= length;
    }
    if (!trained)
        return sedge_fail(err, SEDGE_EINVALID, "no recording has a window of %zu rows before its hold-out", length);
    if (is_autoencoder(j) && !normal)
        return sedge_fail(
            err, SEDGE_EINVALID,
            "no training window of %zu rows is normal (%s 0): an autoencoder learns from normal rows only", length,
            j->config->label);
    return SEDGE_OK;
}

static sedge_status fit_features(job *j, sedge_error *err) {
    SEDGE_AUTO_MEM sedge_fit_block *blocks = calloc(j->table->n, sizeof *blocks);
    SEDGE_AUTO_MEM uint8_t *use = calloc(j->table->rows + 1, 1);
    if (!blocks || !use)
        return no_memory(err);
    sedge_status st = make_blocks(j, blocks, is_autoencoder(j) ? use : NULL, err);
    if (st || (st = sedge_fit_fills(j->source, blocks, j->table->n, err)) ||
        (st = sedge_fit_scaling(j->source, blocks, j->table->n, err)) ||
        (st = sedge_features_write(&j->source->spec, &j->features_bin, err)))
        return st;
    return sedge_features_open(j->features_bin.data, j->features_bin.n, &j->features, err);
}

static sedge_status pick_windows(job *j, sedge_error *err) {
    sedge_status st;
    if ((st = sedge_windows_compute(j->features, j->table, &j->windows, err)) ||
        (st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_TRAIN, is_autoencoder(j), &j->train, err)) ||
        (st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_TRAIN, true, &j->normal, err)) ||
        (st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_HOLDOUT, false, &j->holdout, err)))
        return st;
    if (j->train.v.n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "no training window is left%s",
                          is_autoencoder(j) ? ": an autoencoder learns from normal rows only" : "");
    if (j->holdout.v.n == 0)
        return sedge_fail(err, SEDGE_EINVALID,
                          "the hold-out of %g of each recording has no window of %u rows: record more or raise holdout",
                          j->config->holdout, j->windows->length);
    return SEDGE_OK;
}

/* ---- classes ---- */

static sedge_status count_classes(job *j, sedge_error *err) {
    int32_t highest = 1;
    for (size_t i = 0; i < j->windows->n; i++) {
        int32_t label = j->windows->labels[i];
        if (label < 0 || label >= SEDGE_METRICS_CLASSES_MAX)
            return sedge_fail(err, SEDGE_EINVALID, "%s: row %zu: label %d is not in 0..%d",
                              j->table->recordings[j->windows->recording[i]].name, j->windows->last[i] + 1, label,
                              SEDGE_METRICS_CLASSES_MAX - 1);
        highest = label > highest ? label : highest;
    }
    j->card->n_classes = is_autoencoder(j) ? 2 : (uint32_t)highest + 1;
    for (uint32_t c = 0; c < j->card->n_classes; c++)
        (void)sedge_format(j->card->classes[c], SEDGE_CARD_TEXT_MAX,
                           c == 0                    ? "normal"
                           : j->card->n_classes == 2 ? "anomaly"
                                                     : "class_%u",
                           c);
    return SEDGE_OK;
}

/** Weights that make every class count the same; 0 for a class without an example. */
static void balance(const job *j, const sedge_vectors *v, float ret_weights[SEDGE_METRICS_CLASSES_MAX]) {
    size_t counts[SEDGE_METRICS_CLASSES_MAX] = { 0 }, present = 0;
    for (size_t i = 0; i < v->n; i++)
        counts[v->labels[i]]++;
    for (uint32_t c = 0; c < j->card->n_classes; c++)
        present += counts[c] > 0;
    for (uint32_t c = 0; c < j->card->n_classes; c++)
        ret_weights[c] = counts[c] ? (float)((double)v->n / ((double)present * (double)counts[c])) : 0;
}

/** A classifier that has seen one class only would call everything that, and look perfect on a hold-out of it. */
static sedge_status check_classes(const job *j, sedge_error *err) {
    const sedge_vectors *v = &j->train.v;
    for (size_t i = 1; i < v->n; i++)
        if (v->labels[i] != v->labels[0])
            return SEDGE_OK;
    return sedge_fail(err, SEDGE_EINVALID,
                      "all training windows have label %d: a classifier needs two classes; check label in %s, or take "
                      "task: autoencoder",
                      v->labels[0], j->options->config);
}

/* ---- models ---- */

static sedge_status new_net(const job *j, sedge_dense_net **ret, sedge_error *err) {
    const sedge_conf_ints *hidden = &j->config->model.hidden;
    uint32_t widths[SEDGE_NET_LAYERS_MAX + 1] = { j->windows->width };
    for (size_t i = 0; i < hidden->n; i++)
        widths[i + 1] = (uint32_t)hidden->items[i];
    widths[hidden->n + 1] = is_autoencoder(j) ? j->windows->width : j->card->n_classes;
    int activation = j->config->model.activation;
    return sedge_dense_net_new(
        widths, (uint32_t)hidden->n + 1, activation < 0 ? SEDGE_NET_RELU : (sedge_net_activation)activation,
        is_autoencoder(j) ? SEDGE_NET_LINEAR : SEDGE_NET_SOFTMAX, (uint64_t)j->config->seed, ret, err);
}

static sedge_net_data net_data(const job *j, const sedge_vectors *v) {
    sedge_net_data d = { .n = v->n, .x = v->x };
    if (is_autoencoder(j))
        d.targets = v->x;
    else
        d.labels = v->labels;
    return d;
}

static sedge_status record_net(job *j, const sedge_net_options *o, const sedge_net_report *report,
                               const sedge_dense_net *net, sedge_error *err) {
    char hidden[SEDGE_CARD_TEXT_MAX] = "";
    size_t at = 0;
    for (uint32_t i = 0; i + 1 < net->n_layers && at < sizeof hidden; i++)
        at += sedge_format(hidden + at, sizeof hidden - at, i ? ",%u" : "%u", net->layers[i].out);
    sedge_model_card *c = j->card;
    sedge_status st;
    if ((st = sedge_model_card_param(c, err, "hidden", "%s", hidden)) ||
        (st = sedge_model_card_param(c, err, "activation", "%s",
                                     sedge_net_activation_name(net->layers[0].activation))) ||
        (st = sedge_model_card_param(c, err, "weights", "%zu", net->n_parameters)) ||
        (st = sedge_model_card_param(c, err, "epochs", "%u", o->epochs)) ||
        (st = sedge_model_card_param(c, err, "epochs_run", "%u", report->epochs)) ||
        (st = sedge_model_card_param(c, err, "batch", "%u", o->batch)) ||
        (st = sedge_model_card_param(c, err, "learning_rate", "%g", o->learning_rate)) ||
        (st = sedge_model_card_param(c, err, "noise", "%g", o->noise)) ||
        (st = sedge_model_card_param(c, err, "patience", "%u", o->patience)))
        return st;
    return sedge_model_card_param(c, err, "training_loss", "%g", report->loss);
}

static sedge_status train_net(job *j, sedge_error *err) {
    SEDGE_AUTO_PICKED fit = { 0 }, check = { 0 };
    sedge_status st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_FIT, is_autoencoder(j), &fit, err);
    if (st || (st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_CHECK, is_autoencoder(j), &check, err)))
        return st;
    sedge_auto(sedge_dense_net) net = NULL;
    if ((st = new_net(j, &net, err)))
        return st;
    float weights[SEDGE_METRICS_CLASSES_MAX];
    sedge_net_options o = SEDGE_NET_OPTIONS_INIT;
    o.epochs = (uint32_t)or_else(j->config->model.epochs, o.epochs);
    o.batch = (uint32_t)or_else(j->config->model.batch, o.batch);
    o.patience = (uint32_t)or_else(j->config->model.patience, o.patience);
    o.learning_rate = or_else_real(j->config->model.learning_rate, o.learning_rate);
    o.noise = or_else_real(j->config->model.noise, o.noise);
    o.seed = (uint64_t)j->config->seed;
    if (j->config->model.balance) {
        balance(j, &fit.v, weights);
        o.class_weights = weights;
    }
    sedge_net_data data = net_data(j, &fit.v), check_data = net_data(j, &check.v);
    sedge_net_report report;
    if ((st = sedge_dense_net_train(net, &data, &check_data, &o, &report, err)) ||
        (st = sedge_dense_net_write(net, &j->model, err)))
        return st;
    j->card->format = SEDGE_FORMAT_TFLITE;
    return record_net(j, &o, &report, net, err);
}

static sedge_status record_trees(job *j, const sedge_trees_options *o, const sedge_trees *trees, sedge_error *err) {
    sedge_model_card *c = j->card;
    sedge_status st;
    if ((st = sedge_model_card_param(c, err, "rounds", "%u", o->rounds)) ||
        (st = sedge_model_card_param(c, err, "depth", "%u", o->depth)) ||
        (st = sedge_model_card_param(c, err, "learning_rate", "%g", o->learning_rate)) ||
        (st = sedge_model_card_param(c, err, "min_child_weight", "%g", o->min_child_weight)) ||
        (st = sedge_model_card_param(c, err, "l2", "%g", o->l2)) ||
        (st = sedge_model_card_param(c, err, "subsample", "%g", o->subsample)) ||
        (st = sedge_model_card_param(c, err, "columns", "%g", o->columns)))
        return st;
    return sedge_model_card_param(c, err, "nodes", "%u", sedge_trees_ensemble(trees)->n_nodes);
}

static sedge_status train_trees(job *j, sedge_error *err) {
    float weights[SEDGE_METRICS_CLASSES_MAX];
    sedge_trees_data data = { .n = j->train.v.n,
                              .n_features = j->windows->width,
                              .x = j->train.v.x,
                              .n_classes = j->card->n_classes,
                              .labels = j->train.v.labels };
    if (j->config->model.balance) {
        balance(j, &j->train.v, weights);
        data.class_weights = weights;
    }
    sedge_trees_options o = SEDGE_TREES_OPTIONS_INIT;
    o.rounds = (uint32_t)or_else(j->config->model.rounds, o.rounds);
    o.depth = (uint32_t)or_else(j->config->model.depth, o.depth);
    o.learning_rate = or_else_real(j->config->model.learning_rate, o.learning_rate);
    o.min_child_weight = or_else_real(j->config->model.min_child_weight, o.min_child_weight);
    o.l2 = or_else_real(j->config->model.l2, o.l2);
    o.subsample = or_else_real(j->config->model.subsample, o.subsample);
    o.columns = or_else_real(j->config->model.columns, o.columns);
    o.seed = (uint64_t)j->config->seed;
    sedge_auto(sedge_trees) trees = NULL;
    sedge_status st = sedge_trees_train(&data, &o, &trees, err);
    if (st || (st = sedge_onnx_write_trees(sedge_trees_ensemble(trees), &j->model, err)))
        return st;
    j->card->format = SEDGE_FORMAT_ONNX;
    return record_trees(j, &o, trees, err);
}

/* ---- decision, figures, baseline ---- */

static sedge_status score_level(const job *j, sedge_runner *runner, const sedge_vectors *v, double *ret,
                                sedge_error *err) {
    SEDGE_AUTO_MEM double *scores = calloc(v->n + 1, sizeof *scores);
    if (!scores)
        return no_memory(err);
    sedge_metrics unused;
    sedge_status st = sedge_evaluate(runner, &j->card->decision, 2, v, scores, NULL, &unused, err);
    if (!st)
        *ret = sedge_threshold_of(scores, v->n, j->card->false_alarm_rate);
    return st;
}

/**
 * Of an autoencoder: the level that the wanted share of the training scores exceeds. The net has learned the vectors it
 * was fitted to, so their scores are too good: the level of the check vectors counts when it is higher.
 */
static sedge_status pick_threshold(job *j, sedge_runner *runner, sedge_error *err) {
    sedge_decision *d = &j->card->decision;
    *d = SEDGE_DECISION_INIT;
    if (!is_autoencoder(j)) {
        d->kind = SEDGE_DECISION_CLASS;
        return SEDGE_OK;
    }
    d->alpha = j->config->decision.alpha;
    j->card->false_alarm_rate = j->config->decision.false_alarm_rate;
    SEDGE_AUTO_PICKED check = { 0 };
    double all = 0, newest = 0;
    sedge_status st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_CHECK, true, &check, err);
    if (st || (st = score_level(j, runner, &j->train.v, &all, err)) ||
        (st = score_level(j, runner, &check.v, &newest, err)))
        return st;
    d->threshold = newest > all ? newest : all;
    return SEDGE_OK;
}

/** An autoencoder tells normal from not; a classifier keeps its classes. */
static void fold_labels(job *j) {
    for (size_t i = 0; is_autoencoder(j) && i < j->holdout.v.n; i++)
        j->holdout.labels[i] = j->holdout.labels[i] != 0;
}

/** Thresholds are calibrated on all normal vectors: those of the hold-out have seen more of the machine's days. */
static sedge_status fit_monitor(job *j, sedge_error *err) {
    SEDGE_AUTO_PICKED newest = { 0 };
    sedge_status st = sedge_windows_pick(j->windows, j->splits, SEDGE_WINDOWS_HOLDOUT, true, &newest, err);
    if (st)
        return st;
    const sedge_vectors *a = &j->normal.v, *b = &newest.v;
    if (a->n == 0)
        return sedge_fail(err, SEDGE_EINVALID, "no training window is normal: the monitor has no baseline");
    SEDGE_AUTO_MEM float *x = calloc((a->n + b->n) * a->width, sizeof *x);
    SEDGE_AUTO_MEM size_t *lengths = calloc(a->n_stretches + b->n_stretches, sizeof *lengths);
    if (!x || !lengths)
        return no_memory(err);
    memcpy(x, a->x, a->n * a->width * sizeof *x);
    memcpy(x + a->n * a->width, b->x, b->n * a->width * sizeof *x);
    memcpy(lengths, a->lengths, a->n_stretches * sizeof *lengths);
    memcpy(lengths + a->n_stretches, b->lengths, b->n_stretches * sizeof *lengths);
    sedge_monitor_sample baseline = { .values = a->x, .lengths = a->lengths, .n = a->n_stretches };
    sedge_monitor_sample normal = { .values = x, .lengths = lengths, .n = a->n_stretches + b->n_stretches };
    sedge_monitor_fit_options o = SEDGE_MONITOR_FIT_OPTIONS_INIT;
    o.seed = (uint64_t)j->config->seed;
    return sedge_monitor_fit(&baseline, &normal, a->width, &o, &j->monitor, err);
}

/* ---- the folder ---- */

static sedge_status put_matrix(const sedge_folder_draft *draft, const char *name, const float *x, size_t rows,
                               uint32_t columns, sedge_error *err) {
    SEDGE_AUTO_BUF out = sedge_buf_init((size_t)1 << 30);
    sedge_status st = sedge_npy_write(SEDGE_FLOAT32, 2, (uint64_t[]){ rows, columns }, x, &out, err);
    return st ? st : sedge_folder_draft_put(draft, name, sedge_buf_bytes(&out), err);
}

/** The newest vectors of each stretch, at most CALIBRATION_MAX in all, in their order. */
static sedge_status put_calibration(job *j, const sedge_folder_draft *draft, sedge_error *err) {
    const sedge_vectors *v = &j->train.v;
    size_t most = v->n < CALIBRATION_MAX ? v->n : CALIBRATION_MAX, n = 0;
    SEDGE_AUTO_MEM float *x = calloc(most * v->width, sizeof *x);
    if (!x)
        return no_memory(err);
    sedge_status st;
    for (size_t s = 0, end = 0; s < v->n_stretches; s++) {
        end += v->lengths[s];
        size_t share = v->n <= most ? v->lengths[s] : v->lengths[s] * most / v->n;
        memcpy(x + n * v->width, v->x + (end - share) * v->width, share * v->width * sizeof *x);
        n += share;
        if ((st = sedge_card_lengths_add(&j->card->calibration, share, err)))
            return st;
    }
    return put_matrix(draft, "calibration.npy", x, n, v->width, err);
}

static sedge_status put_holdout(job *j, const sedge_folder_draft *draft, sedge_error *err) {
    const sedge_vectors *v = &j->holdout.v;
    sedge_status st = put_matrix(draft, "holdout.npy", v->x, v->n, v->width, err);
    for (size_t s = 0; !st && s < v->n_stretches; s++)
        st = sedge_card_lengths_add(&j->card->holdout, v->lengths[s], err);
    SEDGE_AUTO_BUF labels = sedge_buf_init((size_t)1 << 30);
    if (st || (st = sedge_npy_write(SEDGE_INT32, 1, (uint64_t[]){ v->n }, v->labels, &labels, err)))
        return st;
    return sedge_folder_draft_put(draft, "holdout_labels.npy", sedge_buf_bytes(&labels), err);
}

/** Evenly spread over the hold-out. */
static sedge_status put_golden(const job *j, const sedge_folder_draft *draft, sedge_error *err) {
    const sedge_vectors *v = &j->holdout.v;
    size_t n = v->n < GOLDEN_MAX ? v->n : GOLDEN_MAX;
    SEDGE_AUTO_MEM float *x = calloc(n * v->width, sizeof *x);
    if (!x)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * v->width, v->x + i * v->n / n * v->width, v->width * sizeof *x);
    return put_matrix(draft, "golden_input.npy", x, n, v->width, err);
}

static sedge_status put_sources(const job *j, const sedge_folder_draft *draft, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    sedge_status st = sedge_folder_draft_copy(draft, "train.yaml", j->options->config, err);
    if (st || (st = resolve(j, j->config->features, path, err)) ||
        (st = sedge_folder_draft_copy(draft, "features.yaml", path, err)) || (st = find_schema(j, path, err)) ||
        !path[0])
        return st;
    return sedge_folder_draft_copy(draft, "schema.yaml", path, err);
}

/** Threshold and figures come from the file as it lies in the draft. */
static sedge_status judge_file(job *j, const sedge_folder_draft *draft, sedge_error *err) {
    char path[SEDGE_PATH_MAX];
    SEDGE_AUTO_MEM uint8_t *data = NULL;
    size_t n;
    sedge_status st = sedge_path_format(path, err, "%s/%s", draft->path, sedge_model_card_file(j->card));
    if (st || (st = sedge_file_read(j->options->fs, path, SEDGE_MODEL_FILE_MAX, &data, &n, err)))
        return st;
    sedge_auto(sedge_runner) runner = NULL;
    if ((st = sedge_runner_open(sedge_bytes_of(data, n), &runner, err)) || (st = pick_threshold(j, runner, err)))
        return st;
    return sedge_evaluate(runner, &j->card->decision, j->card->n_classes, &j->holdout.v, NULL, NULL, &j->card->metrics,
                          err);
}

static sedge_status write_folder(job *j, sedge_error *err) {
    SEDGE_AUTO_FOLDER_DRAFT draft = { 0 };
    char card[SEDGE_PATH_MAX];
    sedge_status st = sedge_folder_draft_new(j->options->fs, j->options->out, &draft, err);
    if (st || (st = sedge_folder_draft_put(&draft, sedge_model_card_file(j->card), sedge_buf_bytes(&j->model), err)) ||
        (st = sedge_folder_draft_put(&draft, "features.bin", sedge_buf_bytes(&j->features_bin), err)) ||
        (st = sedge_folder_draft_put(&draft, "monitor.bin", sedge_buf_bytes(&j->monitor), err)) ||
        (st = judge_file(j, &draft, err)) || (st = put_calibration(j, &draft, err)) ||
        (st = put_holdout(j, &draft, err)) || (st = put_golden(j, &draft, err)) || (st = put_sources(j, &draft, err)) ||
        (st = sedge_path_format(card, err, "%s/model.json", draft.path)) ||
        (st = sedge_model_card_save(j->options->fs, card, j->card, err)))
        return st;
    return sedge_folder_draft_publish(&draft, err);
}

static sedge_status start_card(job *j, sedge_error *err) {
    const sedge_train_options *o = j->options;
    if (!(j->card = sedge_model_card_new()))
        return no_memory(err);
    if (strlen(j->config->name) >= SEDGE_CARD_TEXT_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "%s: name is longer than %d bytes", o->config, SEDGE_CARD_TEXT_MAX - 1);
    (void)sedge_format(j->card->name, SEDGE_CARD_TEXT_MAX, "%s", j->config->name);
    (void)sedge_format(j->card->lineage.run_id, SEDGE_CARD_TEXT_MAX, "%s", o->run_id ? o->run_id : "");
    (void)sedge_format(j->card->lineage.parent_run_id, SEDGE_CARD_TEXT_MAX, "%s",
                       o->parent_run_id ? o->parent_run_id : "");
    j->card->lineage.seed = (uint64_t)j->config->seed;
    j->card->task = (sedge_task)j->config->task;
    j->card->kind = (sedge_model_kind)j->config->model.kind;
    return SEDGE_OK;
}

sedge_status sedge_train(const sedge_train_options *options, const sedge_train_config *config, sedge_model_card **ret,
                         sedge_error *err) {
    AUTO_JOB j = { .options = options,
                   .config = config,
                   .features_bin = sedge_buf_init(1 << 20),
                   .model = sedge_buf_init(SEDGE_MODEL_FILE_MAX),
                   .monitor = sedge_buf_init(16 << 20) };
    sedge_status st;
    if ((st = start_card(&j, err)) || (st = load(&j, err)) || (st = fit_features(&j, err)) ||
        (st = pick_windows(&j, err)) || (st = count_classes(&j, err)) ||
        (!is_autoencoder(&j) && (st = check_classes(&j, err))))
        return st;
    fold_labels(&j);
    st = config->model.kind == SEDGE_KIND_DENSE ? train_net(&j, err) : train_trees(&j, err);
    if (st || (st = fit_monitor(&j, err)) || (st = write_folder(&j, err)))
        return st;
    *ret = SEDGE_STEAL(j.card);
    return SEDGE_OK;
}
