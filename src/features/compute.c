/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/fft.h"
#include "features/features.h"

/** Rounds to float32; what does not fit becomes the largest finite number. */
static float to_float(double x) {
    if (x > (double)FLT_MAX)
        return FLT_MAX;
    if (x < -(double)FLT_MAX)
        return -FLT_MAX;
    return (float)x;
}

/** Fills stats with the statistics of x [n] and leaves the samples less their mean in x. */
static void statistics(const sedge_features *features, double *x, double stats[SEDGE_STAT_BAND]) {
    uint32_t n = features->length;
    double sum = 0, squares = 0, min = x[0], max = x[0];
    for (uint32_t i = 0; i < n; i++) {
        sum += x[i];
        squares += x[i] * x[i];
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
    }
    bool constant = min == max; /* then no rounding of sums may make it look otherwise */
    double mean = constant ? min : sum / n;
    stats[SEDGE_STAT_MEAN] = mean;
    stats[SEDGE_STAT_RMS] = constant ? fabs(min) : sqrt(squares / n);
    stats[SEDGE_STAT_PEAK_TO_PEAK] = max - min;
    stats[SEDGE_STAT_MIN] = min;
    stats[SEDGE_STAT_MAX] = max;
    stats[SEDGE_STAT_LAST] = x[n - 1];

    double centre = (n - 1) / 2.0, deviation = 0, moment = 0;
    for (uint32_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        deviation += d * d;
        moment += (i - centre) * d;
        x[i] = d;
    }
    stats[SEDGE_STAT_STD] = sqrt(deviation / n);
    stats[SEDGE_STAT_SLOPE] = moment * features->slope_scale;
}

/** Power at each of the fft_length / 2 + 1 lines into spectrum, from samples less their mean. */
static void find_spectrum(const sedge_features *features, const double *x, double *spectrum) {
    uint32_t n = features->fft_length;
    for (uint32_t i = 0; i < features->length; i++)
        spectrum[i] = x[i] * features->hann[i];
    memset(spectrum + features->length, 0, (n - features->length) * sizeof *spectrum);
    sedge_fft_real(n, features->fft_table, spectrum);
    double scale = features->band_scale, middle = spectrum[1];
    spectrum[0] = spectrum[0] * spectrum[0] * scale;
    for (uint32_t k = 1; k < n / 2; k++) {
        double re = spectrum[2 * k], im = spectrum[2 * k + 1];
        spectrum[k] = 2 * (re * re + im * im) * scale;
    }
    spectrum[n / 2] = middle * middle * scale;
}

static double band(const sedge_features_item *item, const double *spectrum) {
    double power = 0;
    for (uint32_t k = item->bin; k < item->end_bin; k++)
        power += spectrum[k];
    return power;
}

void sedge_features_compute(const sedge_features *features, uint32_t channel, double *x, double *spectrum,
                            float *vector) {
    uint32_t first = features->first_item[channel], end = features->first_item[channel + 1];
    if (first == end)
        return;
    double stats[SEDGE_STAT_BAND];
    statistics(features, x, stats);
    if (features->band_channels >> channel & 1)
        find_spectrum(features, x, spectrum);
    for (uint32_t i = first; i < end; i++) {
        const sedge_features_item *item = &features->items[i];
        const sedge_features_entry *entry = &features->entries[item->feature];
        double value = entry->stat == SEDGE_STAT_BAND ? band(item, spectrum) : stats[entry->stat];
        vector[item->feature] = to_float(((double)to_float(value) - entry->mean) / entry->scale);
    }
}
