/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The newest rows of one model's source: those that a worker has not acknowledged yet, and behind them enough of the
 * past to warm a new worker's windows and to answer a request for samples.
 *
 * Rows have numbers that only grow: [oldest, sent) were given to the worker, [sent, end) wait. Acknowledged rows stay
 * until their place is needed; others are never overwritten: the ring is full then, and its source is not read.
 */
#ifndef SEDGE_AGENT_ROWS_H
#define SEDGE_AGENT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "sedge/error.h"

typedef struct sedge_row_info {
    int64_t time_ms;
    int64_t next_offset; /**< in the source: where the row after this one begins */
    int64_t offset;      /**< where this one begins */
} sedge_row_info;

typedef struct sedge_rows {
    uint32_t channels;
    uint64_t capacity;
    float *values;                            /**< [capacity][channels], owned */
    sedge_row_info *info;                     /**< [capacity], owned */
    uint64_t oldest, acknowledged, sent, end; /**< numbers, in this order */
} sedge_rows;

/** Empty; memory for capacity rows. */
SEDGE_NODISCARD sedge_status sedge_rows_init(sedge_rows *rows, uint32_t channels, uint64_t capacity, sedge_error *err);
void sedge_rows_done(sedge_rows *rows);

/** Rows that fit before the next acknowledgement. */
uint64_t sedge_rows_room(const sedge_rows *rows);
/** Appends a row; sedge_rows_room must not be 0. */
void sedge_rows_add(sedge_rows *rows, const float *values, sedge_row_info info);
const float *sedge_rows_values(const sedge_rows *rows, uint64_t number);
const sedge_row_info *sedge_rows_info(const sedge_rows *rows, uint64_t number);
/** The worker has done so many more rows; not more than were sent. */
void sedge_rows_acknowledge(sedge_rows *rows, uint64_t n);
/** The worker is gone: what it had not acknowledged waits again. */
void sedge_rows_rewind(sedge_rows *rows);

/**
 * From which row on a fresh worker must be fed to be where the old one is at row `at`: a whole window and as much again
 * for the smoothing of the decision, beginning where the steps of its windows keep their phase.
 */
uint64_t sedge_rows_warm_from(const sedge_rows *rows, uint64_t at, uint32_t length, uint32_t step);

#endif
