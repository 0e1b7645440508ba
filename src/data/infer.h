/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A schema proposed from recordings.
 *
 * The time is the first column whose every value is a time and which is no plain number or is named like a time. Labels
 * are columns of few whole numbers with a usual name (anomaly, label, class, failure, ...): the first is the label,
 * others are ignored, as are columns of text. Everything else is a channel: its range is what was seen and half as much
 * on either side (not below 0 when nothing was), its allowed missing share twice the largest of a file,
 * at least 0.01. Units
 * come from brackets in the name ("T [C]") or from usual names. max_gap is the larger of ten times the median step and
 * the longest gap seen. What was guessed is said in comments.
 */
#ifndef SEDGE_DATA_INFER_H
#define SEDGE_DATA_INFER_H

#include "data/schema.h"

enum { SEDGE_INFER_EXAMPLE_MAX = 64, SEDGE_INFER_UNIT_MAX = 16 };

typedef struct sedge_inferred_column {
    char *name; /**< owned */
    sedge_column_role role;
    sedge_column_type type;
    char unit[SEDGE_INFER_UNIT_MAX];
    double min, max, missing;                                    /**< proposed; NaN: none */
    uint64_t rows;                                               /**< of the files that have the column */
    uint64_t n_missing, n_numbers, n_integers, n_times, n_plain; /**< n_plain: times that are numbers */
    double seen_min, seen_max;
    double seen_missing;                /**< largest share of a file's rows */
    int64_t few[8];                     /**< the first whole numbers seen */
    uint32_t n_few;                     /**< 9: more than 8 */
    char text[SEDGE_INFER_EXAMPLE_MAX]; /**< the first value that is no number */
} sedge_inferred_column;

typedef struct sedge_inferred {
    size_t n_files;
    uint64_t rows;
    char separator;
    sedge_inferred_column *columns; /**< owned */
    size_t n_columns;
    sedge_time_order order;
    int64_t step_ms;        /**< median; 0: unknown */
    int64_t longest_gap_ms; /**< 0: unknown */
    char longest_gap_place[128];
    int64_t max_gap_ms; /**< proposed; 0: none */
    int64_t first_ms, last_ms;
} sedge_inferred;

/** SEDGE_ENOTFOUND, SEDGE_EIO; SEDGE_EINVALID (no CSV, or no column of numbers), SEDGE_ELIMIT, SEDGE_ENOMEM */
SEDGE_NODISCARD sedge_status sedge_infer(const sedge_fs *fs, const char *const *paths, size_t n, sedge_inferred **ret,
                                         sedge_error *err);
void sedge_inferred_free(sedge_inferred *inferred);
SEDGE_DEFINE_AUTO(sedge_inferred, sedge_inferred_free)

/** The schema as commented YAML. */
void sedge_inferred_put_yaml(const sedge_inferred *inferred, sedge_buf *out);

#endif
