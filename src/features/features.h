/* SPDX-License-Identifier: Apache-2.0 */
/** The opened features, as the files of this room see them. */
#ifndef SEDGE_FEATURES_FEATURES_H
#define SEDGE_FEATURES_FEATURES_H

#include "sedge/features.h"

/** A feature in the order of computation: channel by channel. */
typedef struct sedge_features_item {
    uint32_t feature;
    uint32_t bin, end_bin; /**< of a band */
} sedge_features_item;

struct sedge_features {
    double rate_hz;
    uint32_t length, step;
    uint32_t n_channels, n_entries;
    sedge_features_channel *channels; /**< [n_channels] */
    sedge_features_entry *entries;    /**< [n_entries] */
    sedge_features_item *items;       /**< [n_entries] */
    uint32_t *first_item;             /**< [n_channels + 1]: the items of channel c are first_item[c] to [c + 1] */
    uint64_t band_channels;           /**< bit c: channel c has a band */
    double slope_scale;               /**< rate / sum((i - centre)^2); 0 for a window of one row */
    uint32_t fft_length;              /**< 0: no bands */
    double band_scale;                /**< 1 / (N sum(w^2)) */
    double *hann;                     /**< [length] */
    double *fft_table;                /**< [fft_length] */
};

/** Computes the features of a channel. x [length] holds its samples, oldest first, and is overwritten. */
void sedge_features_compute(const sedge_features *features, uint32_t channel, double *x, double *spectrum,
                            float *vector);

#endif
