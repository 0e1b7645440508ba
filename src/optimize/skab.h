/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The SKAB benchmark: 34 recordings of a water circulation rig (folders valve1, valve2, other), 8 channels at 1 Hz,
 * point-wise labels. The first 400 rows of each recording train, the rest is tested, row by row, causally, by the int8
 * model as libsedge runs it; counts are pooled over the recordings.
 *
 * Of the training rows come imputation, scaling, weights, quantisation and threshold. How the settings were found
 * without a look at test rows stands in docs/skab.md.
 */
#ifndef SEDGE_OPTIMIZE_SKAB_H
#define SEDGE_OPTIMIZE_SKAB_H

#include "base/own.h"
#include "os/fs.h"
#include "sedge/features.h"
#include "train/dense_net.h"
#include "train/metrics.h"

enum {
    SEDGE_SKAB_CHANNELS = 8,
    SEDGE_SKAB_TRAIN_ROWS = 400,
    SEDGE_SKAB_FILES_MAX = 64,
    SEDGE_SKAB_NAME_MAX = 64,
    SEDGE_SKAB_STATS_MAX = 4,
    SEDGE_SKAB_HIDDEN_MAX = 3,
};

/** The names of the columns, in the order of a row. */
extern const char *const sedge_skab_channels[SEDGE_SKAB_CHANNELS];

/** A statistic of some channels. */
typedef struct sedge_skab_stat {
    sedge_stat stat;
    unsigned channels; /**< bit c: channel c */
} sedge_skab_stat;

typedef struct sedge_skab_settings {
    uint32_t length; /**< rows of a window */
    uint32_t n_stats;
    sedge_skab_stat stats[SEDGE_SKAB_STATS_MAX];
    uint32_t n_hidden;
    uint32_t hidden[SEDGE_SKAB_HIDDEN_MAX];
    sedge_net_activation activation;
    uint32_t epochs, batch;
    double learning_rate, noise;
    double alpha;  /**< of the moving average of the score */
    double rate;   /**< share of the training scores above the level that the threshold is a multiple of */
    double factor; /**< threshold = factor x level */
    uint64_t seed;
} sedge_skab_settings;

/** The settings of the benchmark. */
extern const sedge_skab_settings sedge_skab_frozen;

/** What became of a tested row. */
typedef struct sedge_skab_verdict {
    size_t row; /**< from 0, in the recording */
    int32_t label;
    double score, threshold; /**< anomaly: score > threshold */
} sedge_skab_verdict;

typedef void sedge_skab_watch(void *user, const char *name, const sedge_skab_verdict *verdict);

/** One recording: values [rows, 8] and labels [rows]; the first n_train rows train, the others are tested. */
typedef struct sedge_skab_case {
    const float *values;
    const int32_t *labels;
    size_t rows, n_train;
    const char *name;        /**< for watch */
    sedge_skab_watch *watch; /**< called for each tested row, in order; may be NULL */
    void *user;
} sedge_skab_case;

typedef struct sedge_skab_outcome {
    sedge_counts counts; /**< of the tested rows */
    size_t model_bytes, weights;
} sedge_skab_outcome;

/** Trains, quantises and tests on one recording. */
SEDGE_NODISCARD sedge_status sedge_skab_try(const sedge_skab_case *c, const sedge_skab_settings *settings,
                                            sedge_skab_outcome *ret, sedge_error *err);

typedef struct sedge_skab_file {
    char name[SEDGE_SKAB_NAME_MAX]; /**< "valve1/0.csv" */
    sedge_metrics metrics;
} sedge_skab_file;

typedef struct sedge_skab_report {
    sedge_metrics pooled;
    sedge_metrics flag_everything; /**< the trivial detector on the same rows */
    size_t model_bytes, weights;   /**< of one model */
    size_t n_files;
    sedge_skab_file files[SEDGE_SKAB_FILES_MAX];
} sedge_skab_report;

static inline void sedge_skab_report_free(sedge_skab_report *report) {
    free(report);
}
SEDGE_DEFINE_AUTO(sedge_skab_report, sedge_skab_report_free)

typedef void sedge_skab_progress(void *user, const sedge_skab_file *file);

/** Who looks on while the benchmark runs; both may be NULL. */
typedef struct sedge_skab_observer {
    sedge_skab_progress *progress; /**< after each recording */
    sedge_skab_watch *watch;       /**< after each tested row; the name is that of the recording */
    void *user;
} sedge_skab_observer;

/**
 * Runs the benchmark on all recordings in folder/valve1, valve2 and other.
 * @return SEDGE_ENOTFOUND when the folders or recordings are missing; what reading and training say, with the file
 */
SEDGE_NODISCARD sedge_status sedge_skab_run(const sedge_fs *fs, const char *folder, const sedge_skab_settings *settings,
                                            const sedge_skab_observer *observer, sedge_skab_report **ret,
                                            sedge_error *err);

#endif
