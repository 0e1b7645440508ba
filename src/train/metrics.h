/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How good predictions are. All figures are fractions (0.136, not 13.6 %).
 *
 * Where a figure's denominator is zero, the figure is 0: precision without a predicted anomaly, recall and MAR without
 * an anomaly, FAR without a normal example, F1 without either, everything of no examples. (As scikit-learn with
 * zero_division=0.)
 */
#ifndef SEDGE_TRAIN_METRICS_H
#define SEDGE_TRAIN_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "sedge/error.h"

enum { SEDGE_METRICS_CLASSES_MAX = 64 };

/** Counts of one binary question: is it an anomaly? Add counts to pool recordings. */
typedef struct sedge_counts {
    uint64_t tp, fp, tn, fn;
} sedge_counts;

/** Counts one example. */
void sedge_counts_add(sedge_counts *c, int is_anomaly, int said_anomaly);

typedef struct sedge_metrics {
    uint64_t n;
    double accuracy;  /**< share of right answers; of classes when there are more than two */
    double precision; /**< of the anomalies said, those that are */
    double recall;    /**< of the anomalies, those said */
    double f1;        /**< of anomaly against normal; with more than two classes the mean of the classes' F1 */
    double far;       /**< false alarm rate: of the normal examples, those said to be anomalies */
    double mar;       /**< missed alarm rate: of the anomalies, those not said */
    double mse;       /**< mean squared error of what the model computes; 0 where it has no meaning */
} sedge_metrics;

sedge_metrics sedge_metrics_of_counts(const sedge_counts *c);

/** Row = truth, column = answer: confusion[truth * n_classes + answer]. */
typedef struct sedge_confusion {
    uint32_t n_classes;
    uint64_t cells[SEDGE_METRICS_CLASSES_MAX * SEDGE_METRICS_CLASSES_MAX];
} sedge_confusion;

/** SEDGE_EINVALID when n_classes is not in 2..SEDGE_METRICS_CLASSES_MAX or a class is out of range, with its row. */
SEDGE_NODISCARD sedge_status sedge_confusion_count(const int32_t *truth, const int32_t *answer, size_t n,
                                                   uint32_t n_classes, sedge_confusion *ret, sedge_error *err);
/** Figures of a confusion; class `normal` is no anomaly, all others are. */
sedge_metrics sedge_metrics_of_confusion(const sedge_confusion *c, uint32_t normal);

/** Mean of squared differences; 0 for n = 0. Summed in double in the order of the arrays. */
double sedge_mean_squared_error(const float *a, const float *b, size_t n);

#endif
