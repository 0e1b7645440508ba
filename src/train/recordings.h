/* SPDX-License-Identifier: Apache-2.0 */
/** A model folder against other recordings than those it was trained on. */
#ifndef SEDGE_TRAIN_RECORDINGS_H
#define SEDGE_TRAIN_RECORDINGS_H

#include "train/model_folder.h"

typedef struct sedge_recordings_report {
    size_t recordings, rows, vectors;
    sedge_metrics metrics; /**< of all vectors */
} sedge_recordings_report;

/**
 * Runs recordings through the folder's features, model and decision, each as a stream of its own. Labels come from the
 * column that the folder's train.yaml names; a recording without it counts as normal.
 *
 * @return what reading the folder and the recordings says; SEDGE_EINVALID when no recording has a whole window
 */
SEDGE_NODISCARD sedge_status sedge_recordings_evaluate(const sedge_fs *fs, const char *folder, const char *const *files,
                                                       size_t n_files, sedge_recordings_report *ret, sedge_error *err);

#endif
