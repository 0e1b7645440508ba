/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The training step: from recordings and train.yaml to a model folder.
 *
 * Rows are split by time (train/split.h). Imputation, scaling, weights, thresholds and baseline see the older part
 * only; the figures come from the newest part, through libsedge, from the bytes that were written. An autoencoder
 * learns from windows all of whose rows have label 0.
 */
#ifndef SEDGE_TRAIN_TRAIN_H
#define SEDGE_TRAIN_TRAIN_H

#include "train/config.h"
#include "train/model_card.h"

typedef struct sedge_train_options {
    const sedge_fs *fs;       /**< NULL: the machine's */
    const char *config;       /**< path of train.yaml, which is copied into the folder */
    const char *out;          /**< the model folder */
    const char *const *files; /**< recordings; NULL: those that train.yaml names */
    size_t n_files;
    const char *schema;        /**< of the files, when train.yaml names none; NULL: none */
    const char *dataset;       /**< digest of the data set version that the files are; NULL: of the files */
    const char *run_id;        /**< NULL: none */
    const char *parent_run_id; /**< NULL: none */
} sedge_train_options;

/**
 * Trains and writes the folder, whole or not at all.
 *
 * @param config  read from options->config
 * @param ret     the facts that stand in model.json
 * @return SEDGE_EINVALID and what loading and training say; SEDGE_ECONFLICT when out is no model folder
 */
SEDGE_NODISCARD sedge_status sedge_train(const sedge_train_options *options, const sedge_train_config *config,
                                         sedge_model_card **ret, sedge_error *err);

#endif
