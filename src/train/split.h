/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Time-ordered split of one recording: [0, fit_end) to fit, [fit_end, train_end) to check while training, [train_end,
 * rows) held out. A window counts where all its rows are; one that crosses a border belongs to no part, so nothing that
 * is held out has been seen.
 */
#ifndef SEDGE_TRAIN_SPLIT_H
#define SEDGE_TRAIN_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "sedge/error.h"

typedef struct sedge_split {
    uint64_t rows;
    uint64_t fit_end;
    uint64_t train_end;
} sedge_split;

/**
 * @param holdout  newest share of the recording to hold out, 0 <= holdout < 1; rounded so that no row is lost to both
 * @param check    newest share of the rest, 0 <= check < 1
 * @return SEDGE_EINVALID names the share out of range
 */
SEDGE_NODISCARD sedge_status sedge_split_make(uint64_t rows, double holdout, double check, sedge_split *ret,
                                              sedge_error *err);

/** Of a window of the rows first to last (both included). */
static inline bool sedge_split_trains(const sedge_split *s, uint64_t last) {
    return last < s->train_end;
}
static inline bool sedge_split_fits(const sedge_split *s, uint64_t last) {
    return last < s->fit_end;
}
static inline bool sedge_split_checks(const sedge_split *s, uint64_t first, uint64_t last) {
    return first >= s->fit_end && last < s->train_end;
}
static inline bool sedge_split_holds_out(const sedge_split *s, uint64_t first) {
    return first >= s->train_end;
}

#endif
