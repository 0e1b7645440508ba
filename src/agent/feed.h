/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A source of rows: a CSV file that is followed as it grows, or standard input.
 *
 * The first line names the columns; columns are matched to the channels that a model wants by name. A last line without
 * its end waits for it. A file that shrinks is read anew from its start, a file that is replaced (another inode under
 * the name) is read to its end first and then the new one. A malformed row (wrong number of fields, a cell that is no
 * number) is counted and skipped. Rows get the time of the time column, else the time of reading.
 */
#ifndef SEDGE_AGENT_FEED_H
#define SEDGE_AGENT_FEED_H

#include <sys/types.h>

#include "agent/rows.h"
#include "base/buf.h"
#include "os/clock.h"
#include "os/file.h"
#include "sedge/features.h"

enum { SEDGE_FEED_NAME_MAX = 65 };

typedef struct sedge_feed sedge_feed;

/** Takes one row, in the order of the channels that were bound. */
typedef void (*sedge_feed_row_fn)(void *ctx, const float *values, sedge_row_info info);

typedef struct sedge_feed_counts {
    uint64_t rows;
    uint64_t malformed;
    uint64_t restarts; /**< the file shrank or was replaced */
} sedge_feed_counts;

/** Where to go on after a restart of the agent. */
typedef struct sedge_feed_position {
    uint64_t inode;
    int64_t offset;      /**< of the first row that was not processed */
    int64_t warm_offset; /**< of the first row to read again so that windows are full */
} sedge_feed_position;

/** From "NAME=FILE" or "NAME=-". SEDGE_EUSAGE for anything else. The file need not exist yet. */
SEDGE_NODISCARD sedge_status sedge_feed_new(const char *text, const sedge_clock *clock, sedge_feed **ret,
                                            sedge_error *err);
void sedge_feed_free(sedge_feed *source);
const char *sedge_feed_name(const sedge_feed *source);
const char *sedge_feed_path(const sedge_feed *source); /**< "-" for standard input */
sedge_feed_counts sedge_feed_get_counts(const sedge_feed *source);
/** Why the last malformed row was malformed: "source 'pump': line 17: ..."; "" when none was. */
const char *sedge_feed_complaint(const sedge_feed *source);
/** Has the header been read (tries to)? Before that no binding is possible. */
bool sedge_feed_has_header(sedge_feed *source);
/** Standard input has ended: no more rows will come. */
bool sedge_feed_ended(const sedge_feed *source);

/**
 * Which columns to hand out.
 * @return SEDGE_EBUSY when there is no header yet, SEDGE_EINVALID "source 'pump': no column 'Pressure'; its columns are
 * ..."
 */
SEDGE_NODISCARD sedge_status sedge_feed_bind(sedge_feed *source, const char (*names)[SEDGE_FEATURES_NAME_MAX],
                                             uint32_t n, sedge_error *err);
/** Goes to warm_offset if the file still is the one of the position; rows before position.offset have been processed
 * before. Before the first read, after binding. False: the file is read from its start. */
bool sedge_feed_seek(sedge_feed *source, const sedge_feed_position *position);
uint64_t sedge_feed_inode(const sedge_feed *source); /**< 0 while no file is open, and for standard input */

/**
 * Reads what is there, at most max rows, never waiting. Not bound: nothing is read.
 * @return SEDGE_OK also when there was nothing; SEDGE_EIO and others of os/errno.h
 */
SEDGE_NODISCARD sedge_status sedge_feed_read(sedge_feed *source, uint64_t max, sedge_feed_row_fn fn, void *ctx,
                                             uint64_t *ret_rows, sedge_error *err);

#endif
