/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Lines of CSV recordings and what stands in their cells. Data sets and the agent's sources read through these
 * functions, so that a value has the same bits in training and on the device.
 *
 * A file is a header line with the columns' names and a line per row, each ended by LF or CR LF. Fields are separated
 * by ';', ',' or a tab; a field that begins with '"' ends with '"', and '""' in it is one '"'. A field does not span
 * lines. Blanks around an unquoted field do not count.
 */
#ifndef SEDGE_CONF_CSV_LINE_H
#define SEDGE_CONF_CSV_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "sedge/attr.h"

enum {
    SEDGE_CSV_FIELDS_MAX = 1024,
    SEDGE_CSV_LINE_MAX = 64 * 1024, /**< bytes of a line, without its end */
    SEDGE_CSV_NUMBER_MAX = 64,      /**< characters of a number */
};

/** The separator of a header line: the one of ';' ',' and tab that occurs most (the first of them on a tie), outside
 * quotes; ',' when there is none. */
char sedge_csv_separator(sedge_bytes line);

/**
 * Splits a line (without LF; a last CR is ignored) in place: quoted fields are unquoted by overwriting the line, and
 * the fields are views into it. A line has at least one field; an empty line has one empty field.
 * @return false: more than max fields, or a quoted field that does not end or is followed by something else
 */
SEDGE_NODISCARD bool sedge_csv_split(char *line, size_t n, char separator, sedge_bytes *fields, size_t max,
                                     size_t *ret_n);

/** No value: empty, or nan, na, n/a, null, none in any case. */
bool sedge_csv_is_missing(sedge_bytes cell);
/** A cell as a finite number: decimal or exponent notation with '.'; false for anything else. */
SEDGE_NODISCARD bool sedge_csv_double(sedge_bytes cell, double *ret);
/** The same for a whole number (1, 1.0, 1e3) from min to max, which are within 2^53. */
SEDGE_NODISCARD bool sedge_csv_integer(sedge_bytes cell, int64_t min, int64_t max, int64_t *ret);
/**
 * A cell as a sample: a number as above, rounded to float32, or NaN for a missing value.
 * @return false for anything else, also numbers that float32 cannot hold
 */
SEDGE_NODISCARD bool sedge_csv_number(sedge_bytes cell, float *ret);
/**
 * A cell as a time: RFC 3339, "YYYY-MM-DD hh:mm:ss[.fff]" taken as UTC, or a number since the epoch: seconds below
 * 1e11, milliseconds below 1e14, microseconds below 1e17, else nanoseconds.
 */
SEDGE_NODISCARD bool sedge_csv_time(sedge_bytes cell, int64_t *ret_ms);
/** Is this the usual name of a column that holds the time ("datetime", "timestamp", "time", "date" in any case)? */
bool sedge_csv_is_time_name(sedge_bytes name);

#endif
