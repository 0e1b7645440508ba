/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Features: from rows of sensor samples to the float32 vectors that a model takes. Training and device run this code.
 *
 * A sedge_features is opened from the bytes of a features.bin (layout: features/format.h), verified once and
 * completely, never changes and may be shared by any number of threads. A sedge_features_state lives in the caller's
 * memory, takes one row after the other and belongs to one thread at a time. Nothing is allocated after
 * sedge_features_open.
 *
 *     sedge_features *features;
 *     sedge_features_open(bytes, size, &features, &err);
 *     void *memory = malloc(sedge_features_state_bytes(features));
 *     sedge_features_state *state;
 *     sedge_features_state_init(features, memory, sedge_features_state_bytes(features), &state, &err);
 *     if (sedge_features_push(state, row, vector)) ...     a vector is ready
 *
 * What is computed, from the last `length` rows, oldest first, in double, in a fixed order of summation:
 *   mean          sum(x) / n
 *   std           sqrt(sum((x - mean)^2) / n): population deviation
 *   rms           sqrt(sum(x^2) / n)
 *   peak_to_peak  max - min
 *   min, max, last
 *   slope         of the least-squares line, per second; 0 for a window of one row
 *   band          power in lo_hz <= f < hi_hz (f <= hi_hz when hi_hz is half the rate or more): the mean is subtracted,
 *                 a periodic Hann window w applied, zeros appended up to a power of two N, and
 *                 sum over the band's bins of c |X|^2 / (N sum(w^2)), c = 1 at 0 and N/2, else 2.
 *                 The bands of a partition add up to about the square of std.
 * Each value is rounded to float32, then scaled as (value - mean) / scale in double and rounded to float32 again. Every
 * value of a vector is finite: what float32 cannot hold becomes the largest finite number.
 *
 * Missing samples (NaN; infinities count as missing) are imputed as a row arrives: hold repeats the channel's last
 * sample (before the first one: the fitted fill), the others put the channel's fill.
 */
#ifndef SEDGE_FEATURES_H
#define SEDGE_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sedge/attr.h"
#include "sedge/error.h"

/** Limits of a features.bin. */
enum {
    SEDGE_FEATURES_CHANNELS_MAX = 64,
    SEDGE_FEATURES_COUNT_MAX = 1024,
    SEDGE_FEATURES_LENGTH_MAX = 4096,
    SEDGE_FEATURES_STEP_MAX = 65536,
    SEDGE_FEATURES_NAME_MAX = 64,   /**< bytes of a channel's name or unit, with the NUL */
    SEDGE_FEATURES_LABEL_MAX = 128, /**< bytes of a feature's name, with the NUL */
};

/** X(NAME, name): how a missing sample is filled */
#define SEDGE_IMPUTE_LIST(X)                                                                                           \
    X(HOLD, hold)                                                                                                      \
    X(MEAN, mean)                                                                                                      \
    X(ZERO, zero)                                                                                                      \
    X(VALUE, value)

#define SEDGE_IMPUTE_ENUM(NAME, name) SEDGE_IMPUTE_##NAME,
typedef enum sedge_impute { SEDGE_IMPUTE_LIST(SEDGE_IMPUTE_ENUM) SEDGE_IMPUTE_COUNT } sedge_impute;
#undef SEDGE_IMPUTE_ENUM

/** X(NAME, name): what a feature says about the window of one channel */
#define SEDGE_STAT_LIST(X)                                                                                             \
    X(MEAN, mean)                                                                                                      \
    X(STD, std)                                                                                                        \
    X(RMS, rms)                                                                                                        \
    X(PEAK_TO_PEAK, peak_to_peak)                                                                                      \
    X(MIN, min)                                                                                                        \
    X(MAX, max)                                                                                                        \
    X(LAST, last)                                                                                                      \
    X(SLOPE, slope)                                                                                                    \
    X(BAND, band)

#define SEDGE_STAT_ENUM(NAME, name) SEDGE_STAT_##NAME,
typedef enum sedge_stat { SEDGE_STAT_LIST(SEDGE_STAT_ENUM) SEDGE_STAT_COUNT } sedge_stat;
#undef SEDGE_STAT_ENUM

/** "hold", "peak_to_peak" ...; "unknown" for a value outside the list. Static storage. */
SEDGE_API const char *sedge_impute_name(sedge_impute impute);
SEDGE_API const char *sedge_stat_name(sedge_stat stat);

typedef struct sedge_features_channel {
    char name[SEDGE_FEATURES_NAME_MAX]; /**< UTF-8 without control characters, unique, not empty */
    char unit[SEDGE_FEATURES_NAME_MAX]; /**< may be empty */
    sedge_impute impute;
    float fill; /**< finite; 0 for ZERO, the given number for VALUE, the fitted mean for MEAN and HOLD */
} sedge_features_channel;

/** One value of the vector. */
typedef struct sedge_features_entry {
    uint32_t channel;
    sedge_stat stat;
    double lo_hz, hi_hz; /**< of a band, else 0 */
    double mean, scale;  /**< of the scaling; 0 and 1 mean none; finite, scale > 0 */
} sedge_features_entry;

typedef struct sedge_features sedge_features;
typedef struct sedge_features_state sedge_features_state;

/**
 * Opens a features.bin from memory; the bytes are copied and not needed afterwards.
 *
 * @return SEDGE_OK; SEDGE_ETRUNCATED, SEDGE_EINVALID (names the channel or feature and the value), SEDGE_EUNSUPPORTED
 *         (another version), SEDGE_ELIMIT (names the limit), SEDGE_ENOMEM
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_features_open(const void *data, size_t size, sedge_features **ret,
                                                           sedge_error *err);
/** Frees; its states must no longer be used. NULL is fine. */
SEDGE_API void sedge_features_free(sedge_features *features);

SEDGE_API uint32_t sedge_features_channels(const sedge_features *features); /**< values of a row */
SEDGE_API uint32_t sedge_features_count(const sedge_features *features);    /**< values of a vector */
SEDGE_API uint32_t sedge_features_length(const sedge_features *features);   /**< rows of a window */
SEDGE_API uint32_t sedge_features_step(const sedge_features *features);     /**< rows from one vector to the next */
SEDGE_API double sedge_features_rate_hz(const sedge_features *features);
/** NULL when the index is out of range. The features own it. */
SEDGE_API const sedge_features_channel *sedge_features_channel_at(const sedge_features *features, uint32_t channel);
SEDGE_API const sedge_features_entry *sedge_features_entry_at(const sedge_features *features, uint32_t feature);
/** "Pressure.mean", "Current.band_0.125_0.25"; "" when the index is out of range. */
SEDGE_API void sedge_features_label(const sedge_features *features, uint32_t feature,
                                    char ret[SEDGE_FEATURES_LABEL_MAX]);

/** Bytes of memory that one state needs, of any alignment. */
SEDGE_API size_t sedge_features_state_bytes(const sedge_features *features);
/** Makes a state in the caller's memory, which must stay while it is used; SEDGE_EUSAGE when size is too small. */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_features_state_init(const sedge_features *features, void *memory,
                                                                 size_t size, sedge_features_state **ret,
                                                                 sedge_error *err);
/** Forgets all rows, as after init: use it between recordings. */
SEDGE_API void sedge_features_reset(sedge_features_state *state);
/** Rows taken since init or reset. */
SEDGE_API uint64_t sedge_features_rows(const sedge_features_state *state);

/**
 * Takes the next row ([channels], NaN where missing). True when it completes a window: row `length` - 1 and then every
 * `step` rows; then vector [count] is written, else it is untouched.
 */
SEDGE_API SEDGE_NODISCARD bool sedge_features_push(sedge_features_state *state, const float *row, float *vector);

/**
 * The vector of one window [length, channels], byte for byte what a fresh state gives when the rows are pushed.
 *
 * @param scratch  sedge_features_state_bytes of memory, of any alignment and content
 * @return SEDGE_OK or SEDGE_EUSAGE when scratch is too small
 */
SEDGE_API SEDGE_NODISCARD sedge_status sedge_features_window(const sedge_features *features, const float *rows,
                                                             void *scratch, size_t scratch_bytes, float *vector,
                                                             sedge_error *err);

#endif
