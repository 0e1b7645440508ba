/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The rows of an NHWC picture in scratch, as the kernels of convolutions want them: converted, padded on both
 * sides, each copied once while the windows move down. A ring holds as many rows as one window reaches.
 *
 *     | row 0 of the ring | row 1 | ... | a row beyond the picture, where wanted: all zero | staging | slack |
 *
 * A row is cut into `phases`: columns 0, phases, 2 * phases ... come first, then columns 1, phases + 1 ...
 */
#ifndef SEDGE_OPS_ROWS_H
#define SEDGE_OPS_ROWS_H

#include "ops/kernels/convert.h"
#include "ops/window.h"

typedef struct sedge_rows {
    /* set by the owner */
    sedge_span down, across;
    size_t channels; /**< of the picture */
    size_t repeat;   /**< each channel so many times, side by side */
    uint32_t phases;
    uint32_t from_bytes;    /**< of an element of the picture */
    uint32_t x_bytes;       /**< of an element of the rows, at most 4 */
    sedge_convert *convert; /**< NULL: rows are the picture's own bytes; then nothing lies beside them, repeat is 1 */
    bool pad;               /**< a row beyond the picture is wanted though no window reaches one */
    uint8_t flip;
    uint32_t zero; /**< its first bytes are the element that lies beyond the picture, as the picture would hold it */
    /* set by sedge_rows_plan */
    size_t phase_bytes, row_bytes, pad_at, staging_at;
    uint32_t slots;
    int32_t columns; /**< of a padded row, in each phase */
} sedge_rows;

/** Whether no window reaches beyond the picture, along this dimension. */
bool sedge_rows_fit(const sedge_span *across);
/** Lays the scratch out; false when its size does not fit. */
SEDGE_NODISCARD bool sedge_rows_plan(sedge_rows *r, size_t *ret_scratch_bytes);

/** The rows of one picture during one run. */
typedef struct sedge_rows_run {
    const sedge_rows *rows;
    const uint8_t *x;
    uint8_t *scratch; /**< 64-byte aligned */
    int32_t next;     /**< rows before it have been copied, or lie beyond the picture and have been filled */
} sedge_rows_run;

sedge_rows_run sedge_rows_begin(const sedge_rows *r, const void *x, void *scratch);
/** Copies what the windows of output row o see and is not there yet. Output rows come in ascending order. */
void sedge_rows_advance(sedge_rows_run *run, int32_t o);
/** A row of zeros, where the owner wanted one. */
static inline const uint8_t *sedge_rows_beyond(const sedge_rows_run *run) {
    return run->scratch + run->rows->pad_at;
}
/** Input row i, of the window last advanced to; it may lie beyond the picture. */
static inline const uint8_t *sedge_rows_at(const sedge_rows_run *run, int32_t i) {
    const sedge_rows *r = run->rows;
    if (r->convert)
        return run->scratch + (size_t)((uint32_t)(i + r->down.before) % r->slots) * r->row_bytes;
    return i < 0 || i >= r->down.in ? sedge_rows_beyond(run) : run->x + (size_t)i * r->row_bytes;
}
/** Bytes from the begin of a row to what tap k of the first window sees. */
static inline size_t sedge_rows_tap(const sedge_rows *r, int32_t k) {
    uint32_t column = (uint32_t)(k * r->across.dilation);
    return column % r->phases * r->phase_bytes + (size_t)(column / r->phases) * r->channels * r->repeat * r->x_bytes;
}

#endif
