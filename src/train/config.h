/* SPDX-License-Identifier: Apache-2.0 */
/** train.yaml (docs/spec/model-folder.md): what to train from what, as configuration rows. */
#ifndef SEDGE_TRAIN_CONFIG_H
#define SEDGE_TRAIN_CONFIG_H

#include "conf/rows.h"

typedef struct sedge_train_config {
    int64_t version;
    char *name;
    struct {
        sedge_conf_strings files;
        char *dataset;
    } data;
    char *schema; /**< NULL: the columns are inferred */
    char *features;
    int task;    /**< sedge_task */
    char *label; /**< NULL: all rows are normal */
    double holdout;
    struct {
        int kind; /**< sedge_model_kind; the fields of the other kind are unset */
        sedge_conf_ints hidden;
        int activation; /**< sedge_net_activation; -1 unset */
        int64_t epochs, batch, patience;
        double learning_rate; /**< NaN unset */
        double noise, check;
        int64_t rounds, depth;
        double min_child_weight, l2, subsample, columns;
        bool balance;
    } model;
    struct {
        double alpha, false_alarm_rate;
    } decision;
    int64_t seed;
} sedge_train_config;

extern const sedge_conf_rows SEDGE_TRAIN_CONFIG;

/** Reads and checks a file; an unknown key is an error with its line. Free with sedge_conf_free(&SEDGE_TRAIN_CONFIG).
 */
SEDGE_NODISCARD sedge_status sedge_train_config_load(const sedge_fs *fs, const char *path, sedge_train_config *ret,
                                                     sedge_error *err);

#endif
