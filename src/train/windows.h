/* SPDX-License-Identifier: Apache-2.0 */
/** Feature vectors of recordings, computed by the code of the device, each with the rows and labels behind it. */
#ifndef SEDGE_TRAIN_WINDOWS_H
#define SEDGE_TRAIN_WINDOWS_H

#include "base/own.h"
#include "data/table.h"
#include "sedge/features.h"
#include "train/evaluate.h"
#include "train/split.h"

typedef struct sedge_windows {
    uint32_t width;
    uint32_t length; /**< rows of a window */
    size_t n;
    float *x;            /**< [n, width] */
    int32_t *labels;     /**< [n] label of the window's newest row; 0 where there are none */
    uint8_t *clean;      /**< [n] 1 when every row of the window has label 0 */
    uint32_t *recording; /**< [n] index in the table */
    size_t *last;        /**< [n] newest row of the window in its recording */
} sedge_windows;

/** All windows of all recordings, in order. SEDGE_EINVALID when there is none, SEDGE_ENOMEM. */
SEDGE_NODISCARD sedge_status sedge_windows_compute(const sedge_features *features, const sedge_data_table *table,
                                                   sedge_windows **ret, sedge_error *err);
void sedge_windows_free(sedge_windows *windows);
SEDGE_DEFINE_AUTO(sedge_windows, sedge_windows_free)

/** A part of the windows, see train/split.h. */
typedef enum sedge_windows_part {
    SEDGE_WINDOWS_FIT,
    SEDGE_WINDOWS_CHECK,
    SEDGE_WINDOWS_TRAIN, /**< all before the hold-out, so FIT, CHECK and what crosses between them */
    SEDGE_WINDOWS_HOLDOUT,
} sedge_windows_part;

/** Copied vectors of a part; a stretch ends where a recording ends or a window is left out. */
typedef struct sedge_windows_picked {
    float *x;        /**< owned */
    int32_t *labels; /**< owned */
    size_t *lengths; /**< owned */
    sedge_vectors v; /**< points to the above */
} sedge_windows_picked;

/**
 * @param splits      one for each recording
 * @param clean_only  only windows without any row of another label than 0
 */
SEDGE_NODISCARD sedge_status sedge_windows_pick(const sedge_windows *windows, const sedge_split *splits,
                                                sedge_windows_part part, bool clean_only, sedge_windows_picked *ret,
                                                sedge_error *err);
void sedge_windows_picked_done(sedge_windows_picked *picked);
#define SEDGE_AUTO_PICKED SEDGE_CLEANUP(sedge_windows_picked_done) sedge_windows_picked

#endif
