/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The fitted values of features: means of the channels for imputation, means and deviations of the features for
 * scaling.
 *
 * In double, two passes. The scaling equals scikit-learn's StandardScaler on the unscaled float32 vectors: population
 * deviation, and a feature whose variance is nothing but rounding (var <= n eps var + (n mean eps)^2) gets scale 1.
 *
 * Typical use, what `sedge train` does:
 *     sedge_features_source_load(fs, "features.yaml", &source, err);
 *     sedge_fit_fills(source, blocks, n, err);                the rows that may be learned from
 *     sedge_fit_scaling(source, blocks, n, err);
 *     sedge_features_write(&source->spec, &out, err);         features.bin
 */
#ifndef SEDGE_DATA_FIT_FEATURES_H
#define SEDGE_DATA_FIT_FEATURES_H

#include "data/features_yaml.h"

/** A stretch of consecutive rows of one recording, [rows, channels]. */
typedef struct sedge_fit_block {
    const float *values;
    size_t rows;
    /** NULL, or [rows]: a vector counts only when `use` is not 0 at its last row (normal rows, for an autoencoder);
     *  for the channels' means: a row counts only when use is not 0. */
    const uint8_t *use;
} sedge_fit_block;

/** Sets the fill of channels with hold and mean: mean of their samples that are there; SEDGE_EINVALID when none is. */
SEDGE_NODISCARD sedge_status sedge_fit_fills(sedge_features_source *source, const sedge_fit_block *blocks, size_t n,
                                             sedge_error *err);
/**
 * Sets mean and scale of every feature from the vectors that the blocks give (each block is a fresh stream); does
 * nothing when the source does not scale. SEDGE_EINVALID when no window is complete.
 */
SEDGE_NODISCARD sedge_status sedge_fit_scaling(sedge_features_source *source, const sedge_fit_block *blocks, size_t n,
                                               sedge_error *err);

/** The description as it stands, opened through its bytes; the caller's to sedge_features_free(). */
SEDGE_NODISCARD sedge_status sedge_features_source_open(const sedge_features_source *source, sedge_features **ret,
                                                        sedge_error *err);

/** The last row of the window behind a vector. */
typedef struct sedge_fit_place {
    size_t block, row;
} sedge_fit_place;

typedef struct sedge_fit_matrix {
    float *values;           /**< [rows, columns], owned */
    sedge_fit_place *places; /**< [rows], owned */
    size_t rows;
    uint32_t columns;
} sedge_fit_matrix;

/** The vectors that the blocks give, in order, each block a fresh stream; ret is the caller's to
 * sedge_fit_matrix_done(). */
SEDGE_NODISCARD sedge_status sedge_fit_vectors(const sedge_features *features, const sedge_fit_block *blocks, size_t n,
                                               sedge_fit_matrix *ret, sedge_error *err);
void sedge_fit_matrix_done(sedge_fit_matrix *matrix);

/** Mean and scale of each column of x [rows, columns], as above; rows >= 1. The core of sedge_fit_scaling. */
void sedge_fit_standard(const float *x, size_t rows, uint32_t columns, double *ret_mean, double *ret_scale);

#endif
