/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The baseline of the monitor, and thresholds that keep a promise on data that is correlated in time.
 *
 * The textbook limits of the PSI (0.1, 0.25) hold for independent samples; sensor data is not: a report from a few
 * minutes of one machine looks unlike a whole training set though nothing is wrong. So the thresholds are found by
 * playing reports: `trials` times, report_rows vectors are put together from blocks of consecutive normal vectors
 * (moving block bootstrap, Kuensch 1989), and their PSI is computed. A block is four times as long as the correlation
 * lasts (the first lag at which the autocorrelation of every feature is below 0.2), at most a report.
 *
 * Each feature gets its own scale s_f, the 0.99 quantile of its PSI, at least the PSI to be expected of independent
 * samples, 15 (1 / report_rows + 1 / baseline rows). One factor c is such that the largest PSI_f / s_f of a report is
 * above c in a share false_alarm_rate of the trials: taking the largest makes the promise hold for all features
 * together. threshold_f = c s_f. For c the larger of the trials' quantile and that of a log-normal law through them is
 * taken, times 1 + sqrt(2 report_rows / normal rows), since what was played comes from so few independent reports.
 * Measured with 6000 training and 6000 normal rows of 4 autoregressive features, reports of 128, promised 0.01, mean of
 * 12 training sets: 0.0002 for independent rows, 0.005 and 0.006 for memories of 3 and 8 rows, 0.013 for 30 rows.
 *
 * The promise holds for the kind of data that was given: include hold-out rows and every kind of normal operation.
 */
#ifndef SEDGE_DATA_FIT_MONITOR_H
#define SEDGE_DATA_FIT_MONITOR_H

#include "base/buf.h"
#include "sedge/monitor.h"

typedef struct sedge_monitor_fit_options {
    uint32_t report_rows;    /**< vectors of a report that thresholds shall hold for */
    double false_alarm_rate; /**< promised, of one evaluation over all features */
    uint32_t trials;
    uint64_t seed;
} sedge_monitor_fit_options;

#define SEDGE_MONITOR_FIT_OPTIONS_INIT                                                                                 \
    ((sedge_monitor_fit_options){ .report_rows = 512, .false_alarm_rate = 1e-3, .trials = 4000, .seed = 1 })

/** Normal vectors: `lengths` splits the rows of values [sum of lengths, features] into consecutive stretches. */
typedef struct sedge_monitor_sample {
    const float *values;
    const size_t *lengths;
    size_t n;
} sedge_monitor_sample;

/**
 * Appends a monitor.bin to out.
 * @param baseline  training vectors; edges and baseline counts come from all of them
 * @param normal    normal vectors for the thresholds (hold-out, or baseline and hold-out); n = 0: not calibrated
 * @return SEDGE_OK; SEDGE_EINVALID (no rows, a value that is not finite, an option out of range), SEDGE_ELIMIT,
 *         SEDGE_ENOMEM
 */
SEDGE_NODISCARD sedge_status sedge_monitor_fit(const sedge_monitor_sample *baseline, const sedge_monitor_sample *normal,
                                               uint32_t n_features, const sedge_monitor_fit_options *options,
                                               sedge_buf *out, sedge_error *err);

#endif
