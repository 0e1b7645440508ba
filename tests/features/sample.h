/* SPDX-License-Identifier: Apache-2.0 */
/** A description with every statistic, band and imputation, for the tests of this room. */
#ifndef SEDGE_TEST_FEATURES_SAMPLE_H
#define SEDGE_TEST_FEATURES_SAMPLE_H

#include "features/write.h"

enum { SAMPLE_CHANNELS = 4, SAMPLE_LENGTH = 12 };

static const sedge_features_channel sample_channels[SAMPLE_CHANNELS] = {
    { "Vibration", "g", SEDGE_IMPUTE_HOLD, 0.25F },
    { "Pressure", "bar", SEDGE_IMPUTE_MEAN, 1.5F },
    { "Flow rate", "l/min", SEDGE_IMPUTE_ZERO, 0 },
    { "Temperature", "", SEDGE_IMPUTE_VALUE, -3 },
};

static const sedge_features_entry sample_entries[] = {
    { 2, SEDGE_STAT_LAST, 0, 0, 0, 1 },         { 0, SEDGE_STAT_MEAN, 0, 0, 0.5, 2 },
    { 0, SEDGE_STAT_STD, 0, 0, 0, 0.25 },       { 0, SEDGE_STAT_RMS, 0, 0, 0, 1 },
    { 0, SEDGE_STAT_BAND, 0, 0.125, 0, 1 },     { 0, SEDGE_STAT_BAND, 0.125, 0.5, 0, 1 },
    { 1, SEDGE_STAT_PEAK_TO_PEAK, 0, 0, 0, 1 }, { 1, SEDGE_STAT_MIN, 0, 0, 0, 1 },
    { 1, SEDGE_STAT_MAX, 0, 0, 0, 1 },          { 3, SEDGE_STAT_SLOPE, 0, 0, 0, 1 },
    { 3, SEDGE_STAT_LAST, 0, 0, -1, 3 },        { 3, SEDGE_STAT_MEAN, 0, 0, 0, 1 },
};
enum { SAMPLE_ENTRIES = sizeof sample_entries / sizeof sample_entries[0] };

static inline sedge_features_spec sample_spec(void) {
    return (sedge_features_spec){ .rate_hz = 1,
                                  .length = SAMPLE_LENGTH,
                                  .step = 3,
                                  .n_channels = SAMPLE_CHANNELS,
                                  .channels = sample_channels,
                                  .n_entries = SAMPLE_ENTRIES,
                                  .entries = sample_entries };
}

#endif
