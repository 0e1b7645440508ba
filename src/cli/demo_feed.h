/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The sensors of the demo: one thread that appends rows of recordings to the file that each agent follows, at a steady
 * rate, with the present time in the time column. It plays a recording round and round. One column of a device can be
 * shifted, which is the sensor that begins to drift.
 */
#ifndef SEDGE_CLI_DEMO_FEED_H
#define SEDGE_CLI_DEMO_FEED_H

#include <stdint.h>

#include "base/own.h"
#include "sedge/error.h"

typedef struct demo_feed demo_feed;

/** Reads the recordings (CSV files with the same columns) into memory, without the rows that the label column marks
 * with another number than 0. label may be NULL, and the column may be missing. */
SEDGE_NODISCARD sedge_status demo_feed_new(const char *const *recordings, size_t n, const char *label, demo_feed **ret,
                                           sedge_error *err);
/** Stops the thread. */
void demo_feed_free(demo_feed *feed);
SEDGE_DEFINE_AUTO(demo_feed, demo_feed_free)

/** Before the start: a device whose rows go to this file, made anew, beginning at that row of that recording (both wrap
 * around). */
SEDGE_NODISCARD sedge_status demo_feed_add(demo_feed *feed, const char *file, size_t recording, size_t row,
                                           sedge_error *err);
/** Starts the thread: every device gets rows_per_s rows a second. */
SEDGE_NODISCARD sedge_status demo_feed_start(demo_feed *feed, double rows_per_s, sedge_error *err);
/** From now on delta is added to the column of this device. SEDGE_ENOTFOUND for a column that is not there. */
SEDGE_NODISCARD sedge_status demo_feed_shift(demo_feed *feed, size_t device, const char *column, double delta,
                                             sedge_error *err);
/** Rows written so far, to all devices. */
int64_t demo_feed_rows(const demo_feed *feed);
/** SEDGE_OK, or why the thread has given up. */
SEDGE_NODISCARD sedge_status demo_feed_check(demo_feed *feed, sedge_error *err);
/** Mean and deviation of a column over all recordings, for choosing a shift. */
SEDGE_NODISCARD sedge_status demo_feed_column(const demo_feed *feed, const char *column, double *ret_mean,
                                              double *ret_deviation, sedge_error *err);

#endif
