/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Recordings in memory, for training and evaluation: rows of float32 channels, times and labels. Each file is a
 * recording of its own, so that no window crosses files.
 *
 * Loading asks only what it needs: the channels' columns exist and every cell is a number or missing. Rules of the
 * schema (ranges, gaps) are for `sedge data validate`, since the data that retraining is about may break them.
 */
#ifndef SEDGE_DATA_TABLE_H
#define SEDGE_DATA_TABLE_H

#include "data/schema.h"

typedef struct sedge_recording {
    char *name; /**< path of the file as given, or its name in the data set */
    size_t rows;
    int64_t *times_ms; /**< [rows]; NULL when the file has no time column */
    float *values;     /**< [rows, channels], NaN where a value is missing */
    int32_t *labels; /**< [rows]; NULL when no label was asked for or the file lacks the column: all rows are normal */
} sedge_recording;

typedef struct sedge_data_table {
    uint32_t n_channels;
    size_t n;    /**< recordings, in the order of the files */
    size_t rows; /**< of all recordings */
    sedge_recording *recordings;
} sedge_data_table;

typedef struct sedge_data_table_options {
    const char *const *channels; /**< n_channels column names, in the order of features.yaml */
    uint32_t n_channels;
    const char *label; /**< column name; NULL: no labels */
} sedge_data_table_options;

/**
 * Loads CSV files.
 * @param schema  says which column is the time, which separator; NULL: infer from the first lines of each file
 * @return SEDGE_OK; SEDGE_ENOTFOUND, SEDGE_EIO (file), SEDGE_EINVALID (names file, row, column and value),
 * SEDGE_ELIMIT, SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_data_table_load_files(const sedge_fs *fs, const char *const *paths, size_t n,
                                                         const sedge_schema *schema,
                                                         const sedge_data_table_options *options,
                                                         sedge_data_table **ret, sedge_error *err);
/** NULL is fine. */
void sedge_data_table_free(sedge_data_table *table);
SEDGE_DEFINE_AUTO(sedge_data_table, sedge_data_table_free)

#endif
