/* SPDX-License-Identifier: Apache-2.0 */
/** What a cell of a CSV file means. */
#ifndef SEDGE_DATA_CELL_H
#define SEDGE_DATA_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "sedge/attr.h"

/** Empty, or NaN, NA, N/A, null, none in any case. */
bool sedge_cell_is_missing(const char *text);
/** A finite decimal number, with '.' and maybe an exponent, and nothing else. */
SEDGE_NODISCARD bool sedge_cell_number(const char *text, double *ret);
/** As sedge_cell_number, and whole: 1, 1.0, 1e3. */
SEDGE_NODISCARD bool sedge_cell_integer(const char *text, int64_t min, int64_t max, int64_t *ret);
/**
 * A time: RFC 3339, `YYYY-MM-DD HH:MM:SS[.mmm]` (UTC), or a number since 1970, taken as seconds below 1e11, as
 * milliseconds below 1e14, as microseconds below 1e17, else as nanoseconds.
 */
SEDGE_NODISCARD bool sedge_cell_time(const char *text, int64_t *ret_ms);

#endif
