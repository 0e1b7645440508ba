/* SPDX-License-Identifier: Apache-2.0 */
#include "data/fit_monitor.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/own.h"
#include "base/random.h"
#include "monitor/psi.h"
#include "monitor/write.h"

enum { TRIALS_MAX = 1000000 };
static const double uncorrelated = 0.2;
static const double feature_quantile = 0.99;

typedef struct fitting {
    const sedge_monitor_fit_options *options;
    uint32_t n_features;
    sedge_monitor_feature *features;
    uint64_t baseline_rows;
    const sedge_monitor_sample *normal;
    size_t normal_rows;
    uint8_t *bins; /**< [normal_rows, n_features] */
    size_t block;  /**< rows of a block */
} fitting;

static int compare_floats(const void *a, const void *b) {
    float x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static int compare_doubles(const void *a, const void *b) {
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/** The smallest value of the sorted ones that a share of them is at or below. */
static double quantile(const double *sorted, size_t n, double share) {
    double rank = ceil(share * (double)n);
    size_t index = rank < 1 ? 0 : (size_t)rank - 1;
    return sorted[index < n ? index : n - 1];
}

static sedge_status count_rows(const char *what, const sedge_monitor_sample *sample, uint32_t n_features,
                               size_t *ret_rows, sedge_error *err) {
    size_t rows = 0, values, bytes;
    for (size_t i = 0; i < sample->n; i++)
        if (!sedge_add_size(rows, sample->lengths[i], &rows))
            return sedge_fail(err, SEDGE_ELIMIT, "too many %s vectors", what);
    if (rows > UINT32_MAX || !sedge_mul_size(rows, n_features, &values) ||
        !sedge_mul_size(values, sizeof(float), &bytes))
        return sedge_fail(err, SEDGE_ELIMIT, "%zu %s vectors are too many", rows, what);
    for (size_t i = 0; i < values; i++)
        if (!isfinite(sample->values[i]))
            return sedge_fail(err, SEDGE_EINVALID, "%s vector %zu: feature %zu is %g", what, i / n_features,
                              i % n_features, (double)sample->values[i]);
    *ret_rows = rows;
    return SEDGE_OK;
}

static sedge_status check_options(const sedge_monitor_fit_options *o, uint32_t n_features, sedge_error *err) {
    if (!n_features || n_features > SEDGE_MONITOR_FEATURES_MAX)
        return sedge_fail(err, SEDGE_ELIMIT, "%u features, allowed are 1 to %d", n_features,
                          SEDGE_MONITOR_FEATURES_MAX);
    if (!(o->false_alarm_rate > 0 && o->false_alarm_rate < 0.5))
        return sedge_fail(err, SEDGE_EINVALID, "a false alarm rate of %g, it must be above 0 and below 0.5",
                          o->false_alarm_rate);
    if (!o->report_rows || o->trials < 100 || o->trials > TRIALS_MAX)
        return sedge_fail(err, SEDGE_EINVALID, "reports of %u rows and %u trials; allowed are 1 and more, 100 to %d",
                          o->report_rows, o->trials, TRIALS_MAX);
    return SEDGE_OK;
}

/** Edges and baseline counts. */
static sedge_status fit_baseline(fitting *f, const sedge_monitor_sample *baseline, sedge_error *err) {
    size_t rows = (size_t)f->baseline_rows;
    SEDGE_AUTO_MEM float *column = calloc(rows, sizeof *column);
    if (!column)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu vectors", rows);
    for (uint32_t k = 0; k < f->n_features; k++) {
        sedge_monitor_feature *feature = &f->features[k];
        for (size_t i = 0; i < rows; i++)
            column[i] = baseline->values[i * f->n_features + k];
        qsort(column, rows, sizeof *column, compare_floats);
        for (size_t e = 0; e < SEDGE_MONITOR_EDGES; e++)
            feature->edges[e] = column[(rows * (e + 1) + SEDGE_MONITOR_BINS - 1) / SEDGE_MONITOR_BINS - 1];
        for (size_t i = 0; i < rows; i++)
            feature->baseline[sedge_monitor_bin(feature->edges, column[i])]++;
    }
    return SEDGE_OK;
}

/** Autocorrelation of a feature at a lag, within stretches, about the mean of all. */
static double autocorrelation(const fitting *f, uint32_t feature, size_t lag, double mean, double variance) {
    double sum = 0;
    size_t pairs = 0;
    const float *x = f->normal->values + feature;
    for (size_t s = 0; s < f->normal->n; s++) {
        size_t length = f->normal->lengths[s];
        for (size_t i = 0; i + lag < length; i++, pairs++)
            sum += ((double)x[i * f->n_features] - mean) * ((double)x[(i + lag) * f->n_features] - mean);
        x += length * f->n_features;
    }
    return pairs && variance > 0 ? sum / (double)pairs / variance : 0;
}

/** First lag, in steps of a quarter, at which the feature is no longer correlated; at most max. */
static size_t correlation_length(const fitting *f, uint32_t feature, size_t from, size_t max) {
    double mean = 0, variance = 0, n = (double)f->normal_rows;
    for (size_t i = 0; i < f->normal_rows; i++)
        mean += (double)f->normal->values[i * f->n_features + feature] / n;
    for (size_t i = 0; i < f->normal_rows; i++) {
        double d = (double)f->normal->values[i * f->n_features + feature] - mean;
        variance += d * d / n;
    }
    size_t lag = from;
    while (lag < max && autocorrelation(f, feature, lag, mean, variance) >= uncorrelated)
        lag += 1 + lag / 4;
    return lag < max ? lag : max;
}

static size_t find_block(const fitting *f) {
    size_t max = f->options->report_rows, lag = 1;
    for (uint32_t k = 0; k < f->n_features && lag < max; k++)
        lag = correlation_length(f, k, lag, max);
    return lag < max / 4 ? 4 * lag : max;
}

static sedge_status bin_normal(fitting *f, sedge_error *err) {
    f->bins = malloc(f->normal_rows * f->n_features);
    if (!f->bins)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu vectors", f->normal_rows);
    for (size_t i = 0; i < f->normal_rows; i++)
        for (uint32_t k = 0; k < f->n_features; k++)
            f->bins[i * f->n_features + k] =
                (uint8_t)sedge_monitor_bin(f->features[k].edges, f->normal->values[i * f->n_features + k]);
    return SEDGE_OK;
}

/** A block's first row and length: it begins at a random row, moved back so that it ends within its stretch. */
static size_t draw_block(const fitting *f, sedge_random *random, size_t *ret_rows) {
    size_t row = (size_t)sedge_random_below(random, f->normal_rows), first = 0, s = 0;
    while (row >= first + f->normal->lengths[s])
        first += f->normal->lengths[s++];
    size_t length = f->normal->lengths[s], rows = f->block < length ? f->block : length;
    size_t latest = first + length - rows;
    *ret_rows = rows;
    return row < latest ? row : latest;
}

/** One played report: its PSI for every feature. counts is [n_features][SEDGE_MONITOR_BINS]. */
static void play(const fitting *f, sedge_random *random, uint32_t *counts, double *ret_psi) {
    memset(counts, 0, (size_t)f->n_features * SEDGE_MONITOR_BINS * sizeof *counts);
    for (size_t left = f->options->report_rows; left;) {
        size_t rows, first = draw_block(f, random, &rows);
        rows = rows < left ? rows : left;
        left -= rows;
        const uint8_t *bin = f->bins + first * f->n_features;
        for (size_t i = 0; i < rows; i++)
            for (uint32_t k = 0; k < f->n_features; k++)
                counts[(size_t)k * SEDGE_MONITOR_BINS + *bin++]++;
    }
    for (uint32_t k = 0; k < f->n_features; k++)
        ret_psi[k] = sedge_psi(counts + (size_t)k * SEDGE_MONITOR_BINS, f->features[k].baseline);
}

/** PSI to be expected of independent samples: no feature is held to less. */
static double independent_psi(const fitting *f) {
    return SEDGE_MONITOR_EDGES * (1.0 / f->options->report_rows + 1.0 / (double)f->baseline_rows);
}

/** Each feature's own scale into its threshold, from the trials' PSI [trials, n_features]. */
static void fit_scales(fitting *f, const double *psi, double *column) {
    size_t trials = f->options->trials;
    double least = independent_psi(f);
    for (uint32_t k = 0; k < f->n_features; k++) {
        for (size_t t = 0; t < trials; t++)
            column[t] = psi[t * f->n_features + k];
        qsort(column, trials, sizeof *column, compare_doubles);
        double scale = quantile(column, trials, feature_quantile);
        f->features[k].threshold = scale > least ? scale : least;
    }
}

/** The standard normal deviate that a share p < 1/2 exceeds (Abramowitz and Stegun, 26.2.23; error below 4.5e-4). */
static double normal_deviate(double p) {
    double t = sqrt(-2 * log(p));
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/** The factor that the trials' largest PSI / scale exceeds at the promised rate only. */
static double find_factor(const fitting *f, const double *psi, double *column) {
    size_t trials = f->options->trials;
    double mean = 0, variance = 0, n = (double)trials;
    for (size_t t = 0; t < trials; t++) {
        column[t] = DBL_EPSILON; /* a trial without any difference still has a logarithm */
        for (uint32_t k = 0; k < f->n_features; k++)
            column[t] = fmax(column[t], psi[t * f->n_features + k] / f->features[k].threshold);
        mean += log(column[t]) / n;
    }
    for (size_t t = 0; t < trials; t++)
        variance += (log(column[t]) - mean) * (log(column[t]) - mean) / n;
    qsort(column, trials, sizeof *column, compare_doubles);
    double rate = f->options->false_alarm_rate;
    double seen = log(quantile(column, trials, 1 - rate)) - mean, law = normal_deviate(rate) * sqrt(variance);
    double reports = fmax(1, (double)f->normal_rows / (double)f->options->report_rows);
    return exp(mean + fmax(seen, law)) * (1 + sqrt(2 / reports));
}

static sedge_status calibrate(fitting *f, sedge_error *err) {
    size_t trials = f->options->trials, cells, bytes;
    if (!sedge_mul_size(trials, f->n_features, &cells) || !sedge_mul_size(cells, sizeof(double), &bytes))
        return sedge_fail(err, SEDGE_ELIMIT, "%zu trials of %u features are too many", trials, f->n_features);
    SEDGE_AUTO_MEM double *psi = malloc(bytes);
    SEDGE_AUTO_MEM double *column = calloc(trials, sizeof *column);
    SEDGE_AUTO_MEM uint32_t *counts = calloc((size_t)f->n_features * SEDGE_MONITOR_BINS, sizeof *counts);
    if (!psi || !column || !counts)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %zu trials of %u features", trials, f->n_features);
    sedge_status st = bin_normal(f, err);
    if (st)
        return st;
    f->block = find_block(f);
    sedge_random random;
    sedge_random_init(&random, f->options->seed);
    for (size_t t = 0; t < trials; t++)
        play(f, &random, counts, psi + t * f->n_features);
    fit_scales(f, psi, column);
    double factor = find_factor(f, psi, column);
    for (uint32_t k = 0; k < f->n_features; k++)
        f->features[k].threshold *= factor;
    return SEDGE_OK;
}

static sedge_status fit(fitting *f, const sedge_monitor_sample *baseline, sedge_buf *out, sedge_error *err) {
    f->features = calloc(f->n_features, sizeof *f->features);
    if (!f->features)
        return sedge_fail(err, SEDGE_ENOMEM, "no memory for %u features", f->n_features);
    sedge_status st = fit_baseline(f, baseline, err);
    if (!st && f->normal_rows)
        st = calibrate(f, err);
    if (st)
        return st;
    sedge_monitor_promise promise = { .baseline_rows = f->baseline_rows };
    if (f->normal_rows) {
        promise.report_rows = f->options->report_rows;
        promise.false_alarm_rate = f->options->false_alarm_rate;
    }
    return sedge_monitor_write(&promise, f->features, f->n_features, out, err);
}

sedge_status sedge_monitor_fit(const sedge_monitor_sample *baseline, const sedge_monitor_sample *normal,
                               uint32_t n_features, const sedge_monitor_fit_options *options, sedge_buf *out,
                               sedge_error *err) {
    size_t baseline_rows, normal_rows;
    sedge_status st;
    if ((st = check_options(options, n_features, err)) ||
        (st = count_rows("baseline", baseline, n_features, &baseline_rows, err)) ||
        (st = count_rows("normal", normal, n_features, &normal_rows, err)))
        return st;
    if (!baseline_rows)
        return sedge_fail(err, SEDGE_EINVALID, "there are no baseline vectors");
    fitting f = { .options = options,
                  .n_features = n_features,
                  .baseline_rows = baseline_rows,
                  .normal = normal,
                  .normal_rows = normal_rows };
    st = fit(&f, baseline, out, err);
    free(f.features);
    free(f.bins);
    return st;
}
