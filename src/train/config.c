/* SPDX-License-Identifier: Apache-2.0 */
#include "train/config.h"

#include <math.h>

#include "base/name.h"
#include "base/own.h"
#include "train/dense_net.h"
#include "train/model_card.h"
#include "train/trees.h"

static const char *const hidden_activations[] = { "linear", "relu", "tanh", "logistic", NULL };
_Static_assert(SEDGE_NET_LINEAR == 0 && SEDGE_NET_LOGISTIC == 3, "hidden_activations has the order of the enum");

#define AT(member)       SEDGE_AT(sedge_train_config, member)
#define IN(part, member) SEDGE_AT(sedge_train_config, part.member) - SEDGE_AT(sedge_train_config, part)

static const sedge_conf_row data_rows[] = {
    { "files", SEDGE_CONF_STRINGS, IN(data, files), .help = "recordings, relative to this file" },
    { "dataset", SEDGE_CONF_STRING, IN(data, dataset), .help = "NAME or NAME@version of a data set" },
};
static const sedge_conf_rows data_conf = { data_rows, SEDGE_COUNT(data_rows), sizeof(((sedge_train_config *)0)->data),
                                           NULL };

static const sedge_conf_row model_rows[] = {
    { "kind", SEDGE_CONF_ENUM, IN(model, kind), .choices = SEDGE_KIND_NAMES, .flags = SEDGE_CONF_REQUIRED,
      .help = "dense nets are written as .tflite, trees as .onnx" },
    { "hidden", SEDGE_CONF_INTS, IN(model, hidden), .min = 1, .max = SEDGE_NET_WIDTH_MAX,
      .help = "dense: units of the hidden layers" },
    { "activation", SEDGE_CONF_ENUM, IN(model, activation), .choices = hidden_activations, .flags = SEDGE_CONF_OPTIONAL,
      .help = "dense: of the hidden layers (relu)" },
    { "epochs", SEDGE_CONF_INT, IN(model, epochs), .min = 1, .max = 100000, .flags = SEDGE_CONF_OPTIONAL,
      .help = "dense: passes over the training rows (30)" },
    { "batch", SEDGE_CONF_INT, IN(model, batch), .min = 1, .max = SEDGE_NET_BATCH_MAX, .flags = SEDGE_CONF_OPTIONAL,
      .help = "dense: examples a step (64)" },
    { "patience", SEDGE_CONF_INT, IN(model, patience), .min = 0, .max = 100000, .flags = SEDGE_CONF_OPTIONAL,
      .help = "dense: epochs without a better check loss before it stops (0: runs all)" },
    { "check", SEDGE_CONF_DOUBLE, IN(model, check), .min = 0, .max = 0.9, .flags = SEDGE_CONF_OPTIONAL,
      .help = "dense: newest share of the training rows kept from fitting, for early stopping and the threshold" },
    { "noise", SEDGE_CONF_DOUBLE, IN(model, noise), .min = 0, .max = 100, .flags = SEDGE_CONF_OPTIONAL,
      .help = "dense: deviation of the noise on scaled inputs while training (0)" },
    { "learning_rate", SEDGE_CONF_DOUBLE, IN(model, learning_rate), .min = 1e-9, .max = 100,
      .flags = SEDGE_CONF_OPTIONAL, .help = "0.001 for dense, 0.1 for trees" },
    { "rounds", SEDGE_CONF_INT, IN(model, rounds), .min = 1, .max = SEDGE_TREES_ROUNDS_MAX,
      .flags = SEDGE_CONF_OPTIONAL, .help = "trees: how many, a class (60)" },
    { "depth", SEDGE_CONF_INT, IN(model, depth), .min = 1, .max = SEDGE_TREES_DEPTH_MAX, .flags = SEDGE_CONF_OPTIONAL,
      .help = "trees: levels (5)" },
    { "min_child_weight", SEDGE_CONF_DOUBLE, IN(model, min_child_weight), .min = 0, .max = 1e6,
      .flags = SEDGE_CONF_OPTIONAL, .help = "trees: least weight of a leaf (1)" },
    { "l2", SEDGE_CONF_DOUBLE, IN(model, l2), .min = 0, .max = 1e6, .flags = SEDGE_CONF_OPTIONAL,
      .help = "trees: penalty on leaves (1)" },
    { "subsample", SEDGE_CONF_DOUBLE, IN(model, subsample), .min = 0.01, .max = 1, .flags = SEDGE_CONF_OPTIONAL,
      .help = "trees: share of the rows a tree sees (1)" },
    { "columns", SEDGE_CONF_DOUBLE, IN(model, columns), .min = 0.01, .max = 1, .flags = SEDGE_CONF_OPTIONAL,
      .help = "trees: share of the features a tree sees (1)" },
    { "balance", SEDGE_CONF_BOOL, IN(model, balance), "false",
      .help = "classifier: give rare classes the weight of common ones" },
};
static const sedge_conf_rows model_conf = { model_rows, SEDGE_COUNT(model_rows),
                                            sizeof(((sedge_train_config *)0)->model), NULL };

static const sedge_conf_row decision_rows[] = {
    { "alpha", SEDGE_CONF_DOUBLE, IN(decision, alpha), "0.2", .min = 1e-6, .max = 1,
      .help = "autoencoder: weight of the newest score in the moving average" },
    { "false_alarm_rate", SEDGE_CONF_DOUBLE, IN(decision, false_alarm_rate), "0.01", .min = 0, .max = 0.5,
      .help = "autoencoder: share of the training vectors above the threshold" },
};
static const sedge_conf_rows decision_conf = { decision_rows, SEDGE_COUNT(decision_rows),
                                               sizeof(((sedge_train_config *)0)->decision), NULL };

static const sedge_conf_row train_rows[] = {
    { "version", SEDGE_CONF_INT, AT(version), .min = 1, .max = 1, .flags = SEDGE_CONF_REQUIRED,
      .help = "of this format" },
    { "name", SEDGE_CONF_STRING, AT(name), .flags = SEDGE_CONF_REQUIRED | SEDGE_CONF_NOT_EMPTY,
      .help = "of the model" },
    { "data", SEDGE_CONF_STRUCT, AT(data), .rows = &data_conf, .help = "what to learn from" },
    { "schema", SEDGE_CONF_STRING, AT(schema), .help = "schema.yaml of the recordings" },
    { "features", SEDGE_CONF_STRING, AT(features), .flags = SEDGE_CONF_REQUIRED, .help = "features.yaml" },
    { "task", SEDGE_CONF_ENUM, AT(task), .choices = SEDGE_TASK_NAMES, .flags = SEDGE_CONF_REQUIRED,
      .help = "an autoencoder learns normal rows, a classifier labels" },
    { "label", SEDGE_CONF_STRING, AT(label), .help = "column with the class, 0 is normal" },
    { "holdout", SEDGE_CONF_DOUBLE, AT(holdout), "0.3", .min = 0, .max = 0.9,
      .help = "newest share of each recording, for the figures" },
    { "model", SEDGE_CONF_STRUCT, AT(model), .rows = &model_conf, .help = "what to train",
      .flags = SEDGE_CONF_REQUIRED },
    { "decision", SEDGE_CONF_STRUCT, AT(decision), .rows = &decision_conf, .help = "from output to verdict" },
    { "seed", SEDGE_CONF_INT, AT(seed), "1", .min = 0, .max = 1e15, .help = "of everything that is random" },
};

static sedge_status check_config(const void *object, sedge_error *err);

const sedge_conf_rows SEDGE_TRAIN_CONFIG = SEDGE_CONF_ROWS_CHECKED(sedge_train_config, train_rows, check_config);

static sedge_status of_other_kind(const char *key, int kind, sedge_error *err) {
    return sedge_fail(err, SEDGE_EINVALID, "model.%s does not go with kind %s", key, SEDGE_KIND_NAMES[kind]);
}

/** A key of the other kind would have no effect: it is refused rather than ignored. */
static sedge_status check_kind(const sedge_train_config *c, sedge_error *err) {
    const struct {
        const char *key;
        int kind;
        bool set;
    } keys[] = {
        { "hidden", SEDGE_KIND_DENSE, c->model.hidden.n > 0 },
        { "activation", SEDGE_KIND_DENSE, c->model.activation >= 0 },
        { "epochs", SEDGE_KIND_DENSE, c->model.epochs != SEDGE_CONF_UNSET },
        { "batch", SEDGE_KIND_DENSE, c->model.batch != SEDGE_CONF_UNSET },
        { "patience", SEDGE_KIND_DENSE, c->model.patience != SEDGE_CONF_UNSET },
        { "check", SEDGE_KIND_DENSE, !isnan(c->model.check) },
        { "noise", SEDGE_KIND_DENSE, !isnan(c->model.noise) },
        { "rounds", SEDGE_KIND_TREES, c->model.rounds != SEDGE_CONF_UNSET },
        { "depth", SEDGE_KIND_TREES, c->model.depth != SEDGE_CONF_UNSET },
        { "min_child_weight", SEDGE_KIND_TREES, !isnan(c->model.min_child_weight) },
        { "l2", SEDGE_KIND_TREES, !isnan(c->model.l2) },
        { "subsample", SEDGE_KIND_TREES, !isnan(c->model.subsample) },
        { "columns", SEDGE_KIND_TREES, !isnan(c->model.columns) },
    };
    for (size_t i = 0; i < SEDGE_COUNT(keys); i++)
        if (keys[i].set && keys[i].kind != c->model.kind)
            return of_other_kind(keys[i].key, c->model.kind, err);
    return SEDGE_OK;
}

static sedge_status check_config(const void *object, sedge_error *err) {
    const sedge_train_config *c = object;
    sedge_status st = check_kind(c, err);
    if (st)
        return st;
    if (!sedge_is_name(c->name))
        return sedge_fail(err, SEDGE_EINVALID, "name: '%.64s' is no name of a model; write " SEDGE_NAME_RULE, c->name);
    if (c->data.files.n && c->data.dataset)
        return sedge_fail(err, SEDGE_EINVALID, "data names files and a data set; keep one of them");
    if (c->task == SEDGE_TASK_CLASSIFIER && !c->label)
        return sedge_fail(err, SEDGE_EINVALID, "a classifier needs label: the column with the class");
    if (c->task == SEDGE_TASK_AUTOENCODER && c->model.kind == SEDGE_KIND_TREES)
        return sedge_fail(err, SEDGE_EINVALID, "trees cannot be an autoencoder; use kind dense or task classifier");
    if (c->task == SEDGE_TASK_AUTOENCODER && c->model.balance)
        return sedge_fail(err, SEDGE_EINVALID, "model.balance is for classifiers");
    if (c->model.hidden.n >= SEDGE_NET_LAYERS_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "model.hidden has %zu layers, the limit is %d", c->model.hidden.n,
                          SEDGE_NET_LAYERS_MAX - 1);
    if (c->model.kind == SEDGE_KIND_TREES && c->model.learning_rate > 1)
        return sedge_fail(err, SEDGE_EINVALID, "model.learning_rate of trees is %g, it must be at most 1",
                          c->model.learning_rate);
    return SEDGE_OK;
}

sedge_status sedge_train_config_load(const sedge_fs *fs, const char *path, sedge_train_config *ret, sedge_error *err) {
    return sedge_conf_load_file(&SEDGE_TRAIN_CONFIG, fs, path, ret, err);
}
