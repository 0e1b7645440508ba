/* SPDX-License-Identifier: Apache-2.0 */
/** A model folder on disk (docs/spec/model-folder.md): written whole or not at all, and loaded for evaluation. */
#ifndef SEDGE_TRAIN_MODEL_FOLDER_H
#define SEDGE_TRAIN_MODEL_FOLDER_H

#include "os/file.h"
#include "train/evaluate.h"
#include "train/model_card.h"

/** A folder being written beside its place. Zero-initialised is empty. */
typedef struct sedge_folder_draft {
    const sedge_fs *fs;
    char final[SEDGE_PATH_MAX];
    char path[SEDGE_PATH_MAX]; /**< where to write the files; "" when there is none */
} sedge_folder_draft;

/**
 * Makes an empty folder beside `final`.
 * @return SEDGE_ECONFLICT when final exists and is no model folder: it is not replaced
 */
SEDGE_NODISCARD sedge_status sedge_folder_draft_new(const sedge_fs *fs, const char *final, sedge_folder_draft *ret,
                                                    sedge_error *err);
/** Removes the draft, unless it was published. */
void sedge_folder_draft_done(sedge_folder_draft *draft);
#define SEDGE_AUTO_FOLDER_DRAFT SEDGE_CLEANUP(sedge_folder_draft_done) sedge_folder_draft
/** Writes a file of the draft. */
SEDGE_NODISCARD sedge_status sedge_folder_draft_put(const sedge_folder_draft *draft, const char *name, sedge_bytes data,
                                                    sedge_error *err);
/** Copies a file into the draft. */
SEDGE_NODISCARD sedge_status sedge_folder_draft_copy(const sedge_folder_draft *draft, const char *name,
                                                     const char *from, sedge_error *err);
/** Puts the draft in its place; a former model folder there is removed. */
SEDGE_NODISCARD sedge_status sedge_folder_draft_publish(sedge_folder_draft *draft, sedge_error *err);

/** Vectors read from a folder. */
typedef struct sedge_folder_vectors {
    float *x;        /**< owned */
    int32_t *labels; /**< owned, NULL: all normal */
    sedge_vectors v; /**< points to the above and to the card's lengths */
} sedge_folder_vectors;

typedef struct sedge_model_folder {
    char path[SEDGE_PATH_MAX];
    sedge_model_card *card;
    uint8_t *model; /**< bytes of the model's file */
    size_t model_bytes;
    sedge_folder_vectors calibration, holdout;
} sedge_model_folder;

/** Reads card, model, calibration and hold-out, and checks that they fit together. */
SEDGE_NODISCARD sedge_status sedge_model_folder_load(const sedge_fs *fs, const char *path, sedge_model_folder **ret,
                                                     sedge_error *err);
void sedge_model_folder_free(sedge_model_folder *folder);
SEDGE_DEFINE_AUTO(sedge_model_folder, sedge_model_folder_free)

enum { SEDGE_MODEL_FILE_MAX = 256 << 20 };

#endif
